"""A data folder with something of everything: messages in every state, reports, receipts, history, money.

The dumps of this folder hold what `fill` wrote with the programs of their time. After its migration a dump must tell
what `fill` writes today. New content is added at the end, so that what older dumps hold stays comparable.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

from stentor.catalogue import StatusId
from stentor.core.ids import first_at
from stentor.core.message import Event, EventKind, Message, Report, ReportKind
from stentor.core.ports import HeldReceipt, ReportFilter, Store
from stentor.storage.sqlite import SqliteStore
from support.making import HOST, HOUR, START, URL, final_move, message, new, receipt, report, sent_part
from upgrade.defined import define

SECRET = bytes(range(32))
"""The installation's key, so that public ids are the same in every dump."""
FOR_EVER = 9_999_999_999_000
NOW = START + 10
FAILED = StatusId.UNDELIVERABLE_NOT_DELIVERED


async def fill(folder: Path) -> None:
    """As the program leaves the folder when it is killed: leases are still held."""
    folder.mkdir(parents=True, exist_ok=True)
    store = SqliteStore(folder)
    store._connection.execute("INSERT INTO setting VALUES ('secret', ?)", (SECRET,))
    await define(store)
    lives = Lives(store)
    await _waiting(lives)
    await _sent(lives)
    await _final(lives)
    await store.hold([HeldReceipt(7, receipt("early")), HeldReceipt(8, receipt("late", final=False, error=27))])
    await store.claim_reports(HOST, NOW, 1)
    await store.close()


class Lives:
    """Steps of messages' lives, as the engine takes them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._places = count(1)

    async def accepted(self, name: str | None, *, in_hand: bool = False, **changes: Any) -> Message:
        one = self._made(name, **changes)
        await self.store.accept(new(one, in_hand=in_hand))
        return one

    async def accepted_together(self, *names: str, **changes: Any) -> list[Message]:
        """Several destinations of one request."""
        several = [self._made(name, **changes) for name in names]
        await self.store.accept(new(*several))
        return several

    def _made(self, name: str | None, **changes: Any) -> Message:
        number = first_at(START) + (next(self._places) << 4)
        return message(START, id=number, client_id=name, bulk=f"bulk {name}", **{"expires_at": FOR_EVER, **changes})

    async def sent(self, name: str, *, only: int | None = None, **changes: Any) -> Message:
        """`only`: so many of its parts."""
        one = await self.accepted(name, **changes)
        numbers = range(1, (only or one.parts) + 1)
        parts = [sent_part(one, f"up-{name}-{number}", number, completes=number == one.parts) for number in numbers]
        await self.store.sent(parts, [Event(one.id, NOW, EventKind.SENT, f"{len(parts)} to net")])
        return one

    async def step(self, one: Message, status: int | None, error: int = 0, **changes: Any) -> None:
        told = Event(one.id, NOW, EventKind.RECEIPT, f"status {status}")
        await self.store.move(
            [final_move(one, at=NOW, **{"status": status, "error": error, "events": (told,), **changes})]
        )


def owed(one: Message, **changes: Any) -> Report:
    return report(one, NOW, id=one.id, **changes)


async def _waiting(lives: Lives) -> None:
    await lives.accepted("queued")
    await lives.accepted("queued flash", account=2, flash=True, callback_data="order 7", price=0)
    await lives.accepted("in hand", in_hand=True)
    await lives.accepted("scheduled", status=StatusId.PENDING_ACCEPTED, sent_at=START + HOUR)
    refused = await lives.accepted("refused for now", in_hand=True)
    await lives.step(refused, StatusId.PENDING_ENROUTE, 34, due=START + HOUR, dequeue=False)
    half = await lives.sent("half sent", parts=3, only=1, text="x" * 400)
    await lives.step(half, StatusId.PENDING_ENROUTE, 34, due=START, dequeue=False)
    await lives.accepted(None, text="Zażółć gęślą jaźń 😀")


async def _sent(lives: Lives) -> None:
    await lives.sent("sent")
    one = await lives.sent("one of two parts delivered", parts=2, text="ж" * 100, notify_url=URL, intermediate=True)
    progress = owed(one, url=URL, kind=ReportKind.INTERMEDIATE, status=3, error=27)
    await lives.step(one, None, 27, dequeue=False, part=1, part_status=5, report=progress)


async def _final(lives: Lives) -> None:
    delivered = StatusId.DELIVERED_TO_HANDSET
    pulled = await lives.sent("delivered, pulled")
    await lives.step(pulled, delivered, part=1, part_status=5, report=owed(pulled))
    await (await lives.store.take_reports(1, ReportFilter(), NOW)).given()
    one = await lives.sent("delivered, to be pulled", mcc_mnc=None)
    await lives.step(one, delivered, part=1, part_status=5, report=owed(one))
    pushed = await lives.sent("delivered, to be pushed", notify_url=URL, notify_type="application/xml")
    again = owed(pushed, url=URL, content_type="application/xml", attempts=2, due=START + HOUR)
    await lives.step(pushed, delivered, part=1, part_status=5, report=again)
    await lives.store.notify_later([pushed.id], START + HOUR, [Event(pushed.id, NOW, EventKind.NOTIFY_FAILED, "503")])
    failed = await lives.sent("undeliverable", notify_url=URL)
    in_turn = owed(failed, url=URL, status=FAILED, error=27)
    await lives.step(failed, FAILED, 27, part=1, part_status=FAILED, part_error=27, report=in_turn)
    late = await lives.accepted("expired", in_hand=True)
    await lives.step(late, StatusId.EXPIRED_EXPIRED, 4101, refund=late.charge, report=owed(late))
    await lives.accepted("no route", status=StatusId.REJECTED_ROUTE_NOT_AVAILABLE, price=0, connector="", rule="")
    await lives.accepted("no credit", price=5_000_000_000)
    together = await lives.accepted_together("first of three", "second of three", "third of three")
    await lives.step(together[1], StatusId.EXPIRED_EXPIRED, 4101, refund=together[1].charge)
