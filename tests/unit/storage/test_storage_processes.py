"""Statistics read counts, never logs: what they cost does not grow with how much was logged."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import apsw
import pytest

from stentor.core.conversion import AGGREGATIONS, Conversions, Narrowed
from stentor.core.ids import Ids
from stentor.core.processes import Asked, Processes, Step
from stentor.core.rates import DAY_MS, HOUR_MS, MINUTE_MS, spans
from stentor.storage.sqlite import SqliteStore
from stentor.storage.sqlite.conversions import counting
from stentor.storage.sqlite.processes import ProcessRows
from support.making import ACME, START, FakeClock
from support.opening import opened

NARROWED = [
    *(Narrowed(by=one) for one in (None, *AGGREGATIONS)),
    Narrowed(mcc="228", mnc="01", country="CH", os="IOS"),
]
DAYS, NETWORKS, LOGS_A_COUNT = 90, 60, 1_000
FILL = """
WITH RECURSIVE
    stretch (length, start) AS (
        SELECT ?1, ?2 UNION ALL SELECT length, start + ?1 FROM stretch WHERE start + ?1 < ?3
    ),
    network (name) AS (SELECT 22801 UNION ALL SELECT name + 1 FROM network WHERE name + 1 < 22801 + ?4)
INSERT INTO process_count SELECT ?5, length, ?6, start, name, 'CH', 'IOS', ?7, ?7 * 1000 FROM stretch, network
"""


class Bench:
    def __init__(self, store: SqliteStore, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        self.rows = ProcessRows(store.access)
        ids = Ids(b"s" * 32, last=store.largest_id())
        keys = (f"{number:032X}" for number in range(100))
        conversions = Conversions(store=self.rows, ids=ids, clock=clock, draw_key=lambda: next(keys))
        self.processes = Processes(
            store=self.rows, conversions=conversions, ids=ids, clock=clock, draw_key=lambda: next(keys)
        )


def _fill(db: apsw.Connection, values: tuple[int, ...]) -> None:
    db.execute(FILL, values)


async def made(bench: Bench) -> str:
    process = await bench.processes.make(ACME.id, "p", "d")
    for kind in ("START_TAG", "END_TAG"):
        await bench.processes.add_tag(ACME.id, process.key, None, None, kind)
    return process.key


@pytest.mark.parametrize("narrowed", NARROWED, ids=str)
async def test_each_question_is_one_range_of_the_primary_key(tmp_path: Path, narrowed: Narrowed) -> None:
    async with opened(tmp_path, FakeClock()) as store:
        sql, values = counting(1, 2, spans(START, START + DAY_MS, None, 0)[0], narrowed)
        plan = [row[3] for row in store.access.reader.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert plan[0] == (
        "SEARCH process_count USING PRIMARY KEY (process=? AND length=? AND tag=? AND start>? AND start<?)"
    )
    assert not [line for line in plan if "SCAN" in line]


async def test_a_quarter_with_ten_million_logs_is_read_in_50_ms(tmp_path: Path) -> None:
    """Counts of 10,800,000 logs in 60 networks; a month of them is some ten thousand rows."""
    clock = FakeClock(START - START % DAY_MS + DAYS * DAY_MS + HOUR_MS + MINUTE_MS)
    async with opened(tmp_path, clock) as store:
        bench = Bench(store, clock)
        key = await made(bench)
        process = bench.processes.find(ACME.id, key)
        until = clock.now - HOUR_MS
        for length in (MINUTE_MS, HOUR_MS, DAY_MS):
            first = START - START % DAY_MS if length > MINUTE_MS else until - HOUR_MS
            for tag in process.tags:
                logs = LOGS_A_COUNT * length // DAY_MS or 1
                values = (length, first, until, NETWORKS, process.id, tag.id, logs)
                await store.access.run(partial(_fill, values=values), rows=1)
        logged = DAYS * NETWORKS * LOGS_A_COUNT * 2
        assert logged == 10_800_000
        for by in (None, *AGGREGATIONS):
            asked = Asked(narrowed=Narrowed(by=by))
            times = []
            for _ in range(5):
                began = time.perf_counter()
                await bench.processes.average(ACME.id, key, asked)
                times.append(time.perf_counter() - began)
            assert min(times) < 0.050, (by, times)
        began = time.perf_counter()
        rates = await bench.processes.by_interval(ACME.id, key, Asked(), "DAY")
        assert time.perf_counter() - began < 0.5
        assert 29 <= len(rates) <= 31


async def test_times_between_tags_and_a_log_said_again(tmp_path: Path) -> None:
    clock = FakeClock(START - START % DAY_MS)
    async with opened(tmp_path, clock) as store:
        bench = Bench(store, clock)
        key = await made(bench)
        for seconds in (600, 948):
            logged = await bench.processes.log(ACME.id, key, Step(log_key=f"after {seconds}", os="IOS"))
            clock.now += seconds * 1000
            counts = [(await bench.processes.log(ACME.id, key, Step(log_key=logged.run.key))).count for _ in range(3)]
            assert counts == [1, 2, 3]
        clock.now += 1
        average = await bench.processes.average(ACME.id, key, Asked())
    assert (average.rate.start_count, average.rate.end_count, average.rate.time_ms) == (2, 2, 774_000)
