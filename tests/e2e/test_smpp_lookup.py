"""Number lookups and inbound messages over SMPP, through the whole program (003 §3.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from stentor.app.platform import Platform
from stentor.config import parse
from stentor.smpp import CommandStatus as Status
from stentor.smpp import receipt, tlv
from stentor.smpp.tlv import Tag
from support.esme import esme, submit_sm
from support.process import Demo
from support.web import Client

NUMBER = "41793026727"
SHOP = """
[storage]
data = {data}
[http]
port = 0
[smpp]
port = 0
[[connectors]]
type = "simulated"
[[resolvers]]
type = "simulated"
[[prices]]
price = "0.01"
plan = "lookup"
[[accounts]]
name = "shop"
users = {{ shop = "shop" }}
credit = "100"
[[numbers]]
number = "7000"
account = "shop"
way = "smpp"
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    one = Demo(tmp_path_factory.mktemp("demo"))
    yield one
    assert one.stop() == 0
    assert "Traceback" not in one.stderr()


async def test_a_lookup_is_answered_and_its_result_delivered(demo: Demo) -> None:
    port = demo.facts["smpp"]["port"]
    async with esme(port, system_id="test", password="test", system_type="HLR") as one:
        asked = [submit_sm(destination_addr=NUMBER, source_addr="ignored", source_addr_ton=9) for _ in range(2)]
        answers = await one.answers(*asked, submit_sm(destination_addr="12"))
        assert [answer.status for answer in answers] == [0, 0, Status.ESME_RINVDSTADR]
        assert len({answer.message_id for answer in answers[:2]}) == 2
        given = await one.receives(2)
        for pdu in given:
            said = receipt.read(pdu)
            assert said is not None
            assert said.message_id in {answer.message_id for answer in answers}
            assert (pdu.source_addr, pdu.destination_addr) == (NUMBER, "0000000000")
            assert tlv.find_integer(pdu.tlvs, Tag.IS_NUMBER_CORRECT) == 1
            assert pdu.short_message.decode().split(" ")[9].startswith("IMSI:")


async def test_results_wait_for_a_session(demo: Demo) -> None:
    port = demo.facts["smpp"]["port"]
    async with esme(port, "tx", system_id="demo2", password="demo2", system_type="HLR") as one:
        answer = await one.submit(destination_addr=NUMBER)
        assert answer.status == 0
    await asyncio.sleep(0.5)
    async with esme(port, "rx", system_id="demo2", password="demo2") as one:
        (pdu,) = await one.receives(1)
        assert f"id:{answer.message_id} ".encode() in pdu.short_message


async def test_a_phone_writes_to_a_session(demo: Demo) -> None:
    admin = Client(demo.url, f"Bearer {demo.facts['admin_token']}")
    number = {"number": "41790000002", "account": "demo2", "way": "smpp"}
    made = admin.post("/admin/1/numbers", number)
    assert made.status in (200, 201), made.body
    text = "A phone writes a message that is so long that it comes in more than one part, each with a header. " * 2
    async with esme(demo.facts["smpp"]["port"], "rx", system_id="demo2", password="demo2") as one:
        for said in ("hello", text):
            body = {"from": "41793026727", "to": "41790000002", "text": said}
            sent = await asyncio.to_thread(admin.post, "/admin/1/trigger/mo", body)
            assert sent.status == 200, json.dumps(sent.json)
        first, *parts = await one.receives(3)
        assert (first.short_message, first.source_addr, first.destination_addr) == (
            b"hello",
            "41793026727",
            "41790000002",
        )
        assert b"".join(part.short_message[6:] for part in parts) == text.encode()


async def test_what_is_new_goes_to_the_sessions_when_it_is_written(tmp_path: Path) -> None:
    """Without the look at the disk twice a second."""
    text = SHOP.format(data=json.dumps(str(tmp_path / "data")))
    running = Platform(parse(text, "test"))
    tick = running.smpp.deliverer.tick
    running.timekeeper.duties = tuple(duty for duty in running.timekeeper.duties if duty[1] != tick)
    await running.start()
    try:
        port = running.smpp.port
        assert port is not None
        async with esme(port, system_id="shop", password="shop", system_type="HLR") as one:
            for count in (1, 3):
                await running.receiving.write(None, NUMBER, "7000", "hello")
                await one.receives(count)
                assert (await one.submit(destination_addr=NUMBER)).status == 0
                await one.receives(count + 1)
    finally:
        await running.stop()
