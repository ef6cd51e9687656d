"""Reports of SMS that are steps: from memory to their scenario, however one of them fares."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stentor.core.errors import StoreUnavailable
from stentor.core.message import Owed
from stentor.core.omni.flow import target
from stentor.core.omni.records import End
from stentor.engine.sms_ends import SmsEnds
from support.making import START, FakeClock, message, report
from support.opening import opened
from support.platform import until

BAD = 3


class Ended:
    """Stands for `engine.scenario.Scenarios`: keeps what it is told, and breaks at one step."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    async def ended(self, ends: Sequence[End], drop_reports: Sequence[int] = ()) -> None:
        if any(end.attempt == BAD for end in ends):
            raise ValueError("a mistake")
        self.seen += [(end.attempt, number) for end, number in zip(ends, drop_reports, strict=True)]


def owed(attempt: int) -> Owed:
    sms = message(START)
    return Owed(report(sms, START, url=target(attempt)), sms)


async def test_one_that_cannot_be_told_leaves_the_others_alone(tmp_path: Path) -> None:
    ended, given = Ended(), [owed(attempt) for attempt in range(1, 6)]
    async with opened(tmp_path) as store:
        ends = SmsEnds(ended, store, FakeClock())  # type: ignore[arg-type]
        for one in given:
            assert ends.reserve(one.report.url or "")
            ends.push(one)
        await until(lambda: len(ended.seen) == 4)
        assert sorted(ended.seen) == [(n, one.report.id) for n, one in enumerate(given, start=1) if n != BAD]
        await ends.stop()
        assert not ends.reserve(target(6))


class Refusing(Ended):
    """What `engine.scenario.Scenarios` says of a full disk when it has ended."""

    async def ended(self, ends: Sequence[End], drop_reports: Sequence[int] = ()) -> None:
        self.seen += [(end.attempt, number) for end, number in zip(ends, drop_reports, strict=True)]
        raise StoreUnavailable("no space left")


async def test_it_ends_while_the_disk_refuses(tmp_path: Path) -> None:
    refusing, given = Refusing(), [owed(attempt) for attempt in (1, 2)]
    async with opened(tmp_path) as store:
        ends = SmsEnds(refusing, store, FakeClock())  # type: ignore[arg-type]
        for one in given:
            assert ends.reserve(one.report.url or "")
            ends.push(one)
        await until(lambda: bool(refusing.seen))
        await ends.stop()
    assert {attempt for attempt, _ in refusing.seen} == {1, 2}
