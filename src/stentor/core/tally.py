"""Plain numbers that only grow: what happened to messages, and how long it took. The hot path adds integers here."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence

from stentor.catalogue import StatusId
from stentor.core.message import Event, EventKind, Message

FINE_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds for what the machine does."""
WIDE_S = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0)
"""Bounds for what networks and phones do."""
_UNAUTHORIZED = 401


class Histogram:
    """How many values fell below each bound, in seconds; the last count is of those above all bounds."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds


class _ByConnector(defaultdict[str, Histogram]):
    def __missing__(self, connector: str) -> Histogram:
        self[connector] = made = Histogram(WIDE_S)
        return made


class Tally:
    """Counts what the feed publishes. Keys come from configuration and catalogue, so there are never many."""

    def __init__(self) -> None:
        self.events: dict[EventKind, int] = dict.fromkeys(EventKind, 0)
        self.accepted = 0
        self.rejected: defaultdict[int, int] = defaultdict(int)
        """Messages by status."""
        self.finished: defaultdict[tuple[int, int], int] = defaultdict(int)
        """Messages by status and GSM error."""
        self.sent: defaultdict[str, int] = defaultdict(int)
        """Parts by connector; what follows has the same key."""
        self.refused: defaultdict[str, int] = defaultdict(int)
        self.postponed: defaultdict[str, int] = defaultdict(int)
        self.uncertain: defaultdict[str, int] = defaultdict(int)
        self.diverted: defaultdict[str, int] = defaultdict(int)
        self.receipts: defaultdict[str, int] = defaultdict(int)
        self.until_sent = _ByConnector()
        """From acceptance, or from `sendAt`, until the upstream had every part."""
        self.until_final = _ByConnector()
        """From there to the final status."""
        self._counting: dict[EventKind, Callable[[Event], None]] = {
            EventKind.ACCEPTED: self._accepted,
            EventKind.REJECTED: self._rejected,
            EventKind.SENT: self._sent,
            EventKind.RETRY: lambda event: _add(self.postponed, event),
            EventKind.DIVERTED: lambda event: _add(self.diverted, event),
            EventKind.UNCERTAIN: lambda event: _add(self.uncertain, event),
            EventKind.RECEIPT: lambda event: _add(self.receipts, event),
            EventKind.FINAL: self._final,
        }

    def count(self, events: Sequence[Event]) -> None:
        counted, counting = self.events, self._counting
        for event in events:
            kind = event.kind
            counted[kind] += 1
            count = counting.get(kind)
            if count is not None:
                count(event)

    def _accepted(self, _: Event) -> None:
        self.accepted += 1

    def _rejected(self, event: Event) -> None:
        """By the platform, when it leads to a status; by the upstream, when it is one part's fate."""
        if event.status is not None:
            self.rejected[event.status] += 1
        else:
            _add(self.refused, event)

    def _sent(self, event: Event) -> None:
        message = event.of
        if message is None:
            return
        self.sent[message.connector] += 1
        if event.status is not None:
            self.until_sent[message.connector].add(_seconds(event, message))

    def _final(self, event: Event) -> None:
        """An event without a status came too late to decide anything."""
        message = event.of
        if message is None or event.status is None:
            return
        self.finished[event.status, event.error] += 1
        if message.status == StatusId.PENDING_WAITING_DELIVERY:
            self.until_final[message.connector].add(_seconds(event, message))


def _seconds(event: Event, message: Message) -> float:
    """Since the time in `sent_at`; a clock that went back makes no negative durations."""
    return max(0, event.at - message.sent_at) / 1000


def _add(counts: defaultdict[str, int], event: Event) -> None:
    if event.of is not None:
        counts[event.of.connector] += 1


class Requests:
    """Requests over HTTP by method, path of the route and status: as many keys as the API has answers."""

    def __init__(self) -> None:
        self.durations: dict[tuple[str, str, int], Histogram] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """`route` empty: no such path or method. What a stranger made up is no key."""
        key = (method, route, status) if route else ("", "", status)
        duration = self.durations.get(key)
        if duration is None:
            duration = self.durations[key] = Histogram(FINE_S)
        duration.add(seconds)

    def unauthorized(self, prefix: str) -> int:
        """Answers 401 on the routes that begin so."""
        return sum(
            sum(duration.counts)
            for (_, route, status), duration in self.durations.items()
            if status == _UNAUTHORIZED and route.startswith(prefix)
        )
