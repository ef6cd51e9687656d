"""Counts by the minute, hour, day and month, and the statistics they make (`spec/wire.md` (b)7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, get_args

import msgspec

from stentor.core.errors import InvalidField

Unit = Literal["MINUTE", "HOUR", "DAY", "WEEK", "MONTH"]
GRANULATIONS: tuple[Unit, ...] = get_args(Unit)
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
MONTH_MS = 30 * DAY_MS
"""What a month is called where lengths are told; months themselves are those of the calendar."""
LENGTHS: tuple[tuple[int, Unit], ...] = (
    (MINUTE_MS, "MINUTE"),
    (HOUR_MS, "HOUR"),
    (DAY_MS, "DAY"),
    (MONTH_MS, "MONTH"),
)
"""The stretches that are counted, the shortest first. Days and months are of UTC."""
MAX_INTERVALS = 10_000
MAX_LINES = 10_000
"""Of one answer: intervals, times what is told apart in each."""
_LONGEST: dict[Unit | None, int] = {None: 3, "MONTH": 3, "WEEK": 2, "DAY": 2, "HOUR": 1, "MINUTE": 0}
"""Which of `LENGTHS` fit into an interval."""
_NEVER_MS = 200_000_000_000_000
"""In the year 8307."""
_LEAST: dict[Unit, int] = {
    "MINUTE": MINUTE_MS,
    "HOUR": HOUR_MS,
    "DAY": DAY_MS,
    "WEEK": 7 * DAY_MS,
    "MONTH": 28 * DAY_MS,
}
MONDAY_MS = 4 * DAY_MS
"""The first one after 1970 began."""


class Span(msgspec.Struct, frozen=True, gc=False):
    """Counts of one length, from `start` to before `end`."""

    length: int
    start: int
    end: int


class Counted(msgspec.Struct, frozen=True, gc=False):
    """Logs of two tags in an interval that begins at `start`, of one country, network or system if that is asked."""

    start: int
    of: str
    starts: int
    ends: int
    starts_took: int = 0
    """Milliseconds from the beginnings of their runs, together."""
    ends_took: int = 0


class Statistic(msgspec.Struct, frozen=True, gc=False):
    start: int
    of: str
    start_count: int
    end_count: int

    @property
    def rate(self) -> float:
        return share(self.start_count, self.end_count)


def share(starts: int, ends: int) -> float:
    """Ends divided by starts (001 "Introduction"), a double (001 "ConversionRateStats"); 0 when nothing began.

    A whole number is an int, which has no `.0` where it is printed.
    """
    if not starts:
        return 0
    return ends / starts if ends % starts else ends // starts


def within_reason(at: int) -> int:
    """From 1970 on, and not so late that its month has no end: clients ask from year 1 to year 9999."""
    return min(max(at, 0), _NEVER_MS)


def whole(at: int) -> int:
    """The beginning of its minute."""
    return at - at % MINUTE_MS


def check_intervals(since: int, until: int, granulation: Unit | None) -> None:
    """Refuses a time that has more intervals than an answer."""
    if granulation is not None and (until - since) // _LEAST[granulation] > MAX_INTERVALS:
        raise InvalidField("intervalGranulation", f"more than {MAX_INTERVALS} intervals of a {granulation}.")


def spans(since: int, until: int, granulation: Unit | None, minutes_from: int) -> list[Span]:
    """The stretches that make up the time from `since` to before `until`, in whole minutes; the longest that do.

    What is before `minutes_from` is known by the hour only. What they have besides, `overhangs` tells.
    """
    if since == until:
        return []
    if granulation == "MINUTE" and whole(since) < minutes_from:
        raise InvalidField("intervalGranulation", "minutes are not known from so long ago.")
    start, end = _counted(since, until, minutes_from)
    return [span for span in _cut(start, end, _LONGEST[granulation]) if span.start < span.end]


def overhangs(since: int, until: int, minutes_from: int) -> list[tuple[int, int]]:
    """What `spans` has of the minutes that a time begins and ends in, but is not in it: each from when to before when.

    Of hours before `minutes_from` nothing is told, as their logs may be forgotten.
    """
    if since == until:
        return []
    start, end = _counted(since, until, minutes_from)
    return [
        (first, last)
        for first, last in ((start, since), (until, end))
        if 0 < last - first < MINUTE_MS and whole(first) >= minutes_from
    ]


def _counted(since: int, until: int, minutes_from: int) -> tuple[int, int]:
    """The time that is counted for that one."""
    start, end = whole(since), -whole(-until)
    if start < minutes_from:
        start -= start % HOUR_MS
        if end - end % HOUR_MS < minutes_from:
            end = -(-end // HOUR_MS) * HOUR_MS
    return start, end


def _cut(start: int, end: int, longest: int) -> Iterable[Span]:
    length, unit = LENGTHS[longest]
    first, last = begin(start, unit), begin(end, unit)
    first = first if first == start else after(first, unit)
    if longest == 0:
        yield Span(length, start, end)
    elif first >= last:
        yield from _cut(start, end, longest - 1)
    else:
        yield from _cut(start, first, longest - 1)
        yield Span(length, first, last)
        yield from _cut(last, end, longest - 1)


def statistics(rows: Iterable[Counted], since: int, granulation: Unit | None) -> list[Statistic]:
    """One for each interval and aggregate with a count, in their order. The first interval begins at `since`."""
    found = [
        Statistic(since if granulation is None else max(since, row.start), row.of, row.starts, row.ends) for row in rows
    ]
    return found or ([Statistic(since, "", 0, 0)] if granulation is None else [])


def cumulative(rows: Sequence[Counted], since: int) -> Statistic:
    return Statistic(since, "", sum(row.starts for row in rows), sum(row.ends for row in rows))


def begin(at: int, granulation: Unit) -> int:
    """When the interval began that this moment is in; weeks begin on Monday."""
    if granulation == "MONTH":
        return _month(at // DAY_MS)
    if granulation == "WEEK":
        return at - (at - MONDAY_MS) % _LEAST["WEEK"]
    return at - at % _LEAST[granulation]


def after(start: int, granulation: Unit) -> int:
    """When the interval is over that began then."""
    if granulation == "MONTH":
        return begin(start + 32 * DAY_MS, "MONTH")
    return start + _LEAST[granulation]


@lru_cache(maxsize=1_024)
def _month(day: int) -> int:
    """Of a day, counted from the first one of 1970."""
    moment = datetime.fromtimestamp(day * DAY_MS // 1000, UTC)
    return int(datetime(moment.year, moment.month, 1, tzinfo=UTC).timestamp()) * 1000
