"""Messages from phones that an SMSC delivers over a real socket, to the platform's disk and back to the SMSC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stentor.connectors.simulated.smsc import SimulatedSmsc, SmscOptions
from stentor.connectors.smsc.connector import SmscConnector
from stentor.connectors.smsc.options import SmscOptions as LinkOptions
from stentor.core.errors import StoreUnavailable
from stentor.core.inbound import Inbound
from stentor.engine.inbox import Arrivals
from stentor.engine.upstream import EngineDoor
from stentor.smpp.pdu import AlertNotification, DataSm, DataSmResp, DeliverSm, DeliverSmResp
from stentor.smpp.tlv import Tag
from stentor.text import Alphabet, data_coding_for, encode, national, udh
from support.inbox import NUMBERS, OWN, Bench
from support.making import book, define
from support.platform import Engine, engine, until
from support.smsc_link import HOST, WireTap
from support.waiting import PATIENCE_S

LOGIN = "us"
LONG = "It is a truth universally acknowledged, " * 10


class Link:
    """The inbox on the engine's store, its link, a wire tap, and the SMSC."""

    def __init__(self, running: Engine, smsc: SimulatedSmsc, tap: WireTap) -> None:
        self.smsc, self.tap = smsc, tap
        self.bench = Bench(running.store, running.clock)
        self.arrivals = Arrivals(self.bench.inbox)
        door = EngineDoor(running.dispatcher, running.receipts, self.arrivals)
        options = LinkOptions(name="smsc", host=HOST, port=tap.port, system_id=LOGIN)
        self.connector = SmscConnector(options, door, running.clock)
        running.dispatcher.add(self.connector)

    def phone(self, *pdus: DeliverSm) -> None:
        self.smsc.from_phones(LOGIN, pdus)

    @property
    def answers(self) -> list[int]:
        return [pdu.status for pdu in self.tap.pdus if isinstance(pdu, DeliverSmResp)]

    async def pulled(self, count: int = 1) -> list[Inbound]:
        found: list[Inbound] = []
        async with asyncio.timeout(PATIENCE_S):
            while len(found) < count:
                found += await self.bench.rows.take(1, 100)
                await asyncio.sleep(0.005)
        return found


@asynccontextmanager
async def link(folder: Path) -> AsyncIterator[Link]:
    network = SimulatedSmsc(SmscOptions(delay=0.01))
    tap = WireTap(await network.start(HOST, 0))
    await tap.start()
    try:
        async with engine(folder) as running:
            await define(running.store, *book(), *NUMBERS)
            one = Link(running, network, tap)
            one.arrivals.start()
            await one.connector.start()
            try:
                await until(lambda: one.connector.state().bound)
                yield one
            finally:
                await one.connector.stop()
                await one.arrivals.stop()
    finally:
        await network.stop()
        await tap.cut()


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Link]:
    async with link(tmp_path) as running:
        yield running


def from_phone(text: str, to: str = OWN, *, form: str = "udh", shift: national.Shift | None = None) -> list[DeliverSm]:
    """A text as an SMSC delivers it: parts with a header, with sar_ parameters, or in one payload."""
    encoded = encode(text, shift=shift)
    total, coding = len(encoded.parts), data_coding_for(encoded.alphabet)
    base = DeliverSm(source_addr_ton=1, source_addr="+41791112233", destination_addr=to, data_coding=coding)
    if form == "payload":
        whole = text.encode("utf-16-be") if encoded.alphabet is Alphabet.UCS2 else b"".join(encoded.parts)
        return [_with(base, b"", ((Tag.MESSAGE_PAYLOAD, whole),))]
    found = []
    for number, octets in enumerate(encoded.parts, start=1):
        if form == "sar" and total > 1:
            tlvs = (
                (Tag.SAR_MSG_REF_NUM, b"\x01\x07"),
                (Tag.SAR_TOTAL_SEGMENTS, bytes((total,))),
                (Tag.SAR_SEGMENT_SEQNUM, bytes((number,))),
            )
            found.append(_with(base, octets, tlvs))
        elif total > 1 or encoded.elements:
            header = udh(7, total, number, 16 if form == "udh16" else 8, encoded.elements)
            found.append(_with(base, header + octets, (), esm_class=0x40))
        else:
            found.append(_with(base, octets, ()))
    return found


def _with(base: DeliverSm, data: bytes, tlvs: tuple[tuple[int, bytes], ...], esm_class: int = 0) -> DeliverSm:
    return DeliverSm(
        source_addr_ton=base.source_addr_ton,
        source_addr=base.source_addr,
        destination_addr=base.destination_addr,
        data_coding=base.data_coding,
        short_message=data,
        tlvs=tlvs,
        esm_class=esm_class,
    )


@pytest.mark.parametrize("text", ["ABC €[]", "Ärger", "Привет 😀", LONG, "😀" * 150])
@pytest.mark.parametrize("form", ["udh", "udh16", "sar", "payload"])
async def test_texts_in_every_form(one: Link, text: str, form: str) -> None:
    sent = from_phone(text, form=form)
    one.phone(*reversed(sent))
    (message,) = await one.pulled()
    assert (message.text, message.sender, message.recipient) == (text, "41791112233", OWN)
    assert message.parts == len(sent)
    await until(lambda: one.answers == [0] * len(sent))


async def test_national_tables(one: Link) -> None:
    text = "Şeker bayramı kutlu olsun ğ"
    one.phone(*from_phone(text, shift=national.Shift(1, single=True, locking=True)))
    assert (await one.pulled())[0].text == text


async def test_octets(one: Link) -> None:
    one.phone(DeliverSm(source_addr="1", destination_addr=OWN, data_coding=4, short_message=b"\x00\xff"))
    (message,) = await one.pulled()
    assert (message.text, message.data, message.data_coding) == ("", b"\x00\xff", 4)


async def test_an_empty_message(one: Link) -> None:
    one.phone(DeliverSm(source_addr="1", destination_addr=OWN))
    assert (await one.pulled())[0].text == ""


async def test_nobodys_number_is_taken_all_the_same(one: Link) -> None:
    one.phone(*from_phone("hello", "4999"))
    await until(lambda: one.answers == [0])
    assert one.bench.inbox.counts.received["nobody"] == 1


async def test_what_is_not_on_disk_comes_again(one: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = 0
    write = one.bench.rows.receive

    async def sometimes(received: object) -> None:
        nonlocal refused
        refused += 1
        if refused < 3:
            raise StoreUnavailable("disk full")
        await write(received)  # type: ignore[arg-type]

    monkeypatch.setattr(one.bench.rows, "receive", sometimes)
    one.phone(*from_phone("hello"))
    assert [message.text for message in await one.pulled()] == ["hello"]
    await until(lambda: len(one.answers) == 3)
    assert one.answers == [0x64, 0x64, 0], "ESME_RX_T_APPN: for now"


async def test_a_thousand_at_once(one: Link) -> None:
    one.phone(*(pdu for number in range(1000) for pdu in from_phone(f"message {number}")))
    found = await one.pulled(1000)
    assert {message.text for message in found} == {f"message {number}" for number in range(1000)}
    await until(lambda: one.answers == [0] * 1000)


async def test_data_sm_and_what_asks_for_no_answer(one: Link) -> None:
    connection, now = one.smsc._connections[LOGIN][0], asyncio.get_running_loop().time()
    payload = ((Tag.MESSAGE_PAYLOAD, b"by data sm"),)
    connection._session.send(AlertNotification(source_addr="1"), now, None)
    connection._session.send(DataSm(source_addr="1", destination_addr=OWN, tlvs=payload), now, None)
    connection._flush()
    assert (await one.pulled())[0].text == "by data sm"
    await until(lambda: [pdu.status for pdu in one.tap.pdus if isinstance(pdu, DataSmResp)] == [0])
