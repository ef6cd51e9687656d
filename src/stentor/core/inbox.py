"""Messages from phones (MO): put together, given to their owner by number and keyword, written down, then answered.

The upstream hears that a part is taken once it is on disk: a crash may bring a message twice and never loses one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import msgspec
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core.account import Account
from stentor.core.assembly import Assemblies, Batch, InboundPart, KeptPart, joined
from stentor.core.calls import Call, owed
from stentor.core.forwarding import by_template
from stentor.core.ids import INBOUND, Ids
from stentor.core.inbound import NOBODY, Inbound
from stentor.core.message import Event, EventKind, Message
from stentor.core.numbers import CALLS, Owner, bare, owner_of
from stentor.core.ports import Clock
from stentor.core.pulling import Pulled
from stentor.core.rulebook import Rulebook

__all__ = ["NOBODY", "Inbound", "InboundForSessions", "Inbox", "InboxFilter", "InboxStore", "Received"]

NO_KEYWORD = "NO_KEYWORD"
"""Filter for the messages that have none (`spec/xml.md` 2)."""
_MOST_WAITING = 10_000
"""Messages that wait for parts; with more, the oldest go on as they are."""


class InboxFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Filters of GET /sms/1/inbox/logs."""

    since: int
    until: int | None = None
    recipients: tuple[str, ...] = ()
    keyword: str | None = None
    limit: int = 50


class Received(msgspec.Struct, frozen=True):
    """Everything that a few parts write, as one unit."""

    messages: Sequence[Inbound]
    calls: Sequence[Call]
    kept: Sequence[KeptPart]
    done: Sequence[int]
    """Assemblies whose message went on: the contents of their parts are forgotten."""
    gone: Sequence[int]
    """Assemblies that are forgotten as a whole, before `kept` is written."""


class InboxStore(Protocol):
    """Where messages from phones are kept. What writes returns once it is durable."""

    async def receive(self, received: Received) -> None: ...

    def parts(self) -> list[KeptPart]:
        """Of messages that wait for more, and of those that went on lately."""

    async def take(self, account: int, limit: int) -> Pulled[Inbound]:
        """Pull, oldest first: each is given once."""

    async def pending(self, account: int) -> int:
        """How many wait to be pulled."""

    async def logs(self, account: int, wanted: InboxFilter) -> list[Inbound]:
        """Newest first."""

    async def holders(self) -> list[int]:
        """The accounts that have messages, of deleted ones too."""

    async def purge(self, account: int, before: int, unpulled: int, limit: int) -> int:
        """Forget messages of before that time; those that wait to be taken only from `unpulled` on. How many."""

    async def erase(self, number: str) -> tuple[int, int]:
        """Forget the messages from and to a number; how many, and how many stay because a call is still owed."""


class InboundForSessions(Protocol):
    """Messages for accounts that take them over SMPP. What is claimed comes back after a crash."""

    def waiting_accounts(self) -> list[int]:
        """Accounts with messages that nobody has claimed."""

    async def claim(self, account: int, limit: int) -> list[Inbound]:
        """Take the oldest ones for this node."""

    async def delivered(self, ids: Sequence[int]) -> None:
        """A session took them: they are given once."""

    async def put_back(self, ids: Sequence[int]) -> None:
        """Give claimed ones back."""


class InboxRenderer(Protocol):
    """Messages in the words of the documents."""

    def moment(self, milliseconds: int) -> str:
        """A time for %datetime%."""

    def pushed(self, inbound: Inbound, account: Account, way: str) -> tuple[str, bytes]:
        """Content type and body of a POST; `way` is "json" or "xml"."""


class Counts:
    """Since the start."""

    def __init__(self) -> None:
        self.parts: Counter[str] = Counter()
        """By connector."""
        self.received: Counter[str] = Counter()
        """Messages by the way they go; "nobody" for numbers without owner."""
        self.repeated = 0


class Inbox:
    """The use case. Calls of `receive` and `expire` come one after another (see `engine.inbox`)."""

    def __init__(
        self,
        *,
        store: InboxStore,
        rulebook: Rulebook,
        ids: Ids,
        clock: Clock,
        renderer: InboxRenderer,
        wait_ms: int,
        publish: Callable[[Sequence[Event]], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self._ids = ids
        self._clock = clock
        self._renderer = renderer
        self._wait_ms = wait_ms
        self._publish = publish
        self._assemblies = Assemblies(store.parts())
        self.counts = Counts()
        self.calls_wait: Callable[[], None] = _nothing
        """Told when calls to URLs were written."""
        self.sessions_wait: Callable[[Iterable[int]], None] = lambda _: None
        """Told the accounts that have new messages for SMPP sessions."""
        self.subscribed: Callable[[Inbound], Sequence[Call]] = lambda _: ()
        """What subscriptions are owed for a message; one that they take does not wait to be pulled as well."""

    @property
    def incomplete(self) -> int:
        """Messages that wait for parts."""
        return len(self._assemblies)

    def owner(self, recipient: str, text: str) -> Owner:
        """Whose a message would be."""
        return owner_of(self._rulebook.book.get("number", bare(recipient)), text)

    async def receive(self, parts: Sequence[InboundPart]) -> list[Inbound]:
        """Write down what came; returns the messages that are whole now."""
        batch = Batch(self._assemblies)
        for part, fresh in zip(parts, self._ids.take(self._clock.now_ms(), len(parts)), strict=True):
            batch.put(part, fresh)
        found = await self._write(batch)
        self.counts.parts.update(part.connector for part in parts)
        self.counts.repeated += batch.repeated
        return found

    async def expire(self) -> list[Inbound]:
        """Messages whose other parts do not come go on as they are (and the memory of complete ones ends)."""
        batch = Batch(self._assemblies)
        for assembly in list(self._assemblies.older(self._clock.now_ms() - self._wait_ms)):
            batch.give_up(assembly)
        for assembly in self._assemblies.surplus(_MOST_WAITING):
            if assembly.key not in batch.changed:
                batch.give_up(assembly)
        return await self._write(batch) if batch.changed else []

    async def _write(self, batch: Batch) -> list[Inbound]:
        decided = [self._decide(parts) for parts in batch.whole]
        messages = [inbound for inbound, _ in decided]
        calls = [call for _, owed_for in decided for call in owed_for]
        await self._store.receive(Received(messages, calls, batch.kept, batch.done, batch.gone))
        self._assemblies.adopt(batch)
        self._tell(messages, calls)
        return messages

    def _tell(self, messages: Sequence[Inbound], calls: Sequence[Call]) -> None:
        self.counts.received.update("nobody" if one.account == NOBODY else one.way for one in messages)
        self._publish([self._event(one) for one in messages])
        if calls:
            self.calls_wait()
        if accounts := {one.account for one in messages if one.way == "smpp" and one.account != NOBODY}:
            self.sessions_wait(accounts)

    def _decide(self, parts: Sequence[InboundPart]) -> tuple[Inbound, list[Call]]:
        whole = joined(parts)
        recipient = bare(whole.part.recipient)
        owner = self.owner(recipient, whole.text)
        account = self._rulebook.directory.named.get(owner.account) if owner.account is not None else None
        now = self._clock.now_ms()
        number, called = self._ids.take(now, 2)
        inbound = Inbound(
            number,
            account.id if account else NOBODY,
            bare(whole.part.sender),
            recipient,
            whole.text,
            owner.clean_text,
            owner.keyword,
            whole.data,
            whole.data_coding,
            whole.esm_class,
            now,
            whole.parts,
            0,
            whole.part.connector,
            owner.way if account else "pull",
            owner.callback_data,
        )
        call = self._call(called, inbound, owner, account) if account else None
        more = self.subscribed(inbound)
        if more and inbound.way == "pull":
            inbound = replace(inbound, way="json")
        return inbound, [*([] if call is None else [call]), *more]

    def _call(self, number: int, inbound: Inbound, owner: Owner, account: Account) -> Call | None:
        if owner.way not in CALLS or owner.url is None:
            return None
        at = inbound.received_at
        if owner.way in ("get", "post"):
            message_id = self._ids.public(inbound.id, INBOUND)
            moment = self._renderer.moment(at)
            return by_template(number, owner.url, inbound, message_id, moment, post=owner.way == "post", at=at)
        content_type, body = self._renderer.pushed(inbound, account, owner.way)
        return owed(number, account.id, "inbound", inbound.id, owner.url, at=at, content_type=content_type, body=body)

    def _event(self, inbound: Inbound) -> Event:
        """For those who watch; without what was written in it."""
        keyword = f" with keyword {inbound.keyword}" if inbound.keyword else ""
        goes = "nobody owns the number" if inbound.account == NOBODY else f"goes by {inbound.way}"
        detail = f"{inbound.parts} SMS from {inbound.connector}{keyword}: {goes}"
        public = self._ids.public(inbound.id, INBOUND)
        return Event(inbound.id, inbound.received_at, EventKind.RECEIVED, detail, _watched(inbound, public))


def _watched(inbound: Inbound, public: str) -> Message:
    """As the feed knows messages."""
    at = inbound.received_at
    return Message(
        inbound.id, inbound.account, "", public, inbound.sender, inbound.recipient, "", inbound.parts, None, 0,
        inbound.connector, "", StatusId.DELIVERED, 0, at, at, at, None, "", None, False, False,
    )  # fmt: skip


def _nothing() -> None:
    return
