"""Conversion that falls gives an alarm, by process and country, and what is chance does not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stentor.core.alarm import ConversionWatch, Count, fallen
from stentor.core.conversion import DAY_MS, Conversions, Process
from stentor.core.ids import Ids
from stentor.core.rates import HOUR_MS, MINUTE_MS
from stentor.core.tracked import Run
from stentor.storage.sqlite import SqliteStore, counts
from stentor.storage.sqlite.conversions import ConversionRows
from support.making import ACME, START, FakeClock
from support.opening import opened

SOON_MS = 40 * MINUTE_MS


@pytest.mark.parametrize(
    ("hour", "week", "already", "expected"),
    [
        ((100, 20), (1_000, 600), False, True),
        ((100, 29), (1_000, 600), False, True),
        ((100, 30), (1_000, 600), False, False),
        ((100, 41), (1_000, 600), True, True),
        ((100, 42), (1_000, 600), True, False),
        ((29, 0), (1_000, 1_000), False, False),
        ((100, 0), (99, 99), False, False),
        ((100, 0), (1_000, 199), False, False),
        ((100, 0), (1_000, 200), False, True),
        ((0, 0), (1_000, 600), True, False),
        ((100, 0), (1_000, 0), True, False),
    ],
)
def test_when_it_has_fallen(*, hour: tuple[int, int], week: tuple[int, int], already: bool, expected: bool) -> None:
    assert fallen(Count(*hour), Count(*week), already=already) is expected


class Watched:
    def __init__(self, store: SqliteStore, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        rows = ConversionRows(store.access)
        keys = (f"{number:032X}" for number in range(100))
        self.conversions = Conversions(
            store=rows, ids=Ids(b"s" * 32), clock=clock, draw_key=lambda: next(keys), keep_ms=90 * DAY_MS
        )
        names = {ACME.id: ACME.name}
        self.watch = ConversionWatch(store=rows, conversions=self.conversions, clock=clock, name_of=names.__getitem__)

    async def process(self) -> Process:
        return await self.conversions.process(ACME.id, "ONE_TIME_PIN", None)

    async def happened(self, process: Process, ago_ms: int, country: str, begun: int, ended: int) -> None:
        """So many began that long ago, and so many came to their end two minutes later."""
        first, last = process.tag("START_TAG"), process.tag("END_TAG")
        assert first is not None
        assert last is not None
        at = self.clock.now - ago_ms
        run = Run(0, ACME.id, process.id, None, at, "22801", country)
        logs = [(run, first.id, at, "UNKNOWN")] * begun + [(run, last.id, at + 2 * MINUTE_MS, "UNKNOWN")] * ended
        await self.store.access.run(lambda db: counts.count(db, logs))
        if ago_ms < HOUR_MS:
            self.conversions.note_begun(process, begun)


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[Watched]:
    clock = FakeClock()
    clock.now = START + 3 * MINUTE_MS + 217
    async with opened(tmp_path) as store:
        yield Watched(store, clock)


async def test_an_alarm_begins_is_told_and_ends(w: Watched) -> None:
    process = await w.process()
    for days in range(1, 7):
        await w.happened(process, days * DAY_MS, "CH", 50, 30)
        await w.happened(process, days * DAY_MS, "DE", 50, 30)
    await w.happened(process, SOON_MS, "CH", 200, 10)
    await w.happened(process, SOON_MS, "DE", 100, 60)
    (alarm,), over = await w.watch.look()
    assert (alarm.country, alarm.hour, alarm.week, over) == ("CH", Count(200, 10), Count(300, 180), [])
    said = "5% of 200 came to their end in the last hour, 60% of 300 in the week before"
    assert w.watch.told() == [("ONE_TIME_PIN of acme in CH", said)]
    assert await w.watch.look() == ([], []), "it is told once"
    w.clock.now += 2 * HOUR_MS
    assert await w.watch.look() == ([], [alarm])
    assert (w.watch.told(), w.conversions.active) == ([], set())


async def test_codes_to_a_new_country_are_measured_by_what_is_usual_elsewhere(w: Watched) -> None:
    process = await w.process()
    await w.happened(process, DAY_MS, "CH", 200, 150)
    await w.happened(process, SOON_MS, "LV", 60, 1)
    (alarm,), _ = await w.watch.look()
    assert (alarm.country, alarm.hour, alarm.week) == ("LV", Count(60, 1), Count(200, 150))


async def test_a_start_of_much_is_no_alarm(w: Watched) -> None:
    """Codes that were sent a minute ago are not typed in yet."""
    process = await w.process()
    await w.happened(process, DAY_MS, "CH", 200, 150)
    await w.happened(process, SOON_MS, "CH", 40, 30)
    await w.happened(process, MINUTE_MS, "CH", 5_000, 0)
    assert await w.watch.look() == ([], [])


@pytest.mark.parametrize("minutes", [0, 9, 59])
async def test_the_last_hour_has_sixty_minutes_whenever_it_is(w: Watched, minutes: int) -> None:
    """With those that it begins and ends in."""
    process = await w.process()
    w.clock.now = START - START % HOUR_MS + minutes * MINUTE_MS + 59_217
    await w.happened(process, DAY_MS, "CH", 200, 180)
    for ago in range(180):
        await w.happened(process, ago * MINUTE_MS, "CH", 10, 1)
    (alarm,), _ = await w.watch.look()
    assert alarm.hour == Count(610, 61)


async def test_a_process_without_an_end_is_passed_over(w: Watched) -> None:
    process = await w.process()
    w.conversions.active.add(process.id + 1)
    await w.store.access.run(lambda db: db.execute("DELETE FROM process_tag WHERE process = ?", (process.id,)))
    w.conversions.active.add(process.id)
    assert await w.watch.look() == ([], [])
