"""The documents' exchanges in XML (`documents/xml`), beside their twins in JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import http_documents
from http_documents import ADDED, FOLDER, TIMESTAMP, Document

from support.process import LOGIN
from support.sms import new_id
from support.web import basic

TABLES = """
[[connectors]]
type = "simulated"
delay = 0.02
[[connectors]]
type = "simulated"
name = "silent"
delay = 3600
[[routes]]
connector = "silent"
account = "silent"
[[routes]]
connector = "silent"
account = "enroute"
[[routes]]
connector = "simulated"
[[prices]]
price = "0.01"
[[prices]]
price = "0.01"
plan = "forbidden"
where = "DE"
[[accounts]]
name = "docs"
users = { Aladdin = "open sesame" }
credit = "100"
[[accounts]]
name = "silent"
users = { silent = "open sesame" }
credit = "100"
[[accounts]]
name = "enroute"
users = { enroute = "open sesame" }
credit = "100"
accepted_status = 7
[[accounts]]
name = "forbidden"
users = { forbidden = "open sesame" }
credit = "100"
plan = "forbidden"
[[accounts]]
name = "later"
users = { later = "open sesame" }
credit = "100"
xml_names = "later"
"""
"""One platform for all documents: what their settings ask for is an account's."""


def names() -> list[str]:
    return sorted(path.stem for path in (FOLDER / "xml").glob("*.http"))


def read(name: str) -> Document:
    """With the notes of its twin."""
    document = http_documents.read(f"xml/{name}")
    return Document(name, http_documents.read(name).notes, document.request, document.answer)


def login(document: Document) -> str:
    words = document.note("settings").split()
    user = next((word for word in ("enroute", "forbidden", "silent") if word in words), "Aladdin")
    return basic(user, "open sesame")


def fresh(document: Document, **values: str) -> Document:
    """With ids that no other test sends and the login that its settings ask for."""
    replaced = document.replaced(**values)
    request = replaced.request.replace(LOGIN, login(document))
    answer = replaced.answer
    for element in ET.fromstring(body(request)).iter() if body(request) else ():
        if element.tag in {"messageId", "bulkId"} and element.text:
            other = new_id()
            request, answer = request.replace(element.text, other), answer.replace(element.text, other)
    return Document(document.name, document.notes, request, answer)


def body(message: str) -> str:
    return message.partition("\n\n")[2]


def differences(documented: ET.Element, actual: ET.Element, given: str, at: str = "") -> Iterator[str]:
    """Where `actual` is not what the document prints: names, order, texts; `given` as in `http_documents`."""
    here = f"{at}/{actual.tag}"
    if documented.tag != actual.tag:
        yield f"{here}: {documented.tag} is documented"
    if actual.attrib:
        yield f"{here}: has attributes {actual.attrib}"
    expected, came = _children(documented), _children(actual)
    if [one.tag for one in expected] != [one.tag for one in came]:
        yield f"{here}: {[one.tag for one in expected]} are documented, {[one.tag for one in came]} came"
    for one, other in zip(expected, came, strict=False):
        yield from differences(one, other, given, here)
    if not expected and not _same(documented.tag, documented.text or "", actual.text or "", given):
        yield f"{here}: {documented.text!r} is documented, {actual.text!r} came"


def _children(element: ET.Element) -> list[ET.Element]:
    """Statuses are printed in two orders."""
    children = [child for child in element if child.tag not in ADDED]
    return sorted(children, key=lambda child: child.tag) if element.tag == "status" else children


def _same(name: str, documented: str, actual: str, given: str) -> bool:
    if name in {"sentAt", "doneAt"}:
        return TIMESTAMP.fullmatch(actual) is not None
    if name in {"messageId", "bulkId"} and documented not in given:
        return 0 < len(actual) <= 100
    return documented == actual


def meaning(element: ET.Element, twin: Any) -> Any:
    """The element as JSON, with the lists and types of its twin."""
    if isinstance(twin, dict):
        children: dict[str, list[ET.Element]] = {}
        for child in element:
            children.setdefault(child.tag, []).append(child)
        return {name: _member(found, twin.get(name)) for name, found in children.items()}
    text = element.text or ""
    if isinstance(twin, bool):
        return {"true": True, "false": False}[text]
    return float(text) if isinstance(twin, int | float) else text


def _member(found: list[ET.Element], twin: Any) -> Any:
    if len(found) == 1 and {child.tag for child in found[0]} == {found[0].tag}:
        found = list(found[0])
    if isinstance(twin, list):
        return [meaning(one, other) for one, other in zip(found, twin, strict=True)]
    (only,) = found
    return meaning(only, twin)
