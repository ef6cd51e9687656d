"""Bodies of OneAPI: JSON or a form, whatever Content-Type says (`spec/wire.md` A4).

A form may hold lists (`address=1&address=2`, `address[0]=1`) and objects (`language[languageCode]=TR`), as PHP and Ruby
write them, in the charset that Content-Type names; an object may also stand there as JSON, or as Java prints a map.
GSMA's wrapped forms of JSON are taken too.
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
_NO_FORM = (b"<", b"[", b'"', b"--")
"""How XML, other JSON than an object, and multipart/form-data start."""
_PIECES = re.compile(r"\[([^\[\]]*)\]")
_OF_A_MAP = re.compile(r"[{,] *(\w+)=([^{},]*)")
_DEEPEST = 3
_WRAPPERS = {
    "outboundSMSMessageRequest": ("outboundSMSTextMessage", "receiptRequest"),
    "deliveryReceiptSubscription": ("callbackReference",),
    "subscription": ("callbackReference",),
}
"""GSMA's, and the objects inside that hold values too."""
_ALIASES = {
    "notifyUrl": "notifyURL",
    "notifyurl": "notifyURL",
    "clientcorrelator": "clientCorrelator",
    "filterCriteria": "criteria",
}
_OBJECTS = ("language", "trackInfo")


def is_form(request: Request) -> bool:
    """Clients of the form are answered 201 where something was made, those of JSON 200 as 001 prints it."""
    return not charsets.stripped(request.body).startswith(b"{")


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
    given: dict[str, Any] = bodies.decoded(body, dict[str, Any])
    for wrapper, parts in _WRAPPERS.items():
        inner = given.get(wrapper)
        if isinstance(inner, dict):
            more = [inner[part] for part in parts if isinstance(inner.get(part), dict)]
            return {name: value for values in (inner, *more) for name, value in values.items()}
    return given


def _form(request: Request) -> dict[str, Any]:
    body, charset = request.body, charsets.named(request.header(b"content-type")) or "UTF-8"
    if charsets.stripped(body).startswith(_NO_FORM):
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
    for name in _OBJECTS:
        text = given.get(name)
        if isinstance(text, str):
            given[name] = _object(name, text)
    return given


def _object(name: str, text: str) -> Any:
    """An object that a form has as text: the client of Java writes `{languageCode=TR, useSingleShift=true}`."""
    if not text.strip():
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        pairs = _OF_A_MAP.findall(text)
    if not pairs:
        raise InvalidField(name, f"{text[:60]!r} is not an object.")
    return {key: None if value == "null" else value for key, value in pairs}


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
