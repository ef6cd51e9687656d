"""Pushes to a notifyUrl: final and intermediate reports, several in one call, as JSON and as XML (004, 000)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from support.receiver import Receiver
from support.sms import advanced, deliver, magic, new_id, number, settled
from support.waiting import until
from support.web import Client

ABSENT = {
    "groupId": 1,
    "groupName": "HANDSET_ERRORS",
    "id": 27,
    "name": "EC_ABSENT_SUBSCRIBER",
    "description": "Absent Subscriber",
    "permanent": False,
}
WAITING = {
    "groupId": 1,
    "groupName": "PENDING",
    "id": 3,
    "name": "PENDING_WAITING_DELIVERY",
    "description": "Message sent, waiting for delivery report",
}
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000"
XML = (
    r"<reportResponse><results><bulkId>{bulk}</bulkId><messageId>{message}</messageId><to>{to}</to>"
    rf"<sentAt>{TIME}</sentAt><doneAt>{TIME}</doneAt><smsCount>1</smsCount><mccMnc>22801</mccMnc>"
    r"<price><pricePerMessage>0\.01</pricePerMessage><currency>EUR</currency></price>"
    r"<callbackData>a &lt;b&gt; &amp; \"ж\"</callbackData>"
    r"<status><groupId>3</groupId><groupName>DELIVERED</groupName><id>5</id><name>DELIVERED_TO_HANDSET</name>"
    r"<description>Message delivered to handset</description></status>"
    r"<error><groupId>0</groupId><groupName>OK</groupName><id>0</id><name>NO_ERROR</name>"
    r"<description>No Error</description><permanent>false</permanent></error></results></reportResponse>"
)


def test_the_final_report_comes_once_under_the_given_ids(client: Client, receiver: Receiver) -> None:
    bulk, path = new_id("bulk"), "/notify/final"
    message_id = deliver(client, bulkId=bulk, notifyUrl=receiver.url(path), callbackData="DLR callback data")
    [report] = receiver.reports(path, 1)
    assert (report["bulkId"], report["messageId"], report["callbackData"]) == (bulk, message_id, "DLR callback data")
    after = deliver(client, notifyUrl=receiver.url("/notify/after"))
    receiver.reports("/notify/after", 1)
    assert len(receiver.calls(path)) == 1, f"a second call while {after} was delivered"


def test_the_report_pushed_is_the_report_pulled(client: Client, receiver: Receiver) -> None:
    pushed_id, pulled_id = deliver(client, notifyUrl=receiver.url("/notify/same")), deliver(client)
    [pushed] = receiver.reports("/notify/same", 1)
    [pulled] = client.get("/sms/1/reports", {"messageId": pulled_id}).json["results"]
    assert list(pushed) == list(pulled)
    of_their_own = {"bulkId", "messageId", "to", "sentAt", "doneAt"}
    assert pushed["messageId"] == pushed_id
    assert {k: v for k, v in pushed.items() if k not in of_their_own} == {
        k: v for k, v in pulled.items() if k not in of_their_own
    }


def test_an_absent_phone_is_reported_before_the_final_report(client: Client, receiver: Receiver) -> None:
    to, path = "417930289930027", "/notify/absent"
    deliver(client, to=to, notifyUrl=receiver.url(path), intermediateReport=True)
    first, last = receiver.reports(path, 2)
    assert (first["status"], first["error"], first["to"]) == (WAITING, ABSENT, to)
    assert (last["status"]["id"], last["error"]["id"], last["to"]) == (5, 0, to)
    assert list(first) == list(last)
    assert first["doneAt"] < last["doneAt"]


@pytest.mark.parametrize("asked", [False, None])
def test_no_intermediate_report_unless_asked_for(client: Client, receiver: Receiver, asked: bool | None) -> None:  # noqa: FBT001 - the member's value
    path = f"/notify/not-asked-{asked}"
    deliver(client, to=magic(3, 27), notifyUrl=receiver.url(path), intermediateReport=asked)
    assert [report["status"]["id"] for report in receiver.reports(path, 1)] == [5]


def test_an_intermediate_report_is_not_pulled(client: Client) -> None:
    message_id = deliver(client, to=magic(3, 27), intermediateReport=True)
    results = client.get("/sms/1/reports", {"messageId": message_id}).json["results"]
    assert [result["status"]["id"] for result in results] == [5]


def test_a_long_message_to_an_absent_phone_is_reported_once(client: Client, receiver: Receiver) -> None:
    path = "/notify/absent-parts"
    deliver(client, to=magic(3, 27), text="a" * 161, notifyUrl=receiver.url(path), intermediateReport=True)
    until(lambda: any(one["status"]["id"] == 5 for one in receiver.reports(path, 1)), "the final report")
    assert [one["status"]["id"] for one in receiver.reports(path, 1)] == [3, 5]


def test_what_waits_for_one_url_goes_in_one_call(client: Client, receiver: Receiver) -> None:
    """The first calls are held back; meanwhile the other reports arrive and wait for their turn together."""
    path, ids = "/gated/several", [new_id() for _ in range(40)]
    receiver.gate.clear()
    try:
        destinations = [{"to": number(), "messageId": one} for one in ids]
        message = {"from": "InfoSMS", "text": "x", "notifyUrl": receiver.url(path), "destinations": destinations}
        advanced(client, message)
        settled(client, *ids)
        until(lambda: receiver.calls(path), "the first call")
    finally:
        receiver.gate.set()
    reports = receiver.reports(path, len(ids))
    assert sorted(report["messageId"] for report in reports) == sorted(ids)
    assert max(len(call.results) for call in receiver.calls(path)) > 1


def test_xml_when_asked_for(client: Client, receiver: Receiver) -> None:
    bulk, path, to = new_id("bulk"), "/notify/xml", number()
    fields = {"notifyContentType": "application/xml", "callbackData": 'a <b> & "ж"'}
    message_id = deliver(client, to=to, bulkId=bulk, notifyUrl=receiver.url(path), **fields)
    [call] = until(lambda: receiver.calls(path), "the call")
    assert call.content_type.partition(";")[0] == "application/xml"
    expected = XML.replace("{bulk}", bulk).replace("{message}", message_id).replace("{to}", to)
    assert re.fullmatch(expected, call.body.decode())


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no scheme": ({"notifyUrl": "www.example.com/sms"}, "notifyUrl"),
    "another scheme": ({"notifyUrl": "ftp://127.0.0.1/"}, "notifyUrl"),
    "a line break": ({"notifyUrl": "http://127.0.0.1/\r\nX: y"}, "notifyUrl"),
    "too long": ({"notifyUrl": "http://127.0.0.1/" + "x" * 2_048}, "notifyUrl"),
    "no host": ({"notifyUrl": "http:///sms"}, "notifyUrl"),
    "a port over 65535": ({"notifyUrl": "http://127.0.0.1:99999/"}, "notifyUrl"),
    "unclosed bracket": ({"notifyUrl": "http://[::1/"}, "notifyUrl"),
    "content type": ({"notifyContentType": "text/html"}, "messages[0].notifyContentType"),
    "callback data": ({"callbackData": "x" * 4_001}, "callbackData"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_notify_parameter_is_named(name: str, client: Client) -> None:
    fields, field = WRONG[name]
    message = {"from": "InfoSMS", "text": "x", "destinations": [{"to": number()}], **fields}
    code, kind, text = client.post("/sms/1/text/advanced", {"messages": [message]}).error
    assert (code, kind) == (400, "BAD_REQUEST")
    assert text.startswith(f"[{field} : ")
