"""Delivery reports as 003 §2.4 writes them: whatever a client calls its message, and whenever it was sent."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from stentor.api.legacy.answers import text
from stentor.api.legacy.reports import Renderer
from stentor.core.ids import Ids
from stentor.core.message import Owed
from stentor.core.notify import V3_JSON, V3_XML
from support.making import HOUR, START, message, report

RENDERER = Renderer(Ids(b"s" * 32), lambda at: datetime.fromtimestamp(at // 1000, UTC))
NAMES = [
    "clientmsgID1",
    "a\u00a0b",
    "\U0001f468\u200d\U0001f469",
    "say \"hi\" & 'bye' <now>",
    '"',
    "two\nlines\tand\rmore",
]


def owed(name: str | None, **changes: int) -> Owed:
    one = message(client_id=name, **changes)
    return Owed(report(one, START + 2 * HOUR), one)


@pytest.mark.parametrize("name", NAMES)
def test_a_report_has_the_id_that_the_client_gave(name: str) -> None:
    for written in (RENDERER.pulled([owed(name)]), RENDERER.pushed([owed(name)], V3_XML), RENDERER.first([owed(name)])):
        (row,) = ET.fromstring(written)
        assert row.attrib["id"] == name
        assert re.search(rb'<message id="[^"]*" sentdate="[^"]*" donedate="[^"]*" status="', written)
    (listed,) = json.loads(RENDERER.pushed([owed(name)], V3_JSON))["DeliveryReport"]["message"]
    assert listed["id"] == name


def test_elements_hold_line_ends_as_they_came() -> None:
    """A parser reads a bare CR or CR LF as one LF (XML 1.0 §2.11); phones write both."""
    value = "one\rtwo\r\nthree\nfour\t<&>"
    (element,) = ET.fromstring(f"<message><Text>{text(value)}</Text></message>")
    assert element.text == value


def test_what_no_xml_may_hold_is_replaced() -> None:
    (row,) = ET.fromstring(RENDERER.pulled([owed("a\x00b\x1f\ufffe")]))
    assert row.attrib["id"] == "a\ufffdb\ufffd\ufffd"


def test_sentdate_is_when_it_was_submitted() -> None:
    """003 table 8; such a message was scheduled for an hour later."""
    (row,) = ET.fromstring(RENDERER.pulled([owed(None, sent_at=START + HOUR)]))
    submitted, done = (datetime.fromtimestamp(at // 1000, UTC) for at in (START, START + 2 * HOUR))
    assert row.attrib["sentdate"] == f"{submitted.year}/{submitted.month}/{submitted.day} {submitted:%H:%M:%S}"
    assert row.attrib["donedate"] == f"{done.year}/{done.month}/{done.day} {done:%H:%M:%S}"
