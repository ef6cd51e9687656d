"""Writing on while the disk refuses, and work that is done in rounds."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from stentor.core.errors import StoreUnavailable
from stentor.engine import insist as insisting
from stentor.engine.insist import insist
from stentor.engine.rounds import Rounds
from support.platform import until


class Disk:
    def __init__(self, *refusals: Exception) -> None:
        self.refusals = [*refusals]
        self.asked = 0

    async def write(self) -> str:
        self.asked += 1
        if self.refusals:
            raise self.refusals.pop(0)
        return "written"


async def test_it_is_tried_until_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insisting, "_REST_S", 0)
    disk = Disk(StoreUnavailable("full"), StoreUnavailable("away"))
    with capture_logs() as logged:
        assert await insist(disk.write, refused="not recorded, trying again") == "written"
    assert [(line["event"], line["reason"]) for line in logged] == [
        ("not recorded, trying again", "full"),
        ("not recorded, trying again", "away"),
    ]


async def test_once_it_is_over_the_refusal_stands() -> None:
    disk = Disk(StoreUnavailable("full"))
    with pytest.raises(StoreUnavailable, match="full"):
        await insist(disk.write, refused="not recorded", over=lambda: True)
    assert disk.asked == 1


async def test_a_mistake_of_ours_is_not_tried_again() -> None:
    disk = Disk(KeyError("x"))
    with pytest.raises(KeyError):
        await insist(disk.write, refused="not recorded")
    assert disk.asked == 1


async def test_bits_of_a_moment_share_a_round_and_later_ones_have_the_next() -> None:
    waiting, done, under_way = ["a", "b"], list[list[str]](), 0

    async def work() -> None:
        nonlocal under_way
        under_way += 1
        assert under_way == 1
        done.append([*waiting])
        waiting.clear()
        if len(done) == 1:
            waiting.append("c")
            rounds.soon()
        await asyncio.sleep(0)
        under_way -= 1

    rounds = Rounds(work, 0)
    rounds.soon()
    rounds.soon()
    rounds.start()
    await until(lambda: len(done) == 2)
    await rounds.stop()
    assert done == [["a", "b"], ["c"]]
