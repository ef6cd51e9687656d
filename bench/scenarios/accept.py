"""A and F: how fast requests are answered, each after its messages are on disk.

The simulated connector takes what is accepted and owes its receipts for an hour: sending runs along, receipts do not.
"""

from __future__ import annotations

from bench.requests import Load
from bench.results import Row, median
from bench.rounds import answered
from bench.stand import Plan, Stand, simulated

_HOUR = 3600.0
_WARM_UP_S = 1.5
_FIXED_RATE = 1_000


def one_by_one(plan: Plan) -> list[Row]:
    with Stand(plan) as stand:
        server, port = stand.serve(simulated(_HOUR))
        stand.load(Load(port=port, seconds=_WARM_UP_S))
        load = Load(port=port, seconds=plan.seconds)
        fast = [answered(stand, server, load, "A  accept, 20 connections", "5,000/s") for _ in range(plan.rounds)]
    with Stand(plan) as stand:
        server, port = stand.serve(simulated(_HOUR))
        load = Load(port=port, seconds=plan.seconds, rate=_FIXED_RATE)
        stand.load(load)
        steady = [answered(stand, server, load, "A' accept at 1,000/s", "p99 20 ms") for _ in range(plan.rounds)]
    return [median(fast), median(steady)]


def thousands(plan: Plan) -> list[Row]:
    with Stand(plan) as stand:
        server, port = stand.serve(simulated(_HOUR))
        load = Load(port=port, kind="advanced", destinations=1_000, connections=4, seconds=_WARM_UP_S)
        stand.load(load)
        load = Load(port=port, kind="advanced", destinations=1_000, connections=4, seconds=plan.seconds)
        rows = [answered(stand, server, load, "F  accept, 1,000 a request", "20,000/s") for _ in range(plan.rounds)]
    return [median(rows)]
