"""What waits for one connector in memory under one priority: a queue per account, taken in turn."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from msgspec.structs import replace

from stentor.core.message import Message
from stentor.core.ports import Outcome, OutgoingPart

_CLAIM = 250
"""Messages taken from disk at once: some 5 ms of work."""
_ADOPT = 500
"""Messages of other lanes that may wait in a lane at a time: what is not sent soon stays where it belongs."""


class Flight:
    """One message on its way out, with what is known of its parts.

    `sent`: the numbers of the parts that an upstream took for certain; `sent_by`: which one, if that was before it was
    taken from the queue. `form`: how its parts are marked, once there are any. `tried`: connectors that refused it for
    now.
    """

    __slots__ = (
        "adopted", "attempts", "form", "lane", "message", "refusal", "sending", "sent", "sent_by", "taken", "to_send",
        "tried", "unanswered",
    )  # fmt: skip
    lane: Lane

    def __init__(self, message: Message, sent: frozenset[int] = frozenset(), attempts: int = 0) -> None:
        self.message = message
        self.sent = sent
        self.sent_by = ""
        self.attempts = attempts
        self.form = ""
        self.to_send: deque[OutgoingPart] = deque()
        self.unanswered = 0
        self.taken = bool(sent)
        self.refusal: Outcome | None = None
        self.tried: frozenset[str] = frozenset()
        self.adopted = False
        self.sending = False

    def load(self, parts: Sequence[OutgoingPart], form: str) -> None:
        self.form = form
        self.to_send = deque(part for part in parts if part.number not in self.sent)

    def again(self, part: OutgoingPart) -> None:
        """A part to send once more, in its place among the others, by whom the message belongs to by now."""
        mine = part if part.message is self.message else replace(part, message=self.message)
        self.to_send = deque(sorted((*self.to_send, mine), key=lambda one: one.number))

    def belongs_to(self, connector: str) -> None:
        self.message = replace(self.message, connector=connector)
        self.to_send = deque(replace(part, message=self.message) for part in self.to_send)


class _Backlog:
    """`adopted` came from other lanes."""

    __slots__ = ("adopted", "claiming", "held", "spilled", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[Flight] = deque()
        self.adopted: deque[Flight] = deque()
        self.held = 0
        self.spilled = False
        self.claiming = False

    def next(self) -> Flight:
        """The older of both heads: numbers of messages grow with time."""
        adopted, waiting = self.adopted, self.waiting
        if not adopted or (waiting and waiting[0].message.id < adopted[0].message.id):
            return waiting.popleft()
        return adopted.popleft()


class Lane:
    """`per_account` bounds what one account holds in memory, `in_memory` what all do; the rest stays on disk."""

    def __init__(self, name: str, in_memory: int, per_account: int, priority: int = 0) -> None:
        self.name = name
        self.priority = priority
        self._in_memory = in_memory
        self._per_account = per_account
        self._accounts: dict[int, _Backlog] = {}
        self._spilled: dict[int, _Backlog] = {}
        self._turns: deque[int] = deque()
        self._unfinished: deque[Flight] = deque()
        self._resumed: list[Flight] = []
        self._adopted = 0
        self.held = 0

    def reserve(self, account: int) -> bool:
        """A place for a new message; none while older ones of the account wait on disk."""
        backlog = self._backlog(account)
        if backlog.spilled or backlog.claiming or backlog.held >= self._per_account or self.held >= self._in_memory:
            return False
        backlog.held += 1
        self.held += 1
        return True

    def adopts(self, account: int) -> bool:
        """Whether there is room for a message of another lane: half of the places are kept for those of this one."""
        few = self._adopted < _ADOPT and self.held < self._in_memory // 2
        return few and self._backlog(account).held < self._per_account // 2

    def reserve_adopted(self, account: int) -> None:
        self._backlog(account).held += 1
        self.held += 1
        self._adopted += 1

    def release(self, account: int) -> None:
        self._backlog(account).held -= 1
        self.held -= 1

    def push(self, flight: Flight) -> None:
        flight.lane = self
        backlog = self._join(flight)
        backlog.waiting.append(flight)

    def adopt(self, flight: Flight) -> None:
        """A message of another lane, under the place that was reserved for it; before younger ones of its account."""
        flight.lane = self
        flight.adopted = True
        if flight.to_send:
            self.resume(flight)
        else:
            self._join(flight).adopted.append(flight)

    def resume(self, flight: Flight) -> None:
        """Messages with parts to send again go before all others, the oldest first."""
        self.done_sending(flight)
        flight.sending = True
        insort(self._resumed, flight, key=_age)

    def next(self) -> Flight | None:
        """The message to send a part of; it stays first until `done_sending`."""
        if self._resumed or self._unfinished:
            return (self._resumed or self._unfinished)[0]
        if not self._turns:
            return None
        account = self._turns.popleft()
        backlog = self._accounts[account]
        flight = backlog.next()
        if backlog.waiting or backlog.adopted:
            self._turns.append(account)
        flight.sending = True
        self._unfinished.append(flight)
        return flight

    def done_sending(self, flight: Flight) -> None:
        """All its parts are out, or none is to go any more."""
        if flight.adopted:
            self._adopted -= 1
            flight.adopted = False
        if not flight.sending:
            return
        flight.sending = False
        if self._unfinished and self._unfinished[0] is flight:
            self._unfinished.popleft()
        else:
            (self._resumed if flight in self._resumed else self._unfinished).remove(flight)

    @property
    def waiting(self) -> bool:
        """Whether anything is to be sent."""
        return bool(self._turns or self._unfinished or self._resumed)

    def let_go(self, leaves: Callable[[Flight], bool], limit: int) -> None:
        """Ask each waiting message until `limit` of them leave: accounts in turn, what is half sent first."""
        gone = 0
        for flight in islice(filter(leaves, (*self._resumed, *self._unfinished)), limit):
            self.done_sending(flight)
            gone += 1
        share = max(1, (limit - gone) // max(1, len(self._turns)))
        for account in list(self._turns):
            backlog = self._accounts[account]
            for flights in (backlog.adopted, backlog.waiting):
                gone += self._leave(flights, leaves, min(share, limit - gone))
            if not backlog.waiting and not backlog.adopted:
                self._turns.remove(account)

    def _leave(self, flights: deque[Flight], leaves: Callable[[Flight], bool], limit: int) -> int:
        """How many of one queue left."""
        gone = list(islice(filter(leaves, flights), limit))
        if gone:
            left = set(map(id, gone))
            kept = [flight for flight in flights if id(flight) not in left]
            flights.clear()
            flights.extend(kept)
        for flight in gone:
            self.done_sending(flight)
        return len(gone)

    def spilled(self, account: int) -> None:
        backlog = self._backlog(account)
        backlog.spilled = True
        self._spilled[account] = backlog

    def hungry(self) -> list[tuple[int, int]]:
        """(account, how many) to take from disk now: accounts that have some there and room in memory."""
        wanted: list[tuple[int, int]] = []
        free = self._in_memory - self.held
        few = min(_CLAIM, self._per_account // 2)
        for account, backlog in self._spilled.items():
            if free < few:
                break  # asked after each batch of answers: 10,000 accounts that find no room would cost 4 ms
            room = min(self._per_account - backlog.held, free)
            if not backlog.claiming and room >= few:
                wanted.append((account, min(room, _CLAIM)))
                free -= wanted[-1][1]
        return wanted

    def claiming(self, account: int, count: int) -> None:
        backlog = self._backlog(account)
        backlog.claiming, backlog.spilled = True, False
        self._spilled.pop(account, None)
        backlog.held += count
        self.held += count

    def claimed(self, account: int, asked: int, flights: Sequence[Flight]) -> None:
        backlog = self._backlog(account)
        backlog.claiming = False
        if len(flights) == asked:
            self.spilled(account)
        backlog.held -= asked - len(flights)
        self.held -= asked - len(flights)
        for flight in flights:
            self.push(flight)

    def _join(self, flight: Flight) -> _Backlog:
        """Its account's queue, which takes turns from now on."""
        backlog = self._backlog(flight.message.account)
        if not backlog.waiting and not backlog.adopted:
            self._turns.append(flight.message.account)
        return backlog

    def _backlog(self, account: int) -> _Backlog:
        backlog = self._accounts.get(account)
        if backlog is None:
            backlog = self._accounts[account] = _Backlog()
        return backlog


def _age(flight: Flight) -> int:
    return flight.message.id
