"""`language` and `transliteration` as v1 writes them (004 "Text message with parameters")."""

from __future__ import annotations

from stentor.api.v1.models import Language
from stentor.core.errors import InvalidField
from stentor.text.national import LANGUAGES, Shift, shift_of

TRANSLITERATIONS = ("TURKISH", "GREEK", "CYRILLIC", "CENTRAL_EUROPEAN", "NON_UNICODE")
_NONE = "NONE"


def shift(field: str, language: Language | None) -> Shift | None:
    """The tables asked for; without flags the language's locking table."""
    if language is None or not language.language_code:
        return None
    try:
        return shift_of(language.language_code, single=language.single_shift, locking=language.locking_shift)
    except KeyError:
        known = ", ".join(LANGUAGES)
        raise InvalidField(f"{field}.languageCode", f"{language.language_code[:40]!r} is not one of {known}.") from None


def transliteration(field: str, name: str | None) -> str | None:
    if not name or name.upper() == _NONE:
        return None
    if name.upper() not in TRANSLITERATIONS:
        raise InvalidField(field, f"{name[:40]!r} is not one of {', '.join(TRANSLITERATIONS)}.")
    return name.upper()
