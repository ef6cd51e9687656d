"""Bodies of OneAPI: JSON or a form, whatever Content-Type says (`spec/wire.md` A4).

A form may hold lists (`address=1&address=2`, `address[0]=1`) and objects (`language[languageCode]=TR`), as PHP and Ruby
write them, in the charset that Content-Type names. GSMA's wrapped form of JSON is taken too.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from stentor.api import bodies, charsets
from stentor.api.messages import Request
from stentor.core.errors import InvalidField

T = TypeVar("T", bound=msgspec.Struct)
_MOST_FIELDS = 20_000
_MOST_OCTETS = 1_048_576
"""Of a form: 10,000 numbers and a text take a quarter, and each octet costs twenty times what it does in JSON."""
_NO_FORM = (b"<", b"[", b'"', b"\xef\xbb\xbf")
"""How XML, other JSON than an object and what begins with a byte order mark start."""
_PIECES = re.compile(r"\[([^\[\]]*)\]")
_DEEPEST = 3
_WRAPPER = "outboundSMSMessageRequest"
_ALIASES = {"notifyUrl": "notifyURL", "notifyurl": "notifyURL", "clientcorrelator": "clientCorrelator"}


def is_form(request: Request) -> bool:
    """Clients of the form are answered 201 where something was made, those of JSON 200 as 001 prints it."""
    return not request.body.lstrip().startswith(b"{")


def read(request: Request, model: type[T]) -> T:
    given = _form(request) if is_form(request) else _json(request.body)
    for alias, name in _ALIASES.items():
        if alias in given:
            given.setdefault(name, given.pop(alias))
    try:
        return msgspec.convert(given, model, strict=False)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$")
        raise InvalidField(path.strip(".`") or "body", what) from None


def bare_address(given: str) -> str:
    """Without the scheme of GSMA's addresses."""
    text = given.strip()
    return text[4:].strip() if text[:4].lower() == "tel:" else text


def _json(body: bytes) -> dict[str, Any]:
    given = bodies.decoded(body, dict[str, Any])
    inner = given.get(_WRAPPER)
    if not isinstance(inner, dict):
        return dict(given)
    text, receipt = inner.get("outboundSMSTextMessage"), inner.get("receiptRequest")
    more = {**(text if isinstance(text, dict) else {}), **(receipt if isinstance(receipt, dict) else {})}
    return {**inner, **more}


def _form(request: Request) -> dict[str, Any]:
    body, charset = request.body, charsets.named(request.header(b"content-type")) or "UTF-8"
    if body.lstrip().startswith(_NO_FORM):
        raise InvalidField("body", "The request body is neither a JSON object nor a form.")
    if len(body) > _MOST_OCTETS or body.count(b"&") >= _MOST_FIELDS:
        raise InvalidField(
            "body", f"A form has at most {_MOST_FIELDS} fields and {_MOST_OCTETS} octets; JSON may have more."
        )
    try:
        pairs = parse_qsl(body.decode(charset), encoding=charset, errors="strict")
    except ValueError:
        raise InvalidField("body", f"The request body is neither JSON nor a form in {charset}.") from None
    given: dict[str, Any] = {}
    for name, value in pairs:
        head = name.partition("[")[0]
        path = [piece for piece in _PIECES.findall(name[len(head) :]) if piece and not piece.isdigit()]
        _put(given, [head, *path[:_DEEPEST]], value)
    return given


def _put(given: dict[str, Any], path: list[str], value: str) -> None:
    """A name that comes again makes a list."""
    for piece in path[:-1]:
        inner = given.setdefault(piece, {})
        if not isinstance(inner, dict):
            return
        given = inner
    name = path[-1]
    known = given.get(name)
    if known is None:
        given[name] = value
    elif isinstance(known, list):
        known.append(value)
    else:
        given[name] = [known, value]
