"""The pace against SMSCs that take so many a second, in time that is made up."""

from __future__ import annotations

import heapq
from typing import Protocol

import pytest

from stentor.connectors.smsc.pace import Pace, RoundTrip
from stentor.connectors.smsc.rate import Rate, Taken

PAUSE = 1.0


class Limit(Protocol):
    most: int

    def takes(self, now: float) -> bool: ...


class PerSecond:
    """Counts from each full second to the next."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._second, self._count = -1, 0

    def takes(self, now: float) -> bool:
        if int(now) != self._second:
            self._second, self._count = int(now), 0
        self._count += 1
        return self._count <= self.most


class Bucket:
    """A token bucket of a tenth of a second's worth."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._level, self._at = max(1.0, most / 10), 0.0

    def takes(self, now: float) -> bool:
        self._level = min(max(1.0, self.most / 10), self._level + (now - self._at) * self.most)
        self._at = now
        taken = self._level >= 1
        self._level -= taken
        return taken


class Link:
    """A full queue, one session and an SMSC; what it took and what it throttled in each second."""

    def __init__(self, limit: Limit, round_trip: float, window: int) -> None:
        self.pace = Pace(window, None, PAUSE)
        self.taken: list[int] = []
        self.throttled: list[int] = []
        self._limit, self._round_trip = limit, round_trip
        self._now = 0.5
        self._sent = self._unanswered = 0
        self._resting_until = 0.0
        self._answers: list[tuple[float, int, float, bool]] = []

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.taken.append(0)
            self.throttled.append(0)
            end = len(self.taken) + 0.5
            while self._now < end:
                self._submit()
                self._now = self._next()
                self._answer()

    def share(self, seconds: int) -> float:
        """Of the limit, that was taken in the last seconds."""
        return sum(self.taken[-seconds:]) / seconds / self._limit.most

    def _submit(self) -> None:
        while self._now >= self._resting_until and self._unanswered < self.pace.window:
            if self.pace.rate.room(self._now) == 0:
                return
            self.pace.rate.spend()
            self._unanswered += 1
            self._sent += 1
            answered = self._now + self._round_trip
            heapq.heappush(self._answers, (answered, self._sent, self._now, self._limit.takes(self._now)))

    def _next(self) -> float:
        times = [self._answers[0][0]] if self._answers else []
        if self._now < self._resting_until:
            times.append(self._resting_until)
        elif self._unanswered < self.pace.window:
            times.append(self._now + max(0.001, self.pace.rate.wait()))
        return min(times)

    def _answer(self) -> None:
        refused, taken = [], 0
        while self._answers and self._answers[0][0] <= self._now:
            _, _, sent_at, took = heapq.heappop(self._answers)
            self._unanswered -= 1
            taken += took
            if not took:
                refused.append(sent_at)
        self.taken[-1] += taken
        self.throttled[-1] += len(refused)
        if taken:
            self.pace.answered(taken, self._round_trip, self._now)
        for sent_at in refused:
            rest = self.pace.throttled(sent_at, self._now)
            if rest:
                self._resting_until = self._now + rest


@pytest.mark.parametrize(("limit", "most"), [(PerSecond, 10), (PerSecond, 100), (PerSecond, 1000), (Bucket, 100)])
@pytest.mark.parametrize("round_trip", [0.02, 0.5])
def test_an_smsc_is_fed_at_its_limit(limit: type[PerSecond | Bucket], most: int, round_trip: float) -> None:
    link = Link(limit(most), round_trip, 50 if most * round_trip < 40 else 1000)
    link.run(25)
    assert link.share(15) >= 0.95
    assert sum(link.throttled[-15:]) <= 0.04 * sum(link.taken[-15:]) + 15


def test_a_limit_that_rises_is_followed() -> None:
    limit = PerSecond(100)
    link = Link(limit, 0.02, 50)
    link.run(15)
    limit.most = 1000
    link.run(15)
    assert link.share(3) >= 0.95


def test_a_limit_that_falls_is_followed() -> None:
    limit = PerSecond(1000)
    link = Link(limit, 0.02, 50)
    link.run(15)
    limit.most = 100
    link.run(15)
    assert link.share(5) >= 0.95
    assert sum(link.throttled[-5:]) <= 10


def test_an_smsc_that_never_throttles_gets_the_whole_window() -> None:
    link = Link(PerSecond(1_000_000), 0.02, 50)
    link.run(3)
    assert sum(link.taken) == pytest.approx(3 * 50 / 0.02, rel=0.02)
    assert (link.pace.window, link.pace.rate.learned) == (50, None)


def test_one_full_queue_tells_no_rate() -> None:
    pace = Pace(50, None, PAUSE)
    pace.answered(3, 0.02, 1.0)
    assert pace.throttled(1.0, 1.02) == PAUSE
    assert pace.rate.learned is None
    pace.answered(3, 0.02, 20.0)
    assert pace.throttled(20.0, 20.02) == PAUSE
    assert pace.rate.learned is None


def test_what_was_on_its_way_when_the_rest_began_does_not_prolong_it() -> None:
    pace = Pace(50, None, PAUSE)
    pace.answered(20, 0.02, 1.0)
    assert pace.throttled(1.0, 1.02) == PAUSE
    assert [pace.throttled(1.01, 1.03) for _ in range(5)] == [0.0] * 5
    assert pace.window == 35


def test_rests_grow_while_nothing_is_taken_up_to_the_pause() -> None:
    pace = Pace(50, None, PAUSE)
    pace.answered(20, 0.02, 1.0)
    pace.throttled(0.98, 1.0)
    pace.throttled(0.98, 1.0)
    rests = [pace.throttled(float(second), second + 0.01) for second in range(2, 8)]
    assert rests == [0.2, 0.4, 0.8, 1.0, 1.0, 1.0]


def test_the_window_shrinks_once_a_round_trip_and_comes_back() -> None:
    pace = Pace(100, None, PAUSE)
    pace.timed_out(0.0, 30.0)
    pace.timed_out(0.1, 30.1)
    assert pace.window == 70
    pace.timed_out(30.2, 60.2)
    assert pace.window == 49
    for turn in range(30):
        pace.answered(pace.window, 0.02, 61 + turn * 0.02)
    assert pace.window == 100


def test_the_window_is_never_less_than_one() -> None:
    pace = Pace(2, None, PAUSE)
    for turn in range(10):
        pace.timed_out(turn * 30.0, turn * 30.0 + 30)
    assert pace.window == 1


def test_a_throttle_leaves_the_window_that_the_rate_needs() -> None:
    link = Link(PerSecond(1000), 0.02, 50)
    link.run(20)
    assert 40 <= link.pace.window <= 50
    link = Link(PerSecond(10), 0.02, 50)
    link.run(20)
    assert link.pace.window < 30


def test_a_queue_in_the_smsc_shrinks_the_window_but_a_long_way_does_not() -> None:
    queueing, far = Pace(100, None, PAUSE), Pace(100, None, PAUSE)
    queueing.answered(1, 0.02, 1.0)
    far.answered(1, 1.0, 1.0)
    for pace in (queueing, far):
        pace.late(1.2, 3.0)
        pace.late(1.2, 3.5)
    assert (queueing.window, far.window) == (70, 100)


def test_the_shortest_round_trip_is_forgotten() -> None:
    round_trip = RoundTrip()
    for second in range(4):
        round_trip.add(0.02, float(second))
    for second in range(4, 40):
        round_trip.add(0.5, float(second))
    assert round_trip.shortest == 0.5
    assert round_trip.smoothed == pytest.approx(0.5, rel=0.05)


def test_a_configured_rate_is_never_exceeded_by_a_learned_one() -> None:
    rate = Rate(50.0)
    rate.taken(30, 1.0)
    rate.throttled(1.0)
    assert rate.limit == pytest.approx(27.0)
    for tick in range(1, 100):
        for _ in range(rate.room(1.0 + tick * 0.1) or 0):
            rate.spend()
    assert (rate.limit, rate.learned is not None and rate.learned > 50) == (50.0, True)


@pytest.mark.parametrize("limit", [2, 20, 500])
def test_saturated_while_a_learned_limit_holds_back(limit: int) -> None:
    rate = Rate(None)
    rate.taken(limit, 1.0)
    rate.throttled(1.0)
    told, now = [], 1.0
    while now < 3.0:
        now += 0.001
        for _ in range(rate.room(now) or 0):
            rate.spend()
        rate.room(now)
        told.append(rate.saturated(now))
    assert told.index(True) == pytest.approx(300, abs=10)
    assert all(told[310:])
    assert not rate.relax()
    assert not rate.saturated(now + 1.0)
    assert rate.room(now + 0.5)
    assert rate.relax()
    assert not rate.saturated(now + 0.5)


def test_a_short_burst_saturates_nothing() -> None:
    rate = Rate(None)
    rate.taken(100, 1.0)
    rate.throttled(1.0)
    for second in range(2, 20):
        for tick in range(25):
            for _ in range(rate.room(second + tick / 100) or 0):
                rate.spend()
            rate.room(second + tick / 100)
            assert not rate.saturated(second + tick / 100)


def test_a_configured_rate_saturates_nothing() -> None:
    rate = Rate(50.0)
    for tick in range(1_000):
        for _ in range(rate.room(tick / 1000) or 0):
            rate.spend()
        rate.room(tick / 1000)
        assert not rate.saturated(tick / 1000)


def test_a_time_without_traffic_teaches_nothing() -> None:
    rate = Rate(None)
    rate.taken(100, 1.0)
    rate.throttled(1.0)
    for second in range(2, 100):
        assert rate.room(float(second)) is not None
    assert rate.learned == pytest.approx(90 * 2, rel=0.01)


def test_what_was_taken_in_the_last_second() -> None:
    taken = Taken()
    for tenth in range(40):
        taken.add(10, tenth / 10 + 0.001)
    assert taken.within(3.95) == pytest.approx(100, abs=6)
    assert taken.within(4.4) == pytest.approx(60, abs=6)
    assert taken.within(9.0) == 0
