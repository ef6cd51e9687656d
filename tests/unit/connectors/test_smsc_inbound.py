"""deliver_sm and data_sm as parts: concatenation in every form, payloads, packed septets, broken headers."""

from __future__ import annotations

import pytest

from stentor.connectors.smsc.inbound import part_of
from stentor.core.assembly import InboundPart, joined
from stentor.smpp.pdu import DataSm, DeliverSm
from stentor.smpp.tlv import Tag
from stentor.text import gsm7, udh

UDHI = 0x40


def deliver(data: bytes, *, tlvs: tuple[tuple[int, bytes], ...] = (), coding: int = 0, esm: int = 0) -> DeliverSm:
    return DeliverSm(
        source_addr="41791112233",
        destination_addr="7000",
        short_message=data,
        data_coding=coding,
        esm_class=esm,
        tlvs=tlvs,
    )


def part(data: bytes, *, tlvs: tuple[tuple[int, bytes], ...] = (), coding: int = 0, esm: int = 0) -> InboundPart:
    return part_of("net", deliver(data, tlvs=tlvs, coding=coding, esm=esm), 7)


def sar(reference: int, total: int, number: int) -> tuple[tuple[int, bytes], ...]:
    return (
        (Tag.SAR_MSG_REF_NUM, reference.to_bytes(2, "big")),
        (Tag.SAR_TOTAL_SEGMENTS, bytes((total,))),
        (Tag.SAR_SEGMENT_SEQNUM, bytes((number,))),
    )


def test_a_whole_message() -> None:
    assert part(b"ABC") == InboundPart("net", "41791112233", "7000", b"ABC", 0, 0, 7)


@pytest.mark.parametrize(
    ("header", "reference"), [(udh(300, 3, 2), "8:44"), (udh(300, 3, 2, 16), "16:300"), (udh(7, 3, 2), "8:7")]
)
def test_concatenation_in_the_header(header: bytes, reference: str) -> None:
    one = part(header + b"ABC", esm=UDHI)
    assert (one.reference, one.total, one.number, one.data, one.header, one.esm_class) == (
        reference, 3, 2, b"ABC", b"", 0,
    )  # fmt: skip


def test_concatenation_in_parameters() -> None:
    one = part(b"ABC", tlvs=sar(500, 3, 2))
    assert (one.reference, one.total, one.number) == ("sar:500", 3, 2)


@pytest.mark.parametrize("tlvs", [sar(1, 0, 0), sar(1, 2, 3), sar(1, 2, 0), sar(1, 2, 1)[:2]])
def test_bad_parameters_are_no_concatenation(tlvs: tuple[tuple[int, bytes], ...]) -> None:
    assert part(b"ABC", tlvs=tlvs).reference == ""


def test_message_payload() -> None:
    long = b"x" * 1000
    assert part(b"", tlvs=((Tag.MESSAGE_PAYLOAD, long),)).data == long
    data_sm = DataSm(source_addr="1", destination_addr="2", data_coding=8, tlvs=((Tag.MESSAGE_PAYLOAD, b"\x04\x16"),))
    assert joined([part_of("net", data_sm, 7)]).text == "Ж"
    in_payload = part(b"", tlvs=((Tag.MESSAGE_PAYLOAD, udh(9, 2, 1) + b"ABC"),), esm=UDHI)
    assert (in_payload.reference, in_payload.data) == ("8:9", b"ABC")


def test_other_elements_stay_in_the_header() -> None:
    ports = bytes.fromhex("050415810000")
    header = bytes((len(ports) + 5,)) + bytes.fromhex("0003070201") + ports
    one = part(header + b"ABC", coding=4, esm=UDHI)
    assert (one.reference, one.header, one.data) == ("8:7", ports, b"ABC")
    whole = joined([one])
    assert (whole.data, whole.esm_class, whole.text) == (bytes((6,)) + ports + b"ABC", UDHI, "")


@pytest.mark.parametrize("data", [b"", b"\x09\x00", b"\x05\x00\x09\x01", b"\xff" + b"x" * 20])
def test_a_header_that_cannot_be_read_is_none(data: bytes) -> None:
    one = part(data, coding=4, esm=UDHI)
    assert (one.data, one.reference, one.esm_class) == (data, "", 0)


def test_numbers_that_cannot_be_are_no_concatenation() -> None:
    for total, number in ((2, 3), (2, 0), (0, 0)):
        assert part(bytes((5, 0, 3, 9, total, number)) + b"ABC", esm=UDHI).reference == ""


@pytest.mark.parametrize("text", ["", "A", "Hello w", "Hello wo", "Hello wor", "x" * 153, "@@@@@@@", "abc@"])
@pytest.mark.parametrize("header", [b"", udh(7, 2, 1)])
def test_packed_septets(text: str, header: bytes) -> None:
    septets = gsm7.encode(text)
    fill = gsm7.fill_bits_after(len(header)) if header else 0
    one = part_of("net", deliver(header + gsm7.pack(septets, fill), esm=UDHI if header else 0), 7, packed=True)
    found = joined([one]).text
    assert found == text or (text.endswith("@") and found == text[:-1]), "a last @ looks like fill"


def test_packed_links_carry_unicode_as_it_is() -> None:
    pdu = deliver("Ж".encode("utf-16-be"), coding=8)
    assert joined([part_of("net", pdu, 7, packed=True)]).text == "Ж"
