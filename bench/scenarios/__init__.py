"""The scenarios by their letters in the project's table of figures; each answers its rows."""

from __future__ import annotations

from collections.abc import Callable

from bench.results import Row
from bench.scenarios import accept, administered, delivery, growth, idle, isolation
from bench.stand import Plan

SCENARIOS: dict[str, Callable[[Plan], list[Row]]] = {
    "A": accept.one_by_one,
    "A-ADMIN": administered.large,
    "B": delivery.end_to_end,
    "C": delivery.with_reports,
    "F": accept.thousands,
    "H": growth.logged,
    "I": idle.memory_and_start,
    "J": delivery.round_trip,
    "K": isolation.another_account,
}
