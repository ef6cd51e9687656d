from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stentor.engine.lanes import Flight, Lane
from support.making import message


def flight(account: int = 1) -> Flight:
    return Flight(message(account=account))


def taken(lane: Lane) -> list[int]:
    """Every account's turn until nothing waits."""
    accounts = []
    while (first := lane.next()) is not None:
        accounts.append(first.message.account)
        lane.done_sending(first)
    return accounts


def test_accounts_take_turns() -> None:
    lane = Lane("net", 100, 50)
    for account in (1, 1, 1, 1, 2, 2, 3):
        lane.push(flight(account))
    assert taken(lane) == [1, 2, 3, 1, 2, 1, 1]


def test_each_account_in_its_order() -> None:
    lane = Lane("net", 100, 50)
    flights = [flight() for _ in range(5)]
    for one in flights:
        lane.push(one)
    for one in flights:
        assert lane.next() is one
        assert lane.next() is one
        lane.done_sending(one)


def test_what_is_sent_again_goes_first_in_its_order() -> None:
    lane = Lane("net", 100, 50)
    flights = [flight() for _ in range(4)]
    for one in flights:
        lane.push(one)
    for one in flights[:3]:
        assert lane.next() is one
        lane.done_sending(one)
    for one in flights[:3]:
        lane.resume(one)
    for one in flights:
        assert lane.next() is one
        lane.done_sending(one)
    assert lane.next() is None


def test_places_are_bounded() -> None:
    lane = Lane("net", 5, 3)
    assert [lane.reserve(1) for _ in range(4)] == [True, True, True, False]
    assert [lane.reserve(2) for _ in range(3)] == [True, True, False]
    lane.release(1)
    assert lane.reserve(3)
    assert not lane.reserve(1)


def test_no_place_while_older_ones_wait_on_disk() -> None:
    lane = Lane("net", 10, 4)
    lane.spilled(1)
    assert not lane.reserve(1)
    assert lane.reserve(2)
    assert lane.hungry() == [(1, 4)]
    lane.claiming(1, 2)
    assert lane.hungry() == []
    assert not lane.reserve(1)
    lane.claimed(1, 2, [flight()])
    assert lane.reserve(1)


def test_a_full_claim_means_that_there_may_be_more() -> None:
    lane = Lane("net", 10, 4)
    lane.spilled(1)
    lane.claiming(1, 2)
    lane.claimed(1, 2, [flight(), flight()])
    assert not lane.reserve(1)
    assert lane.hungry() == [(1, 2)]


def test_a_message_that_spills_during_a_claim_is_not_forgotten() -> None:
    lane = Lane("net", 10, 4)
    lane.spilled(1)
    lane.claiming(1, 2)
    lane.spilled(1)
    lane.claimed(1, 2, [])
    assert lane.hungry() == [(1, 4)]


def test_claims_of_many_accounts_share_the_room() -> None:
    lane = Lane("net", 4, 8)
    for account in (1, 2, 3):
        lane.spilled(account)
    for account, count in lane.hungry():
        lane.claiming(account, count)
    assert lane.held == 4


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "release", "spill", "claim", "claimed", "next"]),
        st.integers(1, 4),
        st.integers(0, 9),
    ),
    max_size=80,
)


@given(STEPS, st.integers(4, 20), st.integers(2, 8))
def test_the_places_are_always_counted(steps: list[tuple[str, int, int]], most: int, per_account: int) -> None:
    lane = Lane("net", most, per_account)
    held: dict[int, int] = dict.fromkeys(range(1, 5), 0)
    claims: dict[int, int] = {}
    for step, account, number in steps:
        _do(lane, held, claims, step, account, number)
        assert lane.held == sum(held.values()) + sum(claims.values())
        assert 0 <= lane.held <= most
        assert all(0 <= held[a] + claims.get(a, 0) <= per_account for a in held)


def _do(lane: Lane, held: dict[int, int], claims: dict[int, int], step: str, account: int, number: int) -> Any:
    if step == "reserve" and lane.reserve(account):
        held[account] += 1
        lane.push(flight(account))
    elif step == "release" and held[account]:
        held[account] -= 1
        lane.release(account)
    elif step == "spill":
        lane.spilled(account)
    elif step == "claim":
        for hungry, count in lane.hungry():
            claims[hungry] = count
            lane.claiming(hungry, count)
    elif step == "claimed" and account in claims:
        asked = claims.pop(account)
        found = min(asked, number)
        held[account] += found
        lane.claimed(account, asked, [flight(account) for _ in range(found)])
    elif step == "next":
        first = lane.next()
        if first is not None:
            lane.done_sending(first)
