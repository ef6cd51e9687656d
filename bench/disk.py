"""The disk alone: two pages appended and synced at a given rate, beside whatever is measured.

`python -m bench.disk '{"folder": "..."}'` prints 0 when it writes, and answers `waits` on stdin.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import msgspec

from bench import asked

_TWO_PAGES = b"x" * 8_192


class Options(msgspec.Struct, frozen=True, kw_only=True):
    folder: str
    rate: float = 100.0


class Waits(msgspec.Struct):
    """Milliseconds from the moment a write was due until it was on disk, since the last question."""

    p50_ms: float
    p99_ms: float


class Disk:
    def __init__(self, options: Options) -> None:
        self._handle = os.open(Path(options.folder) / "bare", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self._period = 1 / options.rate
        self._times: list[float] = []

    async def write(self) -> None:
        due = time.monotonic()
        while True:
            due += self._period
            await asyncio.sleep(due - time.monotonic())
            os.write(self._handle, _TWO_PAGES)
            os.fdatasync(self._handle)
            self._times.append(1_000 * (time.monotonic() - due))

    def waits(self) -> Waits:
        times, self._times = sorted(self._times) or [0.0], []
        return Waits(times[len(times) // 2], times[len(times) * 99 // 100])


async def main(options: Options) -> None:
    disk = Disk(options)
    writing = asyncio.ensure_future(disk.write())
    asked.say(0)
    await asked.answer({"waits": disk.waits})
    writing.cancel()


if __name__ == "__main__":
    asyncio.run(main(asked.options(Options)))
