"""V: how fast the legacy API takes messages (003 §2.2.3), in turn with v1 on the same platform.

Rounds alternate, and so does which comes first: what the machine or the platform does every other second it does to
both.
"""

from __future__ import annotations

from bench.requests import Load
from bench.results import Row, median
from bench.rounds import answered
from bench.stand import Plan, Stand, simulated

_HOUR = 3600.0
_WARM_UP_S = 1.5
_TURN_S = 1.0
"""Longer ones met other neighbours on the machine: in turns of 4 s the same two programs differed by -24 % to +2 %."""


def plain(plan: Plan) -> list[Row]:
    with Stand(plan) as stand:
        server, port = stand.serve(simulated(_HOUR))
        v1, v3 = (Load(port=port, kind=kind, seconds=_TURN_S) for kind in ("single", "v3"))
        for kind in ("single", "v3"):
            stand.load(Load(port=port, kind=kind, seconds=_WARM_UP_S))
        first = (v1, "V  v1 accept, in turn with", "")
        second = (v3, "V  v3 plain accept", "v1 - 10 %")
        rows: dict[str, list[Row]] = {"single": [], "v3": []}
        for turn in range(plan.rounds * max(1, round(plan.seconds / _TURN_S))):
            for load, name, target in (first, second) if turn % 2 else (second, first):
                rows[load.kind].append(answered(stand, server, load, name, target))
    return [median(of_one) for of_one in rows.values()]
