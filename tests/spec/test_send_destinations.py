"""One bad destination is a status in a 200 and never fails the good one beside it (wire.md (e)8, xml.md 3)."""

from __future__ import annotations

from typing import Any

import pytest

from support.sms import advanced, new_id, number, settled
from support.web import Client

MISSING = {
    "groupId": 5,
    "groupName": "REJECTED",
    "id": 51,
    "name": "MISSING_TO",
    "description": "Missing to.",
    "action": "Check to parameter.",
}
INVALID = {
    "groupId": 5,
    "groupName": "REJECTED",
    "id": 52,
    "name": "REJECTED_DESTINATION",
    "description": "Invalid destination address.",
    "action": "Check to parameter.",
}
NO_PREFIX = {
    "groupId": 5,
    "groupName": "REJECTED",
    "id": 8,
    "name": "REJECTED_PREFIX_MISSING",
    "description": "Number prefix missing",
}

BAD: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "no to": ({}, MISSING),
    "null": ({"to": None}, MISSING),
    "empty": ({"to": ""}, MISSING),
    "blanks": ({"to": "  "}, MISSING),
    "a plus alone": ({"to": "+"}, MISSING),
    "empty list": ({"to": []}, MISSING),
    "letters": ({"to": "Alphanumeric"}, INVALID),
    "hyphens": ({"to": "41-79-302-67-27"}, INVALID),
    "3 digits": ({"to": "417"}, INVALID),
    "20 digits": ({"to": "41793026727417930267"}, INVALID),
    "Arabic digits": ({"to": "٤١٧٩٣٠٢٦٧٢٧"}, INVALID),
    "national": ({"to": "0793026727"}, NO_PREFIX),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_destination_beside_a_good_one(name: str, client: Client) -> None:
    given, status = BAD[name]
    good = {"to": number(), "messageId": new_id()}
    answer = advanced(client, {"from": "InfoSMS", "text": "x", "destinations": [given, good]})
    bad, accepted = answer["messages"]
    assert bad["status"] == status
    assert bad["messageId"]
    assert accepted["status"]["id"] == 0
    settled(client, good["messageId"])


@pytest.mark.parametrize("to", [None, "", []])
def test_single_without_a_number(client: Client, to: object) -> None:
    body = {"from": "InfoSMS", "text": "x"} if to is None else {"from": "InfoSMS", "to": to, "text": "x"}
    answer = client.post("/sms/1/text/single", body)
    assert (answer.status, [one["status"]["id"] for one in answer.json["messages"]]) == (200, [51])


def test_a_message_without_destinations(client: Client) -> None:
    forms: tuple[dict[str, Any], ...] = ({}, {"destinations": []}, {"destinations": None})
    for destinations in forms:
        answer = advanced(client, {"from": "InfoSMS", "text": "x", **destinations})
        assert [one["status"]["id"] for one in answer["messages"]] == [51]


SENDERS = {
    "2 characters": ("ab", 11),
    "3 characters": ("abc", 0),
    "11 characters": ("abcdefghijk", 0),
    "12 characters": ("abcdefghijkl", 11),
    "2 digits": ("12", 11),
    "3 digits": ("123", 0),
    "14 digits": ("12345678901234", 0),
    "15 digits": ("123456789012345", 11),
    "14 digits with a plus": ("+12345678901234", 0),
    "a line break": ("Info\nSMS", 11),
}


@pytest.mark.parametrize("name", SENDERS)
def test_a_senders_length(name: str, client: Client) -> None:
    sender, status = SENDERS[name]
    good = {"from": "InfoSMS", "text": "x", "to": number()}
    answer = advanced(client, {"from": sender, "text": "x", "to": number()}, good)
    assert [one["status"]["id"] for one in answer["messages"]] == [status, 0]


def test_a_refused_message_costs_nothing(client: Client) -> None:
    message_id = new_id()
    advanced(client, {"from": "ab", "text": "x", "destinations": [{"to": number(), "messageId": message_id}]})
    [line] = settled(client, message_id)
    assert (line["status"]["name"], line["price"]["pricePerMessage"]) == ("REJECTED_SOURCE", 0)
