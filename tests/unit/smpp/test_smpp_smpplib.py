"""smpplib as a second opinion: what it writes we read, what we write it reads."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpp_strategies import pdus, texts
from smpplib import consts
from smpplib.command_codes import get_command_name
from smpplib.smpp import make_pdu, parse_pdu

from stentor.smpp import Pdu, decode, encode
from stentor.smpp import pdu as p
from stentor.smpp.status import CommandStatus


class _Client:
    """What smpplib's PDUs ask of their client."""

    sequence = 0

    def next_sequence(self) -> int:
        return 7


NAMES: dict[type[Pdu], str] = {
    p.BindTransmitter: "bind_transmitter",
    p.BindReceiver: "bind_receiver",
    p.BindTransceiver: "bind_transceiver",
    p.BindTransmitterResp: "bind_transmitter_resp",
    p.BindReceiverResp: "bind_receiver_resp",
    p.BindTransceiverResp: "bind_transceiver_resp",
    p.SubmitSm: "submit_sm",
    p.SubmitSmResp: "submit_sm_resp",
    p.DeliverSm: "deliver_sm",
    p.DeliverSmResp: "deliver_sm_resp",
    p.EnquireLink: "enquire_link",
    p.EnquireLinkResp: "enquire_link_resp",
    p.Unbind: "unbind",
    p.UnbindResp: "unbind_resp",
    p.QuerySm: "query_sm",
}


def theirs(octets: bytes) -> Any:
    return parse_pdu(octets, client=_Client())


@pytest.mark.parametrize("kind", NAMES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_they_read_what_we_write(kind: type[Pdu], data: st.DataObject) -> None:
    pdu = data.draw(pdus(kind))
    pdu = type(pdu)(**{name: getattr(pdu, name) for name in pdu.__struct_fields__ if name not in ("tlvs", "status")})
    parsed = theirs(encode(pdu))
    assert parsed.command == NAMES[kind] == get_command_name(kind.command_id)
    assert parsed.sequence == pdu.sequence
    for name in pdu.__struct_fields__[2:]:
        if name != "tlvs":
            value = getattr(pdu, name)
            expected = value.encode("latin-1") if isinstance(value, str) else value
            assert (getattr(parsed, name) or type(expected)()) == expected, name


@given(texts(20), texts(20), st.binary(max_size=254), st.integers(0, 255), st.sampled_from(["submit_sm", "deliver_sm"]))
def test_we_read_what_they_write(source: str, destination: str, text: bytes, number: int, name: str) -> None:
    made = make_pdu(
        name,
        client=_Client(),
        source_addr_ton=number,
        source_addr_npi=1,
        source_addr=source,
        dest_addr_ton=2,
        dest_addr_npi=3,
        destination_addr=destination,
        short_message=text,
        data_coding=number,
        esm_class=4,
        registered_delivery=1,
        user_message_reference=0x1234,
        source_port=80,
        receipted_message_id="abc",
    )
    pdu = decode(made.generate())
    assert isinstance(pdu, p.SubmitSm | p.DeliverSm)
    assert (pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr) == (number, 1, source)
    assert (pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr) == (2, 3, destination)
    assert (pdu.short_message, pdu.data_coding, pdu.esm_class, pdu.registered_delivery) == (text, number, 4, 1)
    receipted = {} if name == "submit_sm" else {0x001E: b"abc\0"}  # their submit_sm has no such parameter
    assert dict(pdu.tlvs) == {0x0204: b"\x12\x34", 0x020A: b"\0\x50", **receipted}


@given(texts(15), texts(8), texts(12))
def test_we_read_their_bind(system_id: str, password: str, system_type: str) -> None:
    made = make_pdu(
        "bind_transceiver",
        client=_Client(),
        system_id=system_id,
        password=password,
        system_type=system_type,
        interface_version=0x34,
    )
    assert decode(made.generate()) == p.BindTransceiver(
        sequence=7, system_id=system_id, password=password, system_type=system_type
    )


@given(texts(64), st.sampled_from([p.SubmitSmResp, p.DeliverSmResp]))
def test_we_read_their_responses(message_id: str, kind: type[p.SubmitSmResp]) -> None:
    made = make_pdu(NAMES[kind], client=_Client(), sequence=9, message_id=message_id)
    assert decode(made.generate()) == kind(sequence=made.sequence, message_id=message_id)


def test_the_statuses_have_their_values() -> None:
    for status in CommandStatus:
        if status.name.startswith("ESME_"):
            assert getattr(consts, f"SMPP_{status.name}") == status
