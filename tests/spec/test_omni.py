"""002 replayed: its scenario, its message, its report; and what else the OMNI API promises (`spec/wire.md` A2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

import pytest

from support.admin import Admin
from support.omni import CODE, MESSAGE, SCENARIO, SECRET_CODE, TABLES, ended, phone, reports, send, settled
from support.process import Demo, Served, command
from support.receiver import Receiver
from support.sms import magic, new_id, number
from support.waiting import until
from support.web import Client, basic


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("omni"), TABLES)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def docs(served: Served) -> Client:
    return Client(served.url, basic("Aladdin", "open sesame"))


@pytest.fixture
def own(served: Served) -> Client:
    return Client(served.url, basic("own", "own"))


@pytest.fixture(scope="module")
def key(docs: Client) -> str:
    answer = docs.call("POST", "/omni/1/scenarios", SCENARIO.encode(), {"Content-Type": "application/json"})
    assert answer.status == 200, answer
    return str(answer.json["key"])


@pytest.fixture(scope="module")
def admin(served: Served) -> Admin:
    return Admin(served.url, "root-token")


def test_the_three_steps_of_002_in_the_demo(own_demo: Demo) -> None:
    client = own_demo.client
    made = client.call("POST", "/omni/1/scenarios", SCENARIO.encode(), {"Content-Type": "application/json"})
    assert made.status == 200
    steps = [{"from": CODE, "channel": "PUSH"}, {"from": "InfoSMS", "channel": "SMS"}]
    answered = made.json
    key = answered.pop("key")
    assert len(key) == 32
    assert key == key.upper()
    named = {"name": "My PUSH-SMS scenario", "flow": steps, "default": True, "defaultScenario": True}
    assert answered == named

    sent = client.call(
        "POST", "/omni/1/advanced", MESSAGE.format(key=key).encode(), {"Content-Type": "application/json"}
    )
    assert sent.status == 200
    assert [*sent.json] == ["messages"]
    (message,) = sent.json["messages"]
    assert message["to"] == {"phoneNumber": "41793026727"}
    assert (message["status"]["id"], message["status"]["name"]) == (0, "MESSAGE_ACCEPTED")

    push, sms = reports(client, message["messageId"], 2)
    assert push == {
        "messageId": message["messageId"],
        "to": "41793026727",
        "messageCount": 1,
        "sentAt": push["sentAt"],
        "doneAt": push["doneAt"],
        "mccMnc": "22801",
        "price": {"pricePerMessage": 0.0104, "currency": "EUR"},
        "status": {
            "groupId": 2,
            "groupName": "UNDELIVERABLE",
            "id": 9,
            "name": "UNDELIVERABLE_NOT_DELIVERED",
            "description": "Message sent not delivered",
        },
        "error": {
            "groupId": 1,
            "groupName": "HANDSET_ERRORS",
            "id": 6,
            "name": "EC_ABSENT_SUBSCRIBER_SM",
            "description": "Absent Subscriber",
            "permanent": False,
        },
        "channel": "PUSH",
    }
    assert (sms["channel"], sms["status"]["id"], sms["error"]["id"]) == ("SMS", 5, 0)
    assert sms["price"] == {"pricePerMessage": 0.01, "currency": "EUR"}
    assert (sms["messageId"], sms["messageCount"], sms["mccMnc"]) == (message["messageId"], 1, "22801")
    assert client.get("/omni/1/reports").json == {"results": []}
    assert client.get("/sms/1/reports").json == {"results": []}, "the SMS is reported as a step only"
    (line,) = client.get("/sms/1/logs", {"messageId": message["messageId"]}).json["results"]
    assert line["text"] == "This is the SMS failover message"
    assert client.get("/account/1/balance").json["balance"] == 999999.9796


def test_a_push_that_arrives_sends_no_sms(served: Served, docs: Client, key: str) -> None:
    to = number()
    phone(served, f"token-{to}", to)
    message = send(docs, key, to)
    (report,) = reports(docs, message, 1)
    assert (report["channel"], report["status"]["name"]) == ("PUSH", "DELIVERED_TO_HANDSET")
    assert ended(docs, message) == [("PUSH", "DELIVERED_TO_HANDSET", 1, 5)]
    assert docs.get("/sms/1/logs", {"to": to}).json == {"results": []}


@pytest.mark.parametrize("word", ["gone", "refused"])
def test_a_push_that_is_refused_is_left_for_the_sms(served: Served, docs: Client, key: str, word: str) -> None:
    to = number()
    phone(served, f"{word}:{to}", to)
    rows = settled(docs, send(docs, key, to), 2)
    assert [row[:2] for row in rows] == [("PUSH", "UNDELIVERABLE_NOT_DELIVERED"), ("SMS", "DELIVERED_TO_HANDSET")]


def test_one_of_several_devices_is_enough(served: Served, docs: Client, key: str) -> None:
    to = number()
    for token in (f"gone:{to}", f"silent:{to}", f"token-{to}"):
        phone(served, token, to)
    message = send(docs, key, to)
    assert settled(docs, message, 1) == [("PUSH", "DELIVERED_TO_HANDSET", 1, 5)]


def test_steps_without_words_are_left_out(docs: Client, key: str) -> None:
    message = send(docs, key, number(), push=None)
    assert [row[0] for row in settled(docs, message, 1)] == ["SMS"]
    refused = docs.post("/omni/1/advanced", {"scenarioKey": key, "destinations": [{"to": {"phoneNumber": number()}}]})
    assert refused.error == (
        400,
        "BAD_REQUEST",
        "[scenarioKey : The request has no text for any step of the scenario.]",
    )


def test_the_last_step_may_fail_too(docs: Client, key: str) -> None:
    message = send(docs, key, magic(0, 27))
    assert [row[3] for row in settled(docs, message, 2)] == [9, 9]
    late = reports(docs, message, 2)[-1]
    assert (late["channel"], late["error"]["id"]) == ("SMS", 27)


def test_an_sms_that_is_refused_at_once(docs: Client) -> None:
    flow = [{"from": "Sender-that-is-too-long", "channel": "SMS"}, {"from": "InfoSMS", "channel": "SMS"}]
    made = docs.post("/omni/1/scenarios", {"name": "two SMS", "flow": flow})
    assert made.status == 200, made
    message = send(docs, made.json["key"], number(), push=None)
    rows = settled(docs, message, 2)
    assert [row[:2] for row in rows] == [("SMS", "REJECTED_SOURCE"), ("SMS", "DELIVERED_TO_HANDSET")]


def test_the_default_scenario_and_both_its_names(docs: Client, key: str) -> None:
    assert docs.get(f"/omni/1/scenarios/{key}").json["default"] is True
    flow = [{"from": "InfoSMS", "channel": "SMS"}]
    other = docs.post("/omni/1/scenarios", {"name": "another", "flow": flow, "defaultScenario": True}).json
    assert (other["default"], other["defaultScenario"]) == (True, True)
    assert docs.get(f"/omni/1/scenarios/{key}").json["default"] is False, "there is one"
    found = docs.get("/omni/1/scenarios", {"isDefault": "true"}).json["scenarios"]
    assert [one["key"] for one in found] == [other["key"]]
    body = {"destinations": [{"to": {"phoneNumber": number()}, "messageId": (mine := new_id())}], "text": "all"}
    assert docs.post("/omni/1/text", body).status == 200
    assert [row[0] for row in settled(docs, mine, 1)] == ["SMS"]
    changed = docs.call("PUT", f"/omni/1/scenarios/{key}", b'{"default": true, "name": "new name"}')
    assert (changed.status, changed.json["name"], len(changed.json["flow"])) == (200, "new name", 2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"flow": []}, "flow"),
        ({"flow": [{"channel": "PIGEON", "from": "x"}]}, "flow[0].channel"),
        ({"flow": [{"channel": "PUSH", "from": "unknown"}]}, "flow[0].from"),
        ({"flow": [{"channel": "PUSH", "from": SECRET_CODE}]}, "flow[0].from"),
        ({"flow": [{"channel": "SMS", "from": "x" * 256}]}, "flow[0].from"),
    ],
)
def test_scenarios_that_are_refused(docs: Client, change: dict[str, Any], field: str) -> None:
    body = {"name": "x", "flow": [{"from": "InfoSMS", "channel": "SMS"}], **change}
    status, _, text = docs.post("/omni/1/scenarios", body).error
    assert status == 400
    assert text.startswith(f"[{field} : ")


def test_pages_of_scenarios(own: Client) -> None:
    flow = [{"from": "InfoSMS", "channel": "SMS"}]
    keys = [own.post("/omni/1/scenarios", {"name": str(n), "flow": flow}).json["key"] for n in range(3)]
    pages = [own.get("/omni/1/scenarios", {"limit": 2, "page": page}).json["scenarios"] for page in (0, 1, 2)]
    assert [[one["key"] for one in page] for page in pages] == [keys[:2], keys[2:], []]
    for query, found in (({"isDefault": "0"}, keys), ({"isDefault": "1"}, []), ({"isDefault": "", "limit": ""}, keys)):
        assert [one["key"] for one in own.get("/omni/1/scenarios", query).json["scenarios"]] == found
    assert own.get("/omni/1/scenarios", {"isDefault": "perhaps"}).status == 400


def test_another_accounts_scenario_looks_missing(own: Client, key: str) -> None:
    assert own.get(f"/omni/1/scenarios/{key}").error == (404, "NOT_FOUND", "Scenario not found")
    assert own.call("PUT", f"/omni/1/scenarios/{key}", b'{"name": "mine"}').status == 404
    body = {"scenarioKey": key, "destinations": [{"to": {"phoneNumber": number()}}], "sms": {"text": "x"}}
    assert own.post("/omni/1/advanced", body).error == (
        400,
        "BAD_REQUEST",
        "[scenarioKey : There is no such scenario.]",
    )


def test_another_accounts_messages_look_missing(docs: Client, own: Client, key: str) -> None:
    bulk = new_id()
    ours = {"scenarioKey": key, "bulkId": bulk, "sms": {"text": "x"}, "callbackData": "canary"}
    given = [{"to": {"phoneNumber": (to := number())}, "messageId": (mine := new_id())}]
    given += [{"to": {"phoneNumber": number()}}]
    sent = docs.post("/omni/1/advanced", {**ours, "destinations": given}).json["messages"]
    ids = [one["messageId"] for one in sent]
    for one in ids:
        settled(docs, one, 1)
    for path in ("/omni/1/reports", "/omni/1/logs", "/push/1/reports"):
        for query in ({"messageId": ",".join(ids)}, {"bulkId": bulk}, {"to": to}):
            assert ids[0] not in own.get(path, query).body.decode()
    flow = [{"from": "InfoSMS", "channel": "SMS"}]
    theirs = own.post("/omni/1/scenarios", {"name": "theirs", "flow": flow}).json["key"]
    body = {"scenarioKey": theirs, "destinations": given[:1], "sms": {"text": "y"}}
    assert own.post("/omni/1/advanced", body).json["messages"][0]["status"]["id"] == 0, "ids are each account's own"
    settled(own, mine, 1)
    found = docs.get("/omni/1/reports", {"bulkId": bulk}).json["results"]
    assert sorted(one["messageId"] for one in found) == sorted(ids), "nobody took them"


def test_without_a_login(served: Served) -> None:
    assert Client(served.url, None).post("/omni/1/scenarios", {}).status == 401
    assert Client(served.url, None).post("/omni/1/advanced", {}).status == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"destinations": []}, "destinations"),
        ({"sms": {"text": "x", "validityPeriod": 29, "validityPeriodTimeUnit": "SECONDS"}}, "sms.validityPeriod"),
        ({"sms": {"text": "x", "validityPeriod": 49, "validityPeriodTimeUnit": "HOURS"}}, "sms.validityPeriod"),
        ({"sms": {"text": "x", "validityPeriod": 2, "validityPeriodTimeUnit": "DAYS"}}, "sms.validityPeriodTimeUnit"),
        ({"sms": {"text": "x", "validityPeriod": "soon"}}, "sms.validityPeriod"),
        ({"sms": {"text": "x", "language": {"languageCode": "XX"}}}, "sms.language.languageCode"),
        ({"notifyUrl": "ftp://x"}, "notifyUrl"),
        ({"notifyContentType": "text/plain"}, "notifyContentType"),
        ({"callbackData": "x" * 4001}, "callbackData"),
        ({"sendAt": "2999-01-01T00:00:00.000+0000"}, "sendAt"),
        ({"sms": {"text": "x" * 4001}}, "sms.text"),
        ({"sms": {}}, "scenarioKey"),
        ({"sms": {"text": ""}, "push": {"text": None}}, "scenarioKey"),
        ({"push": {"text": "x", "customPayload": {"a": "x" * 8_192}}}, "push.customPayload"),
        ({"push": {"text": "x", "subject": "x" * 1_001}}, "push.subject"),
    ],
)
def test_requests_that_are_refused(docs: Client, key: str, change: dict[str, Any], field: str) -> None:
    body = {"scenarioKey": key, "destinations": [{"to": {"phoneNumber": number()}}], "sms": {"text": "x"}, **change}
    status, _, text = docs.post("/omni/1/advanced", body).error
    assert status == 400
    assert text.startswith(f"[{field} : "), text


def test_destinations_that_are_refused_leave_the_others_alone(docs: Client, key: str) -> None:
    twice, good = new_id(), number()
    given = [
        {"to": {"phoneNumber": good}, "messageId": twice},
        {"to": {"phoneNumber": good}, "messageId": twice},
        {"to": {"phoneNumber": "none"}},
        {"to": {}},
    ]
    answer = docs.post("/omni/1/advanced", {"scenarioKey": key, "destinations": given, "sms": {"text": "x"}})
    assert [one["status"]["id"] for one in answer.json["messages"]] == [0, 23, 52, 51]
    assert answer.json["bulkId"]
    assert answer.json["messages"][2]["to"] == {"phoneNumber": "none"}
    logged = docs.get("/omni/1/logs", {"bulkId": answer.json["bulkId"], "generalStatus": "REJECTED"}).json["results"]
    assert [(one["to"], one["status"]["id"], one["channel"]) for one in logged] == [
        ("", 51, "SMS"),
        ("none", 52, "SMS"),
    ]
    assert [one["messageId"] for one in logged] == [one["messageId"] for one in answer.json["messages"][:1:-1]]
    settled(docs, twice, 1)
    report = docs.get("/omni/1/reports", {"bulkId": answer.json["bulkId"]}).json["results"]
    assert [one["messageId"] for one in report] == [twice]


def test_the_id_of_an_sms_of_the_old_api_is_used_up(docs: Client, key: str) -> None:
    login = {"user": "Aladdin", "password": "open sesame", "output": "json"}
    query = {**login, "sender": "InfoSMS", "SMSText": "x", "GSM": number()}
    known = docs.get("/api/v3/sendsms/plain", query).json["results"][0]["messageid"]
    given = [{"to": {"phoneNumber": number()}, "messageId": one} for one in (known, f"0{int(known) + 100_000:017d}")]
    answer = docs.post("/omni/1/advanced", {"scenarioKey": key, "destinations": given, "sms": {"text": "x"}})
    assert [one["status"]["id"] for one in answer.json["messages"]] == [23, 0]


def test_a_number_is_answered_as_it_is_kept(docs: Client, key: str) -> None:
    to = number()
    body = {"scenarioKey": key, "destinations": [{"to": {"phoneNumber": f"+{to}"}}], "text": "x" * 4_001}
    assert docs.post("/omni/1/text", body).error[2] == "[text : Length is limited to 4000 characters.]"
    (message,) = docs.post("/omni/1/text", {**body, "text": "x"}).json["messages"]
    assert message["to"] == {"phoneNumber": to}
    settled(docs, message["messageId"], 2)


def test_sms_with_transliteration_and_a_national_language(docs: Client, key: str) -> None:
    words = {"text": "İstanbul", "transliteration": "TURKISH"}
    message = send(docs, key, number(), sms=words, push=None)
    settled(docs, message, 1)
    (line,) = docs.get("/sms/1/logs", {"messageId": message}).json["results"]
    assert line["text"] == "Istanbul"
    message = send(docs, key, number(), sms={"text": "ş" * 100, "language": {"languageCode": "TR"}}, push=None)
    assert settled(docs, message, 1)[0][2] == 1


def test_later(docs: Client, key: str) -> None:
    at = (datetime.now(UTC) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    body = {"scenarioKey": key, "destinations": [{"to": {"phoneNumber": number()}, "messageId": (mine := new_id())}]}
    answer = docs.post("/omni/1/advanced", {**body, "sms": {"text": "later"}, "sendAt": at})
    assert answer.json["messages"][0]["status"]["id"] == 26
    settled(docs, mine, 1)


def test_a_scheduled_message_is_in_the_log(docs: Client, key: str) -> None:
    at = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    mine = send(docs, key, to := number(), sendAt=at, bulkId=(bulk := new_id()))

    def found(**filters: str) -> list[tuple[str, int]]:
        rows = docs.get("/omni/1/logs", filters).json["results"]
        return [(one["channel"], one["status"]["id"]) for one in rows if one["messageId"] == mine]

    (line,) = docs.get("/omni/1/logs", {"messageId": mine}).json["results"]
    assert (line["sentAt"], line["text"], line["from"], line["to"]) == (at, "pushed", CODE, to)
    for filters in ({}, {"bulkId": bulk}, {"channel": "PUSH"}, {"generalStatus": "PENDING"}, {"to": to, "from": CODE}):
        assert found(**filters) == [("PUSH", 26)], filters
    for filters in ({"channel": "SMS"}, {"generalStatus": "DELIVERED"}, {"mcc": "228"}, {"sentUntil": "2026-01-01"}):
        assert found(**filters) == [], filters


def test_each_step_is_told_to_the_notify_url(docs: Client, key: str, receiver: Receiver) -> None:
    path = f"/omni-{new_id()}"
    more = {"notify": True, "notifyUrl": receiver.url(path), "callbackData": "mine"}
    message = send(docs, key, number(), **more)
    told = receiver.reports(path, 2)
    assert sorted((one["channel"], one["messageId"], one["callbackData"]) for one in told) == [
        ("PUSH", message, "mine"),
        ("SMS", message, "mine"),
    ]
    assert docs.get("/omni/1/reports", {"messageId": message}).json == {"results": []}


def test_steps_are_told_in_xml(docs: Client, key: str, receiver: Receiver) -> None:
    path = f"/omni-{new_id()}"
    more = {"notifyUrl": receiver.url(path), "notifyContentType": "application/xml", "callbackData": "<&>"}
    message = send(docs, key, number(), **more)
    until(lambda: len(receiver.calls(path)) == 2, "both steps")
    calls = receiver.calls(path)
    roots = [ET.fromstring(call.body) for call in calls]
    assert {(call.content_type, root.tag) for call, root in zip(calls, roots, strict=True)} == {
        ("application/xml", "omniReportsResponse")
    }
    told = [[root.findtext(f"results/result/{name}") for name in ("messageId", "callbackData")] for root in roots]
    assert told == [[message, "<&>"]] * 2
    assert sorted(root.findtext("results/result/channel") or "" for root in roots) == ["PUSH", "SMS"]


def test_intermediate_reports(docs: Client, key: str, receiver: Receiver) -> None:
    path = f"/omni-{new_id()}"
    more = {"intermediateReport": True, "notifyUrl": receiver.url(path), "push": None}
    send(docs, key, magic(3, 27), **more)
    told = receiver.reports(path, 2)
    assert [one["status"]["id"] for one in told] == [3, 5]


def test_in_xml(docs: Client, key: str) -> None:
    mine = new_id()
    body = (
        f"<request><scenarioKey>{key}</scenarioKey><destinations><destination><to><phoneNumber>{number()}</phoneNumber>"
        f"</to><messageId>{mine}</messageId></destination></destinations><sms><text>from XML</text></sms></request>"
    )
    answer = docs.call("POST", "/omni/1/advanced", body.encode(), {"Content-Type": "application/xml"})
    root = ET.fromstring(answer.body)
    assert (answer.status, root.tag) == (200, "omniResponse")
    assert root.findtext("messages/message/messageId") == mine
    assert root.findtext("messages/message/to/phoneNumber")
    settled(docs, mine, 1)
    pulled = docs.call("GET", f"/omni/1/reports?messageId={mine}", headers={"Accept": "application/xml"})
    assert ET.fromstring(pulled.body).findtext("results/result/channel") == "SMS"
    scenario = "<scenario><name>x</name><flow><step><from>InfoSMS</from><channel>SMS</channel></step></flow></scenario>"
    made = docs.call("POST", "/omni/1/scenarios", scenario.encode(), {"Content-Type": "application/xml"})
    assert ET.fromstring(made.body).findtext("flow/step/from") == "InfoSMS"


def test_filters_of_the_log(docs: Client, key: str) -> None:
    to = number()
    message = send(docs, key, to, bulkId="bulk-of-log")
    settled(docs, message, 2)

    def found(**filters: str) -> list[str]:
        rows = docs.get("/omni/1/logs", {"to": to, **filters}).json["results"]
        return [one["channel"] for one in rows]

    assert found() == ["SMS", "PUSH"]
    assert found(channel="push") == ["PUSH"]
    assert found(generalStatus="DELIVERED") == ["SMS"]
    assert found(bulkId="bulk-of-log") == ["SMS", "PUSH"]
    assert found(**{"from": "InfoSMS"}) == ["SMS"]
    assert found(mcc="228", mnc="99") == []
    assert found(limit="1") == ["SMS"]
    (line, *_) = docs.get("/omni/1/logs", {"messageId": message}).json["results"]
    assert "error" not in line
    assert docs.get("/omni/1/logs", {"channel": "pigeon"}).status == 400


def test_a_channel_has_prices_of_its_own_and_credit_is_asked_for_each_step(served: Served, own: Client) -> None:
    flow = [{"from": SECRET_CODE, "channel": "PUSH"}, {"from": "InfoSMS", "channel": "SMS"}]
    made = own.post("/omni/1/scenarios", {"name": "own", "flow": flow})
    before = own.get("/account/1/balance").json["balance"]
    message = send(own, made.json["key"], number())
    rows = settled(own, message, 2)
    assert [row[3] for row in rows] == [12, 5], "0.5 for a push is more than there is, 0.01 for an SMS is not"
    push, sms = reports(own, message, 2)
    assert (push["price"]["pricePerMessage"], sms["price"]["pricePerMessage"]) == (0, 0.01)
    assert round(before - own.get("/account/1/balance").json["balance"], 6) == 0.01


def test_the_rate_of_an_account(served: Served) -> None:
    slow = Client(served.url, basic("slow", "slow"))
    flow = [{"from": "InfoSMS", "channel": "SMS"}]
    key = slow.post("/omni/1/scenarios", {"name": "slow", "flow": flow}).json["key"]
    given = [{"to": {"phoneNumber": number()}} for _ in range(4)]
    body = {"scenarioKey": key, "destinations": given, "sms": {"text": "x"}}
    assert slow.post("/omni/1/advanced", body).status == 200
    assert slow.post("/omni/1/advanced", body).status == 429
    until(lambda: len(slow.get("/omni/1/logs").json["results"]) == 4, "all are sent in their time")


def test_the_rate_of_an_application(served: Served, admin: Admin) -> None:
    own = Client(served.url, basic("own", "own"))
    admin.put("prices", "push@own", "*", price=0)
    before = [one["messageId"] for one in own.get("/omni/1/logs").json["results"]]
    for _ in range(4):
        assert own.post("/push/2/message/single", {"from": SECRET_CODE, "to": "nobody", "text": "x"}).status == 200

    def pending() -> int:
        rows = own.get("/omni/1/logs", {"limit": 100}).json["results"]
        fresh = [row["status"]["id"] for row in rows if row["messageId"] not in before]
        return fresh.count(7) if len(fresh) == 4 and fresh.count(9) >= 2 else 0

    until(pending, "two went at once, the others wait")
    until(lambda: len(own.get("/push/1/reports").json["results"]) or not pending(), "all went in their time")


def test_a_blocked_number_gets_no_step(admin: Admin, docs: Client, key: str) -> None:
    to = number()
    admin.make("blocked", number=to, account="docs")
    body = {"scenarioKey": key, "destinations": [{"to": {"phoneNumber": to}}], "push": {"text": "x"}}
    message = docs.post("/omni/1/advanced", body).json["messages"][0]
    assert message["status"]["id"] == 14
    (line,) = docs.get("/omni/1/logs", {"to": to}).json["results"]
    assert (line["messageId"], line["channel"], line["status"]["id"]) == (message["messageId"], "PUSH", 14)
    assert (line["mccMnc"], line["price"]["pricePerMessage"]) == ("22801", 0)
    assert docs.get("/omni/1/reports", {"messageId": message["messageId"]}).json == {"results": []}


def test_the_limit_of_the_day_holds_for_pushes(served: Served, admin: Admin, docs: Client, key: str) -> None:
    to = number()
    phone(served, f"token-{to}", to)
    admin.patch("accounts", "docs", daily_limit="0.0001")
    try:
        assert settled(docs, send(docs, key, to, sms=None), 1)[0][3] == 12
    finally:
        admin.patch("accounts", "docs", daily_limit=None)
    assert settled(docs, send(docs, key, to, sms=None), 1)[0][3] == 5


def test_applications_of_an_account(served: Served, docs: Client, own: Client) -> None:
    phone(served, "counted", None)
    (shown,) = docs.get("/push/1/applications").json
    assert shown.pop("registrationsCount") >= 1
    assert shown == {
        "applicationCode": CODE,
        "applicationId": "app",
        "name": "Demo",
        "description": "for tests",
        "apns": {"enabled": True},
        "gcm": {"enabled": True},
    }
    assert docs.get(f"/push/1/applications/{CODE}").json["name"] == "Demo"
    missing = (404, "APPLICATION_NOT_FOUND", "Application not found")
    assert own.get(f"/push/1/applications/{CODE}").error == missing
    assert docs.get("/push/1/applications/none").error == missing


def test_a_push_message_alone(served: Served, docs: Client, own: Client) -> None:
    device = phone(served, "alone", None)
    body = {"from": CODE, "to": device, "text": "alone", "messageId": (mine := new_id())}
    (bulk,) = docs.post("/push/2/message/single", body).json["bulks"]
    assert (bulk["to"], bulk["status"]["name"], bulk["messageCount"]) == (
        {"pushRegistrationId": device},
        "PENDING_ACCEPTED",
        1,
    )
    assert bulk["bulkId"]
    (report,) = reports(docs, mine, 1, "/push/1/reports")
    assert (report["channel"], report["status"]["id"]) == ("PUSH", 5)
    assert docs.get("/omni/1/reports", {"messageId": mine}).json == {"results": []}
    by_token = {**body, "to": {"pushRegistrationId": "alone"}, "messageId": (other := new_id())}
    assert docs.post("/push/2/message/single", by_token).status == 200
    assert reports(docs, other, 1, "/push/1/reports")[0]["status"]["id"] == 5
    assert own.post("/push/2/message/single", body).status == 400
    assert docs.post("/push/2/message/single", {**body, "text": ""}).status == 400
    too_long = docs.post("/push/2/message/single", {**body, "validityPeriod": 73})
    assert too_long.error == (400, "BAD_REQUEST", "[validityPeriod : is from 30 seconds to 72 hours.]")


def test_a_device_says_what_it_has(served: Served, docs: Client, key: str) -> None:
    to = number()
    app = Client(served.url, f"App {CODE}")
    phone(served, f"silent:{to}", to)
    message = send(docs, key, to, push={"text": "x", "validityPeriod": 60})
    until(lambda: [row[3] for row in ended(docs, message)] == [3], "the push waits for its device")
    assert app.call("POST", "/mobile/1/deliveryreports?messageIDs=unknown&messageIDs=" + quote(message)).status == 200
    assert [row[3] for row in ended(docs, message)] == [3], "its own id is another"


def test_who_may_say_so(served: Served) -> None:
    for authorization in (None, "App unknown", "Basic x", basic("Aladdin", "open sesame")):
        stranger = Client(served.url, authorization)
        assert stranger.call("POST", "/mobile/2/registration?platformType=GCM&registrationId=x").status == 401
    app = Client(served.url, f"App {CODE}")
    assert app.call("POST", "/mobile/2/registration?platformType=WAP&registrationId=x").status == 400
    assert app.call("POST", "/mobile/2/registration?platformType=GCM").status == 400
    assert app.call("POST", "/mobile/1/msisdn?msisdn=41790000000").status == 400
    other = phone(served, "of-own", None, SECRET_CODE)
    bind = f"/mobile/1/msisdn?deviceApplicationInstanceId={other}&msisdn=41790000000"
    assert app.call("POST", bind).status == 404, "a device of another application looks missing"
    assert Client(served.url, f"App {SECRET_CODE}").call("POST", bind).status == 400, "its operator forbids it"


def test_a_device_keeps_its_id_when_its_token_changes(served: Served) -> None:
    app = Client(served.url, f"App {CODE}")
    first = phone(served, "first-token", number())
    query = urlencode({"platformType": "APNS", "registrationId": "second-token", "deviceApplicationInstanceId": first})
    assert app.call("POST", f"/mobile/2/registration?{query}").json == {"deviceApplicationInstanceId": first}
    assert phone(served, "second-token", None) == first


def test_devices_for_operators(admin: Admin, docs: Client, key: str) -> None:
    to = number()
    made = admin.make("devices", application="app", registration_id=f"silent:{to}", msisdn=f"+{to}")
    assert (made["application"], made["platform"], made["msisdn"]) == ("app", "GCM", to)
    assert made in admin.all("devices", application="app", limit=1000)
    message = send(docs, key, to, messageId="006112216572355100")
    until(lambda: [row[3] for row in ended(docs, message)] == [3], "the push waits for its device")
    push = docs.get("/sms/1/logs", {"to": to}).json
    assert push == {"results": []}
    sent = send_ours(docs, key, to)
    until(lambda: [row[3] for row in ended(docs, sent)] == [3], "the push waits for its device")
    assert admin.post("received", body={"messages": [sent, "unknown"], "seen": True}) == {"known": 1}
    assert settled(docs, sent, 1) == [("PUSH", "DELIVERED_TO_HANDSET", 1, 5)]
    assert admin.post("received", body={"messages": [message]}) == {"known": 1}, (
        "by the customer's own id, which might be one of ours"
    )
    assert settled(docs, message, 1) == [("PUSH", "DELIVERED_TO_HANDSET", 1, 5)]
    assert admin.put("devices", made["id"], msisdn="")["msisdn"] == ""
    admin.remove("devices", made["id"])
    assert admin.refused("PUT", "devices", made["id"], body={"msisdn": ""})[0] == 404
    assert admin.refused("POST", "devices", body={"application": "none", "registration_id": "x"})[0] == 400


def send_ours(client: Client, key: str, to: str) -> str:
    """An id of the platform's."""
    body = {"scenarioKey": key, "destinations": [{"to": {"phoneNumber": to}}], "push": {"text": "x"}}
    return str(client.post("/omni/1/advanced", body).json["messages"][0]["messageId"])


def test_erasing_a_number_forgets_its_steps_and_unties_its_devices(
    served: Served, admin: Admin, docs: Client, key: str
) -> None:
    to = number()
    phone(served, f"token-{to}", to)
    message = send(docs, key, to)
    settled(docs, message, 1)
    assert admin.post("erase", body={"number": to}) == {"messages": 1, "left": 0}
    assert ended(docs, message) == []
    assert settled(docs, send(docs, key, to), 2)[0][3] == 9


def test_applications_are_definitions(admin: Admin, docs: Client) -> None:
    code = "2" * 32 + "-00000000-0000-0000-0000-000000000002"
    secret = json.dumps({"project_id": "p", "client_email": "e", "private_key": "SECRET-KEY", "token_uri": "https://x"})
    made = admin.make("applications", type="push", name="real", code=code, account="docs", fcm_account=secret)
    assert made["fcm_account"] == "<kept>"
    assert "SECRET-KEY" not in json.dumps([admin.get("applications", "real"), admin.newest(), admin.text("config")])
    assert admin.patch("applications", "real", title="Real")["title"] == "Real"
    assert docs.get(f"/push/1/applications/{code}").json["gcm"] == {"enabled": True}
    assert docs.get(f"/push/1/applications/{code}").json["apns"] == {"enabled": False}
    twice = {"type": "simulated", "name": "twin", "code": code, "account": "docs"}
    assert admin.refused("POST", "applications", body=twice)[0] == 400
    assert admin.refused("POST", "applications", body={**twice, "code": "short"})[0] == 400
    assert admin.refused("POST", "applications", body={**twice, "type": "push", "code": code[::-1]})[0] == 400
    assert admin.refused("DELETE", "accounts", "docs")[0] == 409
    admin.remove("applications", "real")
    assert docs.get(f"/push/1/applications/{code}").status == 404


def test_commands(served: Served) -> None:
    def run(*arguments: str) -> Any:
        done = command(*arguments, "--data", served.data, "--json")
        assert done.returncode == 0, done
        return json.loads(done.stdout)

    device = run("device", "add", "app", "by-command", "--msisdn", "41790001122")
    assert device["msisdn"] == "41790001122"
    assert device in run("device", "list", "app", "--limit", "1000")["results"]
    assert run("device", "bind", device["id"], "")["msisdn"] == ""
    assert run("device", "received", "unknown") == {"known": 0}
    shown = command("device", "list", "app", "--data", served.data)
    assert device["id"] in shown.stdout
    removed = command("device", "remove", device["id"], "--data", served.data)
    assert (removed.returncode, removed.stdout) == (0, "")
    assert run("application", "list")


def test_the_story_of_a_message_that_was_a_push(served: Served, docs: Client, key: str) -> None:
    to = number()
    phone(served, f"token-{to}", to)
    message = send(docs, key, to)
    settled(docs, message, 1)
    done = command("message", "show", message, "--data", served.data, "--json")
    told = json.loads(done.stdout)
    (step,) = told["steps"]
    assert (told["messageId"], told["to"], told["over"]) == (message, {"phoneNumber": to}, True)
    assert (step["channel"], step["pricePerMessage"], step["deliveredAt"] is not None) == ("PUSH", "0.0104", True)
    assert [one["event"] for one in told["events"]] == ["accepted", "step", "final", "delivered"]
    assert [one["url"] for one in told["reports"]] == [None], "to be pulled"
    assert told["sms"] == []


def test_the_story_of_a_failover_and_of_a_refusal(served: Served, docs: Client, key: str) -> None:
    message = send(docs, key, number(), notifyUrl="http://192.0.2.1/", bulkId="told")
    settled(docs, message, 2)
    shown = command("message", "show", message, "--data", served.data).stdout
    assert "step 1   PUSH, 1 at 0.0104: UNDELIVERABLE_NOT_DELIVERED" in shown
    assert "PUSH: UNDELIVERABLE_NOT_DELIVERED, error 6 EC_ABSENT_SUBSCRIBER_SM: no device is registered" in shown
    assert "part 1 of 1 to simulated" in shown, "and of the SMS"
    body = {"scenarioKey": key, "destinations": [{"to": {"phoneNumber": "none"}}], "push": {"text": "x"}}
    refused = docs.post("/omni/1/advanced", body).json["messages"][0]["messageId"]
    told = json.loads(command("message", "show", refused, "--data", served.data, "--json").stdout)
    assert [one["event"] for one in told["events"]] == ["rejected"]
    assert told["status"]["action"] == "Check to parameter."


def test_what_is_measured(served: Served, docs: Client, key: str) -> None:
    settled(docs, send(docs, key, number()), 2)
    body = {"scenarioKey": key, "destinations": [{"to": {}}], "push": {"text": "x"}}
    assert docs.post("/omni/1/advanced", body).status == 200
    samples = dict(line.rpartition(" ")[::2] for line in docs.get("/metrics").body.decode().splitlines())
    for name in (
        "stentor_omni_messages_accepted_total",
        'stentor_omni_messages_rejected_total{status="MISSING_TO"}',
        'stentor_omni_steps_begun_total{channel="PUSH"}',
        'stentor_omni_steps_ended_total{channel="PUSH",status="UNDELIVERABLE_NOT_DELIVERED"}',
        'stentor_omni_steps_ended_total{channel="SMS",status="DELIVERED_TO_HANDSET"}',
        'stentor_reports_owed{way="pull"}',
    ):
        assert float(samples[name]) > 0, name
    assert float(samples['stentor_omni_steps_late_total{channel="PUSH"}']) == 0
    assert float(samples['stentor_omni_waiting{until="now"}']) >= 0


def test_an_id_of_another_applications_device_is_taken_for_none(served: Served) -> None:
    other = phone(served, "theirs", None, SECRET_CODE)
    app = Client(served.url, f"App {CODE}")
    query = urlencode({"platformType": "GCM", "registrationId": "ours", "deviceApplicationInstanceId": other})
    answer = app.call("POST", f"/mobile/2/registration?{query}")
    assert answer.status == 200, answer
    assert answer.json["deviceApplicationInstanceId"] != other
    assert phone(served, "theirs", None, SECRET_CODE) == other


def test_a_device_that_speaks_in_forms(served: Served, docs: Client) -> None:
    app = Client(served.url, f"App {CODE}")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    token = f"silent:{new_id()}"
    query = urlencode({"platformType": "GCM", "registrationId": token}).encode()
    device = app.call("POST", "/mobile/2/registration", query, form).json["deviceApplicationInstanceId"]
    to = number()
    bind = urlencode({"deviceApplicationInstanceId": device, "msisdn": to}).encode()
    assert app.call("POST", "/mobile/1/msisdn", bind, form).json == {"msisdn": to}
    assert app.call("POST", "/mobile/1/deliveryreports", b"messageIDs=a&messageIDs=b", form).json == {}
    assert app.call("POST", "/mobile/1/seenMessages", b'{"messageIDs": ["a"], "messages": null}', form).json == {}
    assert app.call("POST", "/mobile/1/seenMessages", b'{"messageIDs": 5}', form).status == 400


def test_seen(served: Served) -> None:
    app = Client(served.url, f"App {CODE}")
    body = json.dumps({"messages": [{"messageId": "unknown"}]}).encode()
    assert app.call("POST", "/mobile/1/seenMessages", body).status == 200
    assert app.call("POST", "/mobile/1/seenMessages", b"[]").status == 400
