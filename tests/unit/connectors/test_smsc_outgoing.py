from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.connectors.smsc.outgoing import Style, source_type, submit_sm
from stentor.core.content import Extra, written
from stentor.core.message import Message
from stentor.core.ports import OutgoingPart
from stentor.engine.encoding import parts_of
from stentor.smpp import decode, encode
from stentor.smpp.pdu import SubmitSm
from stentor.smpp.tlv import Tag
from stentor.text import gsm7, segments
from support.making import HOUR, START, message

LONG = "a" * 200


def made(one: Message, style: Style = Style(), now: int = START) -> list[SubmitSm]:  # noqa: B008 - frozen
    whole = style.long_messages == "payload"
    parts = parts_of(one, whole=whole, reference_bits=style.reference_bits)
    return [submit_sm(part, style, now) for part in parts]


def first(style: Style = Style(), now: int = START, **changes: Any) -> SubmitSm:  # noqa: B008 - frozen
    return made(message(**changes), style, now)[0]


@pytest.mark.parametrize(
    ("sender", "kind", "address"),
    [
        ("Stentor", (5, 0), "Stentor"),
        ("41793026727", (1, 1), "41793026727"),
        ("+41793026727", (1, 1), "41793026727"),
        ("12345", (1, 1), "12345"),
        ("A1", (5, 0), "A1"),
        ("+A", (5, 0), "+A"),
    ],
)
def test_the_sender(sender: str, kind: tuple[int, int], address: str) -> None:
    pdu = first(sender=sender)
    assert source_type(sender) == kind
    assert (pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr) == (*kind, address)


@pytest.mark.parametrize(
    ("name", "octets"), [("C-17", b"C-17\0"), ("été", b"\xe9t\xe9\0"), ("Весна", "Весна".encode() + b"\0")]
)
def test_the_campaign(name: str, octets: bytes) -> None:
    pdu = first(extra=written(Extra(campaign=name)))
    assert pdu.tlvs == ((Tag.CAMPAIGN_ID, octets),)


def test_a_short_message() -> None:
    pdu = first(Style(service_type="WAP"), text="h\u00e9llo")
    assert (pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr) == (1, 1, "41793026727")
    assert (pdu.esm_class, pdu.data_coding, pdu.short_message) == (0, 0, b"h\x05llo")
    assert (pdu.tlvs, pdu.service_type, pdu.registered_delivery) == ((), "WAP", 1)


def test_unicode_and_flash() -> None:
    pdu = first(text="\u4f60", flash=True)
    assert (pdu.data_coding, pdu.short_message) == (24, b"\x4f\x60")


@pytest.mark.parametrize(
    ("wanted", "asked", "value"), [(True, True, 0x11), (True, False, 1), (False, True, 1), (False, False, 1)]
)
def test_intermediate_notifications(value: int, *, wanted: bool, asked: bool) -> None:
    assert first(Style(intermediate=asked), intermediate=wanted).registered_delivery == value


@pytest.mark.parametrize(
    ("given_ms", "later_ms", "period"),
    [
        (48 * HOUR, 0, ""),
        (48 * HOUR, HOUR, ""),
        (HOUR, 0, "000000010000000R"),
        (HOUR, HOUR // 2, "000000003000000R"),
        (HOUR, HOUR - 1, "000000000001000R"),
        (HOUR, 2 * HOUR, "000000000001000R"),
        (47 * HOUR, 0, "000001230000000R"),
    ],
)
def test_validity(given_ms: int, later_ms: int, period: str) -> None:
    assert first(expires_at=START + given_ms, now=START + later_ms).validity_period == period


@pytest.mark.parametrize(("bits", "header"), [(8, 6), (16, 7)])
def test_udh(bits: Any, header: int) -> None:
    pdus = made(message(text=LONG), Style(reference_bits=bits))
    assert [pdu.esm_class for pdu in pdus] == [0x40, 0x40]
    udhs = [pdu.short_message[:header] for pdu in pdus]
    assert [(len(udh), udh[0], udh[-2], udh[-1]) for udh in udhs] == [(header, header - 1, 2, n) for n in (1, 2)]
    assert udhs[0][3:-2] == udhs[1][3:-2]
    assert b"".join(pdu.short_message[header:] for pdu in pdus) == LONG.encode()


def test_sar() -> None:
    pdus = made(message(text=LONG), Style(long_messages="sar"))
    assert [pdu.esm_class for pdu in pdus] == [0, 0]
    tags = [dict(pdu.tlvs) for pdu in pdus]
    assert [tag[Tag.SAR_SEGMENT_SEQNUM] for tag in tags] == [b"\x01", b"\x02"]
    assert [tag[Tag.SAR_TOTAL_SEGMENTS] for tag in tags] == [b"\x02", b"\x02"]
    assert tags[0][Tag.SAR_MSG_REF_NUM] == tags[1][Tag.SAR_MSG_REF_NUM]
    assert len(tags[0][Tag.SAR_MSG_REF_NUM]) == 2
    assert b"".join(pdu.short_message for pdu in pdus) == LONG.encode()


@pytest.mark.parametrize(("length", "payload"), [(254, False), (255, True), (2_000, True)])
def test_payload(length: int, *, payload: bool) -> None:
    (pdu,) = made(message(text="a" * length), Style(long_messages="payload"))
    assert pdu.esm_class == 0
    assert pdu.short_message == (b"" if payload else b"a" * length)
    assert pdu.tlvs == (((int(Tag.MESSAGE_PAYLOAD), b"a" * length),) if payload else ())


def test_packed() -> None:
    assert first(Style(packed=True), text="hello").short_message == gsm7.pack(b"hello")
    assert first(Style(packed=True), text="\u4f60").short_message == b"\x4f\x60"
    for bits, fill in ((8, 1), (16, 0)):
        pdu = first(Style(packed=True, reference_bits=bits), text=LONG)  # type: ignore[arg-type]
        header = pdu.short_message[0] + 1
        assert len(pdu.short_message) == 140
        assert gsm7.unpack(pdu.short_message[header:], 153 if bits == 8 else 152, fill) == b"a" * (153 - (bits == 16))


STYLES = st.builds(
    Style,
    st.sampled_from(["udh", "sar", "payload"]),
    st.sampled_from([8, 16]),
    st.booleans(),
    st.just(""),
    st.booleans(),
)


@given(st.text(st.sampled_from("ab\u20ac\u4f60\U0001f600"), max_size=500), STYLES)
def test_every_message_can_be_written(text: str, style: Style) -> None:
    for pdu in made(message(text=text), style):
        assert len(pdu.short_message) <= 254
        assert decode(encode(pdu, 7)) == SubmitSm(**{**_fields(pdu), "sequence": 7})
    assert all(isinstance(part, OutgoingPart) for part in parts_of(message(), whole=False, reference_bits=8))
    assert segments.encode(text).count >= 1


def _fields(pdu: SubmitSm) -> dict[str, Any]:
    return {name: getattr(pdu, name) for name in pdu.__struct_fields__}
