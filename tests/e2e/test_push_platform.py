"""The program with a real push application: FCM and APNs clients over HTTP/2, against the local services."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from support.process import Served
from support.push_services import KEY_ID, TEAM, TOPIC, local_apns, local_fcm
from support.sms import new_id, number
from support.waiting import until
from support.web import Client, basic

CODE = "1" * 32 + "-00000000-0000-0000-0000-000000000001"
TABLES = """
[[connectors]]
type = "simulated"
delay = 0.02
[[routes]]
connector = "simulated"
[[prices]]
price = "0.01"
[[accounts]]
name = "shop"
users = {{ shop = "shop" }}
credit = "100"
[[applications]]
type = "push"
name = "app"
code = "{code}"
account = "shop"
fcm_account = {account}
fcm_url = "{fcm}"
apns_key = {key}
apns_key_id = "{key_id}"
apns_team = "{team}"
apns_topic = "{topic}"
apns_url = "{apns}"
ca_file = "{ca}"
"""


def _device(served: Served, platform: str, token: str, to: str) -> str:
    app = Client(served.url, f"App {CODE}")
    query = urlencode({"platformType": platform, "registrationId": token})
    device = str(app.call("POST", f"/mobile/2/registration?{query}").json["deviceApplicationInstanceId"])
    bind = urlencode({"deviceApplicationInstanceId": device, "msisdn": to})
    assert app.call("POST", f"/mobile/1/msisdn?{bind}").status == 200
    return device


def _steps(shop: Client, message: str) -> list[tuple[str, int]]:
    rows = shop.get("/omni/1/logs", {"messageId": message}).json["results"]
    return [(row["channel"], row["status"]["id"]) for row in rows][::-1]


def _send(shop: Client, to: str) -> str:
    message = new_id()
    body = {"destinations": [{"to": {"phoneNumber": to}, "messageId": message}], "text": "Hello"}
    assert shop.post("/omni/1/text", body).status == 200
    return message


def _story(served: Served, fcm_taken: Any, apns_taken: Any) -> None:
    shop = Client(served.url, basic("shop", "shop"))
    flow = [{"from": CODE, "channel": "PUSH"}, {"from": "InfoSMS", "channel": "SMS"}]
    assert shop.post("/omni/1/scenarios", {"name": "x", "flow": flow, "default": True}).status == 200
    both, gone = number(), number()
    _device(served, "GCM", "good-token", both)
    _device(served, "APNS", "a" * 64, both)
    _device(served, "GCM", "unregistered-token", gone)
    arriving, failing = _send(shop, both), _send(shop, gone)
    until(lambda: _steps(shop, failing) == [("PUSH", 9), ("SMS", 5)], "the SMS takes over")
    until(lambda: _steps(shop, arriving) == [("PUSH", 3)], "the push services took it")
    until(lambda: fcm_taken and apns_taken, "both devices got it")
    (pushed,) = fcm_taken
    assert [*apns_taken] == [pushed], "the same id for both devices"
    app = Client(served.url, f"App {CODE}")
    assert app.call("POST", f"/mobile/1/deliveryreports?messageIDs={pushed}").status == 200
    assert _steps(shop, arriving) == [("PUSH", 5)]
    assert shop.get(f"/push/1/applications/{CODE}").json["registrationsCount"] == 2, "the one that is gone is forgotten"
    for kept in served.data.rglob("*"):
        assert not kept.is_file() or b"PRIVATE KEY" not in kept.read_bytes(), "keys are sealed"
    assert "PRIVATE KEY" not in served.stderr()


async def test_push_with_failover(tmp_path: Path) -> None:
    (tmp_path / "fcm").mkdir()
    async with local_fcm(tmp_path / "fcm") as (fcm, fcm_options, _), local_apns(tmp_path) as (apns, apns_options, __):
        ca = tmp_path / "both.pem"
        ca.write_text((tmp_path / "fcm/cert.pem").read_text() + (tmp_path / "cert.pem").read_text())
        tables = TABLES.format(
            code=CODE,
            account=json.dumps(fcm_options.account),
            fcm=fcm.url,
            key=json.dumps(apns_options.key),
            key_id=KEY_ID,
            team=TEAM,
            topic=TOPIC,
            apns=apns_options.url,
            ca=ca,
        )
        served = await asyncio.to_thread(Served, tmp_path / "served", tables)
        try:
            await asyncio.to_thread(_story, served, fcm.taken, apns.taken)
        finally:
            await asyncio.to_thread(served.stop)
