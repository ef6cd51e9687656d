"""B, C and J: until the SMSC has every unique message, or the customer's URL every report."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bench import smsc
from bench.processes import Child
from bench.requests import Load
from bench.results import Row, Usage, median
from bench.stand import Plan, Stand, settle, upstream

_WARM_UP_S = 1.5
_ROUND_TRIP_S = 0.02
_WINDOW = 50
_TARGET_J = 0.95 * _WINDOW / _ROUND_TRIP_S


class _Seen(msgspec.Struct, frozen=True):
    """What the SMSC and the URL both count."""

    unique: int
    duplicates: int
    last: float


def end_to_end(plan: Plan) -> list[Row]:
    """With receipts, as the figure asks, and without: so are peers measured that ask for none."""
    rows = []
    for options, scenario, target in (
        (smsc.Options(), "B  end to end", "5,000/s"),
        (smsc.Options(receipt_delay=None), "B' the same, no receipts", ""),
    ):
        with Stand(plan) as stand:
            network, network_port = stand.smsc(options)
            server, port = stand.serve(upstream(network_port))
            load = Load(port=port, seconds=plan.seconds)
            found = until_there(stand, load, [server.pid], network, {"SMSC": network})
            rows.append(msgspec.structs.replace(found, scenario=scenario, target=target))
    return rows


def with_reports(plan: Plan) -> list[Row]:
    with Stand(plan) as stand:
        network, network_port = stand.smsc(smsc.Options())
        customer, customer_port = stand.url()
        server, port = stand.serve(upstream(network_port))
        where = f"http://127.0.0.1:{customer_port}/reports"
        load = Load(port=port, kind="advanced", notify_url=where, seconds=plan.seconds)
        found = until_there(stand, load, [server.pid], customer, {"SMSC": network, "URL": customer})
        return [msgspec.structs.replace(found, scenario="C  with reports to a URL", target="3,000/s")]


def round_trip(plan: Plan) -> list[Row]:
    """The queue is filled by a few large requests; then only the SMSC's answers set the pace."""
    with Stand(plan) as stand:
        network, network_port = stand.smsc(smsc.Options(round_trip=_ROUND_TRIP_S))
        server, port = stand.serve(upstream(network_port, _WINDOW))
        stand.load(Load(port=port, requests=1))
        rows = []
        for _ in range(plan.rounds):
            network.ask("reset", smsc.Counted)
            usage = Usage([server.pid], SMSC=network)
            thousands = max(2, round(plan.seconds * _TARGET_J / 1_000))
            load = Load(port=port, kind="advanced", destinations=1_000, connections=2, requests=thousands)
            done = stand.load(load)
            settle(lambda: network.ask("report", _Seen).unique, done.messages)
            used = usage.end()
            counted = network.ask("report", smsc.Counted)
            rows.append(
                Row(
                    scenario=f"J  round trip {counted.round_trip_ms:.1f} ms, window {_WINDOW}",
                    rate=(counted.unique - 1) / (counted.last - counted.first),
                    cpu_ms=1000 * used.server / done.messages,
                    rss_mb=used.rss_mb,
                    target=f"{_TARGET_J:,.0f}/s",
                    limited_by=used.limit("window"),
                )
            )
    return [median(rows)]


def until_there(stand: Stand, load: Load, server: Sequence[int], goal: Child, others: dict[str, Child]) -> Row:
    """From the first request to the last unique message at `goal`."""

    def there() -> _Seen:
        return goal.ask("report", _Seen)

    settle(lambda: there().unique, stand.load(msgspec.structs.replace(load, seconds=_WARM_UP_S)).messages)
    rows = []
    for _ in range(stand.plan.rounds):
        goal.ask("reset", _Seen)
        usage = Usage(server, **others)
        done = stand.load(load)
        settle(lambda: there().unique, done.messages)
        used = usage.end()
        found = there()
        seconds = found.last - done.began
        twice = f", {found.duplicates} came twice" if found.duplicates else ""
        rows.append(
            Row(
                rate=done.messages / seconds,
                p50_ms=done.p50_ms,
                p99_ms=done.p99_ms,
                cpu_ms=1000 * used.server / done.messages,
                rss_mb=used.rss_mb,
                limited_by=used.limit("window or fsync", client=done.cpu / seconds) + twice,
            )
        )
    return median(rows)
