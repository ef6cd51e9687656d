"""Statistics from counts by minute, hour and day are those of counting each log."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stentor.core.browsers import OS_TYPES, OsType
from stentor.core.conversion import Ended, Narrowed, Process, Selection, Tag
from stentor.core.errors import InvalidField
from stentor.core.ids import first_at
from stentor.core.rates import (
    GRANULATIONS,
    HOUR_MS,
    MAX_LINES,
    MINUTE_MS,
    MONTH_MS,
    Span,
    Unit,
    begin,
    check_intervals,
    cumulative,
    overhangs,
    share,
    spans,
    statistics,
    whole,
)
from stentor.core.tracked import Begun, Run, ShortLink, Tracked
from stentor.storage.sqlite import tracked
from stentor.storage.sqlite.counts import chosen, counted, forget_minutes, lines, overhanging
from stentor.storage.sqlite.migrations import migrate

apsw = pytest.importorskip("apsw")

MONDAY = 1_749_427_200_000
"""2025-06-09."""
DAY_MS = 24 * HOUR_MS
NETWORKS = (("22801", "CH"), ("22802", "CH"), ("26201", "DE"), ("", ""))
START, END = 1, 2

NARROWED = (
    Narrowed(),
    Narrowed(by="network", mcc="228", mnc="01"),
    Narrowed(by="os", os="IOS"),
    Narrowed(by="country", os="IOS"),
    Narrowed(mcc="228", mnc="01", country="CH", os="IOS"),
)
Log = tuple[int, int, int, OsType, int | None]
"""Offset of the beginning, network, system at the end, and the time to the end or None."""
offsets = (
    st.integers(-70 * DAY_MS, 70 * DAY_MS)
    | st.integers(-2 * DAY_MS, 2 * DAY_MS)
    | st.integers(-MINUTE_MS, MINUTE_MS)
    | st.integers(-20, 20)
)
logs = st.lists(
    st.tuples(offsets, st.integers(0, 3), st.sampled_from(OS_TYPES), st.none() | st.integers(0, 3 * HOUR_MS)),
    max_size=25,
)


def filled(
    given_logs: list[tuple[int, int, OsType, int | None]],
) -> tuple[Any, list[tuple[int, int, str, str, str]]]:
    """A database with them, and each log as (tag, at, network, country, system). Who begins nowhere ends in HR."""
    connection = apsw.Connection(":memory:")
    migrate(connection)
    naive = []
    for number, (offset, network, system, took) in enumerate(given_logs, 1):
        at, (mcc_mnc, country) = MONDAY + offset, NETWORKS[network]
        run = Run(number, 1, 7, None, at, mcc_mnc, country)
        tracked.begin(connection, Tracked((), (Begun(run, START),)))
        naive.append((START, at, mcc_mnc, country, "UNKNOWN"))
        if took is not None:
            country = country or "HR"
            run = replace(run, country=country)
            assert tracked.end(connection, Ended(run, END, at + took, system))
            assert not tracked.end(connection, Ended(run, END, at + took + 1, "IOS"))
            naive.append((END, at + took, mcc_mnc, country, system))
    return connection, naive


@settings(max_examples=150, deadline=None)
@given(
    logs,
    offsets,
    st.integers(0, 100 * DAY_MS) | st.integers(0, 5_000_000) | st.integers(0, 200),
    st.sampled_from((None, *GRANULATIONS)),
    st.sampled_from((Narrowed(), Narrowed(by="country"), Narrowed(by="network", mcc="228"), Narrowed(by="os", os="IOS"),
                     Narrowed(mcc="228", mnc="02"), Narrowed(by="os", mcc="228"), Narrowed(country="CH"),
                     Narrowed(by="network", country="CH", os="ANDROID"))),
)  # fmt: skip
def test_counts_are_those_of_the_logs(
    given_logs: list[tuple[int, int, OsType, int | None]],
    since_offset: int,
    length: int,
    granulation: Unit | None,
    narrowed: Narrowed,
) -> None:
    connection, naive = filled(given_logs)
    since, until = MONDAY + since_offset, MONDAY + since_offset + length
    if granulation == "MINUTE" and length > 10_000 * MINUTE_MS:
        until = since + 10_000 * MINUTE_MS
    parts = spans(since, until, granulation, 0)
    length = -whole(-until) - whole(since) if since < until else 0
    assert sum(part.end - part.start for part in parts) == length
    without = overhangs(since, until, 0)
    assert sum(last - first for first, last in without) == length - (until - since)
    selection = Selection(7, (START, END), parts, narrowed, granulation, without)
    rows = counted(connection, selection)
    assert lines(connection, selection, MAX_LINES) in range(len(rows), len(rows) + 1 + 3 * len(without) * 2)
    expected: dict[tuple[int, str], Counter[int]] = {}
    total: Counter[int] = Counter()
    for tag, at, mcc_mnc, country, system in naive:
        if not since <= at < until or (narrowed.mcc and mcc_mnc[:3] != narrowed.mcc):
            continue
        if narrowed.country and country != narrowed.country:
            continue
        if (narrowed.mnc and mcc_mnc[3:] != narrowed.mnc) or (narrowed.os and system != narrowed.os):
            continue
        of = {"country": country, "network": mcc_mnc, "os": system}.get(narrowed.by or "", "")
        start = since if granulation is None else max(since, begin(at, granulation))
        expected.setdefault((start, of), Counter())[tag] += 1
        total[tag] += 1
    found = {(one.start, one.of): (one.start_count, one.end_count) for one in
             statistics(rows, since, granulation)}  # fmt: skip
    if not expected and granulation is None:
        expected = {(since, ""): Counter()}
    assert found == {key: (counts[START], counts[END]) for key, counts in expected.items()}
    whole_of_it = cumulative(rows, since)
    assert (whole_of_it.start_count, whole_of_it.end_count) == (total[START], total[END])


def test_the_longest_stretches_are_read() -> None:
    """A year takes a few hundred rows for each network, not half a million."""
    parts = spans(MONDAY + 61_000, MONDAY + 365 * DAY_MS + 61_000, None, 0)
    assert [part.length for part in parts] == [MINUTE_MS, HOUR_MS, DAY_MS, MONTH_MS, DAY_MS, MINUTE_MS]
    assert [part.length for part in spans(MONDAY, MONDAY + 365 * DAY_MS, "WEEK", 0)] == [DAY_MS]
    assert spans(MONDAY, MONDAY + DAY_MS, "MINUTE", 0) == [Span(MINUTE_MS, MONDAY, MONDAY + DAY_MS)]


def test_what_is_long_ago_is_known_by_the_hour() -> None:
    known = MONDAY + 10 * DAY_MS
    parts = spans(MONDAY + 61_000, MONDAY + 2 * HOUR_MS + 61_000, None, known)
    assert parts == [Span(HOUR_MS, MONDAY, MONDAY + 3 * HOUR_MS)]
    with pytest.raises(InvalidField, match="so long ago"):
        spans(MONDAY, MONDAY + DAY_MS, "MINUTE", known)
    with pytest.raises(InvalidField, match="more than 10000 intervals"):
        check_intervals(0, MONDAY, "HOUR")


def test_no_minute_is_read_that_may_be_forgotten() -> None:
    """Also where the question ends in the hour that the last known minute is in."""
    known = MONDAY + 40 * MINUTE_MS
    hour, until = Span(HOUR_MS, MONDAY, MONDAY + HOUR_MS), MONDAY + 50 * MINUTE_MS
    assert spans(MONDAY, until, None, known) == [hour]
    assert spans(MONDAY - DAY_MS, until, "HOUR", known) == [Span(HOUR_MS, MONDAY - DAY_MS, MONDAY + HOUR_MS)]
    assert spans(known, until, None, known) == [Span(MINUTE_MS, known, until)]
    later = MONDAY + HOUR_MS + MINUTE_MS
    assert spans(MONDAY, later, None, known) == [hour, Span(MINUTE_MS, MONDAY + HOUR_MS, later)]


def test_edges_are_exact_where_minutes_are_known() -> None:
    known, minute = MONDAY + 40 * MINUTE_MS, MONDAY + 50 * MINUTE_MS
    cut = [(minute, minute + 7), (minute + 9, minute + MINUTE_MS)]
    assert overhangs(minute + 7, minute + 9, known) == cut
    assert overhangs(MONDAY + 7, minute + HOUR_MS + 9, known) == [(cut[1][0] + HOUR_MS, cut[1][1] + HOUR_MS)]
    assert overhangs(minute, minute + MINUTE_MS, known) == overhangs(minute + 7, minute + 7, known) == []
    assert overhangs(MONDAY + 7, minute + 9, known) == [], "known by the hour, at both ends"
    assert overhangs(MONDAY + 7, MONDAY + HOUR_MS - 7, known) == [(MONDAY + HOUR_MS - 7, MONDAY + HOUR_MS)]
    assert overhangs(MONDAY + 7, MONDAY + HOUR_MS - MINUTE_MS, known) == []


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    assert begin(MONDAY + 6 * DAY_MS, "WEEK") == MONDAY
    assert begin(MONDAY, "WEEK") == MONDAY
    assert begin(MONDAY, "MONTH") == MONDAY - 8 * DAY_MS
    assert begin(MONDAY + 61_000, "MINUTE") == MONDAY + MINUTE_MS


@pytest.mark.parametrize(
    ("starts", "ends", "rate"),
    [(4, 3, "0.75"), (3, 1, "0.3333333333333333"), (3, 2, "0.6666666666666666"), (32, 1, "0.03125"), (2, 40, "20"),
     (30_000, 1, "3.3333333333333335e-05"), (3, 3, "1"), (9, 0, "0"), (1, 10**9, "1000000000")],
)  # fmt: skip
def test_a_rate_is_ends_divided_by_starts_and_has_no_point_when_it_is_whole(starts: int, ends: int, rate: str) -> None:
    assert str(share(starts, ends)) == rate


def test_a_rate_needs_a_beginning() -> None:
    (nothing,) = statistics([], MONDAY, None)
    assert (nothing.start_count, nothing.end_count, str(nothing.rate)) == (0, 0, "0")


@pytest.mark.parametrize("narrowed", NARROWED, ids=str)
def test_a_count_is_a_search_of_the_index(narrowed: Narrowed) -> None:
    """Whatever is asked: with a million logs it reads the rows that it answers, and no others."""
    connection = apsw.Connection(":memory:")
    migrate(connection)
    for span in (Span(MINUTE_MS, 0, DAY_MS), Span(HOUR_MS, 0, DAY_MS), Span(MONTH_MS, 0, 300 * DAY_MS)):
        sql, values = chosen(Selection(7, (START, END), (span,), narrowed, "MONTH"), span)
        plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        assert plan[0].startswith("SEARCH process_series USING COVERING INDEX process_series_of (process=? AND tag=?")
        assert plan[1:] == ["SEARCH series_count USING PRIMARY KEY (series=? AND length=? AND start>? AND start<?)"]


@pytest.mark.parametrize("narrowed", NARROWED, ids=str)
def test_logs_of_an_edge_are_a_search_of_the_index(narrowed: Narrowed) -> None:
    connection = apsw.Connection(":memory:")
    migrate(connection)
    for granulation in (None, *GRANULATIONS):
        sql, values = overhanging(Selection(7, (START, END), (), narrowed, granulation), MONDAY, MONDAY + 5)
        plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        assert [line.replace(" COVERING", "") for line in plan] == [
            "SEARCH g USING INDEX process_log_at (tag=? AND at>? AND at<?)",
            "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)",
        ]


def test_logs_of_the_schema_before_keep_the_minute_by_country_if_their_run_has_none() -> None:
    """They may have counted for one that was given with the log."""
    connection, _ = filled([(5, 3, "IOS", 2), (5, 0, "IOS", 2)])
    connection.execute("UPDATE process_log SET country = NULL")
    for narrowed, ends in (
        (Narrowed(), [0]),
        (Narrowed(by="network"), []),
        (Narrowed(by="country"), [1]),
        (Narrowed(country="HR"), [1]),
        (Narrowed(country="CH"), []),
    ):
        since, until = MONDAY + 8, MONDAY + MINUTE_MS
        parts, without = spans(since, until, None, 0), overhangs(since, until, 0)
        rows = counted(connection, Selection(7, (END, END), parts, narrowed, None, without))
        assert [row.ends for row in rows] == [one for one in ends if one], narrowed


def test_tags_of_a_process() -> None:
    tags = (Tag(3, "S", "a", "", "START_TAG"), Tag(4, "E", "b", "", "END_TAG"), Tag(5, "E2", "c", "", "END_TAG"))
    process = Process(1, 1, "K", "n", "", "USER_DEFINED", None, 0, tags)
    assert process.tag("END_TAG") == tags[1]
    assert process.tag("UNDEFINED") is None


def test_old_runs_and_minutes_are_forgotten(tmp_path: Path) -> None:
    from stentor.storage.sqlite.conversions import _forget

    connection, _ = filled([(0, 0, "IOS", 5), (30 * DAY_MS, 0, "IOS", 5)])
    connection.execute("UPDATE process_run SET id = id + ?", (first_at(MONDAY),))
    connection.execute("UPDATE process_log SET run = run + ?", (first_at(MONDAY),))
    assert _forget(connection, MONDAY + DAY_MS, 100) == 4, "a run that was logged at two tags, each counted twice"
    assert connection.execute("SELECT count(*) FROM process_log").get == 2
    of_minutes = "SELECT sum(count) FROM series_count, process_series ON id = series WHERE scope = 5 AND length = ?"
    assert connection.execute(of_minutes, (MINUTE_MS,)).get == 2
    assert connection.execute(of_minutes, (HOUR_MS,)).get == 4


def test_runs_of_messages_that_were_sent_late_are_not_forgotten() -> None:
    """Their ids are of the day when they were scheduled."""
    from stentor.storage.sqlite.conversions import _forget

    connection, _ = filled([(0, 0, "IOS", None)])
    link = ShortLink(5, 1, 1, "http://a", "41", None, "b", None, MONDAY, MONDAY + 90 * DAY_MS, "a", 0)
    tracked.begin(connection, Tracked((link,), ()))
    tracked.move(connection, [1], MONDAY + 100 * DAY_MS)
    times = connection.execute("SELECT sent_at, expires FROM link").fetchall()
    assert times == [(MONDAY + 100 * DAY_MS, MONDAY + 190 * DAY_MS)], "and so are their links"
    assert _forget(connection, MONDAY + 90 * DAY_MS, 100) == 0
    assert _forget(connection, MONDAY + 101 * DAY_MS, 100) == 2, "a run, and its minute in two series"


@given(logs, offsets)
@settings(max_examples=50, deadline=None)
def test_what_is_moved_counts_where_it_is_and_what_is_taken_back_nowhere(
    given_logs: list[tuple[int, int, OsType, int | None]], offset: int
) -> None:
    connection, _ = filled([(at, network, system, None) for at, network, system, _ in given_logs])
    numbers = list(range(1, len(given_logs) + 1))
    moved = numbers[::2]
    tracked.move(connection, moved, MONDAY + offset)
    expected, _ = filled(
        [(offset if number in moved else at, network, system, None)
         for number, (at, network, system, _) in enumerate(given_logs, 1)]
    )  # fmt: skip
    assert every_count(connection) == every_count(expected)
    tracked.take_back(connection, numbers)
    assert every_count(connection) == []
    assert connection.execute("SELECT count(*) FROM process_log").get == 0


def every_count(connection: Any) -> list[tuple[Any, ...]]:
    sql = (
        "SELECT process, tag, scope, mcc_mnc, country, os, length, start, count, took"
        " FROM series_count JOIN process_series ON id = series ORDER BY 1, 2, 3, 4, 5, 6, 7, 8"
    )
    return list(connection.execute(sql))


def test_minutes_are_forgotten_though_there_are_more_of_them_than_runs() -> None:
    """A run leaves several; one that forgets as many as it forgets runs never comes to the end."""
    from stentor.storage.sqlite.conversions import _forget

    connection, _ = filled([(number * MINUTE_MS, 0, "IOS", HOUR_MS * 2) for number in range(5)])
    portions = 0
    while _forget(connection, MONDAY + DAY_MS, 5) == 5:
        portions += 1
    assert portions == 4, "20 minutes: those of 5 starts and 5 ends, together and apart"
    assert forget_minutes(connection, MONDAY + DAY_MS, 1) == 0
