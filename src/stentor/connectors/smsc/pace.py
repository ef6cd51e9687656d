"""How fast an SMSC is fed: the window that it bears, the rate it takes, and how long to rest when it has enough.

Pure: times are seconds of any clock, given by the caller.
"""

from __future__ import annotations

from stentor.connectors.smsc.rate import Rate

_CUT = 0.7
_STEP = 0.1
"""Of the whole window, gained back in each round trip."""
_WEIGHT = 0.125
_EPOCH_S = 10.0
_QUEUEING = 2.0
"""Answers that take so many times the shortest round trip wait in a queue that a smaller window would shorten."""
_SHORTEST_REST_S = 0.1
_MEMORY_S = 10.0


class RoundTrip:
    """From submit_sm to its response, in seconds: smoothed, and the shortest of the last 10 to 20 seconds."""

    def __init__(self) -> None:
        self.smoothed: float | None = None
        self._shortest = [0.0, 0.0]
        self._since = 0.0

    @property
    def shortest(self) -> float:
        return min(self._shortest)

    def add(self, seconds: float, now: float) -> None:
        if self.smoothed is None:
            self.smoothed, self._shortest, self._since = seconds, [seconds, seconds], now
            return
        self.smoothed += (seconds - self.smoothed) * _WEIGHT
        if now - self._since > _EPOCH_S:
            self._shortest, self._since = [self._shortest[1], seconds], now
        elif seconds < self._shortest[1]:
            self._shortest[1] = seconds


class Pace:
    """`window`: unanswered parts per session now, between 1 and `most`. `pause`: the longest rest after a throttle."""

    def __init__(self, most: int, rate: float | None, pause: float) -> None:
        self.most = self.window = most
        self.rate = Rate(rate)
        self.round_trip = RoundTrip()
        self._pause = pause
        self._exact = float(most)
        self._cut_at = float("-inf")
        self._reacted_at = float("-inf")
        self._answers = 0
        self._rests = 0
        self._suspicions = 0

    def answered(self, count: int, round_trip: float, now: float) -> None:
        """So many parts were answered together, throttled ones apart; the round trip of one of them."""
        self._answers += count
        self.round_trip.add(round_trip, now)
        self.rate.taken(count, now)
        if self._exact < self.most:
            self._grow(count)

    def throttled(self, sent_at: float, now: float) -> float:
        """A part was throttled; how long to rest from now on, 0 for what was on its way when the rest began.

        The second of them tells that it is the rate, not one full queue. While the rate is not known, the whole pause.
        """
        again = sent_at < self._reacted_at
        if not again and now - self._reacted_at > _MEMORY_S:
            self._suspicions = 0
        self._suspicions += 1
        if self._suspicions > 1 and (not again or self.rate.learned is None):
            self.rate.throttled(now)
        if again:
            return 0.0
        self._rests = 0 if self._answers else self._rests + 1
        self._answers = 0
        self._reacted_at = now
        self._cut(now, self._needed())
        known = self.rate.learned is not None
        return min(self._pause, _SHORTEST_REST_S * 2**self._rests) if known else self._pause

    def timed_out(self, sent_at: float, now: float) -> None:
        """No answer came in time."""
        if sent_at >= self._cut_at:
            self._cut(now, 1.0)

    def late(self, waiting: float, now: float) -> None:
        """The oldest part waits so long: a smaller window helps where parts queue, not where the way is long."""
        shortest = self.round_trip.shortest
        if shortest and waiting > _QUEUEING * shortest and now - self._cut_at >= waiting:
            self._cut(now, 1.0)

    def _needed(self) -> float:
        """The window that the learned rate needs, twice: a throttle never makes the link slower than its rate."""
        learned = self.rate.learned
        return 1.0 if learned is None else 1 + 2 * learned * (self.round_trip.smoothed or 0.0)

    def _cut(self, now: float, least: float) -> None:
        self._exact = min(max(self._exact * _CUT, least), self._exact)
        self._exact = max(self._exact, 1.0)
        self.window = int(self._exact)
        self._cut_at = now

    def _grow(self, count: int) -> None:
        step = max(1.0, self.most * _STEP)
        self._exact = min(float(self.most), self._exact + count * step / self._exact)
        self.window = int(self._exact)
