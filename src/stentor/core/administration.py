"""Change what is defined: check, write as one revision, follow at once. Every door of administration comes here.

A revision says who changed what and when; the newest ones can be undone, and all of them are the audit log.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from stentor.core import money
from stentor.core.account import Account
from stentor.core.consistency import CheckLink, check
from stentor.core.definitions import Book, Change, Changed, Credit, Record, Revision
from stentor.core.errors import Conflict, InvalidField, NotFound
from stentor.core.ids import Ids
from stentor.core.ports import Clock, Store
from stentor.core.pricing import OWN
from stentor.core.rulebook import Rulebook

T = TypeVar("T")

NEWEST = (1 << 63) - 1
TOP_UP = "top-up"
CORRECTION = "correction"
OPENING = "opening credit"
_PORTION = 250
_WORDS = {"blocked": "blocked number", "key": "API key"}
"""Kinds whose names are not what people call them."""

Wanted = Callable[[], Awaitable[Iterable[Record]]]
"""Asked when its turn has come, so that nothing changes between what it looks at and what is written."""
Follow = Callable[[Sequence[Change]], Awaitable[None]]
"""Told of each revision once it is on disk and in the rulebook: connectors are started and stopped by it."""


class Payment(msgspec.Struct, frozen=True):
    """Micros to an account, or from it when negative."""

    account: str
    amount: int
    note: str = ""


class Pace(msgspec.Struct, frozen=True):
    """How administration keeps out of the way: `turn` lets one revision at a time, `pause` lets others work."""

    turn: AbstractAsyncContextManager[Any]
    pause: Callable[[], Awaitable[None]]


class Administration:
    """One revision at a time, so that each is checked against what the one before it left."""

    def __init__(
        self,
        *,
        store: Store,
        rulebook: Rulebook,
        ids: Ids,
        clock: Clock,
        check_link: CheckLink,
        follow: Follow,
        pace: Pace,
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self._ids = ids
        self._clock = clock
        self._check_link = check_link
        self._follow = follow
        self._numbers = store.numbers()
        self._last: int | None = None
        self._pace = pace

    async def revise(
        self,
        operator: str,
        action: str,
        wanted: Iterable[Record] | Wanted = (),
        *,
        gone: Iterable[tuple[str, str]] = (),
        openings: Sequence[Payment] = (),
        preview: bool = False,
    ) -> Revision:
        """Make it so that `wanted` are there and `gone` are not. `preview`: only say what would change.

        `openings` are paid in to accounts that were never there before.
        """
        async with self._pace.turn:
            records = [*(await wanted() if callable(wanted) else wanted)]
            numbered = self._numbering()
            changes: list[Change] = []
            async for portion in self._portions(records):
                changes += self.book.difference(map(numbered, portion))
            changes += self.book.difference((), gone)
            return await self._carry_out(operator, action, changes, openings, preview=preview)

    async def undo(self, operator: str, number: int, *, preview: bool = False) -> Revision:
        """Take a revision back. `Conflict` when something it changed was changed again since."""
        async with self._pace.turn:
            undone = await self._store.revision(number)
            if undone is None:
                raise NotFound(f"there is no revision {number}")
            if not undone.changes:
                raise Conflict(f"revision {number} ({undone.action}) changed no definition that could be taken back")
            async for portion in self._portions(undone.changes):
                for change in portion:
                    if self.book.get(change.kind, change.key) != change.after:
                        raise Conflict(f"{change.kind} {change.key} was changed again since revision {number}")
            changes = [change.reversed() for change in reversed(undone.changes)]
            return await self._carry_out(operator, f"undo of revision {number}", changes, (), preview=preview)

    async def pay(self, operator: str, payment: Payment) -> int:
        """Give credit to an account or take it back; its balance afterwards. Never below nothing."""
        async with self._pace.turn:
            account = self.account(payment.account)
            if not payment.amount:
                raise InvalidField("amount", "nothing to pay.")
            if self._store.balance(account.id) + payment.amount < 0:
                raise InvalidField("amount", "the account has less than that.")
            words = f"credit of {account.name}: {money.plain(payment.amount)} {account.currency}"
            note = f" ({payment.note})" if payment.note else ""
            await self._write(operator, words + note, (), [self._credit(payment, account.id)])
        return self._store.balance(account.id)

    async def note(self, operator: str, action: str) -> None:
        """Something an operator did that changes no definition, for the audit log."""
        async with self._pace.turn:
            await self._write(operator, action, (), ())

    def account(self, name: str) -> Account:
        """`NotFound` when there is none."""
        found: Account | None = self._rulebook.directory.named.get(name)
        if found is None:
            raise NotFound(f"no account is called {name[:64]!r}")
        return found

    def get(self, kind: str, key: str) -> Any:
        """One definition; `NotFound` when there is none."""
        found = self._rulebook.book.get(kind, key)
        if found is None:
            raise NotFound(f"there is no {_WORDS.get(kind, kind)} {key[:100]!r}")
        return found

    @property
    def book(self) -> Book:
        return self._rulebook.book

    async def _carry_out(
        self, operator: str, action: str, changes: list[Change], openings: Sequence[Payment], *, preview: bool
    ) -> Revision:
        changes = [*changes, *self._orphans(changes)]
        view = Changed(self.book, changes)
        async for portion in self._portions(changes):
            check(view, portion, self._check_link)
        if preview or not changes:
            return Revision(0, self._clock.now_ms(), operator, action, len(changes), changes)
        accounts = {change.key: change.after.id for change in changes if isinstance(change.after, Account)}
        fresh = accounts.keys() - self._numbers.keys()
        paid = [self._credit(one, accounts[one.account]) for one in openings if one.amount and one.account in fresh]
        revision = await self._write(operator, action, changes, paid)
        self._numbers |= accounts
        async for portion in self._portions(changes):
            self._rulebook.apply(portion)
        await self._follow(changes)
        return revision

    async def _write(self, operator: str, action: str, changes: Sequence[Change], paid: Sequence[Credit]) -> Revision:
        if self._last is None:
            newest = await self._store.revisions(None, NEWEST, 1)
            self._last = newest[0].number if newest else 0
        revision = Revision(self._last + 1, self._clock.now_ms(), operator, action, len(changes), changes)
        self._last += 1
        await self._store.revise(revision, paid)
        return revision

    async def _portions(self, all_: Sequence[T]) -> AsyncIterator[Sequence[T]]:
        """A revision of 100,000 prices goes to its end in steps of a millisecond or two, between messages."""
        for start in range(0, len(all_), _PORTION):
            yield all_[start : start + _PORTION]
            await self._pace.pause()

    def _orphans(self, changes: Sequence[Change]) -> list[Change]:
        """An account that goes takes its logins, keys, own prices and black list with it."""
        names = {change.key for change in changes if change.kind == "account" and change.after is None}
        if not names:
            return []
        known = {(change.kind, change.key) for change in changes}
        lists = tuple(f"{OWN}{name}/" for name in names)
        owned = [("price", key) for key in self.book.of("price") if key.startswith(lists)]
        owned += [
            (kind, key)
            for kind in ("user", "key", "blocked")
            for key, record in self.book.of(kind).items()
            if record.account in names
        ]
        return self.book.difference((), (one for one in owned if one not in known))

    def _numbering(self) -> Callable[[Record], Record]:
        """An account that was there before gets its number again, and with it its balance; others the next ones."""
        first = max(self._numbers.values(), default=0) + 1
        fresh: dict[str, int] = {}

        def numbered(record: Record) -> Record:
            if not isinstance(record, Account):
                return record
            known = self._numbers.get(record.name) or fresh.setdefault(record.name, first + len(fresh))
            return replace(record, id=known)

        return numbered

    def _credit(self, payment: Payment, account: int) -> Credit:
        kind = TOP_UP if payment.amount > 0 else CORRECTION
        return Credit(self._ids.take(self._clock.now_ms())[0], account, kind, payment.amount, payment.note)
