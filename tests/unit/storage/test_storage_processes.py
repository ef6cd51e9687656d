"""Statistics read counts, never logs: what they cost does not grow with how much was logged."""

from __future__ import annotations

import asyncio
from contextlib import closing
from itertools import combinations, product
from pathlib import Path
from typing import NamedTuple

import apsw
import pytest
from msgspec.structs import replace

from stentor.core.browsers import OsType
from stentor.core.conversion import Conversions, Narrowed, Question, Selection
from stentor.core.errors import Conflict, InvalidField
from stentor.core.ids import Ids
from stentor.core.processes import Asked, Processes, Step
from stentor.core.rates import DAY_MS, GRANULATIONS, HOUR_MS, MINUTE_MS, Counted, Unit, begin, spans
from stentor.core.tracked import Run
from stentor.storage.sqlite import SqliteStore, counts
from stentor.storage.sqlite.migrations import MIGRATIONS, migrate
from stentor.storage.sqlite.processes import ProcessRows
from support.making import ACME, START, FakeClock
from support.opening import opened

DAYS, NETWORKS, SYSTEMS = 61, 5, ("IOS", "ANDROID", "UNKNOWN")
JUNE = 1_748_736_000_000
HOURS = 24 * DAYS
QUESTIONS: list[tuple[Narrowed, Unit | None, int]] = [
    (Narrowed(), None, 2),
    (Narrowed(by="country"), None, 2),
    (Narrowed(by="os"), None, 2 * len(SYSTEMS)),
    (Narrowed(by="network"), None, 2 * NETWORKS),
    (Narrowed(), "MONTH", 2),
    (Narrowed(by="network"), "MONTH", 2 * NETWORKS),
    (Narrowed(), "WEEK", DAYS),
    (Narrowed(), "DAY", DAYS),
    (Narrowed(by="network"), "DAY", DAYS * NETWORKS),
    (Narrowed(), "HOUR", HOURS),
    (Narrowed(os="IOS"), "HOUR", HOURS),
    (Narrowed(mcc="208"), "HOUR", HOURS),
    (Narrowed(mcc="208", mnc="03"), "HOUR", HOURS),
    (Narrowed(country="FR", os="IOS"), "HOUR", HOURS),
    (Narrowed(mcc="208", mnc="03", os="IOS"), "HOUR", HOURS),
]
"""With the counts that are read for each tag: those of its intervals, and nothing besides."""


class Bench:
    def __init__(self, store: SqliteStore, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        self.rows = ProcessRows(store.access)
        ids = Ids(b"s" * 32, last=store.largest_id())
        keys = (f"{number:032X}" for number in range(100))
        self.conversions = Conversions(store=self.rows, ids=ids, clock=clock, draw_key=lambda: next(keys))
        self.processes = Processes(
            store=self.rows, conversions=self.conversions, ids=ids, clock=clock, draw_key=lambda: next(keys)
        )


async def made(bench: Bench) -> str:
    process = await bench.processes.make(ACME.id, "p", "d")
    for kind in ("START_TAG", "END_TAG"):
        await bench.processes.add_tag(ACME.id, process.key, None, None, kind)
    return process.key


def logged(db: apsw.Connection) -> None:
    """An hour of two months has a log in each network, of each system, at each of two tags."""
    hours = range(JUNE, JUNE + DAYS * DAY_MS, HOUR_MS)
    runs = [Run(0, 1, 7, None, JUNE, str(20801 + one), "FR") for one in range(NETWORKS)]
    counts.count(db, [(run, tag, at, os) for run in runs for tag in (1, 2) for at in hours for os in SYSTEMS])


def test_a_question_reads_no_more_counts_than_it_answers() -> None:
    """However much was logged. How long that takes, scenario S of the bench measures with ten million logs."""
    with closing(apsw.Connection(":memory:")) as db:
        migrate(db)
        logged(db)
        for narrowed, unit, rows in QUESTIONS:
            (part,) = spans(JUNE, JUNE + DAYS * DAY_MS, unit, 0)
            sql, values = counts.chosen(Selection(7, (1, 2), (part,), narrowed, unit), part)
            assert db.execute(f"SELECT count(*) FROM ({sql})", values).get == 2 * rows, (narrowed, unit)


async def test_an_answer_of_too_many_lines_is_refused_before_it_is_made(tmp_path: Path) -> None:
    clock = FakeClock(JUNE + DAYS * DAY_MS)
    async with opened(tmp_path) as store:
        bench = Bench(store, clock)
        key = await made(bench)
        process = bench.processes.find(ACME.id, key)
        runs = [Run(0, 1, process.id, None, JUNE, str(20801 + one), "FR") for one in range(NETWORKS * 2)]
        hours = range(JUNE, JUNE + DAYS * DAY_MS, HOUR_MS)
        logs = [(run, process.tags[0].id, at, "IOS") for run in runs for at in hours]
        await store.access.run(lambda db: counts.count(db, logs))
        asked = Question(narrowed=Narrowed(by="network"), since=JUNE, until=clock.now, granulation="HOUR")
        with pytest.raises(InvalidField, match="more than 10000 lines: ask for longer intervals"):
            await bench.conversions.rate(ACME.id, key, asked)
        found, total = await bench.conversions.rate(ACME.id, key, replace(asked, granulation="DAY"))
    assert (len(found), total.start_count) == (DAYS * NETWORKS * 2, len(logs))


async def test_times_between_tags_and_a_log_said_again(tmp_path: Path) -> None:
    clock = FakeClock(START - START % DAY_MS)
    async with opened(tmp_path) as store:
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


MOMENTS = (0, 1, 20_000, 20_000, 20_001, 59_999, 60_000, 90_000, 119_999, 120_000)
"""When somebody comes, in milliseconds: some within one minute, some at its ends."""
BOUNDS = (0, 1, 2, 19_999, 20_000, 20_001, 45_000, 59_999, 60_000, 60_001, 90_000, 119_999, 120_000, 120_001)
FILTERS = (
    Narrowed(),
    Narrowed(country="HR"),
    Narrowed(os="IOS"),
    Narrowed(by="country"),
    Narrowed(by="os", country="CH"),
    Narrowed(by="network"),
)


class Came(NamedTuple):
    """What a test logged."""

    tag: str
    at: int
    took: int
    country: str
    os: str

    def told(self, narrowed: Narrowed) -> str | None:
        """Of what it counts; None where it is not asked for."""
        if narrowed.country not in {None, self.country} or narrowed.os not in {None, self.os}:
            return None
        return {"country": self.country, "os": self.os}.get(narrowed.by or "", "")


async def visited(bench: Bench, key: str, began: int) -> list[Came]:
    """At each moment somebody begins, and whoever began two before comes to the end; each third begins nowhere."""
    came: list[Came] = []
    for number, moment in enumerate(MOMENTS):
        bench.clock.now = began + moment
        os: OsType = "IOS" if number % 2 else "ANDROID"
        country = ("CH", "HR", "")[number % 3]
        await bench.processes.log(ACME.id, key, Step(log_key=f"n{number}", tag_key="START", country=country, os=os))
        came.append(Came("START", bench.clock.now, 0, country, os))
        if number >= 2:
            first = number - 2
            step = Step(log_key=f"n{first}", tag_key="END", country="HR", os=os)
            await bench.processes.log(ACME.id, key, step)
            took = moment - MOMENTS[first]
            came.append(Came("END", bench.clock.now, took, ("CH", "HR", "HR")[first % 3], os))
    return came


def expected(came: list[Came], since: int, until: int, narrowed: Narrowed, unit: Unit | None) -> list[Counted]:
    found: dict[tuple[int, str], list[int]] = {}
    for one in came:
        of = one.told(narrowed)
        if since <= one.at < until and of is not None:
            sums = found.setdefault((begin(one.at, unit) if unit else 0, of), [0, 0, 0, 0])
            place = 0 if one.tag == "START" else 1
            sums[place] += 1
            sums[2 + place] += one.took if unit is None else 0
    return [Counted(*of, *sums) for of, sums in sorted(found.items())]


async def test_the_edges_of_a_time_are_exact(tmp_path: Path) -> None:
    """Whatever is asked, the answer is that of counting the logs one by one."""
    began = START - START % HOUR_MS - 2 * MINUTE_MS
    async with opened(tmp_path) as store:
        bench = Bench(store, FakeClock())
        key = await made(bench)
        came = await visited(bench, key, began)
        process = bench.processes.find(ACME.id, key)
        tags = process.tags[0].id, process.tags[1].id
        for since, until in combinations([began + bound for bound in BOUNDS], 2):
            for narrowed, unit in product(FILTERS, (None, *GRANULATIONS)):
                selection = bench.conversions.selection(process, tags, (since, until), narrowed, unit)
                found = await bench.rows.counted(selection)
                assert found == expected(came, since, until, narrowed, unit), (since, until, narrowed, unit)


async def test_each_question_has_exact_edges(tmp_path: Path) -> None:
    """The averages with a time for each tag, the intervals, and `/ct/1`; each END is 20 s from the one before."""
    began = START - START % HOUR_MS
    async with opened(tmp_path) as store:
        bench = Bench(store, FakeClock())
        key = await made(bench)
        for number in range(6):
            bench.clock.now = began + number * 20_000
            await bench.processes.log(ACME.id, key, Step(log_key=f"n{number}"))
            await bench.processes.log(ACME.id, key, Step(log_key=f"n{number}"))
        noted = began + 20_001
        average = await bench.processes.average(ACME.id, key, Asked(since=began, end_since=noted))
        assert (average.rate.start_count, average.rate.end_count) == (6, 4)
        average = await bench.processes.average(ACME.id, key, Asked(since=began, until=noted, end_until=noted - 1))
        assert (average.rate.start_count, average.rate.end_count) == (2, 1)
        intervals = await bench.processes.by_interval(ACME.id, key, Asked(since=noted, until=began + 100_000), "MINUTE")
        times = [(one.frame.since - began, one.frame.until - began, one.start_count) for one in intervals]
        assert times == [(20_001, 60_000, 1), (60_000, 100_000, 2)]
        asked = Question(since=noted, until=began + 100_000, granulation="MINUTE")
        found, total = await bench.conversions.rate(ACME.id, key, asked)
        assert [(one.start - began, one.end_count) for one in found] == [(20_001, 1), (60_000, 2)]
        assert (total.start_count, total.end_count) == (3, 3)
        nothing = Question(since=began + 1, until=began + 20_000, granulation="MINUTE")
        assert (await bench.conversions.rate(ACME.id, key, nothing))[0] == [], "an interval without logs is left out"


async def test_an_edge_of_forgotten_logs_is_counted_to_the_minute(tmp_path: Path) -> None:
    """A passage is forgotten as a whole, though its end was logged when minutes are still known."""
    async with opened(tmp_path) as store:
        began = START - START % HOUR_MS
        bench = Bench(store, FakeClock(began))
        key = await made(bench)
        logged = await bench.processes.log(ACME.id, key, Step())
        bench.clock.now += 80 * DAY_MS
        await bench.processes.log(ACME.id, key, Step(log_key=bench.processes.log_key(logged.run)))
        bench.clock.now += 15 * DAY_MS
        asked = Asked(since=began + 80 * DAY_MS + 1)
        assert (await bench.processes.average(ACME.id, key, asked)).rate.end_count == 0
        await bench.rows.forget(bench.clock.now - 90 * DAY_MS, 100)
        assert (await bench.processes.average(ACME.id, key, asked)).rate.end_count == 1
        everything = Asked(since=began + 1)
        assert (await bench.processes.average(ACME.id, key, everything)).rate.start_count == 1, "and by the hour"


async def test_the_first_day_of_a_month_back_is_counted_whole(tmp_path: Path) -> None:
    clock = FakeClock(START - START % DAY_MS + HOUR_MS)
    async with opened(tmp_path) as store:
        bench = Bench(store, clock)
        key = await made(bench)
        await bench.processes.log(ACME.id, key, Step())
        clock.now += 30 * DAY_MS + HOUR_MS
        (day,) = await bench.processes.by_interval(ACME.id, key, Asked(), "DAY")
    assert (day.frame.until - day.frame.since, day.start_count) == (DAY_MS, 1)


async def test_messages_of_a_type_know_the_tags_it_has_now(tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(tmp_path) as store:
        bench = Bench(store, clock)

        async def tags() -> list[str]:
            return [tag.name for tag in (await bench.conversions.process(ACME.id, "INVITES", None)).tags]

        assert await tags() == ["START", "END"]
        key = (await bench.conversions.process(ACME.id, "INVITES", None)).key
        made = await bench.processes.add_tag(ACME.id, key, "MIDDLE", None, "UNDEFINED")
        assert await tags() == ["START", "END", "MIDDLE"]
        await bench.processes.describe_tag(ACME.id, key, made.key, "HALF", None)
        assert await tags() == ["START", "END", "HALF"]
        await bench.processes.describe(ACME.id, key, "Invitations", None)
        assert (await bench.conversions.process(ACME.id, "INVITES", None)).name == "Invitations"


async def test_requests_at_the_same_time_log_one_passage(tmp_path: Path) -> None:
    """A client that says it again before it has an answer; none of them can see the others' writing."""
    async with opened(tmp_path) as store:
        clock = FakeClock()
        bench = Bench(store, clock)
        key = await made(bench)
        step = Step(log_key="mine", tag_key="START")
        logged = await asyncio.gather(*(bench.processes.log(ACME.id, key, step) for _ in range(5)))
        clock.now += 1
        average = await bench.processes.average(ACME.id, key, Asked())
    assert (sorted(one.count for one in logged), len({one.run.id for one in logged})) == ([1, 2, 3, 4, 5], 1)
    assert average.rate.start_count == 1


async def test_requests_at_the_same_time_make_one_tag_of_a_name(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bench = Bench(store, FakeClock())
        key = await made(bench)
        adding = (bench.processes.add_tag(ACME.id, key, name, None, "UNDEFINED") for name in ("a", "A", "a"))
        results = await asyncio.gather(*adding, return_exceptions=True)
        process = bench.processes.find(ACME.id, key)
    assert [tag.name for tag in process.tags] == ["START", "END", "a"]
    assert [type(one) for one in results[1:]] == [Conflict, Conflict]


async def test_requests_at_the_same_time_make_tags_without_names(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bench = Bench(store, FakeClock())
        key = await made(bench)
        tags = await asyncio.gather(*(bench.processes.add_tag(ACME.id, key, None, None, "UNDEFINED") for _ in "abc"))
    assert [tag.name for tag in tags] == ["UNDEFINED", "UNDEFINED 2", "UNDEFINED 3"]


FILLED = (
    "SELECT process, tag, scope, mcc_mnc, country, os, length, start, count, took"
    " FROM process_series JOIN series_count ON series = id ORDER BY 1, 2, 3, 4, 5, 6, 7, 8"
)


def test_counts_of_schema_3_become_what_counting_would_have_made() -> None:
    """That schema had a row for each network, country and system, by the minute, the hour and the day."""
    places = (("22801", "CH"), ("22802", "CH"), ("310260", "US"), ("", "HR"), ("", ""))
    runs = [Run(0, 1, 7 + n % 2, None, JUNE, *place) for n, place in enumerate(places)]
    logs = [
        (run, tag, JUNE + n * 11 * HOUR_MS + tag * 7_000, SYSTEMS[n % 3])
        for n, run in enumerate(runs * 40)
        for tag in (1, 2)
    ]
    with closing(apsw.Connection(":memory:")) as old, closing(apsw.Connection(":memory:")) as new:
        for step in MIGRATIONS[:3]:
            old.execute(step)
        old.execute("PRAGMA user_version = 3")
        kept = (
            "INSERT INTO process_count VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)"
            " ON CONFLICT DO UPDATE SET count = count + 1, took = took + excluded.took"
        )
        for run, tag, at, os in logs:
            for length in (MINUTE_MS, HOUR_MS, DAY_MS):
                values = (run.process, length, tag, at - at % length, run.mcc_mnc, run.country, os, at - run.at)
                old.execute(kept, values)
        migrate(old)
        migrate(new)
        counts.count(new, logs)
        assert old.execute(FILLED).fetchall() == new.execute(FILLED).fetchall()
        assert len(new.execute(FILLED).fetchall()) > 2_000
