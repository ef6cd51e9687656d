"""Counts by the minute, hour and day, and the statistics they make (`spec/wire.md` (b)7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, get_args

import msgspec

from stentor.core.errors import InvalidField

Unit = Literal["MINUTE", "HOUR", "DAY", "WEEK", "MONTH"]
GRANULATIONS: tuple[Unit, ...] = get_args(Unit)
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
LENGTHS = (MINUTE_MS, HOUR_MS, DAY_MS)
"""How long the stretches are that are counted, whose days are of UTC."""
MAX_INTERVALS = 10_000
_LEAST: dict[Unit, int] = {
    "MINUTE": MINUTE_MS,
    "HOUR": HOUR_MS,
    "DAY": DAY_MS,
    "WEEK": 7 * DAY_MS,
    "MONTH": 28 * DAY_MS,
}
_MONDAY_MS = 4 * DAY_MS
"""The first one after 1970 began."""


class Span(msgspec.Struct, frozen=True, gc=False):
    """Counts of one length, from `start` to before `end`."""

    length: int
    start: int
    end: int


class Counted(msgspec.Struct, frozen=True, gc=False):
    """Logs of one tag in a stretch that begins at `start`, of one country, network or system if that is asked."""

    tag: int
    start: int
    of: str
    count: int
    took: int = 0
    """Milliseconds from the beginnings of their runs, together."""


class Statistic(msgspec.Struct, frozen=True, gc=False):
    start: int
    of: str
    start_count: int
    end_count: int

    @property
    def rate(self) -> Decimal:
        """Ends divided by starts (001 "Introduction"), to four places; 0 when nothing began."""
        if not self.start_count:
            return Decimal(0)
        plain = f"{Decimal(self.end_count) / self.start_count:.4f}"
        return Decimal(plain.rstrip("0").rstrip("."))


def whole(at: int) -> int:
    """The beginning of its minute."""
    return at - at % MINUTE_MS


def spans(since: int, until: int, granulation: Unit | None, minutes_from: int) -> list[Span]:
    """The stretches that make up the time from `since` to before `until`, in whole minutes; the longest that do.

    What is before `minutes_from` is known by the hour only.
    """
    if granulation is not None and (until - since) // _LEAST[granulation] > MAX_INTERVALS:
        raise InvalidField("intervalGranulation", f"more than {MAX_INTERVALS} intervals of a {granulation}.")
    start, end = whole(since), -whole(-until)
    if granulation == "MINUTE":
        if start < minutes_from:
            raise InvalidField("intervalGranulation", "minutes are not known from so long ago.")
        return [Span(MINUTE_MS, start, end)]
    start, end = _known(start, minutes_from), _known(end, minutes_from, up=True)
    return [span for span in _cut(start, end, 1 if granulation == "HOUR" else 2) if span.start < span.end]


def _known(at: int, minutes_from: int, *, up: bool = False) -> int:
    if at >= minutes_from or at % HOUR_MS == 0:
        return at
    return at - at % HOUR_MS + (HOUR_MS if up else 0)


def _cut(start: int, end: int, longest: int) -> Iterable[Span]:
    length = LENGTHS[longest]
    first, last = -(-start // length) * length, end // length * length
    if longest == 0:
        yield Span(length, start, end)
    elif first >= last:
        yield from _cut(start, end, longest - 1)
    else:
        yield from _cut(start, first, longest - 1)
        yield Span(length, first, last)
        yield from _cut(last, end, longest - 1)


def statistics(rows: Iterable[Counted], tags: tuple[int, int], since: int, granulation: Unit | None) -> list[Statistic]:
    """One for each interval and aggregate with a count, in their order. The first interval begins at `since`."""
    counts: dict[tuple[int, str], list[int]] = {}
    for row in rows:
        start = since if granulation is None else max(since, begin(row.start, granulation))
        _count(counts.setdefault((start, row.of), [0, 0]), row, tags)
    if granulation is None and not counts:
        counts[since, ""] = [0, 0]
    return [Statistic(start, of, *pair) for (start, of), pair in sorted(counts.items())]


def cumulative(rows: Iterable[Counted], tags: tuple[int, int], since: int) -> Statistic:
    pair = [0, 0]
    for row in rows:
        _count(pair, row, tags)
    return Statistic(since, "", *pair)


def _count(pair: list[int], row: Counted, tags: Sequence[int]) -> None:
    for place, tag in enumerate(tags):
        if row.tag == tag:
            pair[place] += row.count


def begin(at: int, granulation: Unit) -> int:
    """When the interval began that this moment is in; weeks begin on Monday."""
    if granulation == "MONTH":
        moment = datetime.fromtimestamp(at // 1000, UTC)
        return int(datetime(moment.year, moment.month, 1, tzinfo=UTC).timestamp()) * 1000
    if granulation == "WEEK":
        return at - (at - _MONDAY_MS) % (7 * DAY_MS)
    return at - at % _LEAST[granulation]
