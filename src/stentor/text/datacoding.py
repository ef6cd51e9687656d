"""Which alphabet a data_coding octet names, and the other way round (003 §4.2, 004 "Encoding").

0x00 to 0x0F are SMPP's own values (SMPP 3.4 §5.2.19); from 0x10 the bits are those of 3GPP 23.038 §4.
"""

from enum import Enum
from typing import Self

PAYLOAD_OCTETS = 140  # of one short message, 3GPP 23.040 §9.2.3.24


class Alphabet(Enum):
    """How user data are written, which decides how much fits into a part."""

    GSM7 = "GSM7", 7
    LATIN1 = "LATIN1", 8
    UCS2 = "UCS2", 16
    BINARY = "BINARY", 8

    unit_bits: int
    """Bits of a unit on the air: a septet, an octet or a UTF-16 unit."""
    unit_octets: int
    """Octets of a unit in memory and in SMPP, where a septet takes a whole one."""
    single: int
    """Units that fit into a message of one part."""

    def __new__(cls, name: str, unit_bits: int) -> Self:
        member = object.__new__(cls)
        member._value_ = name
        member.unit_bits = unit_bits
        member.unit_octets = (unit_bits + 7) // 8
        member.single = member.capacity(0)
        return member

    def capacity(self, header_octets: int) -> int:
        """Units that fit beside a user data header of this length, its length octet included."""
        return (PAYLOAD_OCTETS - header_octets) * 8 // self.unit_bits


def alphabet_of(data_coding: int) -> Alphabet:
    return _ALPHABETS[_octet(data_coding)]


def message_class(data_coding: int) -> int | None:
    """0 to 3 if the octet carries a class (3GPP 23.038 §4), 0 being flash."""
    return _CLASSES[_octet(data_coding)]


def is_flash(data_coding: int) -> bool:
    """Shown at once and not kept: class 0."""
    return _CLASSES[_octet(data_coding)] == 0


def data_coding_for(alphabet: Alphabet, *, flash: bool = False) -> int:
    """The documents' own value for each alphabet (003 §4.2).

    No octet says both Latin-1 and flash: the text stays readable and the class is dropped, since flash depends on the
    destination anyway.
    """
    return (_FLASH if flash else _PLAIN)[alphabet]


_PLAIN = {Alphabet.GSM7: 0, Alphabet.LATIN1: 3, Alphabet.UCS2: 8, Alphabet.BINARY: 4}
_FLASH = {Alphabet.GSM7: 240, Alphabet.LATIN1: 3, Alphabet.UCS2: 24, Alphabet.BINARY: 244}

# Octets of every other set (JIS, Cyrillic, Hebrew, Kanji, KS C 5601, pictograms) are carried and counted as they come.
_SMPP_OWN = {0: Alphabet.GSM7, 1: Alphabet.GSM7, 3: Alphabet.LATIN1, 8: Alphabet.UCS2}

# Bits 3 and 2 of the general group; the reserved fourth reads as the default alphabet (3GPP 23.038 §4).
_GENERAL = (Alphabet.GSM7, Alphabet.BINARY, Alphabet.UCS2, Alphabet.GSM7)
_COMPRESSED = 0x20
_HAS_CLASS = 0x10
_EIGHT_BIT = 0x04


def _octet(data_coding: int) -> int:
    if not 0 <= data_coding <= 0xFF:
        raise ValueError(f"data_coding {data_coding} is not an octet")
    return data_coding


def _alphabet(data_coding: int) -> Alphabet:
    group = data_coding >> 4
    if group == 0:
        return _SMPP_OWN.get(data_coding, Alphabet.BINARY)
    if group < 8:  # general, and marked for automatic deletion
        return Alphabet.BINARY if data_coding & _COMPRESSED else _GENERAL[data_coding >> 2 & 3]
    if group == 0xF:
        return Alphabet.BINARY if data_coding & _EIGHT_BIT else Alphabet.GSM7
    # 0x8 to 0xB are reserved and read as the default alphabet, 0xC to 0xE announce waiting messages.
    return Alphabet.UCS2 if group == 0xE else Alphabet.GSM7


def _class(data_coding: int) -> int | None:
    group = data_coding >> 4
    with_class = group == 0xF or (0 < group < 8 and data_coding & _HAS_CLASS)
    return data_coding & 3 if with_class else None


_ALPHABETS = tuple(map(_alphabet, range(256)))
_CLASSES = tuple(map(_class, range(256)))
