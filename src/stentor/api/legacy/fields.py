"""Parameters of a query string or a form, in lower case: clients spell them as they like (`spec/wire.md` (b)10)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from urllib.parse import unquote_to_bytes

from stentor.api import charsets
from stentor.api.legacy.wrong import Wrong
from stentor.api.messages import Request
from stentor.catalogue.legacy import ResponseCode

Fields = Mapping[str, str]
Pair = tuple[bytes, bytes]

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_BOUNDARY = re.compile(r"boundary=\"?([^\";,]{1,70})", re.IGNORECASE)
_NAME = re.compile(rb"[;\s]name=\"?([^\";\r\n]*)", re.IGNORECASE)
_MOST = 20_000
"""Parameters in one request, or values in one of them."""
MOST_MARKS = 500_000
"""Most octets that are percent-encoded, or most values in JSON. The one who sends them is not known yet: a request may
cost half a second of work. 10,000 recipients with their ids have some 100,000.
"""
_UTF8 = ("", "null", "utf-8", "utf8")
_LISTS = frozenset({"gsm", "destinations", "messageid"})
"""What may stand there several times, or with commas."""
_USUAL = (
    "user password username pass sender SMSText GSM type messageid flash isflash bookmark wapurl binary datacoding"
    " esmclass srcton srcnpi destton destnpi sendDateTime ValidityPeriod appid pushurl drPushUrl nopush encoding output"
    " CampaignId"
)
_NAMES = {name.encode(): name.lower() for spelt in _USUAL.split() for name in (spelt, spelt.lower(), spelt.upper())}
"""As 003 and most clients spell them, which saves decoding."""


def fields_of(request: Request) -> dict[str, str]:
    """The query, and the body of a POST that is a form. The parameter `encoding` names the charset (003 table 7)."""
    pairs = _pairs(request.query.encode("latin-1"))
    if request.method == "POST" and request.body:
        pairs += _of_form(request)
    content_type = request.header(b"content-type")
    named = partial(charsets.text, otherwise=charsets.named(content_type)) if content_type else charsets.text
    found = _decoded(pairs, named)
    charset = found.get("encoding")
    return _in_charset(pairs, charset.strip(), found) if charset else found


def _in_charset(pairs: Iterable[Pair], charset: str, in_utf8: dict[str, str]) -> dict[str, str]:
    if charset.lower() in _UTF8:
        return in_utf8
    if charsets.known(charset) is None:
        raise Wrong(ResponseCode.ERROR_PROCESSING)
    return _decoded(pairs, lambda octets: octets.decode(charset, "replace"))


def _of_form(request: Request) -> list[Pair]:
    """A POST of parameters whose client does not say what it sends is a form too."""
    content_type = request.header(b"content-type")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == MULTIPART:
        return parts(content_type, request.body)
    return _pairs(request.body) if kind in ("", FORM, "text/plain") else []


def parts(content_type: str, body: bytes) -> list[Pair]:
    """Values of a multipart/form-data (RFC 7578), which PHP sends of an array."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        return []
    separator = b"\r\n--" + found[1].encode("latin-1")
    if body.count(separator) > _MOST:
        raise Wrong(ResponseCode.GENERAL_ERROR)
    pairs = []
    for part in (b"\r\n" + body).split(separator)[1:]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is not None:
            pairs.append((name[1], value))
    return pairs


def _pairs(octets: bytes) -> list[Pair]:
    """Octets may stand there as they are: old clients encode no letters."""
    if len(octets) > _MOST and (octets.count(b"&") > _MOST or octets.count(b"%") > MOST_MARKS):
        raise Wrong(ResponseCode.GENERAL_ERROR)
    found = []
    for pair in octets.replace(b"+", b" ").split(b"&"):
        name, _, value = pair.partition(b"=")
        if b"%" in pair:
            name, value = name if name in _NAMES else unquote_to_bytes(name), unquote_to_bytes(value)
        found.append((name, value))
    return found


def _decoded(pairs: Iterable[Pair], decode: Callable[[bytes], str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for given, octets in pairs:
        name = _NAMES.get(given) or decode(given).lower()
        value = octets.decode() if octets.isascii() else decode(octets)
        fields[name] = f"{fields[name]},{value}" if name in fields and name in _LISTS else value
    return fields


def pieces(text: str, separator: str = ",") -> list[str]:
    found = text.split(separator, _MOST)
    if len(found) > _MOST:
        raise Wrong(ResponseCode.GENERAL_ERROR)
    return [piece.strip() for piece in found if piece.strip()]
