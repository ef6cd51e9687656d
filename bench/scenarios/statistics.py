"""S: what the statistics of a process cost beside what was logged. One million logs; ten million with `--long`."""

from __future__ import annotations

import json
import time
import urllib.request
from contextlib import closing
from typing import Any

import apsw

from bench.requests import PASSWORD, USER
from bench.results import Row, Usage
from bench.stand import Plan, Stand, simulated

_SIZE, _LONG = 1_000_000, 10_000_000
_DAYS, _NETWORKS, _DAY_MS = 90, 60, 86_400_000
_TARGET = "50 ms"
_ROOT = "/1/conversion-rate/process"
_QUESTIONS = {
    "average": "average-conversion-rate",
    "by day": "conversion-rate",
    "by network": "conversion-rate-by-networks",
}
_RUNS = """
WITH RECURSIVE run (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM run WHERE number + 1 < ?1)
INSERT INTO process_run
SELECT (at << 20) | (number << 4 & 0xFFFFF), ?2, ?3, NULL, at, 20801 + number % ?4, 'FR', 'IOS' FROM
(SELECT number, ?5 + number * ?6 / ?1 AS at FROM run)
"""
_LOGS = "INSERT INTO process_log SELECT id, ?1, at + ?2, os, 1 FROM process_run WHERE process = ?3"
_COUNTS = """
INSERT INTO process_count
SELECT process, ?1, ?2, (at + ?3) / ?1 * ?1, mcc_mnc, country, os, count(*), count(*) * ?3
FROM process_run WHERE process = ?4 GROUP BY 4, 5, 6, 7
"""


def asked(plan: Plan) -> list[Row]:
    size = _LONG if plan.long else _SIZE
    with Stand(plan) as stand:
        server, port = stand.serve(simulated(0.1))
        key = str(_call(port, "POST", _ROOT, {"name": "bench", "description": "bench"})["key"])
        for kind in ("START_TAG", "END_TAG"):
            _call(port, "POST", f"{_ROOT}/{key}/tag", {"processTagType": kind})
        server.end()
        _fill(stand, size // 2)
        server, port = stand.serve(simulated(0.1))
        return [_row(server.pid, port, f"{_ROOT}/{key}/statistics/{path}", f"S  {size:,} logs, {name}", plan.seconds)
                for name, path in _QUESTIONS.items()]  # fmt: skip


def _row(pid: int, port: int, path: str, scenario: str, seconds: float) -> Row:
    usage, times, ends = Usage([pid]), [], time.monotonic() + seconds
    while time.monotonic() < ends:
        began = time.perf_counter()
        found = _call(port, "GET", path)
        times.append(1000 * (time.perf_counter() - began))
        assert found
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


def _fill(stand: Stand, runs: int) -> None:
    """Runs that end 774 s after their start (001), spread over a quarter."""
    began = int(time.time() * 1000) - _DAYS * _DAY_MS
    with closing(apsw.Connection(str(stand.database))) as db:
        process, account = db.execute("SELECT id, account FROM process").fetchone() or (0, 0)
        tags = [row[0] for row in db.execute("SELECT id FROM process_tag ORDER BY id")]
        with db:
            db.execute(_RUNS, (runs, account, process, _NETWORKS, began, _DAYS * _DAY_MS))
            for tag, took in zip(tags, (0, 774_000), strict=True):
                db.execute(_LOGS, (tag, took, process))
                for length in (60_000, 3_600_000, _DAY_MS):
                    db.execute(_COUNTS, (length, tag, took, process))


def _call(port: int, method: str, path: str, body: object = None) -> Any:
    manager = urllib.request.HTTPPasswordMgrWithPriorAuth()
    manager.add_password(None, f"http://127.0.0.1:{port}", USER, PASSWORD, is_authenticated=True)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(manager))
    octets = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", octets, headers, method=method)
    with opener.open(request, timeout=60) as answer:
        return json.load(answer)
