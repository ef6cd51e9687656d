"""What can be wrong with a text or its octets."""

from typing import ClassVar


class NotEncodable(ValueError):
    """A character that the asked alphabet does not have."""

    alphabet: ClassVar[str] = "the alphabet"

    def __init__(self, character: str, position: int) -> None:
        super().__init__(f"U+{ord(character):04X} at position {position} is not in {self.alphabet}")
        self.character = character
        self.position = position


class NotGsm7(NotEncodable):
    alphabet = "the GSM 7-bit alphabet"


class NotLatin1(NotEncodable):
    alphabet = "ISO 8859-1"


class TooLong(ValueError):
    """More parts than one octet can number (3GPP 23.040 §9.2.3.24.1)."""


class InvalidUdh(ValueError):
    """A user data header that ends before its own lengths say (3GPP 23.040 §9.2.3.24)."""
