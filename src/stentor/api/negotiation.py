"""JSON or XML: an answer by Accept, else as the request, else JSON (`spec/wire.md` (b)13)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from stentor.api.messages import JSON, XML

_XML = {XML, "text/xml"}
_READ = 512
"""Octets of a header that are looked at: enough for every client, and little to remember."""


def is_xml(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the request's body is in XML. Anything else, and none, is JSON (`spec/xml.md` 3)."""
    return _names_xml(headers.get(b"content-type", b"")[:_READ])


def wants_xml(headers: Mapping[bytes, bytes]) -> bool:
    accept = headers.get(b"accept")
    preferred = None if accept is None else _prefers_xml(accept[:_READ])
    return is_xml(headers) if preferred is None else preferred


@lru_cache(maxsize=64)
def _names_xml(content_type: bytes) -> bool:
    return _media_type(content_type.decode("latin-1")) in _XML


@lru_cache(maxsize=64)
def _prefers_xml(accept: bytes) -> bool | None:
    """Which of the two has the highest q, the first of equals; None when neither is there or a wildcard has more."""
    best, xml, anything = 0.0, None, 0.0
    for one in accept.decode("latin-1").split(","):
        name, q = _media_type(one), _q(one)
        if name == JSON or name in _XML:
            if q > best:
                best, xml = q, name != JSON
        elif name.endswith("/*"):
            anything = max(anything, q)
    return None if anything > best else xml


def _media_type(text: str) -> str:
    return text.partition(";")[0].strip().lower()


def _q(text: str) -> float:
    """1 where it is not said or no number."""
    for parameter in text.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            digits = value.strip()
            return float(digits) if digits.replace(".", "", 1).isdecimal() and digits.isascii() else 1.0
    return 1.0
