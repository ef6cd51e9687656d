"""GET /sms/1/reports: by message, by bulk, by number of reports; each one once (004 "Delivery reports")."""

from __future__ import annotations

import pytest

from support.process import Demo
from support.sms import advanced, deliver, magic, new_id, number, settled
from support.web import Client


def _pull(client: Client, **query: str | int | list[str]) -> list[str]:
    answer = client.get("/sms/1/reports", query)
    assert answer.status == 200, answer
    return [result["messageId"] for result in answer.json["results"]]


def _bulk_of(client: Client, count: int) -> tuple[str, list[str]]:
    bulk, ids = new_id("bulk"), [new_id() for _ in range(count)]
    destinations = [{"to": number(), "messageId": one} for one in ids]
    advanced(client, {"from": "InfoSMS", "text": "Test SMS.", "destinations": destinations}, bulk=bulk)
    settled(client, *ids)
    return bulk, ids


@pytest.mark.parametrize("path", ["/sms/1/reports", "/sms/2/reports", "/restapi/sms/1/reports", "/sms/1/reports/"])
def test_a_report_is_given_once(client: Client, path: str) -> None:
    message_id = deliver(client)
    first = client.get(path, {"messageId": message_id})
    assert [result["messageId"] for result in first.json["results"]] == [message_id]
    again = client.get(path, {"messageId": message_id})
    assert (again.status, again.body) == (200, b'{"results":[]}')


def test_a_generated_message_id_finds_its_report(client: Client) -> None:
    sent = client.post("/sms/1/text/single", {"from": "InfoSMS", "to": number(), "text": "x"}).json
    message_id = sent["messages"][0]["messageId"]
    settled(client, message_id)
    assert _pull(client, messageId=message_id) == [message_id]


def test_reports_of_a_bulk(client: Client) -> None:
    bulk, ids = _bulk_of(client, 3)
    other = deliver(client)
    assert sorted(_pull(client, bulkId=bulk)) == sorted(ids)
    assert _pull(client, bulkId=bulk) == []
    assert _pull(client, messageId=other) == [other]


def test_the_limit_leaves_the_rest_for_later(client: Client) -> None:
    bulk, ids = _bulk_of(client, 5)
    pulled = [_pull(client, bulkId=bulk, limit=2) for _ in range(4)]
    assert [len(one) for one in pulled] == [2, 2, 1, 0]
    assert sorted(one for pull in pulled for one in pull) == sorted(ids)


def test_bulk_and_message_together(client: Client) -> None:
    bulk, ids = _bulk_of(client, 2)
    assert _pull(client, bulkId=new_id("bulk"), messageId=ids[0]) == []
    assert _pull(client, bulkId=bulk, messageId=ids[0]) == [ids[0]]


@pytest.mark.parametrize("form", ["a&a", "a,b", "a[]&a[]"])
def test_several_messages_at_once(client: Client, form: str) -> None:
    wanted, name = [deliver(client), deliver(client)], "messageId[]" if "[]" in form else "messageId"
    assert sorted(_pull(client, **{name: ",".join(wanted) if "," in form else wanted})) == sorted(wanted)


def test_fifty_reports_unless_a_limit_is_given(own_demo: Demo) -> None:
    client = own_demo.client
    _bulk_of(client, 60)
    assert len(_pull(client)) == 50
    assert len(_pull(client, limit=1_001)) == 10
    assert _pull(client) == []


def test_an_undeliverable_message_reports_its_error(client: Client) -> None:
    message_id = deliver(client, to=magic(0, 1))
    result = client.get("/sms/1/reports", {"messageId": message_id}).json["results"][0]
    assert result["status"]["name"] == "UNDELIVERABLE_NOT_DELIVERED"
    assert (result["error"]["name"], result["error"]["permanent"]) == ("EC_UNKNOWN_SUBSCRIBER", True)


def test_a_pushed_report_is_not_pulled_as_well(client: Client) -> None:
    message_id = deliver(client, notifyUrl="http://127.0.0.1:9/none-listens")
    assert _pull(client, messageId=message_id) == []


def test_a_message_that_was_refused_owes_no_second_answer(client: Client) -> None:
    """What the answer of the send said is final; a report would say it again."""
    message_id = deliver(client, to="41x")
    assert _pull(client, messageId=message_id) == []


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "٣"])
def test_a_wrong_limit_is_named(client: Client, limit: str) -> None:
    code, kind, text = client.get("/sms/1/reports", {"limit": limit}).error
    assert (code, kind) == (400, "BAD_REQUEST")
    assert text.startswith("[limit : ")
    assert text.endswith("]")
