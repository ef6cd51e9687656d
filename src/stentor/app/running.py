"""Running the platform in a process of its own: event loop, logs, signals."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Literal

import structlog

_SWITCH_INTERVAL_S = 0.0005
"""How long another thread may wait for the interpreter: the committing thread must not wait the default 5 ms."""
_GC_THRESHOLD = 20_000


def run(main: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run `main(stop)`; SIGTERM and SIGINT set `stop`."""
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    gc.set_threshold(_GC_THRESHOLD, 20, 50)
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(_until_signal(main))


def started() -> None:
    """What the program loaded stays: the collector need not look at it again, which spares pauses of 50 ms."""
    gc.collect()
    gc.freeze()


async def _until_signal(main: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await main(stop)


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - plain asyncio serves where uvloop is missing
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def log_to_stderr(level: str, form: Literal["text", "json"]) -> None:
    renderer: Any = structlog.processors.JSONRenderer() if form == "json" else _console()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _console() -> Any:
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
