"""A part as submit_sm (SMPP 3.4 §4.4): addresses, coding, and how the parts of a long message are marked."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec

from stentor.core import content
from stentor.core.content import NO_EXTRA
from stentor.core.ports import OutgoingPart
from stentor.core.submit import MAX_VALIDITY_MS
from stentor.smpp import times, tlv
from stentor.smpp.pdu import SubmitSm
from stentor.smpp.tlv import Tag, Tlv
from stentor.text import gsm7, segments
from stentor.text.datacoding import Alphabet, alphabet_of

_UDHI = 0x40
_ALPHANUMERIC = (5, 0)
_INTERNATIONAL = (1, 1)
_INTERMEDIATE = 0x10
_SHORT_MESSAGE_MAX = 254


class Style(msgspec.Struct, frozen=True):
    """How an upstream wants its submit_sm."""

    long_messages: Literal["udh", "sar", "payload"] = "udh"
    reference_bits: Literal[8, 16] = 8
    packed: bool = False
    service_type: str = ""
    intermediate: bool = True


def _campaign(name: str) -> Tlv:
    """ISO 8859-1 like all strings of SMPP (SMPP 3.4 §3.1); a name that has other letters in UTF-8."""
    if max(name) <= "\xff":
        return tlv.cstring(Tag.CAMPAIGN_ID, name)
    return tlv.octets(Tag.CAMPAIGN_ID, name.encode("utf-8", "replace") + b"\0")


def submit_sm(part: OutgoingPart, style: Style, now: int) -> SubmitSm:
    message = part.message
    extra = NO_EXTRA if message.extra is None else content.read(message.extra)
    ton, npi = extra.source or source_type(message.sender)
    dest_ton, dest_npi = extra.destination or _INTERNATIONAL
    esm_class, octets, tlvs = _content(part, style)
    if extra.campaign:
        tlvs = (*tlvs, _campaign(extra.campaign))
    return SubmitSm(
        service_type=style.service_type,
        source_addr_ton=ton,
        source_addr_npi=npi,
        source_addr=message.sender.removeprefix("+") if ton == 1 else message.sender,
        dest_addr_ton=dest_ton,
        dest_addr_npi=dest_npi,
        destination_addr=message.recipient,
        esm_class=esm_class,
        protocol_id=extra.protocol_id,
        validity_period=_validity(message.expires_at - message.sent_at, message.expires_at - now),
        registered_delivery=1 | (_INTERMEDIATE if style.intermediate and message.intermediate else 0),
        data_coding=part.data_coding,
        short_message=octets,
        tlvs=tlvs,
    )


@lru_cache(maxsize=4096)
def source_type(sender: str) -> tuple[int, int]:
    """TON and NPI: alphanumeric 5/0, numbers 1/1 (003 tables 2 and 3)."""
    return _INTERNATIONAL if sender.removeprefix("+").isdigit() else _ALPHANUMERIC


def _validity(given: int, left: int) -> str:
    """Only a validity that the customer chose is passed on; the upstream's own default is left to it otherwise."""
    return "" if given >= MAX_VALIDITY_MS else times.relative(max(left, 1000) / 1000)


def _content(part: OutgoingPart, style: Style) -> tuple[int, bytes, tuple[tuple[int, bytes], ...]]:
    """esm_class, short_message and TLVs. A header goes before the text: concatenation, national language, or both."""
    if part.esm_class & _UDHI:
        return _given(part, style)
    esm_class, header = part.esm_class, b""
    tlvs: tuple[tuple[int, bytes], ...] = ()
    if part.total > 1 and style.long_messages == "udh":
        header = segments.udh(part.reference, part.total, part.number, style.reference_bits, part.elements)
    elif part.elements:
        header = segments.udh(0, 1, 1, elements=part.elements)
    if part.total > 1 and style.long_messages == "sar":
        tlvs = _sar(part)
    octets = header + _body(part, style, len(header))
    if header:
        esm_class |= _UDHI
    if style.long_messages == "payload" and len(octets) > _SHORT_MESSAGE_MAX:
        return esm_class, b"", (tlv.octets(Tag.MESSAGE_PAYLOAD, octets),)
    return esm_class, octets, tlvs


def _given(part: OutgoingPart, style: Style) -> tuple[int, bytes, tuple[tuple[int, bytes], ...]]:
    """Data that a customer cut and headed; only their body is packed."""
    header, body = segments.split_udh(part.octets)
    if style.packed:
        body = _packed(body, part.data_coding, gsm7.fill_bits_after(len(header)))
    return part.esm_class, header + body, ()


def _body(part: OutgoingPart, style: Style, header_octets: int) -> bytes:
    if not style.packed or style.long_messages == "payload":
        return part.octets
    return _packed(part.octets, part.data_coding, gsm7.fill_bits_after(header_octets) if header_octets else 0)


def _packed(octets: bytes, data_coding: int, fill_bits: int) -> bytes:
    return gsm7.pack(octets, fill_bits) if alphabet_of(data_coding) is Alphabet.GSM7 else octets


def _sar(part: OutgoingPart) -> tuple[tuple[int, bytes], ...]:
    return (
        tlv.integer(Tag.SAR_MSG_REF_NUM, part.reference),
        tlv.integer(Tag.SAR_TOTAL_SEGMENTS, part.total),
        tlv.integer(Tag.SAR_SEGMENT_SEQNUM, part.number),
    )
