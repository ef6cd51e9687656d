from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.engine import lanes
from stentor.engine.lanes import Flight, Lane
from stentor.engine.outlets import Outlet
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


def adopted(account: int, lane: Lane) -> Flight:
    one = flight(account)
    lane.reserve_adopted(account)
    lane.adopt(one)
    return one


def who_leave(lane: Lane, wanted: Callable[[Flight], bool], limit: int) -> list[Flight]:
    left: list[Flight] = []

    def leaves(one: Flight) -> bool:
        if wanted(one):
            left.append(one)
        return wanted(one)

    lane.let_go(leaves, limit)
    return left


def test_half_of_the_places_are_for_the_lane_s_own() -> None:
    lane = Lane("net", 8, 6)
    for _ in range(3):
        assert lane.adopts(1)
        adopted(1, lane)
    assert not lane.adopts(1)
    adopted(2, lane)
    assert not lane.adopts(2)
    assert lane.reserve(1)


def test_adopted_messages_go_by_age(monkeypatch: pytest.MonkeyPatch) -> None:
    lane = Lane("net", 100, 50)
    first, second, third = flight(), flight(), flight()
    lane.push(second)
    for one in (first, third):
        lane.reserve_adopted(1)
        lane.adopt(one)
    for one in (first, second, third):
        assert lane.next() is one
        lane.done_sending(one)
    assert lane.next() is None
    monkeypatch.setattr(lanes, "_ADOPT", 1)
    assert lane.adopts(1)


def test_only_some_are_adopted_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_ADOPT", 2)
    lane = Lane("net", 100, 50)
    one = adopted(1, lane)
    adopted(1, lane)
    assert not lane.adopts(1)
    assert lane.next() is one
    assert not lane.adopts(1)
    lane.done_sending(one)
    assert lane.adopts(1)


def test_who_leaves() -> None:
    lane = Lane("net", 100, 50)
    flights = [flight(account) for account in (1, 1, 2, 1, 2, 3)]
    for one in flights:
        lane.push(one)
    begun = lane.next()
    assert begun is flights[0]
    assert who_leave(lane, lambda one: one is not flights[1], 10) == [flights[place] for place in (0, 2, 4, 5, 3)]
    assert lane.next() is flights[1]
    lane.done_sending(flights[1])
    assert not lane.waiting


def test_accounts_leave_in_equal_shares() -> None:
    lane = Lane("net", 100, 50)
    for account in (1, 1, 1, 1, 1, 2, 2, 2):
        lane.push(flight(account))
    assert [one.message.account for one in who_leave(lane, lambda _: True, 4)] == [1, 1, 2, 2]
    assert taken(lane) == [1, 2, 1, 1]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "release", "spill", "claim", "claimed", "next", "adopt", "leave"]),
        st.integers(1, 4),
        st.integers(0, 9),
    ),
    max_size=80,
)


class Counted:
    """The same lane in numbers: places of messages that wait and of those on their way, and of claims."""

    def __init__(self, most: int, per_account: int) -> None:
        self.lane = Lane("net", most, per_account)
        self.waiting = dict.fromkeys(range(1, 5), 0)
        self.out = dict.fromkeys(range(1, 5), 0)
        self.claims: dict[int, int] = {}

    def held(self, account: int) -> int:
        return self.waiting[account] + self.out[account] + self.claims.get(account, 0)

    def do(self, step: str, account: int, number: int) -> None:
        lane = self.lane
        if step == "reserve" and lane.reserve(account):
            self.waiting[account] += 1
            lane.push(flight(account))
        elif step == "release" and self.out[account]:
            self.out[account] -= 1
            lane.release(account)
        elif step == "spill":
            lane.spilled(account)
        elif step == "claim":
            for hungry, count in lane.hungry():
                self.claims[hungry] = count
                lane.claiming(hungry, count)
        elif step == "claimed" and account in self.claims:
            asked = self.claims.pop(account)
            found = min(asked, number)
            self.waiting[account] += found
            lane.claimed(account, asked, [flight(account) for _ in range(found)])
        elif step == "adopt" and lane.adopts(account):
            adopted(account, lane)
            self.waiting[account] += 1
        elif step == "leave":
            self._leave(account, number)
        elif step == "next" and (first := lane.next()) is not None:
            lane.done_sending(first)
            self.waiting[first.message.account] -= 1
            self.out[first.message.account] += 1

    def _leave(self, account: int, limit: int) -> None:
        left = who_leave(self.lane, lambda one: one.message.account == account, limit)
        assert len(left) <= limit
        for _ in left:
            self.lane.release(account)
            self.waiting[account] -= 1


@given(STEPS, st.integers(4, 20), st.integers(2, 8))
def test_the_places_are_always_counted(steps: list[tuple[str, int, int]], most: int, per_account: int) -> None:
    counted = Counted(most, per_account)
    lane = counted.lane
    for step in steps:
        counted.do(*step)
        assert lane.held == sum(counted.held(account) for account in counted.out)
        assert 0 <= lane.held <= most
        assert all(0 <= counted.held(account) <= per_account for account in counted.out)
        assert lane.waiting == any(counted.waiting.values())


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "release", "spill", "claim", "claimed", "next", "divert", "leave"]),
        st.sampled_from("ab"),
        st.sampled_from([0, 3, 9]),
        st.integers(1, 3),
        st.integers(0, 6),
    ),
    max_size=120,
)


class Counts:
    """The lanes of two connectors in numbers: each message is in one lane, waiting or on its way."""

    def __init__(self, most: int, per_account: int) -> None:
        self.most, self.per_account = most, per_account
        self.outlets = {name: Outlet(name, most, per_account) for name in "ab"}
        self.waiting: list[Flight] = []
        self.out: list[Flight] = []
        self.claims: dict[tuple[Lane, int], int] = {}

    def do(self, step: str, name: str, priority: int, account: int, number: int) -> None:
        outlet = self.outlets[name]
        lane = outlet.lane(priority)
        if step == "reserve" and lane.reserve(account):
            self._push(lane, account)
        elif step == "release" and self.out:
            done = self.out.pop(number % len(self.out))
            done.lane.release(done.message.account)
        elif step == "spill":
            lane.spilled(account)
        elif step == "claim":
            for hungry, count in lane.hungry():
                self.claims[lane, hungry] = count
                lane.claiming(hungry, count)
        elif step == "claimed" and (lane, account) in self.claims:
            asked = self.claims.pop((lane, account))
            found = [flight(account) for _ in range(min(asked, number))]
            self.waiting += found
            lane.claimed(account, asked, found)
        elif step == "next":
            self._next(outlet)
        elif step == "divert" and self.out:
            self._divert(self.out[number % len(self.out)], self.outlets[name])
        elif step == "leave":
            self._leave(outlet, self.outlets["b" if name == "a" else "a"], number)

    def _push(self, lane: Lane, account: int) -> None:
        one = flight(account)
        self.waiting.append(one)
        lane.push(one)

    def _next(self, outlet: Outlet) -> None:
        first = outlet.next()
        waits = [one.lane.priority for one in self.waiting if one.lane in outlet.lanes]
        assert (first is None) == (not waits)
        if first is not None:
            assert first.lane.priority == max(waits)
            first.lane.done_sending(first)
            self.waiting.remove(first)
            self.out.append(first)

    def _divert(self, one: Flight, other: Outlet) -> None:
        """One on its way was refused for now and goes to the other connector, under its priority."""
        lane, account = other.lane(one.lane.priority), one.message.account
        if one.lane.name != other.name and lane.adopts(account):
            lane.reserve_adopted(account)
            one.lane.release(account)
            lane.adopt(one)
            self.out.remove(one)
            self.waiting.append(one)

    def _leave(self, outlet: Outlet, other: Outlet, limit: int) -> None:
        """As `engine.relief` does: highest first, no more than the limit of all lanes together."""
        left: list[Flight] = []

        def leaves(one: Flight) -> bool:
            lane = other.lane(one.lane.priority)
            if not lane.adopts(one.message.account):
                return False
            lane.reserve_adopted(one.message.account)
            left.append(one)
            return True

        for lane in outlet.lanes:
            lane.let_go(leaves, limit - len(left))
        assert len(left) <= limit
        for one in left:
            one.lane.release(one.message.account)
            other.lane(one.lane.priority).adopt(one)

    def check(self) -> None:
        for outlet in self.outlets.values():
            assert outlet.waiting == any(one.lane in outlet.lanes for one in self.waiting)
            for lane in outlet.lanes:
                held = Counter(one.message.account for one in (*self.waiting, *self.out) if one.lane is lane)
                for (claimed_for, account), count in self.claims.items():
                    held[account] += count if claimed_for is lane else 0
                assert lane.held == held.total() <= self.most
                assert all(count <= self.per_account for count in held.values())


@given(MOVES, st.integers(4, 20), st.integers(2, 8))
def test_the_places_of_all_priorities_are_counted(
    moves: list[tuple[str, str, int, int, int]], most: int, per_account: int
) -> None:
    counts = Counts(most, per_account)
    for move in moves:
        counts.do(*move)
        counts.check()
    for (lane, account), asked in counts.claims.items():
        lane.claimed(account, asked, [])
    counts.claims.clear()
    while counts.waiting:
        for outlet in counts.outlets.values():
            counts.do("next", outlet.name, 0, 1, 0)
    while counts.out:
        counts.do("release", "a", 0, 1, 0)
    assert all(lane.held == 0 for outlet in counts.outlets.values() for lane in outlet.lanes)
