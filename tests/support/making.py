"""Records for tests, and the clock they live by."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core.account import Account
from stentor.core.definitions import Book, Credit, Record, Revision
from stentor.core.ids import first_at
from stentor.core.message import Event, EventKind, Message, Move, Report, ReportKind, SentPart, UpstreamReceipt
from stentor.core.notify import host_of
from stentor.core.ports import NewMessages, QueueEntry, Store
from stentor.core.pricing import Price
from stentor.core.routing import Rule, Target

START = 1_750_000_000_000
HOUR = 3_600_000
PRICE = 10_000
CREDIT = 1_000 * PRICE
SWISS = "41793026727"
ACME = Account(id=1, name="acme")
OTHER = Account(id=2, name="other")
HOST = "http://customer.example"
URL = f"{HOST}/reports"

_numbers = count(1)
_revisions = count(1)


class FakeClock:
    """Time that passes only when a test says so."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def now_ms(self) -> int:
        return self.now

    def pass_ms(self, milliseconds: int) -> None:
        self.now += milliseconds


def fresh_id(at: int = START) -> int:
    """Ids in the order they are asked for, made `at` that time."""
    return first_at(at) + (next(_numbers) << 4)


def message(at: int = START, **changes: Any) -> Message:
    made = Message(
        id=fresh_id(at),
        account=1,
        bulk="bulk",
        client_id=None,
        sender="Stentor",
        recipient=SWISS,
        text="hello",
        parts=1,
        mcc_mnc="22801",
        price=PRICE,
        connector="net",
        rule="all",
        status=StatusId.PENDING_ENROUTE,
        error=0,
        sent_at=at,
        done_at=at,
        expires_at=at + 48 * HOUR,
        notify_url=None,
        notify_type="application/json",
        callback_data=None,
        intermediate=False,
        flash=False,
    )
    return replace(made, **changes)


def event(one: Message, kind: EventKind = EventKind.ACCEPTED, detail: str = "why") -> Event:
    return Event(one.id, one.done_at, kind, detail)


def new(*messages: Message, in_hand: bool = False, at: int = START, priority: int = 0) -> NewMessages:
    """A request of the first message's account; final messages do not queue."""
    queue = [
        QueueEntry(m.id, m.account, m.connector, m.sent_at, m.expires_at, in_hand, priority)
        for m in messages
        if m.status in (StatusId.PENDING_ENROUTE, StatusId.PENDING_ACCEPTED)
    ]
    return NewMessages(messages[0].account if messages else 1, at, messages, queue, [event(m) for m in messages])


def sent_part(one: Message, upstream_id: str, number: int = 1, *, completes: bool = True) -> SentPart:
    return SentPart(one.id, number, one.parts, one.connector, upstream_id, one.done_at + 1, completes)


def report(one: Message, at: int = START, *, url: str | None = None, **changes: Any) -> Report:
    made = Report(
        id=fresh_id(at),
        message=one.id,
        account=one.account,
        kind=ReportKind.FINAL,
        status=StatusId.DELIVERED_TO_HANDSET,
        error=0,
        done_at=at,
        url=url,
        host=host_of(url) if url else None,
        content_type="application/json",
        attempts=0,
        due=at,
    )
    return replace(made, **changes)


def final_move(one: Message, status: int = StatusId.DELIVERED_TO_HANDSET, at: int = START, **changes: Any) -> Move:
    made = Move(message=one.id, account=one.account, status=status, error=0, at=at, dequeue=True)
    return replace(made, **changes)


def receipt(upstream_id: str, status: int = StatusId.DELIVERED_TO_HANDSET, **changes: Any) -> UpstreamReceipt:
    return replace(UpstreamReceipt("net", upstream_id, status, 0, START, True, "said"), **changes)


def book(*more: Record) -> list[Record]:
    """Two accounts, a price everywhere, one rule for every message."""
    rule = Rule(name="all", order=1, targets=(Target("net"),))
    return [ACME, OTHER, Price("standard", "*", PRICE), rule, *more]


async def define(store: Store, *wanted: Record, credit: int = CREDIT, gone: Sequence[tuple[str, str]] = ()) -> Revision:
    """A revision that makes it so; accounts that are new get that credit."""
    changes = Book(store.records()).difference(wanted, gone)
    fresh = [change.after for change in changes if change.kind == "account" and change.before is None]
    revision = Revision(next(_revisions), START, "test", "defined", len(changes), changes)
    await store.revise(revision, [Credit(fresh_id(0), account.id, "top-up", credit) for account in fresh])
    return revision
