"""The documents' exchanges in XML: the samples mean what their twins in JSON mean, and the program answers them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import http_documents
import pytest
import xml_documents
from http_documents import Document
from xml_documents import TABLES, body, differences, fresh, login, meaning, names

from support.process import Served
from support.sms import advanced, settled
from support.web import Answer, Client, exchange

SENDING = [name for name in names() if "-send-" in name]
READING = [name for name in names() if "-send-" not in name]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("xml"), TABLES)
    yield running
    running.stop()


@pytest.mark.parametrize("name", names())
def test_a_sample_means_what_its_twin_means(name: str) -> None:
    ours, twin = xml_documents.read(name), http_documents.read(name)
    for one, other in ((ours.request, twin.request), (ours.answer, twin.answer)):
        if body(other):
            expected = json.loads(body(other))
            assert meaning(ET.fromstring(body(one)), expected) == expected


def _replay(document: Document, platform: Served) -> Answer:
    answer = exchange(platform.url, document.octets())
    assert (answer.status, answer.headers["content-type"]) == (200, "application/xml"), answer
    return answer


def _check(document: Document, answer: Answer) -> None:
    expected = ET.fromstring(body(document.answer))
    assert list(differences(expected, ET.fromstring(answer.body), document.request)) == []


def _sending(name: str) -> Any:
    reason = http_documents.read(name).note("xfail")
    return pytest.param(name, marks=[pytest.mark.xfail(reason=reason)] if reason else [])


@pytest.mark.parametrize("name", [_sending(name) for name in SENDING])
def test_sending_is_answered_as_documented(name: str, platform: Served) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000+01:00")
    document = fresh(xml_documents.read(name), tomorrow=tomorrow)
    answer = _replay(document, platform)
    if document.answer:
        _check(document, answer)
    else:
        groups = {element.text for element in ET.fromstring(answer.body).iter("groupName")}
        assert groups == {"ACCEPTED"}


@pytest.mark.parametrize("name", READING)
def test_reading_is_answered_as_documented(name: str, platform: Served) -> None:
    """What the sample tells of is sent first; then only that is asked for, because others sent too."""
    document, twin = xml_documents.read(name), http_documents.read(name).body()["results"]
    client = Client(platform.url, login(document))
    for result in twin[::-1] if "logs" in name else twin:
        message = {"from": "InfoSMS", "text": "Test SMS.", "destinations": [{}]}
        message["destinations"] = [{"to": result["to"], "messageId": result["messageId"]}]
        if "callbackData" in result:
            message["callbackData"] = result["callbackData"]
        advanced(client, message, bulk=result["bulkId"])
        settled(client, result["messageId"])
    path = document.request.split()[1].partition("?")[0]
    only = path + "?messageId=" + ",".join(result["messageId"] for result in twin)
    request = document.request.replace(document.request.split()[1], only).replace(
        document.request.split("Authorization: ")[1].splitlines()[0], login(document)
    )
    asked = Document(name, document.notes, request, document.answer)
    _check(asked, _replay(asked, platform))
    if path == "/sms/1/reports":
        assert _replay(asked, platform).body == b"<SMSReportResponse></SMSReportResponse>"
