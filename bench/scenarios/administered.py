"""A-admin: what large administration costs the hot path, and what a large import costs those who send meanwhile."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from statistics import median as middle
from typing import Any

import msgspec

from bench.load import Done
from bench.processes import Child
from bench.requests import Load, key_of
from bench.results import Row, Usage, median
from bench.stand import TOKEN, Plan, Stand, simulated
from stentor.app.clock import SystemClock
from stentor.core.account import Account, ApiKey, digest_of
from stentor.core.definitions import Book, Credit, Record, Revision
from stentor.core.pricing import Price
from stentor.core.routing import Rule, Target
from stentor.storage.sqlite import SqliteStore

_HOUR = 3600.0
_WARM_UP_S = 1.5
_ACCOUNTS, _PRICES, _RULES = 10_000, 100_000, 1_000
_PLANS = 100
_SOME_RATE = 500
_CREDIT = 10**12
_TARGET = "within 3 %"
_SHORTER = 3
"""Times as many rounds of a third of the seconds: neighbours change from one second to the next."""
_LEGS = {
    "1 account, price, rule": (False, 1),
    "10,000, 100,000, 1,000": (True, 1),
    "all 10,000 send": (True, _ACCOUNTS),
}
"""Whether much is defined, and how many accounts send."""
_Leg = tuple[Stand, Child, Load]


def large(plan: Plan) -> list[Row]:
    """Small, large, and large with all accounts sending, in turn, so that all have the same neighbours."""
    with ExitStack() as stack:
        legs: dict[str, _Leg] = {}
        for name, (much, keys) in _LEGS.items():
            stand = stack.enter_context(Stand(plan))
            server, port = stand.serve(simulated(_HOUR))
            if much:
                server.end()
                asyncio.run(_define(stand))
                server, port = stand.serve(simulated(_HOUR))
            legs[name] = (stand, server, Load(port=port, keys=keys, seconds=plan.seconds / _SHORTER))
            stand.load(msgspec.structs.replace(legs[name][2], seconds=_WARM_UP_S))
        rounds = []
        for number in range(plan.rounds * _SHORTER):
            order = list(legs) if number % 2 else list(reversed(legs))
            rounds.append({name: _round(*legs[name]) for name in order})
        return [*_compared(rounds), *_imported(stand, port)]


def _round(stand: Stand, server: Child, load: Load) -> Row:
    usage = Usage([server.pid])
    done = stand.load(load)
    used = usage.end()
    seconds = done.ended - done.began
    return Row(
        rate=done.messages / seconds,
        p50_ms=done.p50_ms,
        p99_ms=done.p99_ms,
        cpu_ms=1000 * used.server / done.messages,
        rss_mb=used.rss_mb,
        limited_by=used.limit("connections", client=done.cpu / seconds),
    )


def _compared(rounds: list[dict[str, Row]]) -> Iterator[Row]:
    """The ratios are medians over the rounds, each within its round."""
    first = next(iter(_LEGS))
    for name in _LEGS:
        cpu = middle([(one[name].cpu_ms or 0) / (one[first].cpu_ms or 1) for one in rounds])
        rate = middle([(one[name].rate or 0) / (one[first].rate or 1) for one in rounds])
        against = "" if name == first else f"CPU x {cpu:.3f}, rate x {rate:.3f}; "
        found = median([one[name] for one in rounds])
        yield msgspec.structs.replace(
            found, scenario=f"A  {name}", target="" if name == first else _TARGET, limited_by=against + found.limited_by
        )


def _imported(stand: Stand, port: int) -> Iterator[Row]:
    """Sending at a moderate rate before, and while the management API takes a list of 100,000 prices."""
    load = Load(port=port, keys=_ACCOUNTS, rate=_SOME_RATE, seconds=stand.plan.seconds)
    before = stand.load(load)
    with ThreadPoolExecutor(1) as thread:
        began = time.monotonic()
        importing = thread.submit(_import, port)
        during: list[Done] = []
        while not during or not importing.done():
            during.append(stand.load(load))
        took = importing.result() - began
    # The last load went on after the import unless it is the only one.
    worst = max(during[:-1] or during, key=lambda done: done.p99_ms)
    for name, done, note in (("before", before, ""), ("during", worst, f"the import took {took:.1f} s")):
        yield Row(
            scenario=f"A  {_SOME_RATE}/s {name} an import",
            rate=done.messages / (done.ended - done.began),
            p50_ms=done.p50_ms,
            p99_ms=done.p99_ms,
            limited_by=note or "given rate",
        )


def _import(port: int) -> float:
    """When it was done."""
    lines = "".join(f"{200_000 + number},0.0{number % 90 + 10}\n" for number in range(_PRICES))
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/admin/1/price-lists/imported",
        data=f"where,price\n{lines}".encode(),
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/csv"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=300) as answer:
        answer.read()
    return time.monotonic()


async def _define(stand: Stand) -> None:
    """As one revision, beside what the file defines; the platform is not running."""
    store = SqliteStore(stand.database.parent)
    known = store.records()
    first = max(store.numbers().values()) + 1
    accounts = [Account(id=first + n, name=f"customer-{n}", plan=f"plan-{n % _PLANS}") for n in range(1, _ACCOUNTS)]
    changes = Book(known).difference([*accounts, *_belongings(accounts)])
    number = 1 + max(revision.number for revision in await store.revisions(None, 1 << 62, 1))
    paid = [Credit(store.largest_id() + 1 + a.id, a.id, "top-up", _CREDIT) for a in accounts]
    await store.revise(Revision(number, SystemClock().now_ms(), "bench", "defined", len(changes), changes), paid)
    await store.close()


def _belongings(accounts: list[Account]) -> Iterator[Record]:
    for number, account in enumerate(accounts, start=1):
        yield ApiKey(digest_of(key_of(number)), account.name)
    for number in range(_PLANS):
        for place in ("22801", "CH", "*", *(str(200_000 + n) for n in range(_PRICES // _PLANS - 3))):
            yield Price(f"plan-{number}", place, 100)
    conditions: tuple[Callable[[int], dict[str, Any]], ...] = (
        lambda n: {"account": f"customer-{n}", "sender": "Nobody"},
        lambda n: {"prefix": f"4670{n}"},
        lambda n: {"sender": f"Sender{n}"},
        lambda n: {"mcc_mnc": f"240{n:03d}"},
        lambda n: {"country": "SE", "prefix": f"467{n:03d}"},
    )
    for number in range(_RULES - 1):
        terms = conditions[number % len(conditions)](number)
        yield Rule(name=f"rule-{number}", order=-_RULES + number, targets=(Target("out"),), **terms)
