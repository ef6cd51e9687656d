"""Reports for sessions, as what is delivered (`smppd.mailbox.Source`): they lie where those for URLs do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from stentor.core import retry
from stentor.core.account import Account, Directory
from stentor.core.ids import Ids
from stentor.core.message import Event, EventKind, Owed
from stentor.core.ports import Clock, Store
from stentor.core.sessions import host_of_account
from stentor.smppd.mailbox import Item
from stentor.smppd.receipts import Dates, deliver_sm


class ReceiptOutbox:
    name = "receipts"

    def __init__(self, *, store: Store, ids: Ids, clock: Clock, directory: Directory, dates: Dates) -> None:
        self._store = store
        self._ids = ids
        self._clock = clock
        self._directory = directory
        self._dates = dates

    def item(self, owed: Owed) -> Item:
        message = owed.message
        account = self._directory.accounts.get(message.account) or Account(id=message.account, name="-")
        message_id = message.client_id or self._ids.public(message.id)
        return Item(self, owed, (deliver_sm(owed, message_id, account, self._dates),), after=message.id)

    async def claim(self, account: int, limit: int) -> list[Item]:
        owed = await self._store.claim_reports(host_of_account(account), self._clock.now_ms(), limit)
        return [self.item(one) for one in owed]

    async def delivered(self, items: Sequence[Item]) -> None:
        await self._store.notified(_ids(items), self._events(items, EventKind.NOTIFIED, "deliver_sm was answered"))

    async def refused(self, items: Sequence[Item]) -> None:
        events = self._events(items, EventKind.NOTIFY_GIVEN_UP, "the customer's session refused it for good")
        await self._store.notified(_ids(items), events)

    async def later(self, items: Sequence[Item]) -> float:
        attempts = min(_owed(item).report.attempts for item in items)
        wait = retry.next_offer(attempts - 1)
        events = self._events(items, EventKind.NOTIFY_FAILED, f"refused for now; next try in {wait // 1000} s")
        await self._store.notify_later(_ids(items), self._clock.now_ms() + wait, events)
        return wait / 1000

    async def put_back(self, items: Sequence[Item]) -> None:
        await self._store.put_back_reports(_ids(items))

    def _events(self, items: Sequence[Item], kind: EventKind, said: str) -> list[Event]:
        now = self._clock.now_ms()
        owed = [_owed(item) for item in items]
        return [Event(one.message.id, now, kind, f"{one.report.kind} report: {said}", one.message) for one in owed]


def _owed(item: Item) -> Owed:
    return cast("Owed", item.row)


def _ids(items: Sequence[Item]) -> list[int]:
    return [_owed(item).report.id for item in items]
