"""OMNI as its tests speak it: the document's own texts, a configuration, phones, messages and their steps."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from support.process import Served
from support.sms import new_id
from support.waiting import until
from support.web import Client

CODE = "233623e3c860b49ec69a464834343481-8bj4el4a-256d-23fd-56ad-b5bc3d568b53"
SECRET_CODE = "1" * 32 + "-00000000-0000-0000-0000-000000000001"
SCENARIO = f"""{{
 "name":"My PUSH-SMS scenario",
 "flow": [
 {{
 "from": "{CODE}",
 "channel": "PUSH"
 }},
 {{
 "from": "InfoSMS",
 "channel": "SMS"
 }} 
 ],
 "default": true
}}"""  # noqa: W291 - as the document prints it
MESSAGE = """{{ 
\t"scenarioKey":"{key}", 
 "destinations":[ 
 \t{{ 
 \t"to":{{
 "phoneNumber": "41793026727"
 }}
 }}
 ],
 "push": {{
 \t"text": "This PUSH message will pop up on your mobile device."
 }},
 "sms": {{
 \t"text": "This is the SMS failover message"
 }}
}}"""  # noqa: W291 - as the document prints it
TABLES = f"""
[[connectors]]
type = "simulated"
delay = 0.02
[[routes]]
connector = "simulated"
[[prices]]
price = "0.01"
[[prices]]
plan = "push"
price = "0.0104"
[[prices]]
plan = "push@own"
price = "0.5"
[[accounts]]
name = "docs"
users = {{ Aladdin = "open sesame" }}
credit = "100"
[[accounts]]
name = "own"
users = {{ own = "own" }}
credit = "0.3"
[[accounts]]
name = "slow"
users = {{ slow = "slow" }}
credit = "100"
rate = 2
[[applications]]
type = "simulated"
name = "app"
title = "Demo"
description = "for tests"
code = "{CODE}"
account = "docs"
delay = 0.02
[[applications]]
type = "simulated"
name = "of-own"
rate = 2
code = "{SECRET_CODE}"
account = "own"
binds_numbers = false
[[operators]]
name = "root"
token = "root-token"
"""


def phone(served: Served, token: str, msisdn: str | None, code: str = CODE) -> str:
    """A device that registers, and says whose phone it is."""
    app = Client(served.url, f"App {code}")
    query = urlencode({"platformType": "GCM", "registrationId": token})
    answer = app.call("POST", f"/mobile/2/registration?{query}")
    assert answer.status == 200, answer
    device = str(answer.json["deviceApplicationInstanceId"])
    if msisdn is not None:
        bound = app.call("POST", f"/mobile/1/msisdn?deviceApplicationInstanceId={device}&msisdn={msisdn}")
        assert (bound.status, bound.json) == (200, {"msisdn": msisdn.lstrip("+")})
    return device


def send(client: Client, key: str, to: str, **more: Any) -> str:
    """Its id."""
    mine = more.pop("messageId", new_id())
    body: dict[str, Any] = {"scenarioKey": key, "destinations": [{"to": {"phoneNumber": to}, "messageId": mine}]}
    body = {**body, "push": {"text": "pushed"}, "sms": {"text": "sent"}, **more}
    answer = client.post("/omni/1/advanced", body)
    assert answer.status == 200, answer
    assert answer.json["messages"][0]["messageId"] == mine
    return str(mine)


def reports(client: Client, message: str, count: int, path: str = "/omni/1/reports") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def enough() -> bool:
        found.extend(client.get(path, {"messageId": message}).json["results"])
        return len(found) >= count

    until(enough, f"{count} reports of {message}")
    assert client.get(path, {"messageId": message}).json == {"results": []}, "each once"
    return found


def ended(client: Client, message: str) -> list[tuple[str, str, int, int]]:
    """Its steps in the log, oldest first: channel, group, status."""
    found = client.get("/omni/1/logs", {"messageId": message}).json["results"]
    return [(one["channel"], one["status"]["name"], one["messageCount"], one["status"]["id"]) for one in found][::-1]


def settled(client: Client, message: str, steps: int) -> list[tuple[str, str, int, int]]:
    def over() -> bool:
        rows = ended(client, message)
        return len(rows) == steps and rows[-1][3] not in (3, 7, 26)

    until(over, f"{message} is over")
    return ended(client, message)
