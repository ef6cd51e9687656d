"""One round of HTTP requests on a platform, measured."""

from __future__ import annotations

from bench.load import Done
from bench.processes import Child
from bench.requests import Load
from bench.results import Row, Usage
from bench.stand import Stand


def answered(stand: Stand, server: Child, load: Load, scenario: str, target: str = "") -> Row:
    usage = Usage([server.pid])
    return measured(load, stand.load(load), usage, scenario, target)


def measured(load: Load, done: Done, usage: Usage, scenario: str, target: str = "") -> Row:
    """`usage` was begun before the load, and ends here."""
    used = usage.end()
    seconds = done.ended - done.began
    return Row(
        scenario=scenario,
        rate=done.messages / seconds,
        p50_ms=done.p50_ms,
        p99_ms=done.p99_ms,
        cpu_ms=1000 * used.server / done.messages,
        rss_mb=used.rss_mb,
        target=target,
        limited_by="given rate" if load.rate else used.limit("connections", client=done.cpu / seconds),
    )
