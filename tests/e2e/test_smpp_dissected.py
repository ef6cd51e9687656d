"""Another reader of the standard, Wireshark's dissector, finds nothing malformed in what we and our customers say."""

from __future__ import annotations

from pathlib import Path

from stentor.smpp import tlv
from stentor.smpp.pdu import EnquireLink, QuerySm
from stentor.smpp.tlv import Tag
from support.capture import needs_tshark, nothing_malformed, pcap
from support.customers import customers
from support.esme import Esme, submit_sm
from support.platform import until


@needs_tshark
async def test_a_session_with_messages_and_receipts(tmp_path: Path) -> None:
    nothing_malformed(tmp_path, await session(tmp_path / "world"))


async def session(folder: Path) -> list[tuple[bool, bytes]]:
    """What is said from the bind to the end, with a receipt, long messages and a refusal."""
    spoken: list[tuple[bool, bytes]] = []
    async with customers(folder) as world:
        one = Esme()
        one.spoken = spoken
        await one.connect(world.port)
        await one.bind()
        await one.ask(submit_sm(registered_delivery=1))[0]
        await until(world.messages)
        world.end(5)
        asked = one.ask(
            submit_sm(data_coding=8, short_message="Καλημέρα".encode("utf-16-be")),
            submit_sm(short_message=b"", tlvs=(tlv.octets(Tag.MESSAGE_PAYLOAD, b"long " * 100),)),
            submit_sm(tlvs=(tlv.cstring(Tag.CAMPAIGN_ID, "c-1"),)),
            submit_sm(destination_addr="nobody"),
            QuerySm(message_id="nothing"),
            EnquireLink(),
        )
        for future in asked:
            await future
        await until(lambda: one.given)
        one.unbind()
        await one.closed.wait()
    return spoken


async def test_the_capture_holds_what_was_said(tmp_path: Path) -> None:
    """Needs no analyser: so the tests above have something to look at."""
    spoken = await session(tmp_path / "world")
    assert {ours for ours, _ in spoken} == {True, False}
    written = pcap(spoken)
    assert written[:4] == b"\xd4\xc3\xb2\xa1"
    assert len(written) > sum(len(octets) + 40 for _, octets in spoken)
