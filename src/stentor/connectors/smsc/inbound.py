"""A deliver_sm or data_sm from a phone as a part of a message (SMPP 3.4 §4.6, §4.7; `spec/smpp.md` 15)."""

from __future__ import annotations

from stentor.core.assembly import InboundPart
from stentor.smpp import tlv
from stentor.smpp.pdu import DataSm, DeliverSm
from stentor.smpp.tlv import Tag
from stentor.text import Alphabet, InvalidUdh, alphabet_of, gsm7, parse_udh, split_udh
from stentor.text.headers import CONCATENATED_8, CONCATENATED_16

_UDHI = 0x40
_CONCATENATION = {CONCATENATED_8: 1, CONCATENATED_16: 2}
"""Identifier: octets of the reference."""
_MOST_PARTS = 255

_Place = tuple[str, int, int]
"""Reference, total and number; the reference is empty for a whole message."""
_WHOLE: _Place = ("", 1, 1)


def part_of(connector: str, pdu: DeliverSm | DataSm, at: int, *, packed: bool = False) -> InboundPart:
    """`packed`: GSM text comes as packed septets. Never refuses: what cannot be read is kept as it is."""
    payload = tlv.find(pdu.tlvs, Tag.MESSAGE_PAYLOAD)
    octets = pdu.short_message if isinstance(pdu, DeliverSm) and pdu.short_message else payload or b""
    opened = _opened(octets) if pdu.esm_class & _UDHI else None
    header, data, place = opened or (b"", octets, _WHOLE)  # a header that cannot be read is no header
    if packed and alphabet_of(pdu.data_coding) is Alphabet.GSM7:
        data = _unpacked(data, len(octets) - len(data))
    if not place[0]:
        place = _sar(pdu)
    return InboundPart(
        connector,
        pdu.source_addr,
        pdu.destination_addr,
        data,
        pdu.data_coding,
        pdu.esm_class & ~_UDHI,
        at,
        header,
        *place,
    )


def _opened(octets: bytes) -> tuple[bytes, bytes, _Place] | None:
    """Elements besides the concatenation, the data behind the header, and where the part stands."""
    try:
        elements = parse_udh(octets)
        _, data = split_udh(octets)
    except InvalidUdh:
        return None
    place, others = _WHOLE, b""
    for identifier, value in elements:
        width = _CONCATENATION.get(identifier)
        if width is None or len(value) != width + 2:
            others += bytes((identifier, len(value))) + value
        elif 1 <= value[-1] <= value[-2]:
            place = (f"{8 * width}:{int.from_bytes(value[:width], 'big')}", value[-2], value[-1])
    return others, data, place


def _sar(pdu: DeliverSm | DataSm) -> _Place:
    """sar_* parameters (SMPP 3.4 §5.3.2.22 to .24)."""
    reference, total, number = (
        tlv.find_integer(pdu.tlvs, tag) for tag in (Tag.SAR_MSG_REF_NUM, Tag.SAR_TOTAL_SEGMENTS, Tag.SAR_SEGMENT_SEQNUM)
    )
    if reference is None or total is None or number is None or not 1 <= number <= total <= _MOST_PARTS:
        return _WHOLE
    return f"sar:{reference}", total, number


def _unpacked(data: bytes, header_octets: int) -> bytes:
    """Septets one an octet; the fill that makes up a last octet is no character (3GPP 23.038 §6.1.2.3.1)."""
    fill = gsm7.fill_bits_after(header_octets)
    count = (8 * len(data) - fill) // 7
    septets = gsm7.unpack(data, count, fill)
    spare = (8 * len(data) - fill) % 7 == 0 and septets[-1:] in (b"\0", b"\r")
    return septets[:-1] if spare else septets
