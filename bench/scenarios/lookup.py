"""L: how fast numbers are looked up, each answer after it is on disk. The simulated HLR answers at once."""

from __future__ import annotations

from bench.requests import Load
from bench.results import Row, median
from bench.rounds import answered
from bench.stand import Plan, Stand, simulated

_TABLES = """
[[prices]]
plan = "lookup"
price = "0.0001"
[[resolvers]]
type = "simulated"
"""
_WARM_UP_S = 1.5
_MANY = 100


def queries(plan: Plan) -> list[Row]:
    with Stand(plan) as stand:
        server, port = stand.serve(simulated(0.1) + _TABLES)
        stand.load(Load(port=port, kind="lookup", seconds=_WARM_UP_S))
        one = Load(port=port, kind="lookup", seconds=plan.seconds)
        many = Load(port=port, kind="lookup", destinations=_MANY, connections=4, seconds=plan.seconds)
        single = [answered(stand, server, one, "L  lookup, 20 connections") for _ in range(plan.rounds)]
        hundred = [answered(stand, server, many, "L  lookup, 100 a request") for _ in range(plan.rounds)]
    return [median(single), median(hundred)]
