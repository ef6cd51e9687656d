"""Texts in national languages: single and locking shift tables (3GPP 23.038 §6.2.1.2, 3GPP 23.040 §9.2.3.24.15, .16).

A language brings an information element of three octets for each of its tables; a text that the default alphabet can
carry has none.
"""

from __future__ import annotations

from functools import cache

import msgspec

from stentor.text import gsm7
from stentor.text.national_tables import LOCKING, SINGLE
from stentor.text.septets import SeptetCodec

SINGLE_SHIFT = 0x24
LOCKING_SHIFT = 0x25
_NO_CHARACTER = "\ufffe"

LANGUAGES: dict[str, int] = {
    "TR": 1,
    "ES": 2,
    "PT": 3,
    "BN": 4,
    "GU": 5,
    "HI": 6,
    "KN": 7,
    "ML": 8,
    "OR": 9,
    "PA": 10,
    "TA": 11,
    "TE": 12,
    "UR": 13,
}
"""National language identifiers by ISO 639 code; 004 names TR, ES and PT."""


class Shift(msgspec.Struct, frozen=True):
    """The tables of a language that a text may use. `language` is an identifier of `LANGUAGES`."""

    language: int
    single: bool
    locking: bool


def shift_of(code: str, *, single: bool | None, locking: bool | None) -> Shift:
    """Without flags the locking table, which every language but Spanish has; `KeyError` for an unknown code."""
    language = LANGUAGES[code.upper()]
    if single is None and locking is None:
        single, locking = language not in LOCKING, True
    return Shift(language, bool(single), bool(locking) and language in LOCKING)


def encode_or_none(text: str, shift: Shift) -> tuple[bytes, bytes] | None:
    """Unpacked septets, and the elements of the tables that they need; None if a character has no septet."""
    plain = gsm7.encode_or_none(text)
    if plain is not None:
        return plain, b""
    single, locking = (shift.language if wanted else 0 for wanted in (shift.single, shift.locking))
    septets = _codec(single, locking).encode_or_none(text)
    return None if septets is None else (septets, _elements(shift))


def decode(septets: bytes, single: int, locking: int) -> str:
    """The text of unpacked septets under those tables; 0 stands for the default one, as does an unknown language."""
    return _codec(single if single in SINGLE else 0, locking if locking in LOCKING else 0).decode(septets)


def shifts_in(elements: list[tuple[int, bytes]]) -> tuple[int, int]:
    """(single, locking) language identifiers of a user data header's elements, 0 for none."""
    found = {identifier: data[0] for identifier, data in elements if len(data) == 1}
    return found.get(SINGLE_SHIFT, 0), found.get(LOCKING_SHIFT, 0)


def _elements(shift: Shift) -> bytes:
    """The single shift first."""
    first = bytes((SINGLE_SHIFT, 1, shift.language)) if shift.single else b""
    return first + (bytes((LOCKING_SHIFT, 1, shift.language)) if shift.locking else b"")


@cache
def _codec(single: int, locking: int) -> SeptetCodec:
    extension = gsm7.EXTENSION
    if single:
        extension = {code: one for code, one in enumerate(SINGLE[single]) if one != _NO_CHARACTER}
    return SeptetCodec(LOCKING[locking] if locking else gsm7.MAIN, extension)
