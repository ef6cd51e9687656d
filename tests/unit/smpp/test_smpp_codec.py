"""PDUs to octets and back: by hand, by Hypothesis, and with the fast and the slow path side by side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpp_cases import CASES
from smpp_strategies import ANY_PDU, PAYLOADS, pdus

from stentor.smpp import DecodeError, EncodeError, Pdu, decode, encode, message_of
from stentor.smpp import fast as fast_path
from stentor.smpp import pdu as p
from stentor.smpp.codec import decode_by_layout
from stentor.smpp.layout import LAYOUTS

EACH_CASE = pytest.mark.parametrize(("octets", "pdu"), CASES.values(), ids=CASES.keys())


def on_the_wire(pdu: Pdu) -> Pdu:
    """What of the record the wire carries: an error response is its header (SMPP 3.4 §4.4.2)."""
    if not pdu.status or not p.is_response(pdu.command_id) or (isinstance(pdu, p.DataSmResp) and pdu.tlvs):
        return pdu
    return type(pdu)(sequence=pdu.sequence, status=pdu.status)


def test_every_kind_of_pdu_has_a_case() -> None:
    assert {type(pdu) for _, pdu in CASES.values()} == set(p.PDUS) == set(LAYOUTS)


@EACH_CASE
def test_decode(octets: bytes, pdu: Pdu) -> None:
    assert decode(octets) == pdu
    assert decode(memoryview(octets)) == pdu
    assert decode(bytearray(octets)) == pdu


@EACH_CASE
def test_encode(octets: bytes, pdu: Pdu) -> None:
    assert encode(pdu) == octets


@EACH_CASE
def test_encode_with_another_sequence_number(octets: bytes, pdu: Pdu) -> None:
    assert encode(pdu, 0x01020304) == octets[:12] + b"\1\2\3\4" + octets[16:]


@EACH_CASE
def test_fields_are_the_layouts_fields_in_order(octets: bytes, pdu: Pdu) -> None:
    assert pdu.__struct_fields__ == ("sequence", "status", *(field.name for field in LAYOUTS[type(pdu)]))


def test_a_request_names_its_response() -> None:
    for pdu in p.PDUS:
        if pdu.response is not None:
            assert pdu.response.command_id == pdu.command_id | p.RESPONSE_BIT


@given(ANY_PDU)
def test_round_trip(pdu: Pdu) -> None:
    octets = encode(pdu)
    assert int.from_bytes(octets[:4], "big") == len(octets)
    assert decode(octets) == on_the_wire(pdu)
    assert encode(decode(octets)) == octets


@pytest.mark.parametrize("kind", p.PDUS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_round_trip_of_each_kind(kind: type[Pdu], data: st.DataObject) -> None:
    pdu = data.draw(pdus(kind))
    assert decode(encode(pdu)) == on_the_wire(pdu)


@given(
    st.one_of(pdus(p.SubmitSm), pdus(p.DeliverSm), pdus(p.SubmitSmResp), pdus(p.DeliverSmResp)),
    st.integers(0, 400),
    st.integers(0, 255),
    st.integers(0, 6),
)
def test_the_fast_path_agrees_with_the_slow_one(pdu: Pdu, at: int, value: int, cut: int) -> None:
    """One octet changed and some cut off, so that both the good and the bad are met."""
    octets = bytearray(encode(pdu))
    octets[16 + at % max(1, len(octets) - 16) :] = bytes([value]) + octets[17 + at % max(1, len(octets) - 16) :]
    octets = octets[: max(16, len(octets) - cut)]
    octets[:4] = len(octets).to_bytes(4, "big")
    frame = bytes(octets)
    header = (int(pdu.command_id), pdu.status, pdu.sequence)
    fast = fast_path.READERS[header[0]](frame, *header[1:])
    try:
        slow: Pdu | None = decode_by_layout(frame, *header)
    except DecodeError:
        slow = None
    assert fast is None or fast == slow


@given(st.one_of(pdus(p.SubmitSm), pdus(p.DeliverSm)))
def test_the_fast_path_takes_all_that_is_in_order(pdu: Pdu) -> None:
    assert fast_path.READERS[pdu.command_id](encode(pdu), pdu.status, pdu.sequence) == pdu


@given(pdus(p.SubmitSm), PAYLOADS)
def test_the_text_is_in_one_place_or_the_other(pdu: p.SubmitSm, payload: p.Tlvs) -> None:
    octets = encode(pdu) + b"\4\x24" + len(payload[0][1]).to_bytes(2, "big") + payload[0][1]
    octets = len(octets).to_bytes(4, "big") + octets[4:]
    if pdu.short_message:
        with pytest.raises(DecodeError) as caught:
            decode(octets)
        assert caught.value.status == 0x01
    else:
        decoded = decode(octets)
        assert isinstance(decoded, p.SubmitSm)
        assert message_of(decoded) == payload[0][1]


def test_message_of() -> None:
    payload = ((0x0424, b"payload"),)
    assert message_of(p.SubmitSm(short_message=b"text")) == b"text"
    assert message_of(p.DeliverSm(tlvs=payload)) == b"payload"
    assert message_of(p.DataSm(tlvs=payload)) == b"payload"
    assert message_of(p.DataSm()) == b""
    assert message_of(p.SubmitMulti(short_message=b"text")) == b"text"
    assert message_of(p.ReplaceSm(short_message=b"text")) == b"text"


def test_an_error_response_is_read_with_and_without_a_body() -> None:
    refused = p.SubmitSmResp(sequence=1, status=0x0B)
    assert decode(bytes.fromhex("00000010 80000004 0000000B 00000001")) == refused
    assert decode(bytes.fromhex("00000011 80000004 0000000B 00000001 00")) == refused
    assert decode(bytes.fromhex("00000013 80000004 0000000B 00000001 616263")) == p.SubmitSmResp(
        sequence=1, status=0x0B, message_id="abc"
    )
    assert decode(bytes.fromhex("00000012 80000021 0000000B 00000001 6100")) == p.SubmitMultiResp(
        sequence=1, status=0x0B
    )


def test_a_response_may_lack_its_last_nul_and_end_in_rubbish() -> None:
    assert decode(bytes.fromhex("00000013 80000004 00000000 00000001 616263")) == p.SubmitSmResp(
        sequence=1, message_id="abc"
    )
    assert decode(bytes.fromhex("00000014 80000004 00000000 00000001 61620001")) == p.SubmitSmResp(
        sequence=1, message_id="ab"
    )
    assert decode(bytes.fromhex("00000010 80000004 00000000 00000001")) == p.SubmitSmResp(sequence=1)


def test_a_pdu_without_fields_may_have_a_body_nobody_reads() -> None:
    assert decode(bytes.fromhex("00000012 00000015 00000000 00000001 0000")) == p.EnquireLink(sequence=1)


@pytest.mark.parametrize(
    "pdu",
    [
        p.SubmitSm(source_addr="x" * 21),
        p.SubmitSm(source_addr="a\0b"),
        p.SubmitSm(destination_addr="\u0448"),
        p.SubmitSm(service_type="sixsix"),
        p.SubmitSm(short_message=b"x" * 255),
        p.SubmitSm(data_coding=256),
        p.SubmitSm(data_coding=-1),
        p.SubmitSm(short_message=b"x", tlvs=((0x0424, b"y"),)),
        p.SubmitSm(tlvs=((0x10000, b""),)),
        p.SubmitSm(tlvs=((0x0424, b"x" * 0x10000),)),
        p.SubmitSm(sequence=-1),
        p.SubmitSm(sequence=1 << 32),
        p.SubmitSmResp(message_id="x" * 65),
        p.SubmitSmResp(message_id="\u0448"),
        p.SubmitSmResp(message_id="a\0"),
        p.SubmitMulti(),
        p.SubmitMulti(dest_address=(p.SmeAddress(),) * 255),
        p.SubmitMulti(dest_address=(p.SmeAddress(),), short_message=b"x", tlvs=((0x0424, b"y"),)),
        p.SubmitMultiResp(unsuccess_sme=(p.UnsuccessSme(error_status_code=1 << 32),)),
        p.SubmitMultiResp(unsuccess_sme=(p.UnsuccessSme(),) * 256),
        p.BindReceiver(password="x" * 65),
    ],
    ids=str,
)
def test_what_the_wire_can_not_carry_is_refused(pdu: Pdu) -> None:
    with pytest.raises(EncodeError):
        encode(pdu)
