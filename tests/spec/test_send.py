"""What a request may look like and which ids its answer has (004; wire.md (b)13, (b)14; xml.md 2)."""

from __future__ import annotations

from typing import Any

import pytest

from support.sms import advanced, deliver, new_id, number, settled
from support.web import Client

TEXT = {"from": "InfoSMS", "text": "Test SMS."}


def _send(client: Client, path: str, body: object) -> dict[str, Any]:
    answer = client.post(path, body)
    assert answer.status == 200, answer
    return dict(answer.json)


@pytest.mark.parametrize("version", ["/sms/1", "/sms/2", "/restapi/sms/1"])
@pytest.mark.parametrize("to", ["string", "number", "list of one", "plus", "two zeros", "blanks around"])
def test_one_number_in_every_spelling(client: Client, version: str, to: str) -> None:
    digits = number()
    spelt = {
        "string": digits,
        "number": int(digits),
        "list of one": [digits],
        "plus": f"+{digits}",
        "two zeros": f"00{digits}",
        "blanks around": f" {digits} ",
    }[to]
    answer = _send(client, f"{version}/text/single", {**TEXT, "to": spelt})
    assert list(answer) == ["messages"]
    assert [message["to"] for message in answer["messages"]] == [digits]


def test_several_numbers_get_a_bulk_id_and_keep_their_order(client: Client) -> None:
    numbers = [number() for _ in range(3)]
    answer = _send(client, "/sms/1/text/single", {**TEXT, "to": [numbers[0], int(numbers[1]), f"+{numbers[2]}"]})
    assert list(answer) == ["bulkId", "messages"]
    assert [message["to"] for message in answer["messages"]] == numbers
    ids = [message["messageId"] for message in answer["messages"]]
    assert len(set(ids)) == 3
    settled(client, *ids)


def test_a_personalised_message_alone_has_no_bulk_id(client: Client) -> None:
    """xml.md 4.10; two of them do (004)."""
    one = {**TEXT, "to": number()}
    assert list(_send(client, "/sms/2/text/multi", {"messages": [one]})) == ["messages"]
    answer = _send(client, "/sms/2/text/multi", {"messages": [one, {**TEXT, "to": [number(), number()]}]})
    assert list(answer) == ["bulkId", "messages"]
    assert len(answer["messages"]) == 3


def test_advanced_always_has_a_bulk_id(client: Client) -> None:
    answer = advanced(client, {**TEXT, "destinations": [{"to": number()}]})
    assert list(answer) == ["bulkId", "messages"]
    assert 0 < len(answer["bulkId"]) <= 100


@pytest.mark.parametrize("bulk", ["BULK-ä-ж-1", 4711, "a b,c&d=e", "x" * 100])
def test_a_given_bulk_id_comes_back(client: Client, bulk: str | int) -> None:
    answer = _send(
        client, "/sms/1/text/advanced", {"bulkId": bulk, "messages": [{**TEXT, "destinations": [{"to": number()}]}]}
    )
    assert answer["bulkId"] == str(bulk)
    settled(client, answer["messages"][0]["messageId"])
    found = client.get("/sms/1/logs", {"bulkId": str(bulk)}).json["results"]
    assert answer["messages"][0]["messageId"] in [line["messageId"] for line in found]


def test_a_bulk_id_over_100_characters_is_cut(client: Client) -> None:
    """wire.md (b)4."""
    assert advanced(client, {**TEXT, "to": number()}, bulk="y" * 130)["bulkId"] == "y" * 100


def test_a_message_id_in_use_is_refused_beside_a_good_one(client: Client) -> None:
    taken = deliver(client)
    destinations = [{"to": number(), "messageId": taken}, {"to": number(), "messageId": new_id()}]
    first, second = advanced(client, {**TEXT, "destinations": destinations})["messages"]
    assert (first["messageId"], first["status"]["id"]) == (taken, 23)
    assert first["status"]["name"] == "REJECTED_DUPLICATE_MESSAGE_ID"
    assert second["status"]["id"] == 0
    settled(client, second["messageId"])
    assert len(client.get("/sms/1/logs", {"messageId": taken}).json["results"]) == 1


def test_the_same_id_twice_in_one_request(client: Client) -> None:
    twice = new_id()
    destinations = [{"to": number(), "messageId": twice}, {"to": number(), "messageId": twice}]
    statuses = [one["status"]["id"] for one in advanced(client, {**TEXT, "destinations": destinations})["messages"]]
    assert statuses == [0, 23]


def test_numbers_where_the_documents_have_strings(client: Client) -> None:
    message = {"from": 41793026700, "text": 123456, "destinations": [{"to": int(number()), "messageId": 10**17 + 1}]}
    sent = advanced(client, {**message, "callbackData": 42})["messages"][0]
    assert sent["messageId"] == str(10**17 + 1)
    [line] = settled(client, sent["messageId"])
    assert (line["from"], line["text"]) == ("41793026700", "123456")


def test_one_item_where_a_list_is_documented(client: Client) -> None:
    body = {"messages": {**TEXT, "destinations": {"to": [number(), number()]}}}
    assert len(_send(client, "/sms/1/text/advanced", body)["messages"]) == 2


def test_null_means_absent(client: Client) -> None:
    nothing = dict.fromkeys(
        ("flash", "notify", "intermediateReport", "notifyUrl", "notifyContentType", "validityPeriod", "sendAt")
    )
    message = {**TEXT, **nothing, "callbackData": None, "destinations": [{"to": number(), "messageId": None}]}
    assert _send(client, "/sms/1/text/advanced", {"bulkId": None, "messages": [message]})["bulkId"]


def test_without_a_sender_the_accounts_own_is_used(client: Client) -> None:
    message_id = new_id()
    advanced(client, {"text": "x", "destinations": [{"to": number(), "messageId": message_id}]})
    assert settled(client, message_id)[0]["from"] == "Stentor"


def test_callback_data_comes_back_in_the_report_as_it_was(client: Client) -> None:
    data = 'Нет ничего лучше "родного" дома.\n\t€ 😀 </results>'
    message_id = deliver(client, callbackData=data)
    assert client.get("/sms/1/reports", {"messageId": message_id}).json["results"][0]["callbackData"] == data


def test_without_callback_data_the_report_has_no_such_member(client: Client) -> None:
    message_id = deliver(client)
    assert "callbackData" not in client.get("/sms/1/reports", {"messageId": message_id}).json["results"][0]


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("ж" * 70, 1), ("ж" * 71, 2), ("😀" * 35, 1), ("", 1)],
)
def test_parts_are_counted(client: Client, text: str, parts: int) -> None:
    sent = _send(client, "/sms/1/text/single", {"from": "InfoSMS", "to": number(), "text": text})
    assert sent["messages"][0]["smsCount"] == parts


def test_a_validity_over_48_hours_is_cut(client: Client) -> None:
    """A 2015 client's milliseconds are cut like everything longer (xml.md 4.9)."""
    assert advanced(client, {**TEXT, "to": number(), "validityPeriod": 86_400_000})["messages"][0]["status"]["id"] == 0


def test_a_validity_may_come_as_text(client: Client) -> None:
    sent = advanced(client, {**TEXT, "to": number(), "validityPeriod": "1"})["messages"][0]
    assert sent["status"]["groupName"] == "ACCEPTED"


def test_the_balance_pays_for_parts(client: Client) -> None:
    before = client.get("/account/1/balance").json
    assert list(before) == ["balance", "currency"]
    assert before["currency"] == "EUR"
    deliver(client, text="a" * 161)
    after = client.get("/restapi/account/1/balance/").json
    assert round(before["balance"] - after["balance"], 4) >= 0.02
