"""Steps of scenarios: validity, failover, late receipts, and what a crash between two steps leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core.calls import Call
from stentor.core.errors import StoreUnavailable
from stentor.core.ids import Ids
from stentor.core.omni.flow import GRACE_MS, Flow
from stentor.core.omni.records import (
    Attempt,
    End,
    Handed,
    OmniLogFilter,
    OmniMessage,
    OmniReport,
    OmniReportFilter,
    Running,
    Step,
    To,
    Words,
    kept,
)
from stentor.core.ports import LogFilter
from stentor.engine.scenario import Scenarios
from stentor.storage.sqlite import SqliteStore
from stentor.storage.sqlite.omni import OmniRows
from support.making import CREDIT, START, SWISS, FakeClock, book, define, fresh_id
from support.opening import opened
from support.platform import quiet, until

PUSH_PRICE = 10_400
MINUTE = 60_000
TAKEN = Handed(StatusId.PENDING_WAITING_DELIVERY)
NOBODY = Handed(StatusId.UNDELIVERABLE_NOT_DELIVERED, 6, "no device")


class ScriptedCarrier:
    """Implements `core.omni.ports.Carrier`: answers as the test says, and keeps what it was given."""

    def __init__(self, *answers: Handed | Exception) -> None:
        self.answers = [*answers]
        self.seen: list[int] = []

    def knows(self, account: str, sender: str) -> bool:
        return bool(account and sender)

    async def carry(self, work: Sequence[Running]) -> Sequence[Handed]:
        given = []
        for one in work:
            assert one.attempt is not None
            self.seen.append(one.attempt.id)
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if isinstance(answer, Exception):
                raise answer
            given.append(answer)
        return given


class Omni:
    """The machine over the real store, as `app.omni` wires it."""

    def __init__(self, store: SqliteStore, clock: FakeClock, **carriers: ScriptedCarrier) -> None:
        self.store, self.clock = store, clock
        self.ids = Ids(b"s" * 32, last=store.largest_id())
        self.rows = OmniRows(store.access)
        self.carriers = {"PUSH": carriers.get("push", ScriptedCarrier(TAKEN))}
        self.carriers["SMS"] = carriers.get("sms", ScriptedCarrier(TAKEN))
        self.called = 0
        flow = Flow(
            number=lambda: self.ids.take(clock.now_ms())[0],
            price=lambda _, plan, __: (PUSH_PRICE if plan else 0, "22801"),
            render=lambda message, attempt: f"{message.id}:{attempt.status}".encode(),
        )
        self.machine = Scenarios(store=self.rows, carriers=self.carriers, flow=flow, clock=clock, called=self._called)

    def _called(self) -> None:
        self.called += 1

    async def accept(self, *messages: OmniMessage) -> list[int | None]:
        refusals = await self.rows.accept([Running(one, None) for one in messages])
        self.machine.soon()
        return refusals

    async def settle(self) -> None:
        await self.machine.tick()
        await quiet(5)
        await until(lambda: not self.machine.held)

    async def steps(self, one: OmniMessage) -> list[Attempt]:
        wanted = OmniLogFilter(log=LogFilter(since=0, messages=(one.id,)))
        return [found.attempt for found in await self.rows.logs(one.account, wanted)][::-1]

    async def statuses(self, one: OmniMessage) -> list[tuple[str, int]]:
        return [(step.channel, step.status) for step in await self.steps(one)]

    async def reports(self, account: int = 1) -> list[OmniReport]:
        pulled = await self.rows.take_reports(account, OmniReportFilter())
        await pulled.given()
        return pulled

    def ledger(self, account: int = 1) -> list[tuple[str, int]]:
        rows: Any = self.store.access.reader.execute(
            "SELECT kind, amount FROM ledger WHERE account = ? AND kind != 'top-up' ORDER BY id, kind", (account,)
        )
        return [(kind, amount) for kind, amount in rows]

    def calls(self) -> list[Call]:
        rows = self.store.access.reader.execute("SELECT * FROM call ORDER BY id")
        return [Call(*row[:-1]) for row in rows]


@asynccontextmanager
async def omni(folder: Path, clock: FakeClock | None = None, **carriers: ScriptedCarrier) -> AsyncIterator[Omni]:
    time = clock or FakeClock()
    async with opened(folder) as store:
        running = Omni(store, time, **carriers)
        yield running
        await running.machine.stop()


def message(validity: int | None = MINUTE, flow: Sequence[str] = ("PUSH", "SMS"), **changes: Any) -> OmniMessage:
    words = {channel: Words(text="x", validity_ms=validity) for channel in flow}
    made = OmniMessage(
        id=fresh_id(),
        account=1,
        bulk="",
        client_id=None,
        door="omni",
        recipient=SWISS,
        to=kept(To(phone_number=SWISS)),
        flow=kept(tuple(Step(channel, channel) for channel in flow)),
        words=kept(words),
        position=-1,
        attempt=None,
        due=START,
        over=False,
        sent_at=START,
        notify_url=None,
        notify_type="application/json",
        callback_data=None,
        intermediate=False,
    )
    return replace(made, **changes)


def delivered(attempt: int, clock: FakeClock) -> End:
    return End(attempt, StatusId.DELIVERED_TO_HANDSET, 0, clock.now_ms(), "")


def failed(attempt: int, clock: FakeClock) -> End:
    return End(attempt, StatusId.UNDELIVERABLE_NOT_DELIVERED, 6, clock.now_ms(), "")


async def test_a_step_that_fails_is_left_for_the_next(tmp_path: Path) -> None:
    async with omni(tmp_path, push=ScriptedCarrier(NOBODY)) as o:
        one = message()
        await o.accept(one)
        await o.settle()
        assert await o.statuses(one) == [("PUSH", 9), ("SMS", 3)]
        (sms,) = o.carriers["SMS"].seen
        await o.machine.ended([replace(delivered(sms, o.clock), count=2, price=7, mcc_mnc="22802")])
        assert await o.statuses(one) == [("PUSH", 9), ("SMS", 5)]
        push, last = await o.reports()
        assert (push.attempt.channel, push.attempt.error, push.attempt.price) == ("PUSH", 6, PUSH_PRICE)
        assert (last.attempt.channel, last.attempt.count, last.attempt.price) == ("SMS", 2, 7)
        assert last.attempt.mcc_mnc == "22802"
        assert await o.reports() == []
        assert o.ledger() == [("omni", -PUSH_PRICE)]


async def test_a_step_whose_validity_passes_is_left_for_the_next(tmp_path: Path) -> None:
    async with omni(tmp_path) as o:
        one = message()
        await o.accept(one)
        await o.settle()
        o.clock.pass_ms(MINUTE - 1)
        await o.settle()
        assert await o.statuses(one) == [("PUSH", 3)]
        o.clock.pass_ms(1)
        await o.settle()
        assert await o.statuses(one) == [("PUSH", 15), ("SMS", 3)]
        assert (await o.steps(one))[0].error == 4101


async def test_a_late_delivery_is_noted_and_changes_nothing(tmp_path: Path) -> None:
    async with omni(tmp_path) as o:
        one = message()
        await o.accept(one)
        await o.settle()
        (push,) = o.carriers["PUSH"].seen
        o.clock.pass_ms(MINUTE)
        await o.settle()
        before = await o.reports()
        await o.rows.noticed([push], o.clock.now_ms(), seen=False)
        await o.machine.ended([delivered(push, o.clock)])
        steps = await o.steps(one)
        assert [step.status for step in steps] == [15, 3]
        assert steps[0].delivered_at == o.clock.now_ms()
        assert (len(before), await o.reports()) == (1, [])
        assert o.ledger() == [("omni", -PUSH_PRICE)], "charged once"
        assert len(o.carriers["SMS"].seen) == 1


async def test_a_delivery_ends_the_message_once(tmp_path: Path) -> None:
    async with omni(tmp_path) as o:
        one = message()
        await o.accept(one)
        await o.settle()
        (push,) = o.carriers["PUSH"].seen
        await o.machine.ended([delivered(push, o.clock), delivered(push, o.clock)])
        o.clock.pass_ms(10 * MINUTE)
        await o.settle()
        assert await o.statuses(one) == [("PUSH", 5)]
        assert len(await o.reports()) == 1
        assert o.carriers["SMS"].seen == []


async def test_a_late_sms_is_noted_too(tmp_path: Path) -> None:
    async with omni(tmp_path) as o:
        one = message(flow=("SMS", "PUSH"))
        await o.accept(one)
        await o.settle()
        (sms,) = o.carriers["SMS"].seen
        o.clock.pass_ms(MINUTE + GRACE_MS)
        await o.settle()
        await o.machine.ended([delivered(sms, o.clock)])
        first, _ = await o.steps(one)
        assert (first.status, first.delivered_at) == (15, o.clock.now_ms())


class HangingCarrier(ScriptedCarrier):
    """Keeps steps until the test lets go."""

    def __init__(self, *answers: Handed | Exception) -> None:
        super().__init__(*answers)
        self.go = asyncio.Event()

    async def carry(self, work: Sequence[Running]) -> Sequence[Handed]:
        answers = await super().carry(work)
        await self.go.wait()
        return answers


async def test_news_of_an_old_step_hand_the_new_one_out_once(tmp_path: Path) -> None:
    """The first push arrives late, while the second is on its way to its service."""
    hanging = HangingCarrier(TAKEN)
    async with omni(tmp_path, sms=hanging) as o:
        one = message()
        await o.accept(one)
        await o.settle()
        (push,) = o.carriers["PUSH"].seen
        o.clock.pass_ms(MINUTE)
        await o.machine.tick()
        await until(lambda: hanging.seen)
        await o.machine.ended([delivered(push, o.clock)])
        for _ in range(3):
            await o.machine.tick()
            await quiet()
        hanging.go.set()
        await o.settle()
        assert len(hanging.seen) == 1
        assert await o.statuses(one) == [("PUSH", 15), ("SMS", 3)]
        assert (o.machine.late["PUSH"], o.machine.finished["PUSH", 15], o.machine.begun["SMS"]) == (1, 1, 1)


async def test_a_channel_that_hangs_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stentor.engine.scenario._BUSY", 4)
    monkeypatch.setattr("stentor.engine.channel_lines._SLOW_S", 0.01)
    monkeypatch.setattr("stentor.engine.channel_lines._ENOUGH", 4)
    hanging = HangingCarrier(TAKEN)
    async with omni(tmp_path, push=hanging) as o:
        first, other = [message() for _ in range(12)], message(flow=("SMS",))
        await o.accept(*first, other)
        async with asyncio.timeout(5):
            while await o.statuses(other) != [("SMS", 3)]:
                await o.machine.tick()
                await asyncio.sleep(0.005)
        assert len(hanging.seen) == 4
        hanging.go.set()
        for _ in range(3):
            await o.settle()
            o.clock.pass_ms(1_100)
        assert [await o.statuses(one) for one in first] == [[("PUSH", 3)]] * 12
        assert len(set(hanging.seen)) == len(hanging.seen) == 12


async def test_a_stop_hands_nothing_out_and_waits_for_what_is_on_its_way(tmp_path: Path) -> None:
    clock, hanging, one = FakeClock(), HangingCarrier(NOBODY), message()
    async with omni(tmp_path, clock, push=hanging) as before:
        await before.accept(one)
        await until(lambda: hanging.seen)
        stopping = asyncio.create_task(before.machine.stop())
        await quiet()
        hanging.go.set()
        await stopping
        assert before.carriers["SMS"].seen == []
        assert await before.statuses(one) == [("PUSH", 9), ("SMS", 7)]
    async with omni(tmp_path, clock) as after:
        await after.settle()
        assert await after.statuses(one) == [("PUSH", 9), ("SMS", 3)]
        assert after.carriers["PUSH"].seen == []


async def test_an_end_that_overtakes_the_answer(tmp_path: Path) -> None:
    """The device says it has the message before the push service says that it took it."""

    class Overtaken(ScriptedCarrier):
        async def carry(self, work: Sequence[Running]) -> Sequence[Handed]:
            answers = await super().carry(work)
            await o.machine.ended([end(one.attempt.id, o.clock) for one in work if one.attempt is not None])
            return answers

    for end, statuses in ((delivered, [("PUSH", 5)]), (failed, [("PUSH", 9), ("SMS", 3)])):
        async with omni(tmp_path / str(statuses), push=Overtaken(TAKEN)) as o:
            one = message()
            await o.accept(one)
            await o.settle()
            await o.settle()
            assert await o.statuses(one) == statuses
            o.clock.pass_ms(MINUTE - 1)
            await o.settle()
            assert await o.statuses(one) == statuses
            if end is delivered:
                assert o.rows.due(o.clock.now_ms() + 10**9, 10) == []
            assert len(await o.reports()) == 1


async def test_the_last_sms_may_take_its_time(tmp_path: Path) -> None:
    async with omni(tmp_path) as o:
        last, first = message(flow=("SMS",)), message(flow=("SMS", "PUSH"))
        await o.accept(last, first)
        await o.settle()
        o.clock.pass_ms(MINUTE + GRACE_MS)
        await o.settle()
        assert await o.statuses(last) == [("SMS", 3)]
        assert await o.statuses(first) == [("SMS", 15), ("PUSH", 3)]


async def test_the_last_push_expires(tmp_path: Path) -> None:
    async with omni(tmp_path) as o:
        one = message(flow=("PUSH",))
        await o.accept(one)
        await o.settle()
        o.clock.pass_ms(MINUTE)
        await o.settle()
        assert await o.statuses(one) == [("PUSH", 15)]
        assert o.rows.due(o.clock.now_ms() + 10**9, 10) == []


async def test_what_is_rejected_costs_nothing(tmp_path: Path) -> None:
    rejected = Handed(StatusId.REJECTED_SENDER, said="no such application", free=True)
    async with omni(tmp_path, push=ScriptedCarrier(rejected)) as o:
        one = message()
        await o.accept(one)
        await o.settle()
        assert await o.statuses(one) == [("PUSH", 13), ("SMS", 3)]
        assert o.ledger() == [("omni", -PUSH_PRICE), ("omni refund", PUSH_PRICE)]
        assert o.store.balance(1) == CREDIT
        assert (await o.reports())[0].attempt.price == 0


async def test_without_credit_every_step_is_refused(tmp_path: Path) -> None:
    async with omni(tmp_path) as o:
        poor = replace(book()[0], id=3, name="poor")
        await define(o.store, poor, credit=PUSH_PRICE)
        first, second = message(account=3, flow=("PUSH", "PUSH", "SMS")), message(account=3, flow=("PUSH", "PUSH"))
        await o.accept(first)
        await o.settle()
        await o.accept(second)
        await o.settle()
        assert await o.statuses(first) == [("PUSH", 3)]
        assert await o.statuses(second) == [("PUSH", 12), ("PUSH", 12)]
        assert o.store.balance(3) == 0
        assert len(await o.reports(3)) == 2
        await o.machine.ended([End((await o.steps(first))[0].id, StatusId.UNDELIVERABLE_NOT_DELIVERED, 6, START, "")])
        await o.settle()
        assert await o.statuses(first) == [("PUSH", 9), ("PUSH", 12), ("SMS", 3)]


async def test_not_now_is_tried_again_until_the_validity_passes(tmp_path: Path) -> None:
    busy = Handed(0, retry_ms=40_000, said="busy")
    async with omni(tmp_path, push=ScriptedCarrier(busy, TAKEN), sms=ScriptedCarrier(busy)) as o:
        one = message()
        await o.accept(one)
        await o.settle()
        o.clock.pass_ms(40_000)
        await o.settle()
        assert len(set(o.carriers["PUSH"].seen)) == 1, "under the same number"
        assert await o.statuses(one) == [("PUSH", 3)]
        o.clock.pass_ms(20_000)
        await o.settle()
        for _ in range(3):
            o.clock.pass_ms(40_000)
            await o.settle()
        assert await o.statuses(one) == [("PUSH", 15), ("SMS", 15)]


async def test_what_its_channel_never_took_costs_nothing(tmp_path: Path) -> None:
    async with omni(tmp_path, push=ScriptedCarrier(Handed(0, retry_ms=40_000, said="busy"))) as o:
        one = message()
        await o.accept(one)
        for _ in range(3):
            await o.settle()
            o.clock.pass_ms(40_000)
        assert await o.statuses(one) == [("PUSH", 15), ("SMS", 3)]
        assert (await o.reports())[0].attempt.price == 0
        assert o.ledger() == [("omni", -PUSH_PRICE), ("omni refund", PUSH_PRICE)]


@pytest.mark.parametrize("trouble", [StoreUnavailable("full"), RuntimeError("a mistake")])
async def test_a_channel_in_trouble_loses_nothing(tmp_path: Path, trouble: Exception) -> None:
    async with omni(tmp_path, push=ScriptedCarrier(trouble, TAKEN)) as o:
        one = message()
        await o.accept(one)
        await o.settle()
        o.clock.pass_ms(1_000)
        await o.settle()
        assert await o.statuses(one) == [("PUSH", 3)]


async def test_one_step_that_breaks_its_channel_leaves_its_neighbours_alone(tmp_path: Path) -> None:
    class Picky(ScriptedCarrier):
        async def carry(self, work: Sequence[Running]) -> Sequence[Handed]:
            if any(one.message.recipient == "bad" for one in work):
                raise ValueError("a line feed in a header")
            return await super().carry(work)

    async with omni(tmp_path, push=Picky(TAKEN)) as o:
        good, bad = [message() for _ in range(4)], message(recipient="bad", to=kept(To(phone_number="")))
        await o.accept(*good[:2], bad, *good[2:])
        await o.settle()
        assert [await o.statuses(one) for one in good] == [[("PUSH", 3)]] * 4
        assert await o.statuses(bad) == [("PUSH", 7)]
        o.clock.pass_ms(MINUTE)
        await o.settle()
        assert await o.statuses(bad) == [("PUSH", 15), ("SMS", 3)]


async def test_a_channel_that_leaves_steps_unanswered(tmp_path: Path) -> None:
    class Forgetful(ScriptedCarrier):
        async def carry(self, work: Sequence[Running]) -> Sequence[Handed]:
            return (await super().carry(work))[1:]

    async with omni(tmp_path, push=Forgetful(TAKEN)) as o:
        one = message()
        await o.accept(one)
        await o.settle()
        await o.settle()
        assert len(o.carriers["PUSH"].seen) == 1, "again in a second"


async def test_what_a_step_costs_where_its_channel_charges(tmp_path: Path) -> None:
    async with omni(tmp_path, sms=ScriptedCarrier(replace(TAKEN, count=2, price=70))) as o:
        one = message(flow=("SMS", "PUSH"))
        await o.accept(one)
        await o.settle()
        assert [(step.count, step.price) for step in await o.steps(one)] == [(2, 70)]
        o.clock.pass_ms(MINUTE + GRACE_MS)
        await o.settle()
        steps = [(step.status, step.count, step.price) for step in await o.steps(one)]
        assert steps == [(15, 2, 70), (3, 1, PUSH_PRICE)]


async def test_a_channel_without_a_connector_is_left_out(tmp_path: Path) -> None:
    async with omni(tmp_path) as o:
        one = message(flow=("EMAIL", "SMS"))
        await o.accept(one)
        await o.settle()
        assert await o.statuses(one) == [("EMAIL", 19), ("SMS", 3)]


async def test_calls_are_owed_in_the_transaction_of_the_step(tmp_path: Path) -> None:
    async with omni(tmp_path, push=ScriptedCarrier(NOBODY)) as o:
        one = message(notify_url="http://customer.example/omni", intermediate=True)
        await o.accept(one)
        await o.settle()
        (sms,) = o.carriers["SMS"].seen
        await o.machine.ended([End(sms, StatusId.PENDING_WAITING_DELIVERY, 27, START, "")])
        await o.machine.ended([delivered(sms, o.clock)])
        assert [call.body.decode() for call in o.calls()] == [f"{one.id}:{status}" for status in (9, 3, 5)]
        assert o.called == 3
        assert await o.reports() == []


@pytest.mark.parametrize("url", [None, "http://customer.example/omni"])
async def test_a_delay_is_told_and_moves_nothing(tmp_path: Path, url: str | None) -> None:
    """It may be read off the disk before the channel's answer is written, and be written after it."""
    async with omni(tmp_path) as o:
        one = message(flow=("SMS", "PUSH"), notify_url=url, intermediate=True)
        await o.accept(one)
        await quiet()
        (sms,) = o.carriers["SMS"].seen
        stale = (await o.rows.running([sms]))[sms]
        stale = replace(stale, message=replace(stale.message, due=START))
        turn = o.machine._end(stale, End(sms, StatusId.PENDING_WAITING_DELIVERY, 27, START, ""))
        assert await o.rows.advance([turn]) == [0]
        await o.settle()
        assert await o.statuses(one) == [("SMS", 3)], "and not over"
        assert len(o.calls()) == (url is not None)


async def test_a_crash_between_begin_and_hand_over(tmp_path: Path) -> None:
    clock = FakeClock()
    one = message()
    async with omni(tmp_path, clock) as before:
        await before.rows.accept([Running(one, None)])
        turn = before.machine._flow.begin(Running(one, None), START)
        assert await before.rows.advance([turn]) == [0]
        assert turn.begun is not None
        number = turn.begun.id
    async with omni(tmp_path, clock) as after:
        await after.settle()
        assert after.carriers["PUSH"].seen == [number], "handed over again under its number"
        assert await after.statuses(one) == [("PUSH", 3)]
        assert after.ledger() == [("omni", -PUSH_PRICE)]


async def test_a_step_whose_validity_passed_while_nobody_ran_is_not_sent(tmp_path: Path) -> None:
    clock, one = FakeClock(), message()
    async with omni(tmp_path, clock) as before:
        await before.rows.accept([Running(one, None)])
        await before.rows.advance([before.machine._flow.begin(Running(one, None), START)])
    clock.pass_ms(MINUTE)
    async with omni(tmp_path, clock) as after:
        await after.settle()
        assert after.carriers["PUSH"].seen == []
        assert await after.statuses(one) == [("PUSH", 15), ("SMS", 3)]


async def test_what_is_refused_at_once_is_kept_and_over(tmp_path: Path) -> None:
    async with omni(tmp_path) as o:
        one = message(client_id="a")
        running = Running(one, None)
        begun = o.machine._flow.begin(running, START).begun
        assert begun is not None
        refused = replace(begun, status=int(StatusId.MISSING_TO), price=0)
        over = replace(one, over=True, due=None, attempt=refused.id, position=0)
        assert await o.rows.accept([Running(over, refused)]) == [None]
        assert await o.accept(message(client_id="a")) == [23]
        await o.settle()
        assert await o.statuses(one) == [("PUSH", 51)]
        assert o.carriers["PUSH"].seen == []
        assert await o.reports() == []
        assert o.ledger() == []


async def test_a_crash_after_the_end_of_a_step(tmp_path: Path) -> None:
    """The end of one step and the beginning of the next are one transaction."""
    clock = FakeClock()
    one = message()
    async with omni(tmp_path, clock) as before:
        await before.accept(one)
        await before.settle()
        (push,) = before.carriers["PUSH"].seen
        before.carriers["SMS"].answers = [RuntimeError("the power fails")]
        await before.machine.ended([End(push, StatusId.UNDELIVERABLE_NOT_DELIVERED, 6, START, "")])
        await quiet()
    clock.pass_ms(1_000)
    async with omni(tmp_path, clock) as after:
        await after.settle()
        assert await after.statuses(one) == [("PUSH", 9), ("SMS", 3)]
        assert len(after.carriers["SMS"].seen) == 1
        assert after.carriers["PUSH"].seen == []
        assert len(await after.reports()) == 1


async def test_a_turn_happens_once(tmp_path: Path) -> None:
    async with omni(tmp_path) as o:
        one = message()
        await o.accept(one)
        await o.settle()
        (push,) = o.carriers["PUSH"].seen
        running = (await o.rows.running([push]))[push]
        turn = o.machine._flow.ended(running, End(push, StatusId.UNDELIVERABLE_NOT_DELIVERED, 6, START, ""))
        assert await o.rows.advance([turn]) == [0]
        assert await o.rows.advance([turn]) == [1]
        assert len(await o.reports()) == 1
        assert len(await o.steps(one)) == 2


async def test_a_turn_that_comes_too_late_costs_nothing(tmp_path: Path) -> None:
    async with omni(tmp_path) as o:
        one = message(flow=("PUSH", "PUSH"))
        running = Running(one, None)
        await o.rows.accept([running])
        turns = [o.machine._flow.begin(running, START), o.machine._flow.unpaid(running, START)]
        assert [await o.rows.advance([turn]) for turn in turns] == [[0], [1]]
        assert o.ledger() == [("omni", -PUSH_PRICE)]
        assert await o.statuses(one) == [("PUSH", 7)]


async def test_ids_are_used_once(tmp_path: Path) -> None:
    async with omni(tmp_path) as o:
        assert await o.accept(message(client_id="a"), message(client_id="a"), message(client_id="b", account=2)) == [
            None,
            23,
            None,
        ]
        assert await o.accept(message(client_id="b")) == [None]


async def test_a_report_is_given_again_when_its_answer_did_not_go_out(tmp_path: Path) -> None:
    async with omni(tmp_path, push=ScriptedCarrier(NOBODY)) as o:
        await o.accept(message(flow=("PUSH",)))
        await o.settle()
        back = await o.rows.take_reports(1, OmniReportFilter())
        assert len(back) == 1
        assert await o.reports() == []
        await back.put_back()
        cut_off = await o.rows.take_reports(1, OmniReportFilter())
        assert cut_off == back
    async with omni(tmp_path, push=ScriptedCarrier(NOBODY)) as o:
        assert await o.reports() == back
        assert await o.reports() == []


async def test_what_is_over_is_forgotten(tmp_path: Path) -> None:
    async with omni(tmp_path, push=ScriptedCarrier(NOBODY)) as o:
        over, open_ = message(flow=("PUSH",)), message()
        await o.accept(over, open_)
        await o.settle()
        later = START + 1
        assert await o.rows.purge(1, later, START - 1, 10) == 0, "a report is owed"
        await o.reports()
        assert await o.rows.holders() == [1]
        assert await o.rows.purge(1, later, START - 1, 10) == 1
        assert await o.steps(over) == []
        assert len(await o.steps(open_)) == 2
        assert await o.rows.erase(SWISS) == (0, 1)
