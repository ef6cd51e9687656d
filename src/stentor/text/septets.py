"""Text to septets and back through one main table and one extension table (3GPP 23.038 §6.2.1).

Every language, the default one included, is such a pair of tables; a codec is built once per pair.
"""

import codecs
import re
from collections.abc import Mapping

from stentor.text.errors import NotGsm7

ESCAPE = 0x1B

_NO_CHARACTER = "\ufffe"  # what codecs.charmap_build takes for "nothing here"
_REPLACEMENT = "\ufffd"
_EXTENDED = 0x80  # marks an extension code until it is spelled out
_FIRST = _EXTENDED + ESCAPE  # stands for code 0 until then: no extension table has a character at the escape
_ESCAPED = re.compile(rb"\x1b(.?)", re.DOTALL)


class SeptetCodec:
    """One pair of tables. `main` holds 128 characters, U+FFFE where there is none; place 0x1B is not read.

    The C encoder behind `charmap_encode` gives one octet a character and is ten times faster than a dictionary.
    Extension characters therefore leave it as 0x80 + code, and only texts that hold one pay for spelling them out.
    """

    __slots__ = ("_encoding", "_escaped", "_main", "_spelling")

    def __init__(self, main: str, extension: Mapping[int, str]) -> None:
        self._main = main
        # 1B + a code without entry is the main table's character, 1B 1B a space (3GPP 23.038 §6.2.1, §6.2.1.1).
        self._escaped = {bytes((code,)): extension.get(code) or self._plain(bytes((code,))) for code in range(128)}
        self._escaped |= {b"": "", b"\x1b": " "}  # a lone final escape is nothing

        places = _places(main, extension)
        self._encoding = codecs.charmap_build("".join(places))
        self._spelling = [
            (bytes((place,)), b"\0" if place == _FIRST else bytes((ESCAPE, place - _EXTENDED)))
            for place in range(_EXTENDED, len(places))
            if places[place] != _NO_CHARACTER
        ]

    def encode(self, text: str) -> bytes:
        """Unpacked septets, one an octet; `NotGsm7` names the first character that has none."""
        septets = self.encode_or_none(text)
        if septets is None:
            raise self._refusal(text)
        return septets

    def encode_or_none(self, text: str) -> bytes | None:
        """The same for callers that then take another alphabet: no time goes into saying what is missing."""
        try:
            octets = codecs.charmap_encode(text, "strict", self._encoding)[0]
        except UnicodeEncodeError:
            return None
        if 0 in octets:  # a NUL, see _places
            return None
        return octets if octets.isascii() else self._spell_out(octets)

    def decode(self, octets: bytes) -> str:
        """Never fails: an octet above 0x7F is no septet and becomes U+FFFD."""
        if ESCAPE not in octets:
            return self._plain(octets)
        pieces = _ESCAPED.split(octets)  # plain, escaped code, plain, ...
        return "".join(
            self._escaped.get(piece, _REPLACEMENT) if odd % 2 else self._plain(piece)
            for odd, piece in enumerate(pieces)
        )

    def _plain(self, octets: bytes) -> str:
        return codecs.charmap_decode(octets, "replace", self._main)[0]

    def _spell_out(self, octets: bytes) -> bytes:
        for place, spelled in self._spelling:
            octets = octets.replace(place, spelled)
        return octets

    def _refusal(self, text: str) -> NotGsm7:
        before, nul, _ = text.partition("\0")
        try:
            codecs.charmap_encode(before, "strict", self._encoding)
        except UnicodeEncodeError as error:
            return NotGsm7(text[error.start], error.start)
        return NotGsm7(nul, len(before))


def _places(main: str, extension: Mapping[int, str]) -> list[str]:
    """The character of each octet that the C encoder may give: the main table, then the extension at 0x80 + code.

    `charmap_build` takes its fast form only with NUL at place 0, so the main table's first character moves away.
    A character that stands in both tables, or twice in one, is sent as its first place.
    """
    places = [_NO_CHARACTER] * 256
    placed: set[str] = set()
    both = [*enumerate(main), *((_EXTENDED + code, character) for code, character in extension.items())]
    for place, character in both:
        if place != ESCAPE and character not in placed:
            places[place] = character
            placed.add(character)
    places[0], places[_FIRST] = "\0", main[0]
    places[ESCAPE] = _NO_CHARACTER
    return places
