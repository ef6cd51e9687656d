"""The GSM 7-bit default alphabet and its extension table (3GPP 23.038 §6.2.1, §6.2.1.1).

Nothing is transliterated here, and some neighbours are not in the table: it has upper-case C cedilla but not the lower
case one, a grave but not a acute, the euro sign only as an escape pair.
"""

from stentor.text.errors import NotGsm7
from stentor.text.packing import fill_bits_after, pack, unpack
from stentor.text.septets import ESCAPE, SeptetCodec

__all__ = [
    "ESCAPE",
    "EXTENSION",
    "MAIN",
    "NotGsm7",
    "decode",
    "encode",
    "encode_or_none",
    "fill_bits_after",
    "is_gsm7",
    "pack",
    "unpack",
]

MAIN = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}

_CODEC = SeptetCodec(MAIN, EXTENSION)


def encode(text: str) -> bytes:
    """Unpacked septets, one an octet, as SMPP carries them; `NotGsm7` names the first character that has none."""
    return _CODEC.encode(text)


def encode_or_none(text: str) -> bytes | None:
    """The same, or None if a character has no septet."""
    return _CODEC.encode_or_none(text)


def decode(octets: bytes) -> str:
    """The text of unpacked septets. Never fails: octets above 0x7F become U+FFFD."""
    return _CODEC.decode(octets)


def is_gsm7(text: str) -> bool:
    return _CODEC.encode_or_none(text) is not None
