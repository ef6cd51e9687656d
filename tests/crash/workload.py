"""A random life of a store, written down: what was acknowledged when, and what the store held after each commit."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from crash.state import Fact, facts, state_of
from stentor.catalogue import StatusId
from stentor.core.definitions import Change, Credit, Revision
from stentor.core.message import EventKind, Message, Owed, SentPart
from stentor.core.omni.flow import Flow
from stentor.core.omni.ports import WRITTEN
from stentor.core.omni.records import (
    End,
    Handed,
    OmniMessage,
    OmniReportFilter,
    Running,
    To,
    Turn,
    Words,
    kept,
)
from stentor.core.omni.records import (
    Step as OmniStep,
)
from stentor.core.ports import HeldReceipt, NewMessages, QueueEntry, ReportFilter
from stentor.core.pricing import Price
from stentor.core.pulling import Pulled
from stentor.storage.sqlite import SqliteStore, forgetting
from stentor.storage.sqlite.omni import OmniRows
from support.disk import Disk
from support.making import HOST, HOUR, PRICE, URL, FakeClock, event, final_move, fresh_id, message, receipt, report

CREDIT = 400 * PRICE
ACCOUNTS = (1, 2)
_LARGE = 600
"""Changes of a revision that is written in several commits."""
_revisions = itertools.count(1_000_000)


class Step(msgspec.Struct, frozen=True):
    """One commit, or one large revision: where in the disk's notes it began and was acknowledged, and the state then.

    A crash leaves the state before or the one after, whatever was going on.
    """

    began: int
    acknowledged: int
    state: bytes
    made: frozenset[Fact]
    gone: frozenset[Fact]


class Workload:
    """What a step does is drawn by lot from what can happen."""

    def __init__(self, store: SqliteStore, disk: Disk, chance: random.Random, clock: FakeClock) -> None:
        self.store, self.disk, self.chance, self.clock = store, disk, chance, clock
        self.steps: list[Step] = []
        self._made: set[Fact] = set()
        self._client_ids: list[str] = []
        self._in_hand: list[Message] = []
        self._waiting: dict[int, Message] = {}
        self._sent: list[Message] = []
        self._held: list[int] = []
        self._called: list[Owed] = []
        self._scenarios = OmniRows(store.access)
        self._pulled: Pulled[Any] | None = None
        self._pulled_steps: Pulled[Any] | None = None
        self._flow = Flow(number=self._number, price=lambda *_: (PRICE, "22801"), render=lambda *_: b"{}")
        self._stepping: list[Running] = []
        self._kinds: tuple[tuple[int, Callable[[], Awaitable[object]]], ...] = (
            (6, self._accept),
            (5, self._send),
            (4, self._deliver),
            (1, self._postpone),
            (1, self._refuse),
            (2, self._claim),
            (2, self._call),
            (3, self._called_back),
            (1, self._pull),
            (1, self._hold),
            (1, self._top_up),
            (2, self._scenario),
            (4, self._turn),
            (1, self._pull_steps),
        )

    async def run(self, steps: int) -> None:
        weights = [weight for weight, _ in self._kinds]
        for _ in range(steps):
            if self.chance.random() < 0.05:
                await self._step([self._purge])
                await self._step([self._purge_receipts])
                await self._step([self.store.tidy])
            if self.chance.random() < 0.01:
                await self._step([self._import], large=True)
            chosen = self.chance.choices(self._kinds, weights, k=self.chance.randint(1, 4))
            await self._step([kind for _, kind in dict.fromkeys(chosen)])

    async def _step(self, kinds: Iterable[Callable[[], Awaitable[object]]], *, large: bool = False) -> None:
        began, before, known = len(self.disk.notes), self.store.commits, facts(self.store._reader)
        self.clock.pass_ms(self.chance.randint(0, 3_000))
        await asyncio.gather(*(kind() for kind in kinds))
        if self.store.commits == before:
            return
        assert large or self.store.commits == before + 1
        made, there = frozenset(self._made), facts(self.store._reader)
        gone = frozenset((known | made) - there)
        assert not any(kind in ("message", "part") for kind, *_ in made & gone)
        self.steps.append(Step(began, len(self.disk.notes), state_of(self.store._reader), made, gone))
        self._made.clear()

    def _some(self, known: list[Any], most: int = 5) -> list[Any]:
        """Taken out of the list."""
        self.chance.shuffle(known)
        count = self.chance.randint(0, most)
        taken = known[:count]
        del known[:count]
        return taken

    async def _accept(self) -> None:
        account = self.chance.choice(ACCOUNTS)
        messages = [self._message(account) for _ in range(self.chance.randint(1, 5))]
        held = {one.id: one.status == StatusId.PENDING_ENROUTE and self.chance.random() < 0.7 for one in messages}
        queue = [QueueEntry(m.id, account, m.connector, m.sent_at, m.expires_at, held[m.id]) for m in messages]
        now = self.clock.now_ms()
        refusals = await self.store.accept(NewMessages(account, now, messages, queue, [event(m) for m in messages]))
        for one, refusal in zip(messages, refusals, strict=True):
            if refusal != StatusId.REJECTED_DUPLICATE_MESSAGE_ID:
                self._made.add(("message", one.id, 0))
            if refusal is None and held[one.id]:
                self._in_hand.append(one)
            elif refusal is None:
                self._waiting[one.id] = one

    def _message(self, account: int) -> Message:
        client_id = None
        if self.chance.random() < 0.3:
            client_id = self.chance.choice([*self._client_ids[-20:], f"c{len(self._client_ids)}"])
            self._client_ids.append(client_id)
        now, parts = self.clock.now_ms(), self.chance.randint(1, 3)
        later = self.chance.random() < 0.1
        return message(
            now,
            account=account,
            client_id=client_id,
            parts=parts,
            text="m" * self.chance.choice((5, 140, 140 * parts, 9_000)),
            price=self.chance.randint(0, 3 * PRICE),
            status=StatusId.PENDING_ACCEPTED if later else StatusId.PENDING_ENROUTE,
            sent_at=now + 1_000 * later,
            notify_url=self.chance.choice((None, URL)),
        )

    async def _send(self) -> None:
        parts: list[SentPart] = []
        for one in self._some(self._in_hand):
            last = one.parts if self.chance.random() < 0.8 else self.chance.randint(1, one.parts)
            now = self.clock.now_ms()
            parts += [
                SentPart(one.id, n, one.parts, one.connector, f"u{one.id}-{n}", now, n == one.parts)
                for n in range(1, last + 1)
            ]
            (self._sent if last == one.parts else self._in_hand).append(one)
        if parts:
            await self.store.sent(parts, [])
        self._made |= {("part", part.message, part.number) for part in parts}

    async def _deliver(self) -> None:
        now = self.clock.now_ms()
        ready = self._some(self._sent)
        owed = {one.id: report(one, now, url=one.notify_url, content_type=one.notify_type) for one in ready}
        moves = [final_move(m, at=now, part=1, part_status=5, report=owed[m.id], events=(event(m),)) for m in ready]
        dropped = self._some(self._held, 2)
        if moves or dropped:
            assert all(await self.store.move(moves, dropped))
        self._made |= {("report", one.id, 0) for one in owed.values()}

    async def _postpone(self) -> None:
        now = self.clock.now_ms()
        back = self._some(self._in_hand, 2)
        if back:
            await self.store.move([final_move(m, m.status, now, due=now + 2_000, dequeue=False) for m in back])
        self._waiting.update((one.id, one) for one in back)

    async def _refuse(self) -> None:
        """Only what no upstream took a part of; its money goes back."""
        now = self.clock.now_ms()
        refused = [one for one in self._some(self._in_hand, 2) if self._unsent(one)]
        owed = {one.id: report(one, now, url=one.notify_url) for one in refused}
        if refused:
            await self.store.move(
                [final_move(one, 4, now, refund=one.charge, report=owed[one.id]) for one in refused],
            )
        self._made |= {("report", one.id, 0) for one in owed.values()}

    def _unsent(self, one: Message) -> bool:
        sql = "SELECT count(*) FROM part WHERE message = ?"
        fresh = bool(self.store._reader.execute(sql, (one.id,)).get == 0)
        if not fresh:
            self._in_hand.append(one)
        return fresh

    async def _claim(self) -> None:
        account = self.chance.choice(ACCOUNTS)
        for claimed in await self.store.claim("net", account, self.clock.now_ms(), self.chance.randint(1, 10)):
            self._in_hand.append(replace(self._waiting.pop(claimed.message.id), status=claimed.message.status))

    async def _call(self) -> None:
        self._called += await self.store.claim_reports(HOST, self.clock.now_ms(), self.chance.randint(1, 10))

    async def _called_back(self) -> None:
        """The customer's URL took them, or did not; or they are given back."""
        called = self._some(self._called)
        if not called:
            return
        numbers = [one.report.id for one in called]
        kind = self.chance.randint(0, 2)
        if kind == 0:
            await self.store.notified(numbers, [event(one.message, EventKind.NOTIFIED) for one in called])
        elif kind == 1:
            failed = [event(one.message, EventKind.NOTIFY_FAILED) for one in called]
            await self.store.notify_later(numbers, self.clock.now_ms() + 60_000, failed)
        else:
            await self.store.put_back_reports(numbers)

    async def _pull(self) -> None:
        account, limit = self.chance.choice(ACCOUNTS), self.chance.randint(1, 5)
        if self._pulled is None:
            self._pulled = await self.store.take_reports(account, ReportFilter(limit=limit), self.clock.now_ms())
        else:
            await self._settle(self._pulled)
            self._pulled = None

    async def _settle(self, pulled: Pulled[Any]) -> None:
        """The answer has gone out, or could not."""
        await self.chance.choice((pulled.given, pulled.put_back))()

    async def _hold(self) -> None:
        held = HeldReceipt(fresh_id(self.clock.now_ms()), receipt("nobody's", at=self.clock.now_ms()))
        await self.store.hold([held])
        self._made.add(("held", held.id, 0))
        self._held.append(held.id)

    async def _top_up(self) -> None:
        now = self.clock.now_ms()
        credit = Credit(fresh_id(now), self.chance.choice(ACCOUNTS), "top-up", self.chance.randint(1, 9))
        await self.store.revise(Revision(next(_revisions), now, "test", "top-up", 0), [credit])
        self._made.add(("top-up", credit.id, 0))

    async def _scenario(self) -> None:
        """Messages that take steps; some are refused."""
        drafts = [self._drafted() for _ in range(5)]
        await self._scenarios.accept(drafts)
        self._made |= {("omni", one.message.id, 0) for one in drafts}
        self._stepping += [one for one in drafts if not one.message.over]

    def _drafted(self) -> Running:
        now = self.clock.now_ms()
        flow = tuple(OmniStep("PUSH", "x") for _ in range(self.chance.randint(1, 3)))
        made = OmniMessage(
            id=self._number(),
            account=self.chance.choice(ACCOUNTS),
            bulk="",
            client_id=None,
            door="omni",
            recipient="41790000000",
            to=kept(To(phone_number="41790000000")),
            flow=kept(flow),
            words=kept({"PUSH": Words(text="m" * self.chance.choice((5, 140, 4_000)))}),
            position=-1,
            attempt=None,
            due=now,
            over=False,
            sent_at=now,
            notify_url=self.chance.choice((None, URL)),
            notify_type="application/json",
            callback_data=None,
            intermediate=False,
        )
        if self.chance.random() < 0.9:
            return Running(made, None)
        refused = self._flow.begin(Running(made, None), now).begun
        assert refused is not None
        over = replace(made, over=True, due=None, attempt=refused.id, position=0)
        return Running(over, replace(refused, status=int(StatusId.MISSING_TO), price=0))

    async def _turn(self) -> None:
        """Steps begin, go to their channel or end, each with what it costs and what is owed for it."""
        some = self._some(self._stepping, 3)  # few rows: all that a step does is one transaction
        turns = [self._turned(one) for one in some]
        if not turns:
            return
        written = await self._scenarios.advance(turns)
        for one, turn, what in zip(some, turns, written, strict=True):
            if what == WRITTEN and turn.begun is not None:
                self._made.add(("step", turn.begun.id, 0))
            if what == WRITTEN and not turn.message.over:
                self._stepping.append(Running(turn.message, turn.begun or turn.sent or one.attempt))

    def _turned(self, one: Running) -> Turn:
        now, attempt = self.clock.now_ms(), one.attempt
        if attempt is None:
            return self._flow.begin(one, now)
        if attempt.status == StatusId.PENDING_ENROUTE and self.chance.random() < 0.7:
            return self._flow.handed(one, Handed(StatusId.PENDING_WAITING_DELIVERY), now)
        failed = (StatusId.UNDELIVERABLE_NOT_DELIVERED, 6)
        status, error = self.chance.choice((failed, (StatusId.DELIVERED_TO_HANDSET, 0)))
        end = End(attempt.id, status, error, now, "x")
        return self._flow.ended(one, end, free=status == failed[0] and self.chance.random() < 0.5)

    async def _pull_steps(self) -> None:
        limit = self.chance.randint(1, 3)
        if self._pulled_steps is None:
            account = self.chance.choice(ACCOUNTS)
            self._pulled_steps = await self._scenarios.take_reports(account, OmniReportFilter(limit=limit))
        else:
            await self._settle(self._pulled_steps)
            self._pulled_steps = None

    def _number(self) -> int:
        return fresh_id(self.clock.now_ms())

    async def _import(self) -> None:
        """Prices under keys of their own, and money with them."""
        number, now = next(_revisions), self.clock.now_ms()
        prices = [Price(f"list{number}", f"{place:05}", place) for place in range(_LARGE)]
        changes = [Change("price", f"{price.list}/{price.where}", None, price) for price in prices]
        credit = Credit(fresh_id(now), self.chance.choice(ACCOUNTS), "top-up", PRICE)
        await self.store.revise(Revision(number, now, "test", "import", _LARGE, changes), [credit])
        self._made.add(("top-up", credit.id, 0))

    async def _purge(self) -> None:
        """Seldom anything is old enough: then two days pass at once. What waits for its report stays."""
        if self.chance.random() < 0.3:
            self.clock.pass_ms(49 * HOUR)
        await self.store.purge(self.clock.now_ms() - 48 * HOUR, forgetting.PORTION)

    async def _purge_receipts(self) -> None:
        await self.store.purge_receipts(self.clock.now_ms() - 48 * HOUR, 500)
        self._held = [one for kind, one, _ in facts(self.store._reader) if kind == "held"]
