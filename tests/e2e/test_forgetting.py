"""What an account does not keep, and a number that is erased, is in no file of the running program."""

from __future__ import annotations

from pathlib import Path

from support.process import Served, command
from support.sms import advanced, deliver, settled
from support.waiting import until
from support.web import Client, basic

CANARIES = ("TextCanary0123456789", "41791230099", "SenderCanar", "CallbackCanary")
TABLES = """
[[connectors]]
type = "simulated"
name = "network"
delay = 0.01
[[routes]]
connector = "network"
[[prices]]
price = "0.01"
[[accounts]]
name = "brief"
users = { brief = "secret" }
credit = "1"
keep_hours = 0
[[accounts]]
name = "shop"
users = { shop = "secret" }
credit = "1"
"""


def found(data: Path) -> set[tuple[str, str]]:
    """Which canary is in which file."""
    contents = {path.name: path.read_bytes() for path in data.iterdir() if path.is_file()}
    return {(canary, name) for canary in CANARIES for name, octets in contents.items() if canary.encode() in octets}


def send(client: Client) -> None:
    text, to, sender, callback = CANARIES
    destination = {"to": to, "messageId": "canary"}
    message = {"from": sender, "text": text, "callbackData": callback, "destinations": [destination]}
    advanced(client, message)
    settled(client, "canary")


def test_an_account_that_keeps_nothing_and_a_number_that_is_erased(tmp_path: Path) -> None:
    """The program forgets at its start and once a minute; so it is started again."""
    first = Served(tmp_path, TABLES)
    data = Path(first.facts["data"])
    brief, shop = (Client(first.url, basic(name, "secret")) for name in ("brief", "shop"))
    deliver(shop, messageId="kept")
    send(brief)
    assert {canary for canary, _ in found(data)} == set(CANARIES)
    assert [one["messageId"] for one in brief.get("/sms/1/reports").json["results"]] == ["canary"]
    assert first.stop() == 0
    second = Served(tmp_path, TABLES)
    try:
        until(lambda: not found(data), "the canaries to be gone")
        brief, shop = (Client(second.url, basic(name, "secret")) for name in ("brief", "shop"))
        assert brief.get("/sms/1/logs").json["results"] == []
        assert brief.get("/account/1/balance").json["balance"] == 0.99
        send(shop)
        assert found(data) != set()
        erased = command("erase", CANARIES[1], "--data", data)
        assert erased.returncode == 0, erased.stderr
        until(lambda: not found(data), "the erased number to be gone")
        assert [line["messageId"] for line in shop.get("/sms/1/logs").json["results"]] == ["kept"]
    finally:
        assert second.stop() == 0
