"""S: what the statistics of a process cost beside what was logged. One million logs; ten million with `--long`."""

from __future__ import annotations

import json
import time
import urllib.request
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import apsw

from bench.requests import PASSWORD, USER
from bench.results import Row, Usage
from bench.stand import Plan, Stand, simulated

_SIZE, _LONG = 1_000_000, 10_000_000
_DAYS, _NETWORKS, _DAY_MS = 365, 60, 86_400_000
_TARGET = "50 ms"
_MOST_S = 2.0
"""For each of the many questions."""
_ROOT = "/1/conversion-rate/process"
_MONTHS = "unixepoch(start / 1000, 'unixepoch', 'start of month') * 1000"
_KEPT = f"\n[links]\nlog_days = {_DAYS + 10}"
"""So that nothing is forgotten meanwhile."""
_OURS, _THEIRS = f"{_ROOT}/{{key}}/statistics", "/ct/1/processes/{key}/conversionrate"
_YEAR, _DAYS_6 = "from={year}&to={now}", "from={days}&to={now}"
_QUESTIONS = {
    "average of 30 days": f"{_OURS}/average-conversion-rate",
    "average": f"{_OURS}/average-conversion-rate?{_YEAR}",
    "average of a network and system": f"{_OURS}/average-conversion-rate?{_YEAR}&mcc=208&mnc=07&os-type=IOS",
    "by month": f"{_OURS}/granulated-conversion-rate?{_YEAR}&granulation=MONTH",
    "by day": f"{_OURS}/conversion-rate?{_YEAR}",
    "by hour": f"{_OURS}/granulated-conversion-rate?{_YEAR}&granulation=HOUR",
    "by hour, of a system": f"{_OURS}/granulated-conversion-rate?{_YEAR}&granulation=HOUR&os-type=IOS",
    "by hour, of a country": f"{_OURS}/granulated-conversion-rate?{_YEAR}&granulation=HOUR&country-code=HA",
    "by minute of 6 days": f"{_OURS}/granulated-conversion-rate?{_DAYS_6}&granulation=MINUTE",
    "by minute of 6 days, of a system": f"{_OURS}/granulated-conversion-rate?{_DAYS_6}&granulation=MINUTE&os-type=IOS",
    "by country": f"{_OURS}/conversion-rate-by-countries?{_YEAR}",
    "by network": f"{_OURS}/conversion-rate-by-networks?{_YEAR}",
    "by system": f"{_OURS}/conversion-rate-by-oses?{_YEAR}",
    "/ct/1 by hour": f"{_THEIRS}?since={{year}}&until={{now}}&intervalGranulation=HOUR",
    "/ct/1 by network and month": f"{_THEIRS}/byNetwork?since={{year}}&until={{now}}&intervalGranulation=MONTH",
    "/ct/1 by system and day": f"{_THEIRS}/byOsType?since={{year}}&until={{now}}&intervalGranulation=DAY",
}
_RUNS = """
WITH RECURSIVE run (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM run WHERE number + 1 < ?1)
INSERT INTO process_run
SELECT (at << 20) | (number << 4 & 0xFFFFF), ?2, ?3, NULL, at, 20801 + network, char(65 + network % 10) || 'A',
    CASE number / ?4 % 4 WHEN 0 THEN 'IOS' WHEN 1 THEN 'UNKNOWN' ELSE 'ANDROID' END
FROM (SELECT number, ?5 + number * ?6 / ?1 AS at, number % ?4 AS network FROM run)
"""
_LOGS = """
INSERT INTO process_log (run, tag, at, os, country, count)
SELECT id, ?1, at + ?2, os, country, 1 FROM process_run WHERE process = ?3
"""
_MINUTES = """
INSERT INTO minute SELECT ?1, (at + ?2) / 60000 * 60000 AS start, mcc_mnc, country, os, count(*), count(*) * ?2
FROM process_run GROUP BY start, mcc_mnc, country, os
"""
_HOURS = """
INSERT INTO hour SELECT tag, start / 3600000 * 3600000 AS of, mcc_mnc, country, os, sum(count), sum(took)
FROM minute GROUP BY tag, of, mcc_mnc, country, os
"""
_COLUMNS = "(tag INTEGER, start INTEGER, mcc_mnc TEXT, country TEXT, os TEXT, count INTEGER, took INTEGER)"
_SERIES = """
INSERT INTO process_series (process, tag, scope, mcc_mnc, country, os)
SELECT DISTINCT ?1, tag, ?2, {places} FROM hour
"""
_COUNTS = """
INSERT INTO series_count SELECT id, ?1, start, sum(count), sum(took)
FROM (SELECT tag, start, count, took, {places} FROM {table}) h CROSS JOIN process_series s
ON s.process = ?2 AND s.tag = h.tag AND s.scope = ?3
AND s.mcc_mnc = h.network AND s.country = h.country AND s.os = h.os
GROUP BY id, start
"""
_LONGER = """
INSERT INTO series_count SELECT series, ?1, {start}, sum(count), sum(took)
FROM process_series CROSS JOIN series_count ON series = id
WHERE scope = ?3 AND length = ?2 GROUP BY 1, 3
"""
_PLACES = {0: ("''", "''"), 2: ("substr(mcc_mnc, 1, 3)", "country"), 4: ("mcc_mnc", "country")}
"""What a series of `storage.sqlite.counts` tells apart, by its scope; those by system follow each."""


def asked(plan: Plan) -> list[Row]:
    size = _LONG if plan.long else _SIZE
    now = int(time.time() * 1000)
    with Stand(plan) as stand:
        server, port = stand.serve(simulated(0.1) + _KEPT)
        key = str(_call(port, "POST", _ROOT, {"name": "bench", "description": "bench"})["key"])
        for kind in ("START_TAG", "END_TAG"):
            _call(port, "POST", f"{_ROOT}/{key}/tag", {"processTagType": kind})
        server.end()
        _fill(stand, size // 2, now - _DAYS * _DAY_MS)
        server, port = stand.serve(simulated(0.1) + _KEPT)
        given = {name: _text(now - days * _DAY_MS) for name, days in (("year", _DAYS), ("days", 6), ("now", 0))}
        return [_row(server.pid, port, path.format(key=key, **given), f"S  {size:,} logs, {name}",
                     min(plan.seconds, _MOST_S))
                for name, path in _QUESTIONS.items()]  # fmt: skip


def _text(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _row(pid: int, port: int, path: str, scenario: str, seconds: float) -> Row:
    usage, times, ends = Usage([pid]), [], time.monotonic() + seconds
    while time.monotonic() < ends:
        began = time.perf_counter()
        found = _octets(port, "GET", path)
        times.append(1000 * (time.perf_counter() - began))
        assert b'"startCount":' in found
    used = usage.end()
    times.sort()
    return Row(
        scenario=scenario,
        rate=len(times) / seconds,
        p50_ms=times[len(times) // 2],
        p99_ms=times[len(times) * 99 // 100],
        cpu_ms=1000 * used.server / len(times),
        rss_mb=used.rss_mb,
        target=_TARGET,
        limited_by="one question at a time",
    )


def _fill(stand: Stand, runs: int, began: int) -> None:
    """Runs that end 774 s after their start (001), spread over a year; 60 networks in 10 countries, 3 systems."""
    with closing(apsw.Connection(str(stand.database))) as db:
        process, account = db.execute("SELECT id, account FROM process").fetchone() or (0, 0)
        tags = [row[0] for row in db.execute("SELECT id FROM process_tag ORDER BY id")]
        with db:
            db.execute(_RUNS, (runs, account, process, _NETWORKS, began, _DAYS * _DAY_MS))
            db.execute(f"CREATE TEMP TABLE minute {_COLUMNS}; CREATE TEMP TABLE hour {_COLUMNS}")
            for tag, took in zip(tags, (0, 774_000), strict=True):
                db.execute(_LOGS, (tag, took, process))
                db.execute(_MINUTES, (tag, took))
            db.execute(_HOURS)
            for scope, (network, country) in _PLACES.items():
                for system, os in enumerate(("''", "os")):
                    _count(db, process, scope + system, f"{network} AS network, {country} AS country, {os} AS os")


def _count(db: apsw.Connection, process: int, scope: int, places: str) -> None:
    """The series of a scope, and their counts."""
    db.execute(_SERIES.format(places=places), (process, scope))
    for table, length in (("minute", 60_000), ("hour", 3_600_000)):
        if table == "hour" or scope in (0, 5):
            db.execute(_COUNTS.format(places=places, table=table), (length, process, scope))
    db.execute(_LONGER.format(start=f"start / {_DAY_MS} * {_DAY_MS}"), (_DAY_MS, 3_600_000, scope))
    db.execute(_LONGER.format(start=_MONTHS), (30 * _DAY_MS, _DAY_MS, scope))


def _call(port: int, method: str, path: str, body: object = None) -> Any:
    return json.loads(_octets(port, method, path, body))


def _octets(port: int, method: str, path: str, body: object = None) -> bytes:
    manager = urllib.request.HTTPPasswordMgrWithPriorAuth()
    manager.add_password(None, f"http://127.0.0.1:{port}", USER, PASSWORD, is_authenticated=True)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(manager))
    octets = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", octets, headers, method=method)
    with opener.open(request, timeout=60) as answer:
        return bytes(answer.read())
