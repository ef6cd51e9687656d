"""What FCM and APNs are sent for the options of a message."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stentor.connectors.push import apns, fcm
from stentor.core.devices import Device, Notification

NOW = 1_750_000_000.0


def bodies(**options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """FCM's message and APNs' payload."""
    device = Device(1, "code", "GCM", "token", None, 0)
    note = Notification("an-id", device, "hello", options, int(NOW * 1_000) + 60_000)
    return json.loads(fcm._body(note, NOW))["message"], json.loads(apns._body(note))


def test_a_plain_message() -> None:
    to_fcm, to_apns = bodies()
    assert to_fcm == {
        "token": "token",
        "notification": {"body": "hello"},
        "data": {"messageId": "an-id"},
        "android": {"priority": "HIGH", "ttl": "60s", "notification": {"sound": "default"}},
    }
    assert to_apns == {"messageId": "an-id", "aps": {"alert": {"body": "hello"}, "sound": "default"}}


@pytest.mark.parametrize(
    "given",
    [
        {"title": "T", "soundEnabled": False, "badge": 3, "vibrationEnabled": True},
        {"title": "T", "soundEnabled": "false", "badge": "3", "vibrationEnabled": "true"},
    ],
    ids=["JSON", "XML"],
)
def test_notification_options(given: dict[str, Any]) -> None:
    to_fcm, to_apns = bodies(notificationOptions=given)
    assert to_fcm["notification"] == {"title": "T", "body": "hello"}
    assert to_fcm["android"]["notification"] == {"default_vibrate_timings": True, "notification_count": 3}
    assert to_apns["aps"] == {"alert": {"title": "T", "body": "hello"}, "badge": 3}


@pytest.mark.parametrize("badge", [None, True, "many", -1, 1.5, [], "\u00b2", 10**12])
def test_what_is_no_badge(badge: object) -> None:
    to_fcm, to_apns = bodies(notificationOptions={"badge": badge, "soundName": "bell"})
    assert to_fcm["android"]["notification"] == {"sound": "bell"}
    assert to_apns["aps"] == {"alert": {"body": "hello"}, "sound": "bell"}


def test_a_badge_that_is_taken_away() -> None:
    assert bodies(notificationOptions={"badge": 0})[1]["aps"]["badge"] == 0


def test_the_payload_of_the_application() -> None:
    to_fcm, to_apns = bodies(customPayload={"n": 1, "deep": {"a": [True, None]}, "messageId": "mine", "aps": {}})
    assert to_fcm["data"] == {"n": "1", "deep": '{"a":[true,null]}', "messageId": "an-id", "aps": "{}"}
    assert (to_apns["n"], to_apns["deep"], to_apns["messageId"]) == (1, {"a": [True, None]}, "an-id")
    assert to_apns["aps"]["alert"] == {"body": "hello"}
