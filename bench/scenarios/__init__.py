"""The scenarios by their letters in the project's table of figures; each answers its rows."""

from __future__ import annotations

from collections.abc import Callable

from bench.results import Row
from bench.scenarios import (
    accept,
    administered,
    chained,
    delivery,
    growth,
    idle,
    inbound,
    isolation,
    legacy,
    lookup,
    omni,
    redirects,
    smpp,
    statistics,
)
from bench.stand import Plan

SCENARIOS: dict[str, Callable[[Plan], list[Row]]] = {
    "A": accept.one_by_one,
    "A-ADMIN": administered.large,
    "B": delivery.end_to_end,
    "C": delivery.with_reports,
    "D": smpp.accepted,
    "E": smpp.end_to_end,
    "E-DISK": smpp.from_disk,
    "F": accept.thousands,
    "H": growth.logged,
    "I": idle.memory_and_start,
    "I-SMPP": smpp.idle_sessions,
    "J": delivery.round_trip,
    "K": isolation.another_account,
    "L": lookup.queries,
    "MO": inbound.forwarded,
    "O": omni.failing_over,
    "S": statistics.asked,
    "U": redirects.followed,
    "V": legacy.plain,
    "X": chained.in_a_row,
}
