"""Counts of logs, written with each log: statistics read them, and no more of them than they answer.

Logs are read for the minutes only that a question begins and ends in: those outside its time are taken away again.

A log is counted in several series (table `process_series`), which tell apart more and more: nothing, the country with
its mobile country code, the network; each of them by system, too. A question reads the series that tell apart what it
asks about and nothing besides. Each series has a count (table `series_count`) for the minute, the hour, the day and the
month; minutes, which are many, only where nothing or everything is told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import apsw

from stentor.core.conversion import Aggregation, Narrowed, Selection
from stentor.core.rates import DAY_MS, HOUR_MS, LENGTHS, MINUTE_MS, MONDAY_MS, Counted, Span, Unit, begin
from stentor.core.tracked import Run
from stentor.storage.sqlite.where import Where

Log = tuple[Run, int, int, str]
"""A run with the tag that is logged, when, and on what system."""
_Rows = tuple[str, tuple[Any, ...]]
"""A query with its values: of a question's rows."""
_Series = tuple[int, int, int, str, str, str]
"""The columns of `process_series` after its id."""
_NOTHING, _SYSTEM, _COUNTRY, _NETWORK = 0, 1, 2, 4
"""What a series tells apart, added up: the column `scope`."""
_EVERYTHING = _NETWORK + _SYSTEM

_FIND = (
    "SELECT id FROM process_series"
    " WHERE process = ? AND tag = ? AND scope = ? AND mcc_mnc = ? AND country = ? AND os = ?"
)
_INSERT = "INSERT INTO process_series (process, tag, scope, mcc_mnc, country, os) VALUES (?, ?, ?, ?, ?, ?)"
_COUNT = (
    "INSERT INTO series_count (series, length, start, count, took) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET count = count + excluded.count, took = took + excluded.took"
)
_NONE_LEFT = "DELETE FROM series_count WHERE series = ? AND length = ? AND start = ? AND count = 0"
_COLUMN: dict[Aggregation | None, str] = {None: "''", "country": "country", "network": "mcc_mnc", "os": "os"}
_COUNTS = "sum(CASE tag WHEN ? THEN count ELSE 0 END), sum(CASE tag WHEN ? THEN count ELSE 0 END)"
_SUMS = f"{_COUNTS}, {_COUNTS.replace('count', 'took')}"
"""Nobody asks how long it took by intervals."""
_WEEK_MS = 7 * DAY_MS
_BEGIN: dict[Unit | None, str] = {
    None: "0",
    "MINUTE": "start",
    "HOUR": f"start - start % {HOUR_MS}",
    "DAY": f"start - start % {DAY_MS}",
    "WEEK": f"start - (start - {MONDAY_MS}) % {_WEEK_MS}",
    "MONTH": "unixepoch(start / 1000, 'unixepoch', 'start of month') * 1000",
}
"""`core.rates.begin` in SQL."""
_LOGGED = f"""(
    SELECT r.process, g.tag, g.at - g.at % {MINUTE_MS} AS start, r.mcc_mnc,
        ifnull(g.country, nullif(r.country, '')) AS country, g.os, -1 AS count, -max(0, g.at - r.at) AS took
    FROM process_log g CROSS JOIN process_run r ON r.id = g.run WHERE g.at >= ? AND g.at < ?
)"""
"""Logs as `count` takes them, to be taken away. Without a country: from before logs had one (schema 5)."""


def count(connection: apsw.Connection, logs: Iterable[Log], sign: int = 1) -> None:
    """What is there grows. A request's messages mostly share their minute, network and system.

    `sign` -1: logs that were counted are taken back.
    """
    alike: dict[tuple[int, int, str, str, str, int], list[int]] = {}
    for run, tag, at, os in logs:
        key = (run.process, tag, run.mcc_mnc, run.country, os, at - at % MINUTE_MS)
        pair = alike.setdefault(key, [0, 0])
        pair[0] += sign
        pair[1] += sign * max(0, at - run.at)
    counts: dict[tuple[_Series, int, int], list[int]] = {}
    for (process, tag, mcc_mnc, country, os, minute), (number, took) in alike.items():
        stretches = [(length, begin(minute, unit)) for length, unit in LENGTHS]
        for scope, network, place, system in _scopes(mcc_mnc, country, os):
            series = (process, tag, scope, network, place, system)
            for length, start in stretches if scope in (_NOTHING, _EVERYTHING) else stretches[1:]:
                pair = counts.setdefault((series, length, start), [0, 0])
                pair[0] += number
                pair[1] += took
    numbers = {series: _number(connection, series) for series in dict.fromkeys(series for series, *_ in counts)}
    rows = [(numbers[series], length, start, *pair) for (series, length, start), pair in counts.items()]
    connection.executemany(_COUNT, rows)
    if sign < 0:
        connection.executemany(_NONE_LEFT, [row[:3] for row in rows])


def _number(connection: apsw.Connection, series: _Series) -> int:
    row: Any = connection.execute(_FIND, series).fetchone()
    if row is None:
        connection.execute(_INSERT, series)
        return connection.last_insert_rowid()
    return int(row[0])


def _scopes(mcc_mnc: str, country: str, os: str) -> Iterable[tuple[int, str, str, str]]:
    """The last columns of its series."""
    for scope, network, place in (
        (_NOTHING, "", ""),
        (_COUNTRY, mcc_mnc[:3], country),
        (_NETWORK, mcc_mnc, country),
    ):
        yield scope, network, place, ""
        yield scope + _SYSTEM, network, place, os


def counted(connection: apsw.Connection, selection: Selection) -> list[Counted]:
    """Added up where they are: a year's counts by network are many thousands of rows."""
    parts = [chosen(selection, part) for part in selection.parts]
    sql, values = _together(parts + [overhanging(selection, *time) for time in selection.without])
    sums, tags = (_SUMS, selection.tags * 2) if selection.granulation is None else (_COUNTS, selection.tags)
    asking = f"SELECT begins, of, {sums} FROM ({sql}) GROUP BY begins, of HAVING sum(count) > 0"
    return [Counted(*row) for row in connection.execute(asking, (*tags, *values))]


def lines(connection: apsw.Connection, selection: Selection, most: int) -> int:
    sql, values = _together([chosen(selection, part) for part in selection.parts])
    counting = f"SELECT count(*) FROM (SELECT DISTINCT begins, of FROM ({sql}) LIMIT ?)"
    return int(connection.execute(counting, (*values, most)).get)


def _together(parts: Sequence[_Rows]) -> _Rows:
    if not parts:
        return "SELECT 0 AS begins, '' AS of, 0 AS tag, 0 AS count, 0 AS took WHERE 0", ()
    return " UNION ALL ".join(sql for sql, _ in parts), tuple(value for _, values in parts for value in values)


def chosen(selection: Selection, part: Span) -> _Rows:
    """A few series by an index, and of each a range of the primary key."""
    scope = _scope(selection.narrowed)
    if part.length == MINUTE_MS and scope != _NOTHING:
        scope = _EVERYTHING
    where = _where(selection)
    where.also("scope = ?", scope)
    where.also("length = ? AND start >= ? AND start < ?", part.length, part.start, part.end)
    sql = f"{_select(selection)} FROM process_series CROSS JOIN series_count ON series = id WHERE {where.sql}"
    return sql, tuple(where.values)


def overhanging(selection: Selection, since: int, until: int) -> _Rows:
    """Logs by an index of their tag and time, and the run of each. Those that were counted, and can be found there."""
    where = _where(selection)
    if selection.narrowed.by == "country":
        where.also("country IS NOT NULL")
    return f"{_select(selection)} FROM {_LOGGED} WHERE {where.sql}", (since, until, *where.values)


def _select(selection: Selection) -> str:
    """Each row with the beginning of its interval and with what it is told apart by."""
    return f"SELECT {_BEGIN[selection.granulation]} AS begins, {_COLUMN[selection.narrowed.by]} AS of, tag, count, took"


def _where(selection: Selection) -> Where:
    narrowed = selection.narrowed
    where = Where("process = ? AND tag IN (?, ?)", selection.process, *selection.tags)
    if narrowed.mcc is not None:
        where.also("substr(mcc_mnc, 1, 3) = ?", narrowed.mcc)
    if narrowed.mnc is not None:
        where.also("substr(mcc_mnc, 4) = ?", narrowed.mnc)
    if narrowed.country is not None:
        where.also("country = ?", narrowed.country)
    if narrowed.os is not None:
        where.also("os = ?", narrowed.os)
    return where


def _scope(narrowed: Narrowed) -> int:
    """The least that tells apart what is asked."""
    system = _SYSTEM if narrowed.by == "os" or narrowed.os is not None else _NOTHING
    if narrowed.by == "network" or narrowed.mnc is not None:
        return _NETWORK + system
    if narrowed.by == "country" or narrowed.country is not None or narrowed.mcc is not None:
        return _COUNTRY + system
    return system


def forget_minutes(connection: apsw.Connection, before: int, limit: int) -> int:
    """The oldest of those before; how many."""
    connection.execute(
        "DELETE FROM series_count WHERE (series, length, start) IN (SELECT series, length, start FROM series_count"
        f" WHERE length = {MINUTE_MS} AND start < ? ORDER BY start LIMIT ?)",
        (before, limit),
    )
    return connection.changes()
