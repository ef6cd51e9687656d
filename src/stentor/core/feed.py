"""The live feed: what was written to the histories of messages, told to those who watch once it is durable.

The store publishes the events of a transaction after its commit, all at once; what was rolled back never comes here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from stentor.core.message import Event, EventKind

UNREAD = 1_000
"""Events a tail keeps for a reader that is slower than the platform."""

Watcher = Callable[[Sequence[Event]], None]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which events a tail shows; None: whatever it is."""

    account: int | None = None
    sender: str | None = None
    recipient: str | None = None
    messages: frozenset[int | str] | None = None
    """Numbers of ours and ids of clients."""
    kinds: frozenset[EventKind] | None = None

    def fits(self, event: Event) -> bool:
        if self.kinds is not None and event.kind not in self.kinds:
            return False
        message = event.of
        if message is None:
            return self.account is None and self.sender is None and self.recipient is None and self._named(event, None)
        return (
            (self.account is None or message.account == self.account)
            and (self.sender is None or message.sender == self.sender)
            and (self.recipient is None or message.recipient == self.recipient)
            and self._named(event, message.client_id)
        )

    def _named(self, event: Event, client_id: str | None) -> bool:
        return self.messages is None or event.message in self.messages or client_id in self.messages


class Tail:
    """What one reader has not read yet. Of a reader that is too slow the oldest are dropped, and counted."""

    def __init__(self, wanted: Wanted, wake: Callable[[], None], unread: int = UNREAD) -> None:
        self._wanted = wanted
        self._wake = wake
        self._unread: deque[Event] = deque(maxlen=unread)
        self._dropped = 0

    def offer(self, events: Sequence[Event]) -> int:
        """Keep those that are wanted; how many were dropped for them."""
        fitting = [event for event in events if self._wanted.fits(event)]
        if not fitting:
            return 0
        before = len(self._unread) + len(fitting)
        self._unread.extend(fitting)
        lost = before - len(self._unread)
        self._dropped += lost
        self._wake()
        return lost

    def take(self, limit: int) -> tuple[list[Event], int]:
        """The oldest unread events, and how many before them were dropped since the last call."""
        dropped, self._dropped = self._dropped, 0
        return [self._unread.popleft() for _ in range(min(limit, len(self._unread)))], dropped


class Feed:
    """`watch` is for parts of the program that see everything; a tail comes and goes, and never slows anybody."""

    def __init__(self) -> None:
        self._watchers: list[Watcher] = []
        self._tails: list[Tail] = []
        self.dropped = 0
        """Events that slow tails did not get."""

    @property
    def tails(self) -> int:
        return len(self._tails)

    def watch(self, watcher: Watcher) -> None:
        self._watchers.append(watcher)

    def publish(self, events: Sequence[Event]) -> None:
        for watcher in self._watchers:
            watcher(events)
        for tail in self._tails:
            self.dropped += tail.offer(events)

    def tail(self, wanted: Wanted, wake: Callable[[], None]) -> Tail:
        """`wake` is called when there is something to take."""
        tail = Tail(wanted, wake)
        self._tails.append(tail)
        return tail

    def leave(self, tail: Tail) -> None:
        if tail in self._tails:
            self._tails.remove(tail)
