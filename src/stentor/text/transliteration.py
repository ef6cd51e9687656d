"""Characters that the GSM alphabet lacks, replaced by ones that it has: texts stay short (004, `transliteration`).

A character of the GSM alphabet is never changed. What a table does not know is left as it is, and the text may still
need Unicode; NON_UNICODE leaves nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from anyascii import anyascii

from stentor.text import gsm7
from stentor.text.transliteration_tables import (
    CENTRAL_EUROPEAN,
    CYRILLIC,
    GREEK_HOMOGLYPHS,
    TURKISH,
    TYPOGRAPHIC,
)

_GREEK = range(0x0370, 0x0400)
_GREEK_EXTENDED = range(0x1F00, 0x2000)
_UNKNOWN = "?"


def transliterate(text: str, table: str) -> str:
    """`table` is a name of `TABLES`; `KeyError` for another."""
    replace = TABLES[table]
    if gsm7.is_gsm7(text):
        return text
    composed = unicodedata.normalize("NFC", text)
    around = f" {composed} "
    return "".join(
        one if gsm7.is_gsm7(one) else _raised(replace(one), one, around[place], around[place + 2])
        for place, one in enumerate(composed)
    )


def _raised(found: str, character: str, before: str, after: str) -> str:
    """A capital that becomes several letters is all capitals among capitals: SHCHI, but Shchi."""
    shouted = character.isupper() and (after.isupper() or (before.isupper() and not after.islower()))
    return found.upper() if shouted and len(found) > 1 else found


def _cyrillic(character: str) -> str:
    """A capital letter gives a capital followed by small letters."""
    small = character.lower()
    if small not in CYRILLIC:
        return character
    latin = CYRILLIC[small]
    return latin if character == small else latin.capitalize()


def _greek(character: str) -> str:
    """The upper-case letter without accents: a Latin homoglyph where there is one, else the GSM alphabet's capital."""
    if ord(character) not in _GREEK and ord(character) not in _GREEK_EXTENDED:
        return character
    base = unicodedata.normalize("NFD", character)[0].upper()
    found = GREEK_HOMOGLYPHS.get(base, base)
    return found if gsm7.is_gsm7(found) else character


def _non_unicode(character: str) -> str:
    if character in TYPOGRAPHIC:
        return TYPOGRAPHIC[character]
    for table in (_greek, _cyrillic):
        found = table(character)
        if found != character:
            return found
    if unicodedata.category(character) in _DROPPED:
        return ""
    found = anyascii(character)
    return found if found and gsm7.is_gsm7(found) else _UNKNOWN


_DROPPED = ("So", "Sk", "Mn", "Me", "Cf", "Cs", "Co")
"""Symbols, marks and invisible characters say nothing in letters."""

TABLES: dict[str, Callable[[str], str]] = {
    "TURKISH": lambda one: TURKISH.get(one, one),
    "GREEK": _greek,
    "CYRILLIC": _cyrillic,
    "CENTRAL_EUROPEAN": lambda one: CENTRAL_EUROPEAN.get(one, one),
    "NON_UNICODE": _non_unicode,
}
