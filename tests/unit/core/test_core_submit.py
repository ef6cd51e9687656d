"""The use case over the real store; what is handed to dispatch is written down by a recorder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core import submit as rules
from stentor.core.account import Account
from stentor.core.content import Extra
from stentor.core.errors import InvalidField, StoreUnavailable, Throttled
from stentor.core.ids import Ids
from stentor.core.message import Message
from stentor.core.ports import LogFilter
from stentor.core.routing import Rule, Target
from stentor.core.rulebook import Rulebook
from stentor.core.submit import Acceptance, Destination, Outgoing, Submission, Submit
from stentor.engine.turns import PORTION, Turns
from stentor.storage.sqlite import SqliteStore
from support.making import ACME, HOUR, PRICE, START, SWISS, FakeClock, book, message, new
from support.opening import opened

CREDIT = 1_000 * PRICE
AMERICAN = "14155550123"


class Recorder:
    """Implements `core.ports.Handoff` with room for so many messages."""

    def __init__(self) -> None:
        self.room = 1_000
        self.reserved = 0
        self.pushed: list[Message] = []
        self.priorities: list[int] = []
        self.spills: list[tuple[str, int, int]] = []

    def reserve(self, _connector: str, _account: int, _priority: int) -> bool:
        if self.reserved >= self.room:
            return False
        self.reserved += 1
        return True

    def release(self, _connector: str, _account: int, _priority: int) -> None:
        self.reserved -= 1

    def push(self, message: Message, priority: int) -> None:
        self.pushed.append(message)
        self.priorities.append(priority)

    def spilled(self, connector: str, account: int, priority: int) -> None:
        self.spills.append((connector, account, priority))


class Desk:
    """What a door needs to submit."""

    def __init__(self, store: SqliteStore, clock: FakeClock) -> None:
        self.store, self.clock, self.handoff = store, clock, Recorder()
        self.rulebook = Rulebook(book())
        self.ids = Ids(b"s" * 32)
        self.turns = Turns(clock)
        self.submit = Submit(
            rulebook=self.rulebook,
            store=store,
            handoff=self.handoff,
            ids=self.ids,
            clock=clock,
            turns=self.turns,
        )

    async def send(self, *to: str, account: Account = ACME, bulk: str | None = None, **options: Any) -> Acceptance:
        ids = options.pop("ids", [None] * len(to))
        destinations = [Destination(one, number) for one, number in zip(to, ids, strict=True)]
        outgoing = Outgoing(destinations=destinations, **{"text": "hello", "sender": "Stentor", **options})
        return await self.submit(Submission(account, [outgoing], bulk))

    async def statuses(self, *to: str, **options: Any) -> list[int]:
        return [one.status for one in (await self.send(*to, **options)).messages]

    async def logged(self) -> list[Message]:
        return await self.store.logs(1, LogFilter(since=0))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock = FakeClock()
    async with opened(tmp_path) as store:
        yield Desk(store, clock)


async def test_an_accepted_message(desk: Desk) -> None:
    answer = (await desk.send(f"+{SWISS}", callback_data="data", flash=True)).messages[0]
    assert (answer.to, answer.status, answer.parts) == (SWISS, StatusId.MESSAGE_ACCEPTED, 1)
    written = await desk.logged()
    assert desk.handoff.pushed == written
    assert desk.ids.number(answer.message_id) == written[0].id
    assert (written[0].status, written[0].connector, written[0].rule) == (StatusId.PENDING_ENROUTE, "net", "all")
    assert (written[0].price, written[0].mcc_mnc, written[0].flash) == (PRICE, "22801", True)
    assert written[0].expires_at == START + 48 * HOUR
    assert desk.store.balance(1) == CREDIT - PRICE


async def test_the_account_chooses_the_answer(desk: Desk) -> None:
    account = replace(ACME, accepted_status=StatusId.PENDING_ENROUTE)
    assert await desk.statuses(SWISS, account=account) == [StatusId.PENDING_ENROUTE]


BLOCKING = replace(ACME, blocked_senders=("Stentor",))
LISTING = replace(ACME, senders=("Else",))
POOR = replace(ACME, plan="unpriced")


@pytest.mark.parametrize(
    ("to", "options", "status"),
    [
        ("", {}, StatusId.MISSING_TO),
        ("+", {}, StatusId.MISSING_TO),
        ("41abc", {}, StatusId.REJECTED_DESTINATION_INVALID),
        ("4179", {}, StatusId.REJECTED_DESTINATION_INVALID),
        ("0793026727", {}, StatusId.REJECTED_PREFIX_MISSING),
        (SWISS, {"sender": "ab"}, StatusId.REJECTED_SOURCE),
        (SWISS, {"sender": None}, StatusId.REJECTED_SOURCE),
        (SWISS, {"account": LISTING}, StatusId.REJECTED_SOURCE),
        (SWISS, {"account": BLOCKING}, StatusId.REJECTED_SENDER),
        (SWISS, {"account": POOR}, StatusId.REJECTED_NETWORK),
        (SWISS, {"text": "a" * 153 * 256}, StatusId.REJECTED_MESSAGE_TOO_LONG),
        (SWISS, {"send_at": START + HOUR}, StatusId.PENDING_ACCEPTED),
        (SWISS, {"send_at": START}, StatusId.MESSAGE_ACCEPTED),
        (SWISS, {"send_at": START - HOUR}, StatusId.MESSAGE_ACCEPTED),
        (SWISS, {"text": ""}, StatusId.MESSAGE_ACCEPTED),
        (SWISS, {"text": "a" * 153 * 255, "account": ACME}, StatusId.MESSAGE_ACCEPTED),
    ],
)
async def test_what_becomes_of_one(desk: Desk, to: str, options: dict[str, Any], status: int) -> None:
    assert await desk.statuses(to, **options) == [status]
    refused = status not in (StatusId.MESSAGE_ACCEPTED, StatusId.PENDING_ACCEPTED)
    logged = await desk.logged()
    assert len(logged) == 1
    assert desk.store.queued() == (0 if refused else 1)
    if refused:
        assert (logged[0].price, logged[0].status) == (0, status)
        assert desk.store.balance(1) == CREDIT
        assert desk.handoff.reserved == 0


async def test_no_route(desk: Desk) -> None:
    american = Rule(name="all", order=1, targets=(Target("net"),), country="US")
    desk.rulebook.apply(desk.rulebook.book.difference([american]))
    assert await desk.statuses(SWISS, AMERICAN) == [StatusId.REJECTED_ROUTE_NOT_AVAILABLE, StatusId.MESSAGE_ACCEPTED]


async def test_a_default_sender(desk: Desk) -> None:
    assert await desk.statuses(SWISS, sender=None, account=replace(ACME, default_sender="Acme")) == [0]
    assert (await desk.logged())[0].sender == "Acme"


async def test_not_enough_credit(desk: Desk) -> None:
    await desk.store.accept(new(message(START - HOUR, price=CREDIT - PRICE)))
    assert await desk.statuses(SWISS, AMERICAN) == [0, StatusId.REJECTED_NOT_ENOUGH_CREDITS]
    assert (len(desk.handoff.pushed), desk.handoff.reserved) == (1, 1)
    assert desk.store.balance(1) == 0


async def test_duplicates(desk: Desk) -> None:
    duplicate = StatusId.REJECTED_DUPLICATE_MESSAGE_ID
    answers = (await desk.send(SWISS, AMERICAN, SWISS, ids=["a", "a", "b"])).messages
    assert [(one.message_id, one.status) for one in answers] == [("a", 0), ("a", duplicate), ("b", 0)]
    assert await desk.statuses(SWISS, ids=["b"]) == [duplicate]
    assert len(desk.handoff.pushed) == desk.handoff.reserved == 2


async def test_one_refusal_never_fails_the_others(desk: Desk) -> None:
    statuses = await desk.statuses("", SWISS, "x", AMERICAN)
    assert statuses == [StatusId.MISSING_TO, 0, StatusId.REJECTED_DESTINATION_INVALID, 0]
    assert [one.recipient for one in desk.handoff.pushed] == [SWISS, AMERICAN]


@pytest.mark.parametrize(("text", "parts"), [("a" * 160, 1), ("a" * 161, 2), ("\u4f60" * 71, 2), ("a" * 460, 4)])
async def test_the_price_is_for_each_part(desk: Desk, text: str, parts: int) -> None:
    answer = (await desk.send(SWISS, text=text)).messages[0]
    assert answer.parts == parts
    assert desk.store.balance(1) == CREDIT - parts * PRICE


async def test_wide_references_leave_less_room(desk: Desk) -> None:
    desk.rulebook.wide = lambda connector: connector == "net"
    answer = (await desk.send(SWISS, text="a" * 153 * 2)).messages[0]
    assert answer.parts == 3


async def test_scheduled_messages_wait_on_disk(desk: Desk) -> None:
    await desk.send(SWISS, send_at=START + HOUR, validity_ms=HOUR)
    assert (desk.handoff.pushed, desk.handoff.spills, desk.handoff.reserved) == ([], [], 0)
    logged = (await desk.logged())[0]
    assert (logged.sent_at, logged.expires_at) == (START + HOUR, START + 2 * HOUR)
    assert desk.store.waiting(START + HOUR) == [("net", 1, 0)]


async def test_what_has_no_room_waits_on_disk(desk: Desk) -> None:
    desk.handoff.room = 1
    assert await desk.statuses(SWISS, AMERICAN) == [0, 0]
    assert len(desk.handoff.pushed) == 1
    assert desk.handoff.spills == [("net", 1, 0)]
    assert desk.store.waiting(START) == [("net", 1, 0)]


@pytest.mark.parametrize(("validity", "expected"), [(None, 48), (HOUR, 1), (100 * HOUR, 48)])
async def test_validity(desk: Desk, validity: int | None, expected: int) -> None:
    await desk.send(SWISS, validity_ms=validity)
    assert (await desk.logged())[0].expires_at == START + expected * HOUR


async def test_bulk_ids(desk: Desk) -> None:
    assert (await desk.send(SWISS, bulk="mine")).bulk_id == "mine"
    assert (await desk.send(SWISS, bulk="x" * 150)).bulk_id == "x" * rules.MAX_BULK_ID
    generated = (await desk.send(SWISS)).bulk_id
    assert desk.ids.number(generated, b"bulk") is not None
    assert [one.bulk for one in await desk.logged()] == [generated, "x" * 100, "mine"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"callback_data": "x" * 4_001}, "callbackData"),
        ({"ids": ["x" * 101]}, "messageId"),
        ({"notify_url": "ftp://x/"}, "notifyUrl"),
        ({"notify_url": "http://" + "x" * 2_042}, "notifyUrl"),
        ({"notify_url": "http://x/\n"}, "notifyUrl"),
        ({"notify_url": ""}, "notifyUrl"),
        ({"extra": Extra(campaign="a\0b")}, "campaignId"),
    ],
)
async def test_limits_of_a_request(desk: Desk, options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        await desk.send(SWISS, **options)
    assert refusal.value.field == field
    assert await desk.logged() == []
    assert desk.store.balance(1) == CREDIT


async def test_the_limits_themselves_are_allowed(desk: Desk) -> None:
    url = "http://" + "x" * 2_041
    assert await desk.statuses(SWISS, callback_data="x" * 4_000, ids=["x" * 100], notify_url=url) == [0]


async def test_too_many_destinations(desk: Desk) -> None:
    with pytest.raises(InvalidField, match="10000"):
        await desk.send(*[SWISS] * (rules.MAX_DESTINATIONS + 1))


async def test_too_far_ahead(desk: Desk) -> None:
    assert await desk.statuses(SWISS, send_at=START + rules.MAX_AHEAD_MS) == [StatusId.PENDING_ACCEPTED]
    with pytest.raises(InvalidField, match="180 days"):
        await desk.send(SWISS, send_at=START + rules.MAX_AHEAD_MS + 1)


async def test_a_large_request_is_one_bulk_in_order(desk: Desk) -> None:
    numbers = [str(41790000000 + i) for i in range(2 * PORTION + 7)]
    answer = await desk.send(*numbers)
    assert [one.to for one in answer.messages] == numbers
    assert {one.bulk for one in await desk.logged()} == {answer.bulk_id}


async def test_over_the_rate(desk: Desk) -> None:
    slow = replace(ACME, rate=1.0)
    await desk.send(SWISS, account=slow)
    with pytest.raises(Throttled):
        await desk.send(SWISS, account=slow)
    desk.clock.pass_ms(1_000)
    assert await desk.statuses(SWISS, account=slow) == [0]


async def test_a_store_that_refuses_gives_the_places_back(desk: Desk) -> None:
    first = (await desk.send(SWISS)).messages[0]
    known = desk.ids.number(first.message_id)
    assert known is not None
    desk.submit = Submit(
        rulebook=desk.rulebook,
        store=desk.store,
        handoff=desk.handoff,
        ids=Ids(b"s" * 32),
        clock=desk.clock,
        turns=desk.turns,
    )
    with pytest.raises(StoreUnavailable):
        await desk.send(SWISS, AMERICAN)
    assert desk.handoff.reserved == 1


async def test_nothing_to_send(desk: Desk) -> None:
    assert (await desk.send()).messages == []
    assert desk.store.balance(1) == CREDIT
