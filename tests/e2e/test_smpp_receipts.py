"""Receipts over SMPP: their form, their way to the sessions, and that none is lost (003 §3.1, SMPP 3.4 appendix B)."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from stentor.config import SmppSettings
from stentor.core.message import EventKind
from stentor.core.ports import ReportFilter
from stentor.smpp import CommandStatus as Status
from stentor.smpp import receipt
from stentor.smpp.pdu import CancelSm, SubmitSmResp
from support.customers import ACME, Customers, customers
from support.esme import Esme, esme, submit_sm
from support.making import START
from support.platform import until

DATE = "2506151506"  # START


async def submitted(world: Customers, one: Esme, count: int = 1, **fields: Any) -> list[str]:
    """Ids of messages that the network has."""
    seen = len(world.messages())
    answers = await one.answers(*(submit_sm(**fields) for _ in range(count)))
    await until(lambda: len(world.messages()) == seen + count)
    return [answer.message_id for answer in answers]


async def test_the_documents_form(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        (message_id,) = await submitted(world, one)
        world.end(5)
        (pdu,) = await one.receives(1)
        assert pdu.short_message.decode() == (
            f"id:{message_id} sub:001 dlvr:001 submit date:{DATE} done date:{DATE} stat:DELIVRD err:000"
        )
        assert pdu.tlvs == (
            (0x0423, b"\x03\x00\x00"),
            (0x0427, b"\x02"),
            (0x001E, message_id.encode() + b"\0"),
        )
        assert (pdu.esm_class, pdu.data_coding) == (4, 0)
        assert (pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr) == (1, 1, "41793026727")
        assert (pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr) == (5, 0, "Stentor")


async def test_a_scheduled_one_was_submitted_when_it_came(tmp_path: Path) -> None:
    """SMPP 3.4 appendix B."""
    async with customers(tmp_path) as world, esme(world.port) as one:
        message_id = (await one.submit(schedule_delivery_time="000000010000000R")).message_id
        (answer,) = await one.answers(CancelSm(message_id=message_id))
        assert answer.status == 0
        (pdu,) = await one.receives(1)
        assert f"submit date:{DATE} done date:{DATE} stat:DELETED" in pdu.short_message.decode()


ENDS = [
    (5, 0, "DELIVRD", "000", 2),
    (9, 27, "UNDELIV", "027", 5),
    (15, 4101, "EXPIRED", "4101", 3),
    (4, 2050, "UNDELIV", "2050", 5),
    (6, 0, "REJECTED", "000", 8),
]


@pytest.mark.parametrize(("status", "error", "word", "shown", "state"), ENDS)
async def test_every_end(tmp_path: Path, status: int, error: int, word: str, shown: str, state: int) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        await submitted(world, one)
        world.end(status, error)
        (pdu,) = await one.receives(1)
        assert f"stat:{word} err:{shown}" in pdu.short_message.decode()
        assert pdu.tlvs[0] == (0x0423, b"\x03" + error.to_bytes(2, "big"))
        assert pdu.tlvs[1] == (0x0427, bytes((state,)))


async def test_words_of_the_specification(tmp_path: Path) -> None:
    acme = replace(ACME, smpp_words="spec", smpp_dlvrd="dlvrd")
    async with customers(tmp_path, acme=acme) as world, esme(world.port) as one:
        await submitted(world, one)
        world.end(6)
        (pdu,) = await one.receives(1)
        assert b" dlvrd:001 " in pdu.short_message
        assert b"stat:REJECTD " in pdu.short_message


@pytest.mark.parametrize(
    ("registered", "told"),
    [(0, []), (1, ["DELIVRD", "UNDELIV"]), (2, ["UNDELIV"]), (0x11, ["ACCEPTD", "DELIVRD", "UNDELIV"])],
)
async def test_registered_delivery(tmp_path: Path, registered: int, told: list[str]) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        await submitted(world, one, 2, registered_delivery=registered)
        first = world.engine.net.take()
        for status, error, final in ((9, 27, False), (5, 0, True)):
            said = receipt_of(world, first, status, error, final=final)
            world.engine.receipts.arrived((said,), lambda _: None)
            await asyncio.sleep(0.05)
        world.end(9, 27)
        await until(lambda: all(world.engine.status(message) != 7 for message in world.messages()))
        await asyncio.sleep(0.1)
        words = [receipt.parse(pdu.short_message) for pdu in one.given]
        assert sorted(receipt.WORDS["document"][word.state] for word in words if word) == told
        kinds = [pdu.esm_class for pdu in one.given]
        assert kinds.count(0x20) == bool(registered & 0x10)
        left = await world.store.take_reports(1, ReportFilter(), START)
        assert len(left) == (2 if registered == 0 else 0)


def receipt_of(world: Customers, upstream_id: str, status: int, error: int, *, final: bool) -> Any:
    from support.making import receipt as made

    return made(upstream_id, status, error=error, final=final, at=world.engine.clock.now_ms())


async def test_equally_over_all_receiving_sessions(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port, "tx") as sender:
        receivers = [Esme() for _ in range(3)]
        for number, one in enumerate(receivers):
            await one.connect(world.port)
            assert (await one.bind("rx" if number else "trx")).status == 0
        await submitted(world, sender, 300)
        for _ in range(300):
            world.end()
        await until(lambda: sum(len(one.given) for one in receivers) == 300)
        assert [len(one.given) for one in receivers] == [100, 100, 100]
        assert sender.given == []
        for one in receivers:
            one.drop()


async def test_no_more_than_the_window_until_answered(tmp_path: Path) -> None:
    acme = replace(ACME, smpp_window=3)
    async with customers(tmp_path, acme=acme) as world, esme(world.port, silent=True) as one:
        await submitted(world, one, 10)
        for _ in range(10):
            world.end()
        await one.receives(3)
        await asyncio.sleep(0.1)
        assert len(one.given) == 3
        one.answer(one.given[1])
        await one.receives(4)
        await asyncio.sleep(0.1)
        assert len(one.given) == 4


async def test_kept_on_disk_while_nobody_is_bound(tmp_path: Path) -> None:
    async with customers(tmp_path) as world:
        async with esme(world.port, "tx") as one:
            ids = await submitted(world, one, 50)
        for _ in range(50):
            world.end()
        await until(lambda: all(world.engine.status(message) == 5 for message in world.messages()))
        assert world.smpp.deliverer.held == 0
        async with esme(world.port, "rx") as one:
            given = await one.receives(50)
            assert sorted(ids) == sorted(str(receipt.read(pdu).message_id) for pdu in given)  # type: ignore[union-attr]
        await until(lambda: world.store.due_hosts(START + 1) == [])


async def test_only_to_the_account_itself(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port, system_id="other") as other:
        async with esme(world.port, "tx") as one:
            await submitted(world, one, 5)
        for _ in range(5):
            world.end()
        await until(lambda: all(world.engine.status(message) == 5 for message in world.messages()))
        await world.smpp.deliverer.tick()
        await asyncio.sleep(0.1)
        assert other.given == []


async def test_unanswered_goes_out_again_on_another_session(tmp_path: Path) -> None:
    async with (
        customers(tmp_path, smpp=SmppSettings(response_timer=0.4)) as world,
        esme(world.port, silent=True) as deaf,
    ):
        await submitted(world, deaf, 4)
        for _ in range(4):
            world.end()
        await deaf.receives(4)
        async with esme(world.port, "rx") as other:
            given = await other.receives(4)
            assert {pdu.short_message for pdu in given} == {pdu.short_message for pdu in deaf.given[:4]}
        assert world.smpp.deliverer.unanswered >= 4


async def test_what_a_lost_session_had_is_given_to_the_next(tmp_path: Path) -> None:
    async with customers(tmp_path) as world:
        async with esme(world.port, silent=True) as one:
            ids = await submitted(world, one, 30)
            for _ in range(30):
                world.end()
            await one.receives(10)
        await until(lambda: world.smpp.deliverer.held == 0)
        async with esme(world.port, "rx") as two:
            given = await two.receives(30)
            assert Counter(receipt.read(pdu).message_id for pdu in given) == Counter(ids)  # type: ignore[union-attr]
        await until(lambda: world.store.due_hosts(START + 1) == [])


async def test_refused_for_now_comes_later_and_refused_for_good_does_not(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        one.status = Status.ESME_RX_T_APPN
        (first,) = await submitted(world, one)
        world.end()
        await one.receives(1)
        story = await told(world, first, EventKind.NOTIFY_FAILED)
        assert "next try in 5 s" in story
        one.status = Status.ESME_RX_P_APPN
        world.engine.clock.pass_ms(5_000)
        await world.smpp.deliverer.tick()
        await one.receives(2)
        await told(world, first, EventKind.NOTIFY_GIVEN_UP)
        assert world.store.due_hosts(START + 10_000_000) == []


async def told(world: Customers, message_id: str, kind: EventKind) -> str:
    def found() -> list[str]:
        story = world.store.story(world.engine.ids.number(message_id), 1)
        return [event.detail for event in story.events if event.kind == kind]

    await until(found)
    return found()[0]


async def test_never_before_the_response(tmp_path: Path) -> None:
    """The network ends each message the moment it gets it, while other requests of the same read wait."""
    async with customers(tmp_path) as world, esme(world.port) as one, esme(world.port, "rx") as two:
        submit = world.engine.net.submit

        def at_once(part: Any) -> None:
            submit(part)
            world.end()

        world.engine.net.submit = at_once  # type: ignore[method-assign]
        for _ in range(5):
            await one.answers(*(submit_sm() for _ in range(200)))
        await until(lambda: len(one.given) + len(two.given) == 1_000)
        answered: set[str] = set()
        for pdu in one.order:
            if isinstance(pdu, SubmitSmResp):
                answered.add(pdu.message_id)
            else:
                assert receipt.read(pdu).message_id in answered  # type: ignore[arg-type,union-attr]


async def test_a_stop_gives_back_what_was_not_answered(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port, silent=True) as one:
        await submitted(world, one, 30)
        for _ in range(30):
            world.end()
        await one.receives(10)
        await world.smpp.stop()
        owed = await world.store.claim_reports("smpp://1", START + 1, 100)
        assert len(owed) == 30
        assert {one.report.attempts for one in owed} == {1}


async def test_kept_as_long_as_a_report_that_waits_to_be_pulled(tmp_path: Path) -> None:
    async with customers(tmp_path) as world:
        async with esme(world.port, "tx") as one:
            await submitted(world, one)
        world.end()
        (message,) = world.messages()
        await until(lambda: world.engine.status(message) == 5)
        hours_48 = 48 * 3_600_000
        assert await world.store.purge(START + hours_48, 100, unpulled=START) == 0
        assert await world.store.purge(START + hours_48, 100, unpulled=START + hours_48) == 1
        assert world.store.due_hosts(START + hours_48) == []
