"""MO: messages from phones, from the SMSC to the customer's URL, or kept to be pulled."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bench import smsc, url
from bench.processes import Child
from bench.results import Row, Usage, median
from bench.stand import Plan, Stand, settle, upstream

_A_SECOND = 2_000
"""Messages that a second of the plan stands for."""
_NUMBER = """
[[numbers]]
number = "7000"
keywords = [{{ keyword = "QUIZ", account = "bench", {way} }}]
"""


def forwarded(plan: Plan) -> list[Row]:
    return [_to_a_url(plan), _kept(plan)]


def _to_a_url(plan: Plan) -> Row:
    with Stand(plan) as stand:
        network, network_port = stand.smsc(_phones(plan))
        customer, customer_port = stand.url()
        way = f'way = "json", url = "http://127.0.0.1:{customer_port}/mo"'
        server, _ = stand.serve(upstream(network_port) + _NUMBER.format(way=way))

        def there() -> tuple[int, float, int]:
            seen = customer.ask("report", url.Counted)
            return seen.unique, seen.last, seen.duplicates

        row = _measured(plan, server, network, there, lambda: customer.ask("reset", url.Counted), URL=customer)
        return msgspec.structs.replace(row, scenario="MO forwarded to a URL")


def _kept(plan: Plan) -> Row:
    with Stand(plan) as stand:
        network, network_port = stand.smsc(_phones(plan))
        server, _ = stand.serve(upstream(network_port) + _NUMBER.format(way='way = "pull"'))

        def there() -> tuple[int, float, int]:
            counted = network.ask("report", smsc.Counted)
            return counted.settled, counted.answered, 0

        row = _measured(plan, server, network, there, lambda: network.ask("reset", smsc.Counted))
        return msgspec.structs.replace(row, scenario="MO kept for pull")


def _phones(plan: Plan) -> smsc.Options:
    return smsc.Options(phones=max(1_000, round(plan.seconds * _A_SECOND)))


def _measured(
    plan: Plan,
    server: Child,
    network: Child,
    there: Callable[[], tuple[int, float, int]],
    reset: Callable[[], object],
    **others: Child,
) -> Row:
    """From the first deliver_sm to the last message where it goes; a round of warming up before."""
    count = _phones(plan).phones
    rows = []
    for _ in range(1 + plan.rounds):
        network.ask("reset", smsc.Counted)
        reset()
        usage = Usage([server.pid], SMSC=network, **others)
        began = network.ask("phones", smsc.Counted).began
        settle(lambda: there()[0], count)
        used = usage.end()
        _, last, twice = there()
        rows.append(
            Row(
                rate=count / (last - began),
                cpu_ms=1000 * used.server / count,
                rss_mb=used.rss_mb,
                limited_by=used.limit("window or fsync") + (f", {twice} came twice" if twice else ""),
            )
        )
    return median(rows[1:])
