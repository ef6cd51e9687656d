"""Characters to octets to parts, and back."""

from stentor.text.datacoding import Alphabet, alphabet_of, data_coding_for, is_flash, message_class
from stentor.text.errors import InvalidUdh, NotEncodable, NotGsm7, NotLatin1, TooLong
from stentor.text.segments import Encoded, concat_of, decode, encode, parse_udh, split, split_octets, split_udh, udh

__all__ = [
    "Alphabet",
    "Encoded",
    "InvalidUdh",
    "NotEncodable",
    "NotGsm7",
    "NotLatin1",
    "TooLong",
    "alphabet_of",
    "concat_of",
    "data_coding_for",
    "decode",
    "encode",
    "is_flash",
    "message_class",
    "parse_udh",
    "split",
    "split_octets",
    "split_udh",
    "udh",
]
