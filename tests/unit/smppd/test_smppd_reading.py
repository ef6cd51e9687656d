"""Whatever a customer writes into submit_sm is a message or a refusal, and what is taken can be counted and sent."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from stentor.core import content
from stentor.core.account import Account
from stentor.core.submit import content_of
from stentor.smpp import CommandStatus, tlv
from stentor.smpp.pdu import DataSm, SubmitSm
from stentor.smpp.tlv import Tag
from stentor.smppd.answers import Refused
from stentor.smppd.reading import outgoing
from stentor.text.segments import InvalidUdh, TooLong

NOW = 1_750_000_000_000
ACCOUNT = Account(id=1, name="acme")
octets = some.integers(0, 255)
addresses = some.text(some.characters(min_codepoint=1, max_codepoint=255), max_size=20)
times = some.one_of(
    some.just(""),
    some.text(some.sampled_from("0123456789"), min_size=15, max_size=15).flatmap(
        lambda digits: some.sampled_from([digits + sign for sign in "+-R"])
    ),
    some.text(some.characters(min_codepoint=1, max_codepoint=255), max_size=16),
)
tags = some.sampled_from(
    [
        Tag.SAR_MSG_REF_NUM,
        Tag.SAR_TOTAL_SEGMENTS,
        Tag.SAR_SEGMENT_SEQNUM,
        Tag.DESTINATION_PORT,
        Tag.SOURCE_PORT,
        Tag.CAMPAIGN_ID,
        Tag.USER_MESSAGE_REFERENCE,
    ]
)
sized = some.lists(some.tuples(tags, some.integers(0, 255)), max_size=4).map(
    lambda pairs: tuple(
        tlv.cstring(tag, str(value)) if tag == Tag.CAMPAIGN_ID else tlv.integer(tag, value) for tag, value in pairs
    )
)
submits = some.builds(
    SubmitSm,
    source_addr_ton=octets,
    source_addr_npi=octets,
    source_addr=addresses,
    dest_addr_ton=some.integers(0, 7),
    dest_addr_npi=some.sampled_from([0, 1]),
    destination_addr=addresses,
    esm_class=octets,
    protocol_id=octets,
    priority_flag=some.integers(0, 5),
    schedule_delivery_time=times,
    validity_period=times,
    registered_delivery=octets,
    data_coding=octets,
    short_message=some.binary(max_size=254),
    tlvs=sized,
)


@given(
    submits,
    some.booleans(),
    some.booleans(),
)
def test_any_submit_sm(pdu: SubmitSm, flash: bool, latin: bool) -> None:  # noqa: FBT001
    account = replace(ACCOUNT, smpp_alphabet="Latin-1") if latin else ACCOUNT
    with suppress(Refused, TooLong, InvalidUdh):
        made = outgoing(pdu, account, NOW, flash=flash)
        carried = content_of(made)
        assert content.encoded(carried.text, carried.extra).count >= 1
        if made.send_at is not None and made.validity_ms is not None:
            assert made.validity_ms > 0


@given(some.binary(max_size=2_000), octets)
def test_any_payload(payload: bytes, data_coding: int) -> None:
    pdu = DataSm(destination_addr="1", data_coding=data_coding, tlvs=(tlv.octets(Tag.MESSAGE_PAYLOAD, payload),))
    with suppress(TooLong):
        carried = content_of(outgoing(pdu, ACCOUNT, NOW))
        encoded = content.encoded(carried.text, carried.extra)
        if carried.extra is not None:
            assert b"".join(encoded.parts) == payload


WIDE = [
    (tlv.octets(Tag.DESTINATION_PORT, b"\0\1\0\0"),),
    (tlv.octets(Tag.SOURCE_PORT, b""),),
    (
        tlv.octets(Tag.SAR_MSG_REF_NUM, b"\0\1"),
        tlv.octets(Tag.SAR_TOTAL_SEGMENTS, b"\2\0"),
        tlv.octets(Tag.SAR_SEGMENT_SEQNUM, b"\1"),
    ),
]


@pytest.mark.parametrize("tlvs", WIDE)
def test_a_data_sm_with_a_number_of_a_wrong_width(tlvs: tlv.Tlvs) -> None:
    with pytest.raises(Refused) as refused:
        outgoing(DataSm(destination_addr="1", tlvs=tlvs), ACCOUNT, NOW)
    assert refused.value.status == CommandStatus.ESME_RINVPARLEN
