"""K: what one account notices when another one floods the platform, or has a URL that is dead."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from statistics import median as middle

import msgspec

from bench import disk, smsc, url
from bench.processes import Child
from bench.requests import Load
from bench.results import Row
from bench.stand import OTHER, Plan, Stand, free_port, settle, upstream

_RATE = 100
_BESIDE = 300
_OWED = 5
"""Thousands of reports that are owed to a dead URL before the measurement."""
_TARGET = "2 x quiet"
_MEASURED = ("accept", "report", "bare disk")


class _Times(msgspec.Struct, frozen=True):
    p50_ms: float
    p99_ms: float


def another_account(plan: Plan) -> list[Row]:
    """The quiet account sends 100 a second with reports to a URL; beside it another one does something."""
    with Stand(plan) as stand, closing(socket.create_server(("127.0.0.1", 0), backlog=1_000)) as silent:
        network, network_port = stand.smsc(smsc.Options())
        customer, customer_port = stand.url()
        _, port = stand.serve(upstream(network_port))
        quiet = Load(
            port=port, kind="advanced", user=OTHER, rate=_RATE, seconds=plan.seconds, stamped=True,
            notify_url=_at(customer_port),
        )  # fmt: skip
        flood = Load(port=port, seconds=plan.seconds)
        bulk = msgspec.structs.replace(flood, kind="advanced", destinations=1_000, connections=4)
        dead = Load(port=port, kind="advanced", rate=_BESIDE, seconds=plan.seconds)
        refused = msgspec.structs.replace(dead, notify_url=_at(free_port()))
        hanging = msgspec.structs.replace(dead, notify_url=_at(silent.getsockname()[1]))
        beside: dict[str, Load | None] = {
            "quiet": None,
            "beside a flood": flood,
            "beside a flood, 1,000 each": bulk,
            "URL elsewhere refuses": refused,
            "URL elsewhere hangs": hanging,
        }
        measure = _Measure(stand, network, customer, stand.disk(), quiet)
        measure.once(None)  # warms up
        for load in (refused, hanging):
            measure.fill(msgspec.structs.replace(load, destinations=1_000, requests=_OWED, rate=0.0, seconds=0.0))
        rounds = [{name: measure.once(load) for name, load in beside.items()} for _ in range(plan.rounds)]
        return list(_compared(rounds))


class _Measure:
    def __init__(self, stand: Stand, network: Child, customer: Child, bare: Child, quiet: Load) -> None:
        self._stand = stand
        self._network = network
        self._customer = customer
        self._bare = bare
        self._quiet = quiet
        self._sent = 0

    def once(self, other: Load | None) -> dict[str, _Times]:
        self._customer.ask("reset", url.Counted)
        self._bare.ask("waits", disk.Waits)
        mine, *others = self._stand.loads(self._quiet, *([other] if other else []))
        bare = self._bare.ask("waits", disk.Waits)
        settle(lambda: self._customer.ask("report", url.Counted).unique, mine.messages)
        reported = self._customer.ask("report", url.Counted)
        self._drained(mine.messages + sum(done.messages for done in others))
        return {
            "accept": _Times(mine.p50_ms, mine.p99_ms),
            "report": _Times(reported.p50_ms, reported.p99_ms),
            "bare disk": _Times(bare.p50_ms, bare.p99_ms),
        }

    def fill(self, load: Load) -> None:
        self._drained(self._stand.load(load).messages)

    def _drained(self, more: int) -> None:
        self._sent += more
        settle(lambda: self._network.ask("report", smsc.Counted).settled, self._sent)


def _compared(rounds: list[dict[str, dict[str, _Times]]]) -> Iterator[Row]:
    for what in _MEASURED:
        alone = _middle(rounds, "quiet", what)
        for name in rounds[0]:
            found = _middle(rounds, name, what)
            times = f"p50 x {found.p50_ms / alone.p50_ms:.1f}, p99 x {found.p99_ms / alone.p99_ms:.1f}"
            yield Row(
                scenario=f"K  {what}, {name}",
                rate=_RATE,
                p50_ms=found.p50_ms,
                p99_ms=found.p99_ms,
                target="" if name == "quiet" or what == "bare disk" else _TARGET,
                limited_by="given rate" if name == "quiet" else times,
            )


def _middle(rounds: list[dict[str, dict[str, _Times]]], name: str, what: str) -> _Times:
    times = [one[name][what] for one in rounds]
    return _Times(middle([one.p50_ms for one in times]), middle([one.p99_ms for one in times]))


def _at(port: int) -> str:
    return f"http://127.0.0.1:{port}/reports"
