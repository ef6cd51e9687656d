"""Messages from phones as deliver_sm: whole, in parts, as payload."""

from __future__ import annotations

from msgspec.structs import replace

from stentor.core.account import Account
from stentor.core.inbound import Inbound
from stentor.smppd.inbound import pdus_of
from stentor.text import split_udh

ACCOUNT = Account(id=1, name="acme")
PAYLOAD = replace(ACCOUNT, smpp_long="payload")
LINE = "a long line from a phone. " * 10
WHOLE = Inbound(
    id=0x1230,
    account=1,
    sender="41793026727",
    recipient="70007",
    text="hello",
    clean_text="hello",
    keyword="",
    data=b"hello",
    data_coding=0,
    esm_class=0,
    received_at=0,
    parts=1,
    price=0,
    connector="net",
    way="smpp",
)


def test_a_short_one() -> None:
    (pdu,) = pdus_of(WHOLE, ACCOUNT)
    assert (pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr) == (1, 1, "41793026727")
    assert (pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr) == (3, 0, "70007")
    assert (pdu.esm_class, pdu.data_coding, pdu.short_message, pdu.tlvs) == (0, 0, b"hello", ())


def test_a_long_one_in_parts() -> None:
    pdus = pdus_of(replace(WHOLE, data=LINE.encode(), parts=2), ACCOUNT)
    assert [pdu.esm_class for pdu in pdus] == [0x40, 0x40]
    headers, bodies = zip(*(split_udh(pdu.short_message) for pdu in pdus), strict=True)
    assert headers == (bytes.fromhex("050003230201"), bytes.fromhex("050003230202"))
    assert b"".join(bodies) == LINE.encode()


def test_a_long_one_as_payload() -> None:
    (pdu,) = pdus_of(replace(WHOLE, data=LINE.encode(), parts=2), PAYLOAD)
    assert (pdu.short_message, pdu.tlvs) == (b"", ((0x0424, LINE.encode()),))
    (short,) = pdus_of(replace(WHOLE, data=b"x" * 200, parts=2), PAYLOAD)
    assert (short.short_message, short.tlvs) == (b"x" * 200, ())


def test_a_header_of_its_own() -> None:
    data = bytes.fromhex("0605040b8423f0") + b"\x01\x06"
    (pdu,) = pdus_of(replace(WHOLE, data=data, data_coding=4, esm_class=0x40), ACCOUNT)
    assert (pdu.esm_class, pdu.short_message) == (0x40, data)
    long = bytes.fromhex("0605040b8423f0") + b"\x01" * 200
    pdus = pdus_of(replace(WHOLE, data=long, data_coding=4, esm_class=0x40), ACCOUNT)
    assert [pdu.short_message[:12] for pdu in pdus] == [
        bytes.fromhex("0b05040b8423f0" + "0003230201"),
        bytes.fromhex("0b05040b8423f0" + "0003230202"),
    ]


def test_an_alphanumeric_sender() -> None:
    (pdu,) = pdus_of(replace(WHOLE, sender="Operator"), ACCOUNT)
    assert (pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr) == (5, 0, "Operator")
