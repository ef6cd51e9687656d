"""I: memory at rest, and how long a start takes, with nothing and with a long queue in the folder."""

from __future__ import annotations

import time
from typing import Any

from bench import copies, smsc
from bench.processes import rss_mb
from bench.requests import Load
from bench.results import Row, Usage, median
from bench.stand import Plan, Stand, free_port, upstream

_REST_S = 2.0
_REAL = 2_000
_QUEUED = 1_000_000
_DAY_MS = 86_400_000
_FRESH_RATE = 100
_SENDING = 3
"""Times the seconds of a round."""
_TARGET_QUEUED = "300 MB, 5 s"
_NO_LIMIT = "p50 is the time until ready"


def memory_and_start(plan: Plan) -> list[Row]:
    fresh, again = [], []
    for _ in range(plan.rounds):
        with Stand(plan) as stand:
            fresh.append(_demo(stand, "I  demo, fresh folder"))
            again.append(_demo(stand, "I  demo, second start"))
    with Stand(plan) as stand:
        queued = _queued(stand)
    return [median(fresh), median(again), *queued]


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


def _queued(stand: Stand) -> list[Row]:
    """Messages for an SMSC that is away, copied to a million: due, and then all of them for tomorrow."""
    port = free_port()
    connector = upstream(port)
    server, http = stand.serve(connector)
    stand.load(Load(port=http, kind="advanced", destinations=1_000, connections=4, requests=_REAL // 1_000))
    server.end()
    queued = copies.grow(stand.database, _QUEUED)
    rows = [_started(stand, connector, f"I  serve, {queued:,} queued")]
    copies.postpone(stand.database, _DAY_MS)
    rows.append(_started(stand, connector, f"I  serve, {queued:,} for tomorrow"))
    copies.postpone(stand.database, -_DAY_MS)
    return [*rows, _sending(stand, connector, port)]


def _started(stand: Stand, connector: str, scenario: str) -> Row:
    began = time.monotonic()
    server, _ = stand.serve(connector)
    ready = time.monotonic() - began
    time.sleep(_REST_S)
    row = Row(
        scenario=scenario, p50_ms=1000 * ready, rss_mb=rss_mb(server.pid), target=_TARGET_QUEUED, limited_by=_NO_LIMIT
    )
    server.end()
    return row


def _sending(stand: Stand, connector: str, port: int) -> Row:
    """The SMSC is back, and new messages come beside those that waited."""
    network, _ = stand.smsc(smsc.Options(port=port))
    server, http = stand.serve(connector)
    usage = Usage([server.pid], SMSC=network)
    done = stand.load(Load(port=http, rate=_FRESH_RATE, seconds=stand.plan.seconds * _SENDING))
    used, counted = usage.end(), network.ask("report", smsc.Counted)
    return Row(
        scenario="I  the same, sending them",
        rate=counted.unique / (counted.last - counted.first),
        p50_ms=done.p50_ms,
        p99_ms=done.p99_ms,
        cpu_ms=1000 * used.server / counted.unique,
        rss_mb=used.rss_mb,
        target="300 MB",
        limited_by=used.limit("window") + f", beside {_FRESH_RATE} new ones a second",
    )
