"""Requests to send, in XML, JSON or parameters, as drafts: what the client wrote, by names in lower case.

003 §2.2 with the habits of its clients (`spec/wire.md` (b)10): `XML=` or `JSON=` before the body, encoded or not;
names in any case and misspelt; recipients beside the message; null and empty for "not given".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from json import dumps, loads
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from stentor.api import charsets
from stentor.api.legacy.fields import MOST_MARKS, MULTIPART, fields_of, parts, pieces
from stentor.api.legacy.wrong import Wrong
from stentor.api.messages import Request
from stentor.api.xml.parsing import Element, parsed
from stentor.catalogue.legacy import ResponseCode
from stentor.core.errors import InvalidField
from stentor.core.submit import MAX_DESTINATIONS

_MOST_MEMBERS = 1_000
"""Of one object in JSON."""
_BY_HAND = 65_536
"""Octets of a body that is read a second time where it has a slip of the samples: no attack is worth it."""
_TAG = re.compile(rb"</?[A-Za-z][\w.-]*")
_LOGIN = ("authentication", "authentification")
_VERBATIM = ("text", "sender")
"""Where `null` may be meant."""
_OTHERS = (
    "type flash wapurl binary datacoding esmclass srcton srcnpi destton destnpi senddatetime validityperiod appid"
    " pushurl nopush campaignid"
)
_NOTHING = dict.fromkeys((*_VERBATIM, *_OTHERS.split()), "")
_SYNONYMS = {"smstext": "text", "isflash": "flash", "bookmark": "wapurl", "drpushurl": "pushurl"}
_NAMES = {name: name for name in _NOTHING} | _SYNONYMS
_CONTENT = ("sender", "text", "smstext", "binary", "wapurl", "bookmark")
"""What has something inside it is no value: nobody wants half of a text on its way."""


class Draft(msgspec.Struct):
    """One message: its values, and its recipients with the ids that the client gave them."""

    values: Mapping[str, str]
    """All that the tables name but what is a recipient's, in lower case; empty where it is not given."""
    recipients: Sequence[tuple[str, str]] = ()


class Asked(msgspec.Struct):
    login: Mapping[str, str]
    messages: Sequence[Draft]


Reader = Callable[[Request], Asked]


def plain(request: Request) -> Asked:
    """Table 7. Several numbers stand in GSM with commas between them, and their ids likewise."""
    given = fields_of(request)
    recipients = _listed(given.get("gsm", ""), given.get("messageid", ""))
    return Asked(given, [Draft(values_of(given.items()), recipients)])


def _listed(gsm: str, messageid: str) -> Sequence[tuple[str, str]]:
    numbers = pieces(gsm) if "," in gsm else [gsm.strip()] if gsm else []
    if len(numbers) < 2:
        own = _shown(messageid.strip(",")) if messageid else ""
        return [(number, own) for number in numbers if number]
    if len(numbers) > MAX_DESTINATIONS:
        raise Wrong(ResponseCode.GENERAL_ERROR)
    ids = messageid.split(",", len(numbers))[: len(numbers)] if messageid else ()
    return [(number, _shown(one)) for number, one in zip_longest(numbers, ids, fillvalue="")]


def xml(request: Request) -> Asked:
    """Table 1."""
    octets = _bare(request, b"xml", b"<")
    try:
        return parsed(octets, _of_root)
    except InvalidField:
        return _in_one_case(octets)


def _in_one_case(octets: bytes) -> Asked:
    """Names begun and ended in different letters, as `<datacoding>240</dataCoding>` in a sample of 003 §2.2.1.4."""
    if len(octets) > _BY_HAND or b"<![" in octets:
        raise Wrong(ResponseCode.SYNTAX_ERROR)
    try:
        return parsed(_TAG.sub(lambda tag: tag[0].lower(), octets), _of_root)
    except InvalidField:
        raise Wrong(ResponseCode.SYNTAX_ERROR) from None


def json(request: Request) -> Asked:
    """Table 4."""
    octets = _bare(request, b"json", b"{")
    if sum(map(octets.count, (b"{", b"[", b","))) > MOST_MARKS:
        raise Wrong(ResponseCode.GENERAL_ERROR)
    tree = _tree(octets)
    if not isinstance(tree, dict):
        raise Wrong(ResponseCode.SYNTAX_ERROR)
    top = _lower(tree)
    login = next((_texts(_lower(top[name])) for name in _LOGIN if isinstance(top.get(name), dict)), _texts(top))
    return Asked(login, _limited(_with_recipients(_messages(top), _recipients(top))))


def _tree(octets: bytes) -> Any:
    """A text may go on in the next line, as in a sample of 003 §2.2.2.4, although JSON has that escaped."""
    try:
        return msgspec.json.decode(octets)
    except (ValueError, RecursionError):
        if len(octets) > _BY_HAND:
            raise Wrong(ResponseCode.SYNTAX_ERROR) from None
    try:
        return msgspec.json.decode(dumps(loads(octets, strict=False)))
    except (ValueError, RecursionError):
        raise Wrong(ResponseCode.SYNTAX_ERROR) from None


def _messages(top: Mapping[str, Any]) -> list[Draft]:
    given = top.get("messages") or top.get("message") or ([top] if "text" in top or "binary" in top else [])
    messages = given if isinstance(given, list) else [given]
    if len(messages) > MAX_DESTINATIONS:
        raise Wrong(ResponseCode.GENERAL_ERROR)
    if not all(isinstance(one, dict) for one in messages):
        raise Wrong(ResponseCode.SYNTAX_ERROR)
    return [_draft(_lower(one)) for one in messages]


def _bare(request: Request, name: bytes, begin: bytes) -> bytes:
    """The body in UTF-8 without `XML=` or `JSON=`; decoded where what follows is percent-encoded."""
    content_type = request.header(b"content-type")
    octets, prefix = charsets.stripped(request.body), name + b"="
    if content_type.lower().startswith(MULTIPART):
        octets = next((value for given, value in parts(content_type, request.body) if given.lower() == name), octets)
    elif octets[: len(prefix)].lower() == prefix:
        octets = charsets.stripped(octets[len(prefix) :])
        if not octets.startswith(begin):
            if octets.count(b"%") > MOST_MARKS:
                raise Wrong(ResponseCode.GENERAL_ERROR)
            octets = unquote_to_bytes(octets.partition(b"&")[0].replace(b"+", b" "))
    return charsets.in_utf8(octets, charsets.named(content_type))


def _of_root(root: Element) -> Asked:
    login: dict[str, str] = {}
    messages: list[Draft] = []
    outside: list[tuple[str, str]] = []
    for child in root:
        name = _name(child)
        if name in _LOGIN:
            login |= {_name(one): (one.text or "").strip() for one in child}
        elif name == "message":
            messages.append(_of_element(child))
            if len(messages) > MAX_DESTINATIONS:
                raise Wrong(ResponseCode.GENERAL_ERROR)
        elif name == "recipients":
            outside += _numbers(child)
        elif not len(child):
            login.setdefault(name, (child.text or "").strip())
    return Asked(login, _limited(_with_recipients(messages, outside)))


def _of_element(message: Element) -> Draft:
    if any(len(child) and _name(child) in _CONTENT for child in message):
        raise Wrong(ResponseCode.SYNTAX_ERROR)
    values = values_of((_name(child), child.text or "") for child in message if not len(child))
    numbers = [one for child in message if _name(child) == "recipients" for one in _numbers(child)]
    return Draft(values, numbers + _numbers(message))


def _numbers(parent: Element) -> list[tuple[str, str]]:
    found = []
    for child in parent:
        if _name(child) == "gsm":
            ids = [str(value) for name, value in child.attrib.items() if name.lower() == "messageid"]
            found.append(((child.text or "").strip(), _shown(ids[0] if ids else "")))
    return [one for one in found if one[0]]


def _name(element: Element) -> str:
    name: str = element.tag.rpartition("}")[2].lower()
    return name


def _draft(message: Mapping[str, Any]) -> Draft:
    if any(isinstance(message.get(name), dict | list) for name in _CONTENT):
        raise Wrong(ResponseCode.SYNTAX_ERROR)
    return Draft(values_of(_texts(message).items()), _recipients(message))


def _recipients(owner: Mapping[str, Any]) -> list[tuple[str, str]]:
    """`[{"gsm": ..}]`, one of these, or the numbers alone."""
    given = owner.get("recipients") or (owner if "gsm" in owner else [])
    found: list[tuple[str, str]] = []
    for one in given if isinstance(given, list) else [given]:
        members = _lower(one) if isinstance(one, dict) else {"gsm": one}
        numbers = members.get("gsm")
        given_id = _shown(_text(members.get("messageid")))
        found += [(_text(one).strip(), given_id) for one in (numbers if isinstance(numbers, list) else [numbers])]
        if len(found) > MAX_DESTINATIONS:
            raise Wrong(ResponseCode.GENERAL_ERROR)
    return [one for one in found if one[0]]


def _with_recipients(messages: list[Draft], outside: Sequence[tuple[str, str]]) -> list[Draft]:
    """Recipients beside the messages are those of every message that has none of its own."""
    return [Draft(one.values, one.recipients or outside) for one in messages]


def _limited(messages: list[Draft]) -> list[Draft]:
    if sum(max(1, len(message.recipients)) for message in messages) > MAX_DESTINATIONS:
        raise Wrong(ResponseCode.GENERAL_ERROR)
    return messages


def _lower(tree: Mapping[Any, Any]) -> dict[str, Any]:
    if len(tree) > _MOST_MEMBERS:
        raise Wrong(ResponseCode.GENERAL_ERROR)
    return {str(name).lower(): value for name, value in tree.items()}


def _texts(tree: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in tree.items() if not isinstance(value, dict | list)}


def _text(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)


def values_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """By one of their names in lower case; an empty one takes nothing away from the other."""
    values = _NOTHING.copy()
    for given, value in pairs:
        name = _NAMES.get(given)
        if value and name is not None:
            values[name] = (value if name in _VERBATIM else _shown(value)) or values[name]
    return values


def _shown(text: str) -> str:
    shown = text.strip()
    return "" if shown.lower() == "null" else shown
