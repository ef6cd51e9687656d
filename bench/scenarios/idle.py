"""I: memory at rest, and how long a start takes, with nothing and with a long queue in the folder."""

from __future__ import annotations

import time
from typing import Any

from bench.processes import rss_mb
from bench.requests import Load
from bench.results import Row, median
from bench.stand import Plan, Stand, free_port, upstream

_REST_S = 2.0
_QUEUED = 100_000
_NO_LIMIT = "p50 is the time until ready"


def memory_and_start(plan: Plan) -> list[Row]:
    fresh, again = [], []
    for _ in range(plan.rounds):
        with Stand(plan) as stand:
            fresh.append(_demo(stand, "I  demo, fresh folder"))
            again.append(_demo(stand, "I  demo, second start"))
    with Stand(plan) as stand:
        queued = [_queued(stand)]
    return [median(fresh), median(again), median(queued)]


def _demo(stand: Stand, scenario: str) -> Row:
    began = time.monotonic()
    demo = stand.start(["demo", "--json", "--port", "0", "--data", str(stand.folder / "demo")])
    demo.line(dict[str, Any])
    ready = time.monotonic() - began
    time.sleep(_REST_S)
    row = Row(
        scenario=scenario, p50_ms=1000 * ready, rss_mb=rss_mb(demo.pid), target="80 MB, 1.5 s", limited_by=_NO_LIMIT
    )
    demo.end()
    return row


def _queued(stand: Stand) -> Row:
    """The small form of a million: the SMSC is away, so all of them wait."""
    connector = upstream(free_port())
    server, port = stand.serve(connector)
    load = Load(port=port, kind="advanced", destinations=1_000, connections=4, requests=_QUEUED // 1_000)
    stand.load(load)
    server.end()
    began = time.monotonic()
    server, _ = stand.serve(connector)
    ready = time.monotonic() - began
    time.sleep(_REST_S)
    return Row(
        scenario=f"I  serve, {_QUEUED:,} queued",
        p50_ms=1000 * ready,
        rss_mb=rss_mb(server.pid),
        target="300 MB, 5 s for 1,000,000",
        limited_by=_NO_LIMIT,
    )
