"""Scheduled bulks: show, reschedule, pause, go on, cancel (`spec/wire.md` (b)4)."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.receiver import Receiver
from support.sms import number
from support.waiting import until
from support.web import JSON_HEADERS, Client


def _in(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def _scheduled(client: Client, seconds: float = 3_600, count: int = 1, **more: Any) -> str:
    message = {"from": "InfoSMS", "destinations": [{"to": number()} for _ in range(count)], "text": "x", **more}
    answer = client.post("/sms/1/text/advanced", {"messages": [{**message, "sendAt": _in(seconds)}]})
    assert {one["status"]["id"] for one in answer.json["messages"]} == {26}
    return str(answer.json["bulkId"])


def _put(client: Client, path: str, bulk: str, body: dict[str, Any]) -> tuple[int, Any]:
    answer = client.call("PUT", f"{path}?bulkId={bulk}", json.dumps(body).encode(), JSON_HEADERS)
    return answer.status, answer.json


def _status(client: Client, bulk: str) -> str:
    answer = client.get("/sms/1/bulks/status", {"bulkId": bulk})
    assert answer.json["bulkId"] == bulk
    return str(answer.json["status"])


def _balance(client: Client) -> float:
    return float(client.get("/account/1/balance").json["balance"])


def _log(client: Client, bulk: str) -> list[dict[str, Any]]:
    return list(client.get("/sms/1/logs", {"bulkId": bulk}).json["results"])


def test_a_bulk_is_shown_and_rescheduled(client: Client) -> None:
    bulk = _scheduled(client)
    shown = client.get("/sms/1/bulks", {"bulkId": bulk})
    assert (shown.status, list(shown.json)) == (200, ["bulkId", "sendAt"])
    at = _in(7_200)
    status, answer = _put(client, "/sms/1/bulks", bulk, {"sendAt": at})
    assert (status, answer["bulkId"]) == (200, bulk)
    assert datetime.strptime(answer["sendAt"], "%Y-%m-%dT%H:%M:%S.%f%z") == datetime.fromisoformat(at)
    assert client.get("/sms/1/bulks", {"bulkId": bulk}).json == answer
    assert _status(client, bulk) == "PENDING"


def test_rescheduled_to_now_it_goes_out(client: Client) -> None:
    bulk = _scheduled(client)
    assert _put(client, "/sms/1/bulks", bulk, {"sendAt": _in(-60)})[0] == 200
    until(lambda: _status(client, bulk) == "FINISHED", "the end of the bulk")
    assert [one["status"]["id"] for one in _log(client, bulk)] == [5]
    status, answer = _put(client, "/sms/1/bulks", bulk, {"sendAt": _in(60)})
    assert (status, answer["requestError"]["serviceException"]["messageId"]) == (400, "BAD_REQUEST")


def test_a_paused_bulk_waits_until_it_may_go_on(client: Client) -> None:
    bulk = _scheduled(client, seconds=0.6)
    assert _put(client, "/sms/1/bulks/status", bulk, {"status": "PAUSED"}) == (
        200,
        {"bulkId": bulk, "status": "PAUSED"},
    )
    time.sleep(1.5)  # longer than it takes to be sent
    assert (_status(client, bulk), [one["status"]["id"] for one in _log(client, bulk)]) == ("PAUSED", [26])
    assert _put(client, "/sms/1/bulks/status", bulk, {"status": "PENDING"})[0] == 200
    until(lambda: _status(client, bulk) == "FINISHED", "the end of the bulk")


def test_a_canceled_bulk_is_charged_back_and_reported(client: Client, receiver: Receiver) -> None:
    before = _balance(client)
    bulk = _scheduled(client, count=3, notifyUrl=receiver.url("/canceled"))
    assert _balance(client) == pytest.approx(before - 0.03)
    assert _put(client, "/sms/1/bulks/status", bulk, {"status": "CANCELED"})[1]["status"] == "CANCELED"
    assert _balance(client) == pytest.approx(before)
    assert {(one["status"]["name"], one["error"]["id"]) for one in _log(client, bulk)} == {("REJECTED_NOT_SENT", 4100)}
    assert {one["status"]["name"] for one in receiver.reports("/canceled", 3)} == {"REJECTED_NOT_SENT"}
    assert _put(client, "/sms/1/bulks/status", bulk, {"status": "PENDING"})[0] == 400


@pytest.mark.parametrize("status", ["PROCESSING", "FINISHED", "", "paused?"])
def test_other_states_cannot_be_set(client: Client, status: str) -> None:
    code, answer = _put(client, "/sms/1/bulks/status", _scheduled(client), {"status": status})
    assert (code, answer["requestError"]["serviceException"]["text"].startswith("[status : ")) == (400, True)


def test_what_is_not_there(client: Client) -> None:
    for path in ("/sms/1/bulks", "/sms/1/bulks/status"):
        answer = client.get(path, {"bulkId": "nobody's"})
        assert answer.error == (404, "NOT_FOUND", "Bulk not found")
        assert client.get(path).error[0] == 400
    assert _put(client, "/sms/1/bulks", _scheduled(client), {})[0] == 400
    assert _put(client, "/sms/1/bulks", _scheduled(client), {"sendAt": _in(200 * 86_400)})[0] == 400
