"""submit_sm, data_sm and submit_multi through the real server: what they become, and what answers them (003 §4)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from stentor.core import content
from stentor.core.definitions import Blocked
from stentor.core.errors import StoreUnavailable
from stentor.core.message import Message
from stentor.core.pricing import Price
from stentor.smpp import CommandStatus as Status
from stentor.smpp import tlv
from stentor.smpp.pdu import DataSm, DistributionList, SmeAddress, SubmitMulti, SubmitSm
from stentor.smpp.tlv import Tag
from support.customers import ACME, Customers, customers
from support.esme import esme, submit_sm
from support.making import HOUR, START
from support.platform import until


async def sent(world: Customers, count: int = 1) -> list[Message]:
    await until(lambda: len(world.messages()) >= count)
    return world.messages()


async def test_answers_come_in_the_order_of_the_requests(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        pdus = [submit_sm(short_message=b"%d" % n, dest_addr_ton=5 if n % 7 == 3 else 1) for n in range(600)]
        await one.answers(*pdus)
        assert [pdu.sequence for pdu in one.order] == list(range(2, 602))
        refused = [n for n, pdu in enumerate(one.order) if pdu.status == Status.ESME_RINVDSTTON]
        assert refused == list(range(3, 600, 7))
        messages = await sent(world, 600 - len(refused))
        assert sorted(int(message.text) for message in messages) == [n for n in range(600) if n % 7 != 3]
        ids: list[Any] = [pdu for pdu in one.order if not pdu.status]
        assert len({answer.message_id for answer in ids}) == len(ids)


async def test_what_was_answered_is_on_disk(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        answer = await one.submit(short_message=b"durable")
        story = world.store.story(world.engine.ids.number(answer.message_id), 1)
        assert (story.message.text, story.message.sender, story.message.recipient) == (
            "durable",
            "Stentor",
            "41793026727",
        )
        assert world.store.balance(1) == 999 * 10_000


DATA = [
    (0, b"plain @\x00", "plain ¡@", None),
    (1, b"plain", "plain", None),
    (3, "caf\u00e9".encode("latin-1"), "caf\u00e9", b"caf\xe9"),
    (4, b"\x00\x01\xff", "", b"\x00\x01\xff"),
    (8, "Grüezi".encode("utf-16-be"), "Grüezi", "Grüezi".encode("utf-16-be")),
    (24, "Grüezi".encode("utf-16-be"), "Grüezi", "Grüezi".encode("utf-16-be")),
    (240, b"now", "now", None),
    (245, b"\x01\x02", "", b"\x01\x02"),
    (0, b"\xe9 no septet", None, b"\xe9 no septet"),
]


@pytest.mark.parametrize(("data_coding", "octets", "text", "data"), DATA)
async def test_every_data_coding(
    tmp_path: Path, data_coding: int, octets: bytes, text: str | None, data: bytes | None
) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        assert (await one.submit(data_coding=data_coding, short_message=octets)).status == 0
        (message,) = await sent(world)
        (part,) = world.engine.net.seen
        if text is not None:
            assert message.text == text
        assert part.data_coding == (0 if data_coding == 1 else data_coding)
        assert part.octets == (octets if data is None else data)
        assert message.flash == (data_coding == 240)


async def test_an_account_that_writes_latin_1(tmp_path: Path) -> None:
    async with customers(tmp_path, acme=replace(ACME, smpp_alphabet="Latin-1")) as world, esme(world.port) as one:
        await one.submit(short_message="\u00e4 @ \u00e9".encode("latin-1"))
        await one.submit(short_message="\u00e1".encode("latin-1"))
        header = bytes.fromhex("050003070201")
        await one.submit(esm_class=0x40, short_message=header + "\u00e4@".encode("latin-1"))
        messages = await sent(world, 3)
        parts = world.engine.net.seen
        assert [message.text for message in messages] == ["ä @ é", "á", "ä@"]
        assert [(part.data_coding, part.octets) for part in parts] == [
            (0, b"\x7b \x00 \x05"),
            (8, "á".encode("utf-16-be")),
            (0, header + b"\x7b\x00"),
        ]


async def test_long_messages_by_header_by_sar_and_by_payload(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        header = bytes.fromhex("050003070201")
        await one.submit(esm_class=0x40, short_message=header + b"a" * 153)
        sar = [
            tlv.integer(Tag.SAR_MSG_REF_NUM, 0x107),
            tlv.integer(Tag.SAR_TOTAL_SEGMENTS, 2),
            tlv.integer(Tag.SAR_SEGMENT_SEQNUM, 2),
        ]
        await one.submit(short_message=b"b" * 153, tlvs=tuple(sar))
        await one.submit(short_message=b"", tlvs=(tlv.octets(Tag.MESSAGE_PAYLOAD, b"c" * 400),))
        await until(lambda: len(world.engine.net.seen) == 5)
        first, second, *third = world.engine.net.seen
        assert (first.esm_class, first.octets, first.message.parts) == (0x40, header + b"a" * 153, 1)
        assert (second.esm_class, second.octets) == (0x40, bytes.fromhex("050003070202") + b"b" * 153)
        assert [part.octets for part in third] == [b"c" * 153, b"c" * 153, b"c" * 94]
        assert third[0].message.parts == 3


async def test_ports_become_a_header(tmp_path: Path) -> None:
    ports = (tlv.integer(Tag.DESTINATION_PORT, 2948), tlv.integer(Tag.SOURCE_PORT, 9200))
    async with customers(tmp_path) as world, esme(world.port) as one:
        await one.submit(data_coding=245, short_message=b"\x01\x06", tlvs=ports)
        await sent(world)
        (part,) = world.engine.net.seen
        assert (part.octets, part.elements) == (b"\x01\x06", bytes.fromhex("05040b8423f0"))


REFUSED: list[tuple[dict[str, Any], Status]] = [
    ({"dest_addr_ton": 5}, Status.ESME_RINVDSTTON),
    ({"dest_addr_ton": 7}, Status.ESME_RINVDSTTON),
    ({"dest_addr_npi": 2}, Status.ESME_RINVDSTNPI),
    ({"source_addr_ton": 7}, Status.ESME_RINVSRCTON),
    ({"source_addr_npi": 5}, Status.ESME_RINVSRCNPI),
    ({"destination_addr": ""}, Status.ESME_RINVDSTADR),
    ({"destination_addr": "12"}, Status.ESME_RINVDSTADR),
    ({"destination_addr": "not a number"}, Status.ESME_RINVDSTADR),
    ({"source_addr": "a sender too long"}, Status.ESME_RINVSRCADR),
    ({"source_addr": ""}, Status.ESME_RINVSRCADR),
    ({"registered_delivery": 3}, Status.ESME_RINVREGDLVFLG),
    ({"priority_flag": 9}, Status.ESME_RINVPRTFLG),
    ({"replace_if_present_flag": 2}, Status.ESME_RINVREPFLAG),
    ({"sm_default_msg_id": 1, "short_message": b""}, Status.ESME_RINVDFTMSGID),
    ({"schedule_delivery_time": "tomorrow"}, Status.ESME_RINVSCHED),
    ({"schedule_delivery_time": "001300000000000R"}, Status.ESME_RINVSCHED),
    ({"validity_period": "later"}, Status.ESME_RINVEXPIRY),
    ({"validity_period": "250101000000000+"}, Status.ESME_RINVEXPIRY),
    ({"esm_class": 0x40, "short_message": b"\xff no header"}, Status.ESME_RINVESMCLASS),
    ({"esm_class": 0x40, "short_message": b""}, Status.ESME_RINVESMCLASS),
    ({"esm_class": 0x40, "short_message": b"\x05\x00\x09\x01\x02\x01hello"}, Status.ESME_RINVESMCLASS),
    ({"esm_class": 0x40, "short_message": b"\x05\x00\x03\x01\x02\x01" + b"x" * 160}, Status.ESME_RINVMSGLEN),
    ({"tlvs": (tlv.integer(Tag.SAR_MSG_REF_NUM, 1),)}, Status.ESME_RMISSINGOPTPARAM),
    (
        {
            "esm_class": 0x40,
            "short_message": b"\x05\x00\x03\x01\x02\x01x",
            "tlvs": (tlv.integer(Tag.DESTINATION_PORT, 1),),
        },
        Status.ESME_ROPTPARNOTALLWD,
    ),
    (
        {
            "tlvs": (
                tlv.integer(Tag.SAR_MSG_REF_NUM, 1),
                tlv.integer(Tag.SAR_TOTAL_SEGMENTS, 2),
                tlv.integer(Tag.SAR_SEGMENT_SEQNUM, 3),
            )
        },
        Status.ESME_RINVOPTPARAMVAL,
    ),
]


async def test_what_is_refused_and_how(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        answers = await one.answers(*(submit_sm(**fields) for fields, _ in REFUSED))
        assert [Status(answer.status) for answer in answers] == [status for _, status in REFUSED]
        assert world.messages() == []


async def test_the_documents_own_statuses(tmp_path: Path) -> None:
    """003 §4.3."""
    prices = [Price("dear", "CH", 10_000), Price("dear", "DE", 11_000_000)]
    blocked = Blocked(number="41790000000", account="*")
    acme = replace(ACME, plan="dear", senders=("Stentor",))
    async with customers(tmp_path, *prices, blocked, acme=acme) as world, esme(world.port) as one:
        asked = [
            submit_sm(destination_addr="33612345678"),  # no price for France
            submit_sm(destination_addr="491701234567"),  # costs more than there is
            submit_sm(source_addr="Another"),
            submit_sm(destination_addr="41790000000"),
            submit_sm(),
        ]
        answers = await one.answers(*asked)
        assert [answer.status for answer in answers] == [0x22, 0xFF, 0x0A, 0x0B, 0]


async def test_no_route(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        world.rulebook.apply(world.rulebook.book.difference((), (("rule", "all"),)))
        assert (await one.submit()).status == 0x4A1


async def test_the_rate_of_an_account(tmp_path: Path) -> None:
    async with customers(tmp_path, acme=replace(ACME, rate=10.0)) as world, esme(world.port) as one:
        answers = await one.answers(*(submit_sm() for _ in range(25)))
        assert [answer.status for answer in answers] == [0] * 10 + [Status.ESME_RTHROTTLED] * 15
        world.engine.clock.pass_ms(500)
        answers = await one.answers(*(submit_sm() for _ in range(25)))
        assert [answer.status for answer in answers].count(0) == 5
        assert len(await sent(world, 15)) == 15


SEVEN_YEARS = int(datetime(2032, 12, 20, 19, 9, 42, 100_000, UTC).timestamp() * 1000)


async def test_times_relative_and_absolute(tmp_path: Path) -> None:
    moment = datetime.fromtimestamp(START / 1000 + 7_200, UTC)
    async with customers(tmp_path) as world, esme(world.port) as one:
        answers = await one.answers(
            submit_sm(schedule_delivery_time="000000010000000R"),
            submit_sm(schedule_delivery_time=f"{moment:%y%m%d%H%M%S}000+", validity_period="000000030000000R"),
            submit_sm(validity_period="000000000500000R"),
            submit_sm(
                schedule_delivery_time="070605040302100R"
            ),  # the documents' own: 7 years, 6 months ... (003 §3.1)
        )
        stories = [world.store.story(world.engine.ids.number(one.message_id), 1).message for one in answers]
        assert [(m.status, m.sent_at - START, m.expires_at - m.sent_at) for m in stories] == [
            (26, HOUR, 48 * HOUR),
            (26, 2 * HOUR, HOUR),
            (7, 0, 300_000),
            (26, SEVEN_YEARS - START, 48 * HOUR),
        ]


async def test_campaign_and_odd_senders_go_on_to_the_network(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        campaign = (tlv.cstring(Tag.CAMPAIGN_ID, "C-17"),)
        await one.submit(tlvs=campaign)
        await one.submit(source_addr="70007", source_addr_ton=3, protocol_id=0x41)
        first, second = await sent(world, 2)
        assert content.read(first.extra or "{}").campaign == "C-17"
        kept = content.read(second.extra or "{}")
        assert (kept.source, kept.protocol_id) == ((3, 0), 0x41)


async def test_data_sm(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        pdu = DataSm(
            source_addr="Stentor",
            destination_addr="41793026727",
            tlvs=(tlv.octets(Tag.MESSAGE_PAYLOAD, b"as payload"),),
        )
        (answer,) = await one.answers(pdu)
        assert answer.status == 0
        assert answer.message_id
        assert [message.text for message in await sent(world)] == ["as payload"]


async def test_submit_multi(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        numbers = [SmeAddress(destination_addr=f"4179302672{n}", dest_addr_ton=1, dest_addr_npi=1) for n in range(3)]
        wrong = SmeAddress(destination_addr="12", dest_addr_ton=1, dest_addr_npi=1)
        pdu = SubmitMulti(
            source_addr="Stentor",
            dest_address=(*numbers, wrong, DistributionList(dl_name="friends")),
            registered_delivery=1,
            short_message=b"to all",
        )
        (answer,) = await one.answers(pdu)
        assert answer.status == 0
        assert [(bad.destination_addr, bad.error_status_code) for bad in answer.unsuccess_sme] == [
            ("friends", Status.ESME_RINVDLNAME),
            ("12", Status.ESME_RINVDSTADR),
        ]
        await sent(world, 3)
        for _ in range(3):
            world.end()
        receipts = await one.receives(3)
        assert {receipt.source_addr for receipt in receipts} == {number.destination_addr for number in numbers}
        assert {(receipt.source_addr_ton, receipt.source_addr_npi) for receipt in receipts} == {(1, 1)}
        assert all(f"id:{answer.message_id} ".encode() in receipt.short_message for receipt in receipts)
        (nobody,) = await one.answers(replace(pdu, dest_address=(wrong,)))
        assert nobody.status == Status.ESME_RINVDSTADR


async def test_flash_notifications_take_no_long_ones(tmp_path: Path) -> None:
    """003 §3.3."""
    async with customers(tmp_path) as world, esme(world.port, system_type="NSMS") as one:
        asked: list[SubmitSm] = [
            submit_sm(),
            submit_sm(data_coding=8, short_message="ж".encode("utf-16-be")),
            submit_sm(short_message=b"x" * 160),
            submit_sm(short_message=b"x" * 161),
            submit_sm(data_coding=8, short_message="ж".encode("utf-16-be") * 71),
            submit_sm(esm_class=0x40, short_message=b"\x05\x00\x03\x01\x02\x01x"),
        ]
        answers = await one.answers(*asked)
        assert [answer.status for answer in answers] == [0, 0, 0, 1, 1, 1]
        await sent(world, 3)
        assert [part.data_coding for part in world.engine.net.seen] == [240, 24, 240]


async def test_two_sessions_of_an_account_at_once(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port, "tx") as one, esme(world.port, "tx") as two:
        answers = await asyncio.gather(
            one.answers(*(submit_sm() for _ in range(200))), two.answers(*(submit_sm() for _ in range(200)))
        )
        assert all(answer.status == 0 for some in answers for answer in some)
        assert len(await sent(world, 400)) == 400


async def test_a_disk_that_refuses(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        accept = world.store.accept

        async def refuse(_: Any) -> None:
            raise StoreUnavailable("full")

        world.store.accept = refuse
        assert [answer.status for answer in await one.answers(submit_sm(), submit_sm())] == [Status.ESME_RSYSERR] * 2
        world.store.accept = accept
        assert (await one.submit()).status == 0
        assert len(await sent(world)) == 1
