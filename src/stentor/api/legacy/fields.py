"""Parameters of a query string or a form, in lower case: clients spell them as they like (`spec/wire.md` (b)10)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from stentor.api.legacy.wrong import Wrong
from stentor.api.messages import Request
from stentor.catalogue.legacy import ResponseCode

Fields = Mapping[str, str]

FORM = "application/x-www-form-urlencoded"
_MOST = 20_000
"""Parameters in one request."""
_CHARSET = re.compile(r"utf-?8|us-ascii|(windows-|cp)125[0-8]|iso-?8859-([1-9]|1[0-6])")
_LISTS = frozenset({"gsm", "destinations", "messageid"})
"""What may stand there several times, or with commas."""


def fields_of(request: Request) -> dict[str, str]:
    """The query, and the body of a POST that is a form. The parameter `encoding` names the charset (003 table 7)."""
    octets = request.query
    if request.method == "POST" and request.body and is_form(request):
        octets = f"{octets}&{request.body.decode('latin-1')}" if octets else request.body.decode("latin-1")
    return _decoded(octets, "utf-8") if "encoding=" not in octets.lower() else _in_its_charset(octets)


def is_form(request: Request) -> bool:
    """So is a POST of parameters whose client does not say what it sends."""
    return request.header(b"content-type").partition(";")[0].strip().lower() in ("", FORM, "text/plain")


def _in_its_charset(octets: str) -> dict[str, str]:
    found = _decoded(octets, "utf-8")
    charset = found.get("encoding", "").lower()
    if not charset:
        return found
    if not _CHARSET.fullmatch(charset):
        raise Wrong(ResponseCode.ERROR_PROCESSING)
    return _decoded(octets, charset)


def _decoded(octets: str, charset: str) -> dict[str, str]:
    """Octets may stand there as they are: old clients encode no letters."""
    if octets.count("&") > _MOST:
        raise Wrong(ResponseCode.GENERAL_ERROR)
    fields: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    for pair in octets.split("&"):
        given, _, encoded = pair.partition("=")
        name, value = _text(given, charset).lower(), _text(encoded, charset)
        fields[name] = value
        if name in _LISTS and value:
            lists.setdefault(name, []).append(value)
    for name, values in lists.items():
        fields[name] = ",".join(values)
    return fields


def _text(octets: str, charset: str) -> str:
    spaced = octets.replace("+", " ")
    if "%" not in spaced and spaced.isascii():
        return spaced
    return unquote_to_bytes(spaced.encode("latin-1")).decode(charset, "replace")


def pieces(text: str, separator: str = ",") -> list[str]:
    return [piece.strip() for piece in text.split(separator) if piece.strip()]
