"""Received messages as 003 §2.8, 004 and the texts of 2015 and 2016 print them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from http_documents import TIMESTAMP, read

from support.cli import stentor
from support.process import Served
from support.receiver import Call, Receiver
from support.waiting import until
from support.web import Answer, Client, basic, exchange

NUMBER, SENDER = "41793026727", "38598111"
TABLES = """
[[connectors]]
type = "simulated"
[[accounts]]
name = "docs"
users = {{ Aladdin = "open sesame" }}
[[accounts]]
name = "later"
users = {{ later = "open sesame" }}
xml_names = "later"
[[numbers]]
number = "+41793026727"
account = "docs"
keywords = [
    {{ keyword = "KEY", account = "docs" }},
    {{ keyword = "LATER", account = "later" }},
    {{ keyword = "ABC", account = "docs", way = "get", url = "{url}/incoming_sms.php?who=%sender%&what=%text%{xml}" }},
    {{ keyword = "BIN", account = "docs", way = "get", url = "{url}/binary.php?who=%sender%&what=%bin%" }},
    {{ keyword = "POST", account = "docs", way = "post", url = "{url}/post?t=%text%&b=%bin%&c=%datacoding%" }},
    {{ keyword = "JSON", account = "docs", way = "json", url = "{url}/json", callback_data = "callbackData" }},
    {{ keyword = "XML", account = "docs", way = "xml", url = "{url}/xml" }},
    {{ keyword = "XML2", account = "later", way = "xml", url = "{url}/xml2" }},
]
"""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("inbox"), TABLES.format(url=receiver.url(""), xml="&output=xml"))
    yield running
    running.stop()


def phone(platform: Served, text: str, sender: str = SENDER) -> None:
    ended = stentor("trigger", "mo", "--from", sender, "--to", NUMBER, "--text", text, "--data", platform.data)
    assert ended.code == 0, ended


def pulled(client: Client, path: str = "/sms/1/inbox/reports", **headers: str) -> Answer:
    answer = client.call("GET", path, None, headers)
    assert answer.status == 200, answer
    return answer


def called(receiver: Receiver, path: str) -> Call:
    return until(lambda: receiver.calls(path), f"a call of {path}")[0]


def test_the_documents_pull(platform: Served) -> None:
    document = read("004-inbox")
    phone(platform, "KEY Test message")
    answer = exchange(platform.url, document.octets())
    (documented,), (came,) = document.body()["results"], answer.json["results"]
    assert list(answer.json) == ["results", "messageCount", "pendingMessageCount"]
    assert [name for name in came if name != "price"] == list(documented)
    assert {name: came[name] for name in documented if name not in ("messageId", "receivedAt")} == {
        name: value for name, value in documented.items() if name not in ("messageId", "receivedAt")
    }
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", came["messageId"])
    assert TIMESTAMP.fullmatch(came["receivedAt"])
    assert exchange(platform.url, document.octets()).json == {
        "results": [], "messageCount": 0, "pendingMessageCount": 0,
    }, "each message once"  # fmt: skip


def test_the_pull_in_xml(platform: Served) -> None:
    phone(platform, "KEY Test message")
    phone(platform, "no keyword")
    root = ET.fromstring(pulled(platform.client, Accept="application/xml").body)
    assert root.tag == "MOReportResponse"
    assert [child.tag for child in root] == ["results", "messageCount", "pendingMessageCount"]
    first, second = root[0]
    assert first.tag == "results"
    assert [child.tag for child in first] == [
        "messageId", "from", "to", "text", "cleanText", "keyword", "receivedAt", "smsCount", "price",
    ]  # fmt: skip
    assert [first.findtext(name) for name in ("from", "to", "text", "cleanText", "keyword", "smsCount")] == [
        SENDER, NUMBER, "KEY Test message", "Test message", "KEY", "1",
    ]  # fmt: skip
    assert [second.findtext(name) for name in ("cleanText", "keyword")] == ["no keyword", ""]


def test_the_pull_in_later_names(platform: Served) -> None:
    phone(platform, "later")
    client = Client(platform.url, basic("later", "open sesame"))
    root = ET.fromstring(pulled(client, Accept="application/xml").body)
    assert (root.tag, root[0][0].tag) == ("reportResponse", "result")


def test_the_log(platform: Served) -> None:
    phone(platform, "KEY of the log", sender="38598222")
    phone(platform, "without one", sender="38598333")
    client = platform.client

    def log(query: str) -> Any:
        return pulled(client, f"/sms/1/inbox/logs?{query}").json["results"]

    with_, without = log("keyword=key&limit=1")[0], log("keyword=NO_KEYWORD&limit=1")[0]
    assert list(with_) == ["messageId", "to", "receivedAt", "from", "text", "cleanText", "keyword", "smsCount", "price"]
    assert (with_["from"], with_["cleanText"]) == ("38598222", "of the log")
    assert "keyword" not in without
    assert (without["from"], without["cleanText"]) == ("38598333", "without one")
    assert log(f"to=%2B{NUMBER}&limit=2") == [without, with_]
    assert log("to=41790000000") == []
    assert log("receivedSince=2100-01-01T00:00:00.000%2B0000") == []
    assert log("receivedUntil=2015-02-22T17:42:05.390%2b01:00") == []
    root = ET.fromstring(pulled(client, "/sms/1/inbox/logs?limit=1", Accept="application/xml").body)
    assert (root.tag, root[0].tag, root[0][0].tag) == ("MOLogsResponse", "results", "results")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("receivedSince=yesterday", "receivedSince"),
        ("receivedUntil=1", "receivedUntil"),
    ],
)
def test_bad_filters(platform: Served, query: str, field: str) -> None:
    status, message_id, text = platform.client.get(f"/sms/1/inbox/logs?{query}").error
    assert (status, message_id, text[: len(field) + 1]) == (400, "BAD_REQUEST", f"[{field}")


def test_the_documents_urls(platform: Served, receiver: Receiver) -> None:
    phone(platform, "ABC", sender="+38598123123")
    assert called(receiver, "/incoming_sms.php?who=38598123123&what=ABC").body == b""
    phone(platform, "BIN", sender="38598123123")
    called(receiver, "/binary.php?who=38598123123&what=42494E")


def test_a_form_by_post(platform: Served, receiver: Receiver) -> None:
    phone(platform, "POST a&b Ж")
    call = called(receiver, "/post")
    hex_ = "POST a&b Ж".encode("utf-16-be").hex().upper()
    assert call.content_type == "application/x-www-form-urlencoded"
    assert call.body == f"t=&b={hex_}&c=8".encode()


def test_push_as_json(platform: Served, receiver: Receiver) -> None:
    phone(platform, "JSON Correct answer is Paris", sender="385916242493")
    call = called(receiver, "/json")
    assert call.content_type == "application/json"
    (message,) = call.results
    assert list(json.loads(call.body)) == ["results", "messageCount", "pendingMessageCount"]
    assert list(message) == [
        "messageId", "from", "to", "text", "cleanText", "keyword", "receivedAt", "smsCount", "price", "callbackData",
    ]  # fmt: skip
    assert (message["cleanText"], message["price"], message["callbackData"]) == (
        "Correct answer is Paris", {"pricePerMessage": 0, "currency": "EUR"}, "callbackData",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("keyword", "path", "root", "item"),
    [("XML", "/xml", "MOReportResponse", "results"), ("XML2", "/xml2", "reportResponse", "result")],
)
def test_push_as_xml(platform: Served, receiver: Receiver, keyword: str, path: str, root: str, item: str) -> None:
    phone(platform, f"{keyword} <ok> & so")
    call = called(receiver, path)
    found = ET.fromstring(call.body)
    assert (call.content_type, found.tag, found[0][0].tag) == ("application/xml", root, item)
    assert found[0][0].findtext("cleanText") == "<ok> & so"


def test_long_messages_count_their_parts(platform: Served) -> None:
    text = "KEY " + "x" * 400
    pulled(platform.client)
    phone(platform, text)
    (message,) = pulled(platform.client).json["results"]
    assert (message["text"], message["smsCount"]) == (text, 3)


def test_the_limit_of_a_pull(platform: Served) -> None:
    pulled(platform.client)
    for number in range(3):
        phone(platform, f"KEY {number}")
    answer = pulled(platform.client, "/sms/1/inbox/reports?limit=2").json
    assert [one["cleanText"] for one in answer["results"]] == ["0", "1"]
    assert (answer["messageCount"], answer["pendingMessageCount"]) == (2, 1)
    assert [one["cleanText"] for one in pulled(platform.client).json["results"]] == ["2"]
