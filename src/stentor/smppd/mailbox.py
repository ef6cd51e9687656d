"""What waits for the sessions of one account, and what is under way on them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol

from stentor.smpp.pdu import Pdu


class Receiver(Protocol):
    """A session that can be given deliver_sm."""

    @property
    def room(self) -> int:
        """How many more it takes now."""

    def deliver(self, pdu: Pdu, errand: Errand) -> None: ...


class Source(Protocol):
    """Where what is delivered lies on disk: reports, inbound messages, results of lookups."""

    name: str

    async def claim(self, account: int, limit: int) -> list[Item]:
        """Take the oldest for this node; each comes back if the program ends before it is delivered."""

    async def delivered(self, items: Sequence[Item]) -> None:
        """Sessions have them: nothing is owed any more."""

    async def refused(self, items: Sequence[Item]) -> None:
        """Sessions said that they never want them."""

    async def later(self, items: Sequence[Item]) -> float:
        """Sessions cannot take them now: back to disk; seconds until they may be looked for again."""

    async def put_back(self, items: Sequence[Item]) -> None:
        """No session is there to take them."""


class Item:
    """One thing to deliver, in one or more deliver_sm.

    `after`: the number of the message it tells of; it waits until the submit_sm_resp of that is out.
    """

    __slots__ = ("after", "left", "pdus", "row", "source")

    def __init__(self, source: Source, row: Any, pdus: Sequence[Pdu], after: int = 0) -> None:
        self.source = source
        self.row = row
        self.pdus = pdus
        self.after = after
        self.left = len(pdus)

    @property
    def open(self) -> bool:
        """Its fate is not decided yet."""
        return self.left >= 0


class Errand:
    """One deliver_sm on its way. `tried`: the session that left it unanswered."""

    __slots__ = ("item", "pdu", "tried")

    def __init__(self, item: Item, pdu: Pdu) -> None:
        self.item = item
        self.pdu = pdu
        self.tried: Receiver | None = None


class Mailbox:
    """One account's line. `held` counts what is in memory until the disk knows its fate."""

    def __init__(self, account: int) -> None:
        self.account = account
        self.receivers: list[Receiver] = []
        self.waiting: deque[Errand] = deque()
        self.held = 0
        self.more: set[str] = set()
        """Sources that may have more on disk."""
        self.claiming = False
        self.soon = False
        self.unanswered: list[int] = []
        """The first numbers that submissions under way may give: what tells of one behind them waits."""
        self._turn = 0

    def next_errand(self) -> Errand | None:
        """The first of the line, without those whose item came to its end by another part."""
        while self.waiting and not self.waiting[0].item.open:
            self.waiting.popleft()
        return self.waiting[0] if self.waiting else None

    def put(self, items: Sequence[Item]) -> None:
        self.waiting.extend([Errand(item, pdu) for item in items for pdu in item.pdus])

    def again(self, errand: Errand) -> None:
        """Before all others."""
        self.waiting.appendleft(errand)

    def next_receiver(self, errand: Errand) -> Receiver | None:
        """In turn among those with room (003 §3.1: "sent equally over all of your currently available sessions").

        One that left it unanswered only when there is no other.
        """
        count = len(self.receivers)
        for step in range(count):
            turn = (self._turn + step) % count
            receiver = self.receivers[turn]
            if receiver.room > 0 and (receiver is not errand.tried or count == 1):
                self._turn = turn + 1
                return receiver
        return None

    def free(self, errand: Errand) -> bool:
        """Whether the response to its message's submit_sm is out."""
        return not self.unanswered or errand.item.after < min(self.unanswered)

    def drain(self) -> list[Item]:
        """Take out everything that waits. Of an item whose other part is under way, that part decides no more."""
        items = {id(errand.item): errand.item for errand in self.waiting if errand.item.open}
        self.waiting.clear()
        return list(items.values())
