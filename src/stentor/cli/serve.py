"""`stentor serve`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from stentor.app.platform import Platform
from stentor.app.running import log_to_stderr, run, started
from stentor.config import Settings, load


def run_serve(config: Path) -> None:
    settings = load(config)
    log_to_stderr(settings.log.level, settings.log.format)
    run(lambda stop: _serve(stop, settings))


async def _serve(stop: asyncio.Event, settings: Settings) -> None:
    platform = Platform(settings)
    await platform.start()
    started()
    await stop.wait()
    await platform.stop()
