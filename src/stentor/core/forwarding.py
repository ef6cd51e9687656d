"""A message from a phone in a customer's URL (003 §2.8.1, 004 "Forwarding of received messages").

What the documents leave open is decided in docs/decisions/0005: `output` says how values are written inside another
text, and is taken out of the URL; a POST carries the query as its body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import quote
from xml.sax.saxutils import escape

from stentor.core.calls import Call, owed
from stentor.core.inbound import Inbound

FORM = "application/x-www-form-urlencoded"
_PLACES = re.compile("%(sender|receiver|text|bin|datetime|messageid|datacoding|esmclass)%", re.IGNORECASE)
_OUTPUT = re.compile(r"(?P<before>[?&])output=(?P<form>xml|json)(?P<after>&|$)", re.IGNORECASE)


def filled(template: str, inbound: Inbound, message_id: str, moment: str) -> str:
    """The URL to call. With both %text% and %bin% in it, only one is sent: the text when data_coding is 0."""
    template, form = _without_output(template)
    asked = {name.lower() for name in _PLACES.findall(template)}
    text, octets = inbound.text, inbound.data.hex().upper()
    if {"text", "bin"} <= asked:
        text, octets = (text, "") if inbound.data_coding == 0 else ("", octets)
    values = {
        "sender": inbound.sender,
        "receiver": inbound.recipient,
        "text": text,
        "bin": octets,
        "datetime": moment,
        "messageid": message_id,
        "datacoding": str(inbound.data_coding),
        "esmclass": str(inbound.esm_class),
    }
    return _PLACES.sub(lambda place: quote(form(values[place[1].lower()]), safe="", errors="replace"), template)


def by_template(
    number: int, template: str, inbound: Inbound, message_id: str, moment: str, *, post: bool, at: int
) -> Call:
    """The call that brings it there, by GET or as a form by POST."""
    url = filled(template, inbound, message_id, moment)
    if not post:
        return owed(number, inbound.account, "inbound", inbound.id, url, at=at)
    url, _, query = url.partition("?")
    return owed(
        number,
        inbound.account,
        "inbound",
        inbound.id,
        url,
        at=at,
        content_type=FORM,
        body=query.encode("ascii", "replace"),
    )


def _without_output(template: str) -> tuple[str, Callable[[str], str]]:
    """The URL without `output`, and how values are written."""
    found = _OUTPUT.search(template)
    if found is None:
        return template, str
    between = found["before"] if found["after"] else ""
    template = template[: found.start()] + between + template[found.end() :]
    return template, _xml if found["form"].lower() == "xml" else _json


def _xml(value: str) -> str:
    return escape(value, {'"': "&quot;", "'": "&apos;"})


def _json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]
