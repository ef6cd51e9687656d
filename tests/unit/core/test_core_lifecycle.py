from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.catalogue import STATUSES, StatusId
from stentor.core.lifecycle import (
    FINAL,
    MOVES,
    PENDING_STATUSES,
    STATE_OF,
    Happening,
    State,
    aggregate,
    allowed,
    is_final,
)
from stentor.core.message import PartState

PENDING = [state for state in State if not state.final]
STATUS_OF = {state: next(status for status, of in STATE_OF.items() if of is state) for state in State}


@pytest.mark.parametrize(("state", "happening"), list(product(State, Happening)))
def test_every_pair(state: State, happening: Happening) -> None:
    """Final states are never left; an end leads to its own state; what is open stays open otherwise."""
    following = MOVES.get((state, happening))
    if state in FINAL:
        assert following is None
    elif following is not None and happening.name in State.__members__:
        assert following is State[happening.name]
    elif following is not None and happening is Happening.FAILED:
        assert following is State.UNDELIVERABLE
    elif following is not None:
        assert not following.final


@pytest.mark.parametrize("state", PENDING)
def test_every_open_state_can_expire_and_be_rejected(state: State) -> None:
    assert MOVES[state, Happening.EXPIRED] is State.EXPIRED
    assert MOVES[state, Happening.REJECTED] is State.REJECTED


@given(st.sampled_from(PENDING), st.lists(st.sampled_from(Happening)))
def test_a_walk_never_leaves_a_final_state(state: State, happenings: list[Happening]) -> None:
    for happening in happenings:
        following = MOVES.get((state, happening), state)
        assert not state.final or following is state
        state = following


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_a_state(status: int) -> None:
    assert is_final(status) == STATUSES[status].final == (STATE_OF[status] in FINAL)
    assert (status in PENDING_STATUSES) == (not is_final(status))


@pytest.mark.parametrize(("current", "following"), list(product(State, State)))
def test_allowed_says_what_the_table_says(current: State, following: State) -> None:
    reachable = {end for (start, _), end in MOVES.items() if start is current}
    assert allowed(STATUS_OF[current], STATUS_OF[following]) == (following in reachable)


HANDSET = PartState(1, "a", StatusId.DELIVERED_TO_HANDSET, 0)
OPERATOR = PartState(2, "b", StatusId.DELIVERED_TO_OPERATOR, 0)
FAILED = PartState(2, "b", StatusId.UNDELIVERABLE_NOT_DELIVERED, 27)
OPEN = PartState(3, "c", None, 0)


@pytest.mark.parametrize(
    ("parts", "total", "expected"),
    [
        ([], 1, None),
        ([HANDSET], 1, (5, 0)),
        ([OPERATOR], 1, (2, 0)),
        ([HANDSET], 2, None),
        ([HANDSET, OPERATOR], 2, (2, 0)),
        ([HANDSET, HANDSET], 2, (5, 0)),
        ([HANDSET, OPEN], 2, None),
        ([HANDSET, FAILED, OPEN], 3, (9, 27)),
        ([OPEN, FAILED], 9, (9, 27)),
    ],
)
def test_aggregate(parts: list[PartState], total: int, expected: tuple[int, int] | None) -> None:
    assert aggregate(parts, total) == expected
