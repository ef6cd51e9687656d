"""GET /sms/1/logs: each filter and their combinations, as often as one likes (004 "SMS logs")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from support.sms import advanced, deliver, log_ids, magic, new_id, number, settled
from support.web import Client


class Sent(msgspec.Struct, frozen=True):
    """Three messages of one bulk: two Swiss ones, the second undeliverable, and a German one from another sender."""

    bulk: str
    ids: tuple[str, str, str]
    numbers: tuple[str, str, str]


@pytest.fixture(scope="module")
def sent(demo: Any) -> Sent:
    ids = (new_id(), new_id(), new_id())
    numbers = (number(), magic(0, 27), number().replace("4179", "49151", 1))
    senders = ("InfoSMS", "InfoSMS", "WineShop")
    messages = [
        {"from": sender, "text": "Test SMS.", "destinations": [{"to": to, "messageId": one}]}
        for sender, to, one in zip(senders, numbers, ids, strict=True)
    ]
    bulk = new_id("bulk")
    advanced(demo.client, *messages, bulk=bulk)
    settled(demo.client, *ids)
    return Sent(bulk, ids, numbers)


FILTERS: dict[str, tuple[Callable[[Sent], dict[str, Any]], tuple[int, ...]]] = {
    "nothing else": (lambda _: {}, (0, 1, 2)),
    "from": (lambda _: {"from_": "WineShop"}, (2,)),
    "from is exact": (lambda _: {"from_": "wineshop"}, ()),
    "to": (lambda sent: {"to": sent.numbers[0]}, (0,)),
    "to with a plus": (lambda sent: {"to": f"+{sent.numbers[0]}"}, (0,)),
    "messageId": (lambda sent: {"messageId": sent.ids[1]}, (1,)),
    "messageId twice": (lambda sent: {"messageId": sent.ids[:2]}, (0, 1)),
    "messageId in a list": (lambda sent: {"messageId": ",".join(sent.ids[1:])}, (1, 2)),
    "delivered": (lambda _: {"generalStatus": "DELIVERED"}, (0, 2)),
    "undeliverable": (lambda _: {"generalStatus": "UNDELIVERABLE"}, (1,)),
    "small letters": (lambda _: {"generalStatus": "delivered"}, (0, 2)),
    "pending": (lambda _: {"generalStatus": "PENDING"}, ()),
    "mcc": (lambda _: {"mcc": "228"}, (0, 1)),
    "mcc and mnc": (lambda _: {"mcc": "228", "mnc": "01"}, (0, 1)),
    "another mnc": (lambda _: {"mcc": "228", "mnc": "99"}, ()),
    "sender, network and status": (lambda _: {"from_": "InfoSMS", "mcc": "228", "generalStatus": "DELIVERED"}, (0,)),
    "all at once": (
        lambda sent: {
            "from_": "InfoSMS",
            "to": sent.numbers[1],
            "messageId": sent.ids,
            "generalStatus": "UNDELIVERABLE",
            "sentSince": "2015-02-22T17:42:05.390+0100",
            "sentUntil": "2035-02-22T17:42:05.390+0100",
            "limit": 10,
            "mcc": "228",
            "mnc": "01",
        },
        (1,),
    ),
    "no filter by an empty value": (lambda _: {"from_": "", "generalStatus": "", "mcc": ""}, (0, 1, 2)),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter(name: str, sent: Sent, client: Client) -> None:
    query, expected = FILTERS[name]
    found = log_ids(client, bulkId=sent.bulk, **query(sent))
    assert sorted(found) == sorted(sent.ids[position] for position in expected)


def test_newest_first_and_as_often_as_one_likes(sent: Sent, client: Client) -> None:
    first = log_ids(client, bulkId=sent.bulk)
    assert first == list(sent.ids[::-1])
    assert log_ids(client, bulkId=sent.bulk) == first
    assert log_ids(client, bulkId=sent.bulk, limit=2) == first[:2]


@pytest.mark.parametrize("form", ["a&a", "a,b", "a[]&a[]"])
def test_several_bulks(client: Client, form: str) -> None:
    bulks, name = [new_id("bulk"), new_id("bulk")], "bulkId[]" if "[]" in form else "bulkId"
    ids = [deliver(client, bulkId=bulk) for bulk in bulks]
    assert sorted(log_ids(client, **{name: ",".join(bulks) if "," in form else bulks})) == sorted(ids)


def test_post_with_a_query_string_reads_too(sent: Sent, client: Client) -> None:
    """Samples of the 2015 text call POST (xml.md 2)."""
    answer = client.call("POST", f"/sms/1/logs?messageId={sent.ids[0]}", b"", {"Content-Type": "application/json"})
    assert [line["messageId"] for line in answer.json["results"]] == [sent.ids[0]]


def test_both_spellings_of_the_network(sent: Sent, client: Client) -> None:
    line = client.get("/sms/1/logs", {"messageId": sent.ids[0]}).json["results"][0]
    assert (line["mccmnc"], line["mccMnc"]) == ("22801", "22801")


def test_a_message_still_waiting_has_a_time_and_a_status(client: Client) -> None:
    """Clients fail on an absent or null doneAt (wire.md (b)14)."""
    message_id = new_id()
    destination = {"to": magic(5, 0), "messageId": message_id}
    advanced(client, {"from": "InfoSMS", "text": "x", "destinations": [destination]})
    line = client.get("/sms/1/logs", {"messageId": message_id}).json["results"][0]
    assert line["status"]["groupName"] == "PENDING"
    assert line["sentAt"] <= line["doneAt"]


def test_a_refused_destination_is_logged_with_what_to_do(client: Client) -> None:
    message_id = deliver(client, to="41x")
    line = client.get("/sms/1/logs", {"messageId": message_id}).json["results"][0]
    assert (line["to"], line["status"]["id"], line["price"]["pricePerMessage"]) == ("41x", 52, 0)
    assert line["status"]["action"] == "Check to parameter."


WRONG = {
    "limit": ({"limit": "many"}, "limit"),
    "no such group": ({"generalStatus": "LOST"}, "generalStatus"),
    "mnc alone": ({"mnc": "01"}, "mnc"),
    "since": ({"sentSince": "yesterday"}, "sentSince"),
    "until": ({"sentUntil": "2015-13-01"}, "sentUntil"),
    "hour 24": ({"sentSince": "2015-02-22T24:00:00.000+0100"}, "sentSince"),
    "an offset of 99 hours": ({"sentSince": "2015-02-22T17:42:05.390+9900"}, "sentSince"),
    "the year 0": ({"sentSince": "0000-02-22T17:42:05.390Z"}, "sentSince"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_filter_is_named(name: str, client: Client) -> None:
    query, field = WRONG[name]
    code, kind, text = client.get("/sms/1/logs", query).error
    assert (code, kind) == (400, "BAD_REQUEST")
    assert text.startswith(f"[{field} : ")
    assert text.endswith("]")
