"""What waits on disk is counted as it is: due or later, in nobody's hands, to be pulled or pushed."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stentor.storage.sqlite.depths import Depths, Waiting
from stentor.storage.sqlite.store import FILE_NAME
from support.making import HOUR, START, URL, final_move, message, new, report
from support.opening import opened

NONE = {"pull": 0, "smpp": 0, "url": 0}
"""No message from a phone waits."""


async def test_messages_and_reports_that_nobody_holds(tmp_path: Path) -> None:
    now = message()
    done = [message(), message(), message()]
    async with opened(tmp_path) as store:
        with ThreadPoolExecutor(1) as thread:
            depths = Depths(tmp_path / FILE_NAME, thread)
            assert await depths.read(START) == Waiting({}, 0, 0, NONE)
            await store.accept(new(now, message(sent_at=START + HOUR), message(sent_at=START + HOUR), *done))
            await store.accept(new(message(connector="other"), at=START))
            await store.accept(new(message(connector="held"), in_hand=True))
            await store.move(
                [
                    final_move(done[0], report=report(done[0])),
                    final_move(done[1], report=report(done[1], url=URL)),
                    final_move(done[2], report=report(done[2], url=URL, attempts=1)),
                ]
            )
            assert await depths.read(START) == Waiting({"net": (1, 2), "other": (1, 0)}, 1, 1, NONE)
            assert await depths.read(START + HOUR) == Waiting({"net": (3, 0), "other": (1, 0)}, 1, 1, NONE)
        depths.close()


async def test_calls_that_come_together_share_one_count(tmp_path: Path) -> None:
    async with opened(tmp_path):
        with ThreadPoolExecutor(1) as thread:
            depths = Depths(tmp_path / FILE_NAME, thread)
            first, second = await asyncio.gather(depths.read(START), depths.read(START))
        depths.close()
    assert first is second
