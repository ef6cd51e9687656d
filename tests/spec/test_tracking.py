"""Short links, clicks and conversion as the documents print them: JSON, XML, the query string (004, 000, wire.md)."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from support.description import Description
from support.process import Served
from support.receiver import Receiver, receiving
from support.sms import new_id, number
from support.waiting import until
from support.web import Answer, Client, address, basic

JSON, XML = "application/json", "application/xml"
ADVANCED = "/sms/1/text/advanced"
URL = "http://www.example.com/awesomeApp/someUserId"
TEXT = f"Hey, take a look at this awesome app. Can you beat my score: {URL}"
ANDROID = {"User-Agent": "Mozilla/5.0 (Linux; Android 13; Pixel 7) Chrome/116.0 Mobile Safari/537.36"}
TABLES = """
[[connectors]]
type = "simulated"
delay = 0.02
[[routes]]
connector = "simulated"
[[prices]]
price = "0.01"
[[accounts]]
name = "docs"
users = {{ Aladdin = "open sesame" }}
credit = "100"
click_url = "{click_url}"
[[accounts]]
name = "other"
users = {{ other = "other" }}
credit = "100"
xml_names = "later"
[links]
domain = "http://eel.nu"
"""


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Served]:
    tables = TABLES.format(click_url=receiver.url("/clicks"))
    running = Served(tmp_path_factory.mktemp("tracking"), tables)
    yield running
    running.stop()


@pytest.fixture
def client(served: Served) -> Client:
    return Client(served.url, basic("Aladdin", "open sesame"))


@pytest.fixture(scope="module")
def description(served: Served) -> Description:
    return Description(Client(served.url, None))


def tracked(client: Client, *to: str, track: str = "URL", text: str = TEXT, **tracking: str) -> list[str]:
    """Message ids."""
    destinations = [{"to": one, "messageId": new_id()} for one in to]
    message: dict[str, Any] = {"from": "InfoSMS", "destinations": destinations, "text": text, "callbackData": "mine"}
    body: dict[str, Any] = {"messages": [message], "tracking": {"track": track, **tracking}}
    answer = client.post(ADVANCED, body)
    assert answer.status == 200, answer
    return [one["messageId"] for one in answer.json["messages"]]


def text_of(client: Client, message: str) -> str:
    return str(client.get("/sms/1/logs", {"messageId": message}).json["results"][0]["text"])


def path_of(client: Client, message: str) -> str:
    found = re.search(r"http://eel\.nu(/[0-9A-Za-z]{4}/[0-9A-Za-z]{5})$", text_of(client, message))
    assert found is not None
    return found[1]


def ended(client: Client, message: str) -> str:
    answer = client.call("POST", f"/ct/1/log/end/{message}", None, {"Content-Type": JSON})
    assert answer.status == 200, answer
    assert set(answer.json) == {"processKey"}
    return str(answer.json["processKey"])


def total(client: Client, key: str, **query: str) -> tuple[int, int, float]:
    found = client.get(f"/ct/1/processes/{key}/conversionrate", query).json["cumulativeStatistics"]
    return found["startCount"], found["endCount"], found["conversionRate"]


def test_the_sample_of_004(client: Client) -> None:
    """Its `tracking` stands among the messages; the text that it prints has 24 characters for the URL."""
    body = {
        "bulkId": new_id("BULK-ID-123-xyz"),
        "messages": [
            {
                "from": "InfoSMS",
                "destinations": [{"to": "41793026727", "messageId": new_id()}, {"to": "41793026731"}],
                "text": TEXT,
            },
            {"tracking": {"track": "URL", "type": "SOCIAL_INVITES"}},
        ],
    }
    answer = client.post(ADVANCED, body)
    assert [one["status"]["name"] for one in answer.json["messages"]] == ["MESSAGE_ACCEPTED"] * 2
    texts = [text_of(client, one["messageId"]) for one in answer.json["messages"]]
    for text in texts:
        assert re.fullmatch(r"Hey, .* score: http://eel\.nu/[0-9A-Za-z]{4}/[0-9A-Za-z]{5}", text)
    assert texts[0] != texts[1]


XML_FORMS = (
    (
        "<request><messages><message><from>InfoSMS</from><destinations><destination><to>{to}</to></destination>"
        "</destinations><text>{text}</text></message></messages><tracking><track>URL</track><type>SOCIAL_INVITES</type>"
        "</tracking></request>"
    ),
    (
        "<request><messages><from>InfoSMS</from><destinations><to>{to}</to></destinations><text>{text}</text></messages>"
        "<tracking><track>URL</track><type>SOCIAL_INVITES</type></tracking></request>"
    ),
)


@pytest.mark.parametrize("form", XML_FORMS)
def test_it_is_the_same_in_xml(client: Client, form: str) -> None:
    body = form.format(to=number(), text=TEXT).encode()
    answer = client.call("POST", ADVANCED, body, {"Content-Type": XML})
    assert answer.status == 200, answer
    (message,) = (one.text for one in ET.fromstring(answer.body).iter("messageId"))
    assert path_of(client, str(message))


def test_the_query_string_tracks_too(client: Client) -> None:
    answer = client.get(
        "/sms/1/text/query", {"from": "InfoSMS", "to": number(), "text": TEXT, "track": "URL", "trackingType": "Q"}
    )
    assert path_of(client, answer.json["messages"][0]["messageId"])


def test_a_link_sends_the_phone_on(client: Client, served: Served, description: Description) -> None:
    (message,) = tracked(client, number())
    anyone, path = Client(served.url, None), path_of(client, message)
    answer = anyone.call("GET", path, None, ANDROID)
    assert (answer.status, answer.headers["location"], answer.body) == (302, URL, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    description.check("GET", "/{first}/{second}", answer)
    head = anyone.call("HEAD", path, None, ANDROID)
    assert (head.status, head.headers["location"]) == (302, URL)
    assert anyone.call("GET", f"{path}/", None, ANDROID).status == 302


@pytest.mark.parametrize(
    "path", ["/AAAA/BBBBB", "/zzzz/ZZZZZ", "/AAA/BBBBBB", "/AAAA/BBBB%0A", "/AAAA/BBB-B", "/sms/x"]
)
def test_what_is_no_link_is_missing_like_any_path(served: Served, path: str) -> None:
    answer = Client(served.url, None).call("GET", path, None, ANDROID)
    shown = path.replace("%0A", "\n")
    assert answer.error == (404, "NOT_FOUND", f"Requested URL not found: {shown}")


def test_a_click_is_told(client: Client, served: Served, receiver: Receiver) -> None:
    to = number()
    (message,) = tracked(client, to)
    path, anyone = path_of(client, message), Client(served.url, None)
    anyone.call("HEAD", path, None, ANDROID)
    anyone.call("GET", path, None, {"User-Agent": "WhatsApp/2.23.18.79 A"})
    anyone.call("GET", path, None, {"User-Agent": "Slackbot-LinkExpanding 1.0"})
    anyone.call("GET", path, None, ANDROID)

    def told() -> list[dict[str, Any]]:
        bodies = [json.loads(call.body) for call in receiver.calls("/clicks")]
        return [body for body in bodies if body["recipient"] == to]

    (body,) = until(told, "the call")
    times = body.pop("sendDateTime"), body.pop("clickDateTime")
    assert 0 < times[0] <= times[1]
    assert body == {
        "notificationType": "CLICKED",
        "recipient": to,
        "networkPrefix": "79",
        "countryPrefix": "41",
        "url": URL,
        "messageId": message,
        "bulkId": client.get("/sms/1/logs", {"messageId": message}).json["results"][0]["bulkId"],
        "callbackData": "mine",
        "recipientInfo": {"os": "ANDROID"},
    }
    assert {call.content_type for call in receiver.calls("/clicks")} == {JSON}
    assert len(told()) == 1


def test_no_header_comes_out_of_a_text(client: Client, served: Served) -> None:
    (message,) = tracked(client, number(), text="http://a.example/x\r\nSet-Cookie: y=1")
    path = text_of(client, message).split()[0].removeprefix("http://eel.nu")
    with socket.create_connection(address(served.url)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: eel.nu\r\nConnection: close\r\n\r\n".encode())
        octets = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert b"location: http://a.example/x\r\n" in octets.lower()
    assert b"cookie" not in octets.lower()


def test_the_tutorial_of_000(client: Client, description: Description) -> None:
    """Send, say that the PIN was entered, ask for the rate."""
    kind = new_id("One_Time_Pin")
    text = "Your PIN code is 1a2B3c. Enjoy our app!"
    messages = tracked(client, *(number() for _ in range(4)), track="SMS", type=kind, text=text)
    assert text_of(client, messages[0]) == text
    key = ended(client, messages[0])
    assert re.fullmatch("[0-9A-F]{32}", key)
    assert [ended(client, message) for message in messages[:3]] == [key] * 3
    answer = client.get(f"/ct/1/processes/{key}/conversionrate")
    (statistic,) = answer.json["statistics"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", statistic.pop("intervalStart"))
    assert statistic == {"startCount": 4, "endCount": 3, "conversionRate": 0.75}
    assert answer.json["cumulativeStatistics"] == {"startCount": 4, "endCount": 3, "conversionRate": 0.75}
    description.check("GET", "/ct/1/processes/{processKey}/conversionrate", answer)
    later = tracked(client, number(), track="SMS", processKey=key)
    assert ended(client, later[0]) == key
    assert total(client, key) == (5, 4, 0.8)


def test_what_is_scheduled_begins_when_it_is_sent(client: Client) -> None:
    """Moved to now, it begins now, and its link is there as long as any other; canceled, it never began."""
    now = datetime.now(UTC)
    ever = {"since": (now - timedelta(days=1)).isoformat(), "until": (now + timedelta(days=200)).isoformat()}
    bulks = [new_id() for _ in range(2)]
    for bulk in bulks:
        message = {"from": "InfoSMS", "destinations": [{"to": number(), "messageId": f"to-{bulk}"}], "text": TEXT,
                   "sendAt": (now + timedelta(days=150)).isoformat()}  # fmt: skip
        body = {"bulkId": bulk, "messages": [message], "tracking": {"track": "URL", "type": bulks[0]}}
        assert client.post(ADVANCED, body).status == 200
    key = ended(client, f"to-{bulks[0]}")
    assert (total(client, key), total(client, key, **ever)) == ((0, 1, 0), (2, 1, 0.5))
    for path, change in ((f"?bulkId={bulks[0]}", {"sendAt": now.isoformat()}),
                         (f"/status?bulkId={bulks[1]}", {"status": "CANCELED"})):  # fmt: skip
        answer = client.call("PUT", f"/sms/1/bulks{path}", json.dumps(change).encode(), {"Content-Type": JSON})
        assert answer.status == 200, answer
    assert (total(client, key), total(client, key, **ever)) == ((1, 1, 1), (1, 1, 1))
    days = client.get(f"/ct/1/processes/{key}/conversionrate", {**ever, "intervalGranulation": "DAY"}).json
    assert len(days["statistics"]) == 1, "nothing is left of the day they were scheduled for"


def test_ids_of_our_making_end_too(client: Client) -> None:
    message = {"from": "InfoSMS", "to": number(), "text": "x"}
    body = {"messages": [message], "tracking": {"track": "SMS", "type": new_id("T")}}
    (sent,) = client.post(ADVANCED, body).json["messages"]
    assert total(client, ended(client, sent["messageId"])) == (1, 1, 1.0)


@pytest.mark.parametrize("names", ["docs", "other"])
def test_conversion_in_xml(served: Served, names: str) -> None:
    login = basic("Aladdin", "open sesame") if names == "docs" else basic("other", "other")
    client = Client(served.url, login)
    (message,) = tracked(client, number(), track="SMS", type="IN_XML")
    answer = client.call("POST", f"/ct/1/log/end/{message}", b"", {"Content-Type": XML})
    key = ET.fromstring(answer.body).findtext("processKey")
    assert answer.body.decode() == f"<EndTagResponse><processKey>{key}</processKey></EndTagResponse>"
    path = f"/ct/1/process/{key}/conversionrate/byCountry"
    root = ET.fromstring(client.call("GET", path, None, {"Accept": XML}).body)
    item = "statistics" if names == "docs" else "statistic"
    assert root.tag == "ConversionRateResponse"
    assert [one.tag for one in root.findall("statistics")[0]] == [item]
    assert root.findtext(f"statistics/{item}/countryCode") == "CH"
    assert root.findtext("cumulativeStatistics/conversionRate") == "1"


def test_what_is_told_apart(client: Client, served: Served, description: Description) -> None:
    kind = new_id("apart")
    messages = tracked(client, number(), number(), "4915112345678", type=kind)
    Client(served.url, None).call("GET", path_of(client, messages[0]), None, ANDROID)
    key = ended(client, messages[2])
    until(lambda: total(client, key)[1] == 2, "the click")
    paths = [f"/ct/1/{one}/{key}/conversionrate" for one in ("process", "processes")]

    def of(path: str, **query: str) -> list[dict[str, Any]]:
        answer = client.get(path, query)
        assert answer.status == 200, answer
        return [{**one, "intervalStart": ""} for one in answer.json["statistics"]]

    for path in paths:
        for asked in (of(f"{path}/byCountry"), of(path, aggrType="byCountry"), of(path, aggrType="BYCOUNTRY")):
            assert [(one["countryCode"], one["startCount"], one["endCount"]) for one in asked] == [
                ("CH", 2, 1),
                ("DE", 1, 1),
            ]
    networks = {one["mccMnc"] for one in of(f"{paths[0]}/byNetwork")}
    assert networks == {"22801", "26201"}
    assert [one["osType"] for one in of(f"{paths[0]}/byOsType", osType="Android")] == ["ANDROID"]
    assert total(client, key, mcc="228") == (2, 1, 0.5)
    assert total(client, key, mcc="228", mnc="02") == (0, 0, 0.0)
    assert total(client, key, until="2015-01-01T00:00:00.000+0100") == (0, 0, 0.0)
    for granulation in ("MINUTE", "HOUR", "DAY", "WEEK", "MONTH"):
        found = of(paths[0], intervalGranulation=granulation)
        assert (sum(one["startCount"] for one in found), sum(one["endCount"] for one in found)) == (3, 2)
    suffix = "/ct/1/processes/{processKey}/conversionrate/{aggregation}"
    description.check("GET", suffix, client.get(f"{paths[1]}/byOsType"))


WRONG = [
    ({"aggrType": "byMoon"}, "aggrType"),
    ({"intervalGranulation": "SECOND"}, "intervalGranulation"),
    ({"osType": "BeOS"}, "osType"),
    ({"mnc": "01"}, "mnc"),
    ({"since": "yesterday"}, "since"),
    ({"since": "2015-01-02", "until": "2015-01-01"}, "since"),
    ({"tagKeys": "one"}, "tagKeys"),
    ({"tagKeys": "one:two"}, "tagKeys"),
    ({"since": "1990-01-01", "until": "9999-12-31", "intervalGranulation": "MINUTE"}, "intervalGranulation"),
]


@pytest.mark.parametrize(("query", "field"), WRONG)
def test_questions_that_make_no_sense(client: Client, query: dict[str, str], field: str) -> None:
    (message,) = tracked(client, number(), track="SMS")
    answer = client.get(f"/ct/1/processes/{ended(client, message)}/conversionrate", query)
    assert answer.status == 400, answer
    assert answer.error[2].startswith(f"[{field} : ")


def test_what_is_not_theirs_is_missing(client: Client, served: Served) -> None:
    other = Client(served.url, basic("other", "other"))
    (message,) = tracked(client, number(), track="SMS")
    key = ended(client, message)
    for id_ in (message, "unknown"):
        answer = other.call("POST", f"/ct/1/log/end/{id_}")
        assert answer.error == (404, "NOT_FOUND", "Message not found")
    for path in (f"/ct/1/processes/{key}/conversionrate", f"/ct/1/process/{key}/conversionrate/byOsType"):
        assert other.get(path).error == (404, "NOT_FOUND", "Process not found")
    sent = other.post(ADVANCED, {"messages": [{"to": number()}], "tracking": {"track": "SMS", "processKey": key}})
    assert sent.error[2].startswith("[tracking.processKey : ")


@pytest.mark.parametrize(
    ("tracking", "field"),
    [({"track": "MAIL"}, "tracking.track"), ({"track": "URL", "baseUrl": "javascript:x"}, "tracking.baseUrl")],
)
def test_tracking_that_is_none(client: Client, tracking: dict[str, str], field: str) -> None:
    answer: Answer = client.post(ADVANCED, {"messages": [{"to": number(), "text": "x"}], "tracking": tracking})
    assert answer.error[0] == 400
    assert answer.error[2].startswith(f"[{field} : ")


def test_the_requests_own_domain(client: Client) -> None:
    (message,) = tracked(client, number(), baseUrl="go.example")
    assert re.search(r" http://go\.example/\w{4}/\w{5}$", text_of(client, message))
