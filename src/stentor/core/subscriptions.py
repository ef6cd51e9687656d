"""Subscriptions: standing wishes to hear of receipts, inbound messages and lookups (`spec/wire.md` A4, (b)11).

A subscription adds a call to its URL to whatever else is done with what it asks for; the call is written in the
transaction of what it tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Protocol

import msgspec

from stentor.core.calls import Call, owed
from stentor.core.errors import InvalidField, NotFound
from stentor.core.ids import Ids
from stentor.core.inbound import Inbound
from stentor.core.lifecycle import is_final
from stentor.core.lookup.records import LookupResult
from stentor.core.message import Message, Move
from stentor.core.notify import MAX_URL, callable_url
from stentor.core.numbers import bare, first_word
from stentor.core.ports import Clock

SUBSCRIPTION = b"subscription"
"""The kind of its public ids (`core.ids`)."""
MAX_SUBSCRIPTIONS = 100
"""Of one account and kind."""
MAX_CALLBACK_DATA = 4_000
MAX_TEXT = 100
Kind = Literal["receipt", "inbound", "lookup"]


class Subscription(msgspec.Struct, frozen=True, gc=False):
    """The order of the fields is the order of the columns of table `subscription`."""

    id: int
    account: int
    kind: Kind
    address: str
    """Sender of the messages whose receipts are told, or the number that phones write to; empty: any."""
    criteria: str
    """The first word of the text, in capitals or not, whatever punctuation is around it; empty: any."""
    url: str
    callback_data: str | None
    added_at: int

    @property
    def wish(self) -> tuple[object, ...]:
        """What makes two of them the same."""
        return (self.account, self.kind, self.address, self.criteria, self.url, self.callback_data)

    def wants(self, address: str, text: str) -> bool:
        return self.address in ("", address) and (not self.criteria or _begins(text, self.criteria.casefold()))


class SubscriptionStore(Protocol):
    """What writes returns once it is durable."""

    def all(self) -> list[Subscription]: ...

    async def add(self, subscription: Subscription, most: int) -> Subscription | None:
        """The one that is there now: this one, or an earlier one of the same wish; None when the account has `most`
        of that kind.
        """

    async def remove(self, number: int) -> None: ...

    async def tell(self, calls: Sequence[Call]) -> None:
        """Calls that tell of nothing that is written at the same time."""


class Renderer(Protocol):
    """Pushes in the dialect of the subscriptions: a body of `content_type`."""

    content_type: str

    def receipt(self, message: Message, status: int, callback_data: str | None) -> bytes: ...

    def inbound(self, inbound: Inbound, callback_data: str | None) -> bytes: ...

    def lookup(self, result: LookupResult, callback_data: str | None) -> bytes: ...


class Subscriptions:
    """All subscriptions, in memory too: the way of a message costs nothing where nobody subscribed."""

    def __init__(self, *, store: SubscriptionStore, ids: Ids, clock: Clock, renderer: Renderer) -> None:
        self._store = store
        self._ids = ids
        self._clock = clock
        self._renderer = renderer
        self.calls_wait: Callable[[], None] = lambda: None
        """Told when calls to URLs were written."""
        self._of: dict[int, list[Subscription]] = {}
        for one in store.all():
            self._of.setdefault(one.account, []).append(one)

    async def subscribe(
        self, account: int, kind: Kind, *, url: str, address: str = "", criteria: str = "", data: str | None = None
    ) -> Subscription:
        """One that is there already stands for both: clients subscribe again at each of their starts."""
        now = self._clock.now_ms()
        number = self._ids.take(now)[0]
        new = Subscription(number, account, kind, bare(address), criteria.strip(), url, data, now)
        _check(new)
        there = next((one for one in self.of(account, kind) if one.wish == new.wish), None)
        if there is not None:
            return there
        kept = await self._store.add(new, MAX_SUBSCRIPTIONS)
        if kept is None:
            raise InvalidField("notifyURL", f"There are {MAX_SUBSCRIPTIONS} subscriptions already, no more are taken.")
        self._keep(kept)
        return kept

    def forget(self, account: int) -> None:
        """The account came or went: the store has dropped what there was of it, in the same transaction."""
        self._of.pop(account, None)

    def of(self, account: int, kind: Kind) -> list[Subscription]:
        return [one for one in self._of.get(account, ()) if one.kind == kind]

    def public(self, subscription: Subscription) -> str:
        return self._ids.public(subscription.id, SUBSCRIPTION)

    def find(self, account: int, public: str, kinds: Iterable[Kind]) -> Subscription:
        """`NotFound` for what is not the account's."""
        number = self._ids.number(public, SUBSCRIPTION)
        for kind in kinds:
            for one in self.of(account, kind):
                if one.id == number:
                    return one
        raise NotFound("Subscription not found")

    async def unsubscribe(self, subscription: Subscription) -> None:
        """From now on nobody is told, and the same wish made meanwhile is a new one: it does not stand on this one."""
        left = [one for one in self._of.get(subscription.account, ()) if one.id != subscription.id]
        self._of[subscription.account] = left
        try:
            await self._store.remove(subscription.id)
        except Exception:
            self._keep(subscription)
            raise

    def _keep(self, subscription: Subscription) -> None:
        there = self._of.setdefault(subscription.account, [])
        if subscription not in there:
            there.append(subscription)

    def receipts(self, move: Move, message: Message) -> Sequence[Call]:
        """What a move of a message owes."""
        if message.account not in self._of or move.status is None or not is_final(move.status):
            return ()
        status = move.status
        wanting = self._wanting(message.account, "receipt", bare(message.sender), message.text)
        return self._calls(
            wanting, "receipt", message.id, lambda one: self._renderer.receipt(message, status, one.callback_data)
        )

    def inbound(self, inbound: Inbound) -> Sequence[Call]:
        """What a message from a phone owes."""
        if inbound.account not in self._of:
            return ()
        wanting = self._wanting(inbound.account, "inbound", inbound.recipient, inbound.text)
        return self._calls(
            wanting, "inbound", inbound.id, lambda one: self._renderer.inbound(inbound, one.callback_data)
        )

    async def tell_lookups(self, account: int, results: Sequence[LookupResult]) -> None:
        """Write what results owe that somebody waited for."""
        wanting = self.of(account, "lookup")
        await self._tell([call for result in results for call in self._of_lookup(wanting, result)])

    async def tell_url(self, url: str, result: LookupResult, data: str | None) -> None:
        """The same for a result that is there already when its URL was to be told later."""
        once = Subscription(0, result.account, "lookup", "", "", url, data, 0)
        await self._tell(self._of_lookup([once], result))

    async def _tell(self, calls: Sequence[Call]) -> None:
        if calls:
            await self._store.tell(calls)
            self.calls_wait()

    def _of_lookup(self, wanting: Sequence[Subscription], result: LookupResult) -> Sequence[Call]:
        return self._calls(wanting, "lookup", result.id, lambda one: self._renderer.lookup(result, one.callback_data))

    def _wanting(self, account: int, kind: Kind, address: str, text: str) -> list[Subscription]:
        return [one for one in self.of(account, kind) if one.wants(address, text)]

    def _calls(
        self, wanting: Sequence[Subscription], about: str, subject: int, body: Callable[[Subscription], bytes]
    ) -> Sequence[Call]:
        if not wanting:
            return ()
        now = self._clock.now_ms()
        kind = self._renderer.content_type
        return [
            owed(number, one.account, about, subject, one.url, at=now, content_type=kind, body=body(one))
            for one, number in zip(wanting, self._ids.take(now, len(wanting)), strict=True)
        ]


def _begins(text: str, word: str) -> bool:
    """With punctuation around the word or without, as with the keywords of a number; `word` may have its own."""
    return word in (first_word(text)[0], next(iter(text.split(maxsplit=1)), "").casefold())


def _check(new: Subscription) -> None:
    if not callable_url(new.url):
        shown = f"{new.url[:100]!r} is not an http or https URL of at most {MAX_URL} characters."
        raise InvalidField("notifyURL", shown)
    if new.callback_data and len(new.callback_data) > MAX_CALLBACK_DATA:
        raise InvalidField("callbackData", f"Length is limited to {MAX_CALLBACK_DATA} characters.")
    for field, text in (("address", new.address), ("criteria", new.criteria)):
        if len(text) > MAX_TEXT:
            raise InvalidField(field, f"Length is limited to {MAX_TEXT} characters.")
    if len(new.criteria.split()) > 1:
        raise InvalidField("criteria", f"{new.criteria!r} is not one word, the first one of the texts that are wanted.")
