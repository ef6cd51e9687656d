"""What waits for one connector in memory: a queue per account, taken in turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from stentor.core.message import Message
from stentor.core.ports import Outcome, OutgoingPart

_CLAIM = 250
"""Messages taken from disk at once: some 5 ms of work."""


class Flight:
    """One message on its way out, with what is known of its parts."""

    __slots__ = ("attempts", "message", "refusal", "sent", "taken", "to_send", "unanswered")

    def __init__(self, message: Message, sent: frozenset[int] = frozenset(), attempts: int = 0) -> None:
        self.message = message
        self.sent = sent
        self.attempts = attempts
        self.to_send: deque[OutgoingPart] = deque()
        self.unanswered = 0
        self.taken = bool(sent)
        self.refusal: Outcome | None = None

    def load(self, parts: Sequence[OutgoingPart]) -> None:
        self.to_send.extend(part for part in parts if part.number not in self.sent)

    def again(self, part: OutgoingPart) -> None:
        """A part to send once more, in its place among the others."""
        self.to_send = deque(sorted((*self.to_send, part), key=lambda one: one.number))


class _Backlog:
    __slots__ = ("claiming", "held", "spilled", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[Flight] = deque()
        self.held = 0
        self.spilled = False
        self.claiming = False


class Lane:
    """`per_account` bounds what one account holds in memory, `in_memory` what all do; the rest stays on disk."""

    def __init__(self, name: str, in_memory: int, per_account: int) -> None:
        self.name = name
        self._in_memory = in_memory
        self._per_account = per_account
        self._accounts: dict[int, _Backlog] = {}
        self._turns: deque[int] = deque()
        self._unfinished: deque[Flight] = deque()
        self._resumed: deque[Flight] = deque()
        self.held = 0

    def reserve(self, account: int) -> bool:
        """A place for a new message; none while older ones of the account wait on disk."""
        backlog = self._backlog(account)
        if backlog.spilled or backlog.claiming or backlog.held >= self._per_account or self.held >= self._in_memory:
            return False
        backlog.held += 1
        self.held += 1
        return True

    def release(self, account: int) -> None:
        self._backlog(account).held -= 1
        self.held -= 1

    def push(self, flight: Flight) -> None:
        backlog = self._backlog(flight.message.account)
        if not backlog.waiting:
            self._turns.append(flight.message.account)
        backlog.waiting.append(flight)

    def resume(self, flight: Flight) -> None:
        """Messages with parts to send again go before all others, in the order they come back."""
        self.done_sending(flight)
        self._resumed.append(flight)

    def next(self) -> Flight | None:
        """The message to send a part of; it stays first until `done_sending`."""
        if self._resumed or self._unfinished:
            return (self._resumed or self._unfinished)[0]
        if not self._turns:
            return None
        account = self._turns.popleft()
        backlog = self._accounts[account]
        flight = backlog.waiting.popleft()
        if backlog.waiting:
            self._turns.append(account)
        self._unfinished.append(flight)
        return flight

    def done_sending(self, flight: Flight) -> None:
        for flights in (self._unfinished, self._resumed):
            if flights and flights[0] is flight:
                flights.popleft()
            elif flight in flights:
                flights.remove(flight)

    def spilled(self, account: int) -> None:
        self._backlog(account).spilled = True

    def hungry(self) -> list[tuple[int, int]]:
        """(account, how many) to take from disk now: accounts that have some there and room in memory."""
        wanted = []
        free = self._in_memory - self.held
        for account, backlog in self._accounts.items():
            room = min(self._per_account - backlog.held, free)
            if backlog.spilled and not backlog.claiming and room >= min(_CLAIM, self._per_account // 2):
                wanted.append((account, min(room, _CLAIM)))
                free -= wanted[-1][1]
        return wanted

    def claiming(self, account: int, count: int) -> None:
        backlog = self._backlog(account)
        backlog.claiming, backlog.spilled = True, False
        backlog.held += count
        self.held += count

    def claimed(self, account: int, asked: int, flights: Sequence[Flight]) -> None:
        backlog = self._backlog(account)
        backlog.claiming = False
        backlog.spilled = backlog.spilled or len(flights) == asked
        backlog.held -= asked - len(flights)
        self.held -= asked - len(flights)
        for flight in flights:
            self.push(flight)

    def _backlog(self, account: int) -> _Backlog:
        backlog = self._accounts.get(account)
        if backlog is None:
            backlog = self._accounts[account] = _Backlog()
        return backlog
