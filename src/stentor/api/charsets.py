"""The charset that a client wrote in: the one it names, or UTF-8, or what Windows wrote where nobody asked for another.

003 §2.2.1.1 has clients say that a text is in UTF-8: what says nothing may be in the charset of their country.
"""

from __future__ import annotations

import codecs
import re

_KNOWN = re.compile(
    r"utf-?8|us-ascii|latin-?1|(windows-|cp)125[0-8]|iso[-_]?8859-([1-9]|1[013-6])|koi8-[ru]"
    r"|gb(k|2312|18030)|big5|shift_jis|euc-(jp|kr)|tis-620",
    re.IGNORECASE,
)
"""In all of them ASCII is what it is in UTF-8: a body's form can be read without its letters."""
_NAMED = re.compile(r"charset\s*=\s*[\"']?([\w:.-]+)", re.IGNORECASE)
_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s{0,20}=\s{0,20}[\"']([\w:.-]{1,60})[\"'][^>]{0,200}\?>")
_USUAL = "cp1252"
"""ISO 8859-1, and letters where that has none."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def known(name: str) -> str | None:
    """The name where we know it."""
    return name if _KNOWN.fullmatch(name) else None


def named(content_type: str) -> str | None:
    """What a Content-Type says, where we know it."""
    found = _NAMED.search(content_type)
    return known(found[1]) if found else None


def text(octets: bytes, otherwise: str | None = None) -> str:
    """UTF-8 is never anything else by chance; what is none is in the charset `otherwise`."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode(otherwise or _USUAL, "replace")


def stripped(octets: bytes) -> bytes:
    """Without blanks and a byte order mark before it, which clients on .NET write before anything."""
    return octets.removeprefix(codecs.BOM_UTF8).lstrip()


def in_utf8(octets: bytes, otherwise: str | None = None) -> bytes:
    """A body in JSON or XML; the XML declaration of another charset than UTF-8 is obeyed and left out."""
    octets = octets.removeprefix(codecs.BOM_UTF8)
    if octets.startswith(_UTF16):
        return octets
    declaration = _DECLARATION.match(octets)
    if declaration is not None and (declared := known(declaration[1].decode())):
        octets, otherwise = octets[declaration.end() :], declared
    return octets if _is_utf8(octets) else text(octets, otherwise).encode()


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True
