"""query_sm, cancel_sm and replace_sm (SMPP 3.4 §4.8 to §4.10)."""

from __future__ import annotations

from pathlib import Path

from stentor.smpp import CommandStatus as Status
from stentor.smpp import receipt
from stentor.smpp.pdu import CancelSm, QuerySm, ReplaceSm
from support.customers import customers
from support.esme import esme, submit_sm
from support.making import CREDIT, PRICE, START
from support.platform import until

TOMORROW = "000001000000000R"


async def test_query(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        message_id = (await one.submit()).message_id
        (answer,) = await one.answers(QuerySm(message_id=message_id, source_addr="Stentor"))
        assert (answer.status, answer.message_id, answer.message_state, answer.final_date) == (0, message_id, 1, "")
        await until(world.messages)
        world.end(9, 27)
        await one.receives(1)
        (answer,) = await one.answers(QuerySm(message_id=message_id))
        assert (answer.message_state, answer.error_code) == (5, 27)
        assert answer.final_date == "250615150640000+"
        (answer,) = await one.answers(QuerySm(message_id=message_id, source_addr="Another"))
        assert answer.status == Status.ESME_RQUERYFAIL
        (answer,) = await one.answers(QuerySm(message_id="never"))
        assert answer.status == Status.ESME_RINVMSGID


async def test_cancel_by_id(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        message_id = (await one.submit(schedule_delivery_time=TOMORROW)).message_id
        assert world.store.balance(1) == CREDIT - PRICE
        (answer,) = await one.answers(CancelSm(message_id=message_id, source_addr="Stentor"))
        assert answer.status == 0
        (pdu,) = await one.receives(1)
        assert b"stat:DELETED err:4100" in pdu.short_message
        assert world.store.balance(1) == CREDIT
        (answer,) = await one.answers(CancelSm(message_id=message_id, source_addr="Stentor"))
        assert answer.status == Status.ESME_RCANCELFAIL
        (answer,) = await one.answers(QuerySm(message_id=message_id))
        assert answer.message_state == receipt.MessageState.DELETED


async def test_cancel_all_between_two_numbers(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one, esme(world.port, system_id="other") as other:
        await one.answers(*(submit_sm(schedule_delivery_time=TOMORROW) for _ in range(3)))
        await one.submit(schedule_delivery_time=TOMORROW, destination_addr="41793026728")
        wanted = CancelSm(source_addr="Stentor", destination_addr="41793026727")
        (answer,) = await other.answers(wanted)
        assert answer.status == Status.ESME_RCANCELFAIL
        (answer,) = await one.answers(wanted)
        assert answer.status == 0
        assert len(await one.receives(3)) == 3
        assert world.store.queued() == 1


async def test_what_is_on_its_way_cannot_be_cancelled(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        message_id = (await one.submit()).message_id
        await until(world.messages)
        for pdu in (CancelSm(message_id=message_id), CancelSm(message_id=message_id, source_addr="Another")):
            (answer,) = await one.answers(pdu)
            assert answer.status == Status.ESME_RCANCELFAIL


async def test_replace(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        message_id = (await one.submit(schedule_delivery_time=TOMORROW)).message_id
        asked = ReplaceSm(message_id=message_id, source_addr="Stentor", short_message=b"better")
        (answer,) = await one.answers(asked)
        assert answer.status == 0
        number = world.engine.ids.number(message_id)
        kept = world.store.story(number, 1).message
        assert (kept.text, kept.sent_at - START) == ("better", 86_400_000)
        sooner = ReplaceSm(
            message_id=message_id,
            source_addr="Stentor",
            short_message=b"now",
            schedule_delivery_time="000000000001000R",
        )
        (answer,) = await one.answers(sooner)
        assert answer.status == 0
        kept = world.store.story(number, 1).message
        assert (kept.text, kept.sent_at - START) == ("now", 1_000)
        world.engine.clock.pass_ms(2_000)
        await world.engine.dispatcher.wake()
        await until(lambda: [message.text for message in world.messages()] == ["now"])
        (answer,) = await one.answers(asked)
        assert answer.status == Status.ESME_RREPLACEFAIL


async def test_what_cannot_be_replaced(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        message_id = (await one.submit(schedule_delivery_time=TOMORROW)).message_id
        for asked, status in (
            (ReplaceSm(message_id=message_id, source_addr="Another"), Status.ESME_RREPLACEFAIL),
            (ReplaceSm(message_id="never", source_addr="Stentor"), Status.ESME_RINVMSGID),
            (
                ReplaceSm(message_id=message_id, source_addr="Stentor", short_message=b"x" * 200),
                Status.ESME_RREPLACEFAIL,
            ),
            (
                ReplaceSm(message_id=message_id, source_addr="Stentor", schedule_delivery_time="soon"),
                Status.ESME_RINVSCHED,
            ),
        ):
            (answer,) = await one.answers(asked)
            assert answer.status == status
