"""A text, cut into the parts that phones can take (3GPP 23.040 §9.2.3.24.1).

What fits follows from the header's length alone: 140 octets less the header, in units of the alphabet. Tables of
national languages bring their own elements and so need no other rule.
"""

import msgspec

from stentor.text import gsm7, national
from stentor.text.datacoding import Alphabet
from stentor.text.errors import InvalidUdh, NotLatin1, TooLong
from stentor.text.headers import MAX_PARTS, ReferenceBits, concat_of, parse_udh, split_udh, udh

__all__ = [
    "Encoded",
    "InvalidUdh",
    "ReferenceBits",
    "TooLong",
    "concat_of",
    "decode",
    "encode",
    "parse_udh",
    "split",
    "split_octets",
    "split_udh",
    "udh",
]

_HEADER_OCTETS = {8: 6, 16: 7}  # by the bits of the reference
_BYTE_ORDER_MARK = "\ufeff"


class Encoded(msgspec.Struct, frozen=True, gc=False):
    """The user data of each part, without headers."""

    alphabet: Alphabet
    parts: tuple[bytes, ...]
    """Unpacked septets, octets, or UTF-16 big-endian."""
    units: tuple[int, ...]
    """Septets, octets or UTF-16 units of each part."""
    capacity: int
    """Units that each of these parts can carry."""
    elements: bytes = b""
    """Information elements of every part's header besides the concatenation: the tables of a national language."""

    @property
    def count(self) -> int:
        return len(self.parts)

    @property
    def remaining(self) -> int:
        """Units left in the last part."""
        return self.capacity - self.units[-1]


def encode(
    text: str,
    *,
    alphabet: Alphabet | None = None,
    reference_bits: ReferenceBits = 8,
    shift: national.Shift | None = None,
) -> Encoded:
    """The parts of a text: septets if every character has one, else UCS-2, unless the alphabet is given.

    `shift`: a national language whose tables count as septets too.
    """
    if alphabet is None:
        if shift is not None and (found := national.encode_or_none(text, shift)) is not None:
            return split(found[0], Alphabet.GSM7, reference_bits, found[1])
        septets = gsm7.encode_or_none(text)
        if septets is not None:
            return split(septets, Alphabet.GSM7, reference_bits)
        return split(_ucs2(text), Alphabet.UCS2, reference_bits)
    if alphabet is Alphabet.BINARY:
        raise ValueError("a text has no binary form: give octets to split_octets")
    return split(_ENCODERS[alphabet](text), alphabet, reference_bits)


def decode(data: bytes, alphabet: Alphabet) -> str:
    """The text of user data, for logs and receivers. Never fails; binary data have no text (003 §2.8.1)."""
    if alphabet is Alphabet.GSM7:
        return gsm7.decode(data)
    if alphabet is Alphabet.UCS2:
        # Unicode sent as hex often starts with a byte order mark (003 §2.2.4, "FEFF..."), which is no text.
        return data.decode("utf-16-be", "replace").removeprefix(_BYTE_ORDER_MARK)
    return data.decode("latin-1") if alphabet is Alphabet.LATIN1 else ""


def split_octets(data: bytes, reference_bits: ReferenceBits = 8) -> Encoded:
    """The parts of binary data."""
    return split(data, Alphabet.BINARY, reference_bits)


def split(data: bytes, alphabet: Alphabet, reference_bits: ReferenceBits = 8, elements: bytes = b"") -> Encoded:
    """The parts of user data that are already encoded."""
    octets = alphabet.unit_octets
    units = len(data) if octets == 1 else (len(data) + 1) // 2
    single = alphabet.capacity(1 + len(elements)) if elements else alphabet.single
    if units <= single:
        return Encoded(alphabet, (data,), (units,), single, elements)
    capacity = alphabet.capacity(_HEADER_OCTETS[reference_bits] + len(elements))
    parts = _cut(data, capacity * octets, alphabet)
    return Encoded(alphabet, parts, tuple((len(part) + octets - 1) // octets for part in parts), capacity, elements)


def _cut(data: bytes, room: int, alphabet: Alphabet) -> tuple[bytes, ...]:
    parts: list[bytes] = []
    start = 0
    while start < len(data):
        if len(parts) == MAX_PARTS:
            raise TooLong(f"more than {MAX_PARTS} parts")
        part = data[start : start + room]
        if start + room < len(data):
            part = part[: room - _begun(part, alphabet)]
        parts.append(part)
        start += len(part)
    return tuple(parts)


def _begun(part: bytes, alphabet: Alphabet) -> int:
    """Octets at the end of a part that begin a pair: a pair never straddles two parts."""
    if alphabet is Alphabet.GSM7:
        escapes = len(part) - len(part.rstrip(b"\x1b"))
        return escapes & 1  # 1B 1B is a whole pair
    if alphabet is Alphabet.UCS2 and 0xD8 <= part[-2] <= 0xDB:
        return 2
    return 0


def _ucs2(text: str) -> bytes:
    """UTF-16 big-endian; a surrogate without its half, which JSON can spell, becomes U+FFFD."""
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError:
        mended = text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")
        return mended.encode("utf-16-be")


def _latin1(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise NotLatin1(text[error.start], error.start) from None


_ENCODERS = {Alphabet.GSM7: gsm7.encode, Alphabet.LATIN1: _latin1, Alphabet.UCS2: _ucs2}
