"""Running the platform in a process of its own: event loop, logs, signals."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Literal, TextIO, cast

import structlog

from stentor.app.plain_log import renderer

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


class _LogStream:
    """A log may lie on a disk that is full, or its reader be gone: lines are lost then, and messages go on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def log_to_stderr(level: str, form: Literal["text", "json"]) -> None:
    rendered = (structlog.processors.JSONRenderer(),) if form == "json" else renderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            *rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _LogStream(sys.stderr))),
        cache_logger_on_first_use=True,
    )
