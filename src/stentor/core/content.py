"""What a message carries to the phone, and the parts it takes: counted when accepted, and sent, by this one rule."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from stentor.core.window import Window
from stentor.text import Alphabet, alphabet_of, data_coding_for, segments
from stentor.text.datacoding import PAYLOAD_OCTETS
from stentor.text.headers import ReferenceBits
from stentor.text.national import Shift

UDHI = 0x40
"""Bit of esm_class: the data begin with a user data header (SMPP 3.4 §5.2.12)."""


class Extra(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What only some messages have beside their text; column `extra` of table `message` as JSON."""

    shift: Shift | None = None
    """Tables of a national language that the text may use."""
    data: bytes = b""
    """Octets to send instead of the text, with data_coding and esm_class."""
    data_coding: int = 0
    esm_class: int = 0
    elements: bytes = b""
    """Information elements that each part of the data has in its header, e.g. ports (3GPP 23.040 §9.2.3.24.4)."""
    source: tuple[int, int] | None = None
    """TON and NPI of the sender where the customer gave others than its kind has by custom."""
    destination: tuple[int, int] | None = None
    """TON and NPI of the number where the customer gave them."""
    protocol_id: int = 0
    window: Window | None = None
    """When it may be sent."""
    campaign: str = ""
    """The campaign it belongs to; told to the upstream (003 §4.3: TLV 0x1456)."""
    operator_client: str = ""
    """The operator's own name for the customer's client."""
    app: str = ""
    """The customer's application that takes its reports (003 table 1 "appid")."""


NO_EXTRA = Extra()


class Content(msgspec.Struct, frozen=True, gc=False):
    """A text, and the JSON of its `Extra` or None."""

    text: str
    extra: str | None = None


_encode = msgspec.json.Encoder().encode


def written(extra: Extra) -> str | None:
    """As a message keeps it; None when there is nothing to keep."""
    return None if extra == Extra() else _encode(extra).decode()


@lru_cache(maxsize=1024)
def read(extra: str) -> Extra:
    return msgspec.json.decode(extra, type=Extra)


def encoded(text: str, extra: str | None, reference_bits: ReferenceBits = 8) -> segments.Encoded:
    """The parts; `segments.TooLong` when there are more than 255, or data with a header of their own do not fit one."""
    if extra is None:
        return segments.encode(text, reference_bits=reference_bits)
    known = read(extra)
    if not known.data:
        return segments.encode(text, reference_bits=reference_bits, shift=known.shift)
    alphabet = alphabet_of(known.data_coding)
    if known.esm_class & UDHI:
        return _whole(known.data, alphabet)
    return segments.split(known.data, alphabet, reference_bits, known.elements)


def _whole(data: bytes, alphabet: Alphabet) -> segments.Encoded:
    """Data with a header of their own are one part, as their sender cut them; a bad header is `InvalidUdh`."""
    segments.parse_udh(data)
    header, body = segments.split_udh(data)
    units = len(body) // alphabet.unit_octets
    capacity = alphabet.capacity(len(header))
    if units > capacity:
        raise segments.TooLong(f"{len(data)} octets with a header of their own; a part has {PAYLOAD_OCTETS}")
    return segments.Encoded(alphabet, (data,), (units,), capacity)


def data_coding_of(alphabet: Alphabet, extra: str | None, *, flash: bool) -> int:
    """The data_coding to send: that of the data, or the documents' own for the text's alphabet."""
    if extra is not None and (known := read(extra)).data:
        return known.data_coding
    return data_coding_for(alphabet, flash=flash)


def esm_class_of(extra: str | None) -> int:
    return 0 if extra is None else read(extra).esm_class


def text_of(extra: Extra) -> str:
    """What the octets say, for the log; nothing where they are no text."""
    body = extra.data
    if extra.esm_class & UDHI:
        try:
            body = segments.split_udh(body)[1]
        except segments.InvalidUdh:
            return ""
    return segments.decode(body, alphabet_of(extra.data_coding))
