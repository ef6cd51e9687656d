"""`deliveryTimeWindow`, `campaignId` and `operatorClientId` (`spec/wire.md` A1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from support.sms import number
from support.waiting import until
from support.web import Client

_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


def _closed() -> dict[str, Any]:
    """An hour that is not now."""
    hour = (datetime.now(UTC).hour + 12) % 24
    return {"days": list(_DAYS), "from": {"hour": hour, "minute": 0}, "to": {"hour": (hour + 1) % 24, "minute": 0}}


def _send(client: Client, **more: Any) -> Any:
    message = {"from": "InfoSMS", "destinations": [{"to": number()}], "text": "in time", **more}
    return client.post("/sms/1/text/advanced", {"messages": [message]})


def _log(client: Client, message_id: str) -> dict[str, Any]:
    (found,) = client.get("/sms/1/logs", {"messageId": message_id}).json["results"]
    return dict(found)


def test_outside_the_window_it_waits_with_status_1(client: Client) -> None:
    answer = _send(client, deliveryTimeWindow=_closed()).json["messages"][0]
    assert answer["status"] == {
        "groupId": 1,
        "groupName": "PENDING",
        "id": 1,
        "name": "PENDING_TIME_VIOLATION",
        "description": "Time window violation",
    }
    assert answer["smsCount"] == 1
    assert _log(client, answer["messageId"])["status"]["id"] == 1


@pytest.mark.parametrize("window", [{"days": list(_DAYS)}, {"days": []}, {}, None])
def test_inside_it_goes_out(client: Client, window: Any) -> None:
    answer = _send(client, deliveryTimeWindow=window).json["messages"][0]
    assert answer["status"]["id"] != 1
    until(lambda: _log(client, answer["messageId"])["status"]["id"] == 5, "delivery")


def test_scheduled_outside_the_window_it_is_scheduled(client: Client) -> None:
    later = f"{datetime.now(UTC).year + 1}-01-01T00:00:00.000Z"
    assert _send(client, deliveryTimeWindow=_closed(), sendAt=later).json["messages"][0]["status"]["id"] == 26


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ({"days": ["FUNDAY"]}, "messages[0].deliveryTimeWindow.days : 'FUNDAY' is not one of MONDAY"),
        ({"from": {"hour": 9, "minute": 0}}, "messages[0].deliveryTimeWindow : from and to go together."),
        ({"from": {"hour": 9}, "to": {"hour": 9, "minute": 30}}, "at least 60 minutes"),
        ({"from": {"hour": 24}, "to": {"hour": 9}}, "messages[0].deliveryTimeWindow.from.hour : '24' is not a number"),
        ({"from": {"hour": 1}, "to": {"hour": 9, "minute": "x"}}, "deliveryTimeWindow.to.minute : 'x' is not a number"),
    ],
)
def test_what_is_no_window_is_refused(client: Client, window: Any, words: str) -> None:
    answer = _send(client, deliveryTimeWindow=window)
    assert answer.status == 400
    assert words in answer.json["requestError"]["serviceException"]["text"] or words in str(answer.json)


@pytest.mark.parametrize("name", ["campaignId", "operatorClientId"])
def test_names_are_kept_and_bounded(client: Client, name: str) -> None:
    assert _send(client, **{name: "n" * 100}).status == 200
    assert _send(client, **{name: 4711}).status == 200
    answer = _send(client, **{name: "n" * 101})
    assert (answer.status, "limited to 100" in str(answer.json)) == (400, True)


def test_as_xml(client: Client) -> None:
    hour = (datetime.now(UTC).hour + 12) % 24
    body = (
        "<request><messages><message><from>InfoSMS</from><destinations><destination>"
        f"<to>{number()}</to></destination></destinations><text>x</text><deliveryTimeWindow>"
        f"<days>{''.join(f'<day>{day}</day>' for day in _DAYS)}</days>"
        f"<from><hour>{hour}</hour><minute>0</minute></from>"
        f"<to><hour>{(hour + 1) % 24}</hour><minute>30</minute></to></deliveryTimeWindow>"
        "<campaignId>c-1</campaignId></message></messages></request>"
    )
    answer = client.call("POST", "/sms/1/text/advanced", body.encode(), {"Content-Type": "application/xml"})
    assert answer.status == 200, answer.body
    assert b"PENDING_TIME_VIOLATION" in answer.body
