"""What an operator changes holds for the next request, in the running program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.admin import TABLES, TOKEN, Admin
from support.cli import stentor
from support.process import Served, Stentor
from support.sms import advanced, new_id, number, settled
from support.waiting import until
from support.web import Client, basic

NETWORK, CREDITS, DESTINATION, SOURCE, SENDER = 6, 12, 14, 11, 13
NO_ROUTE = 19


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("effects"), TABLES)
    yield running
    assert running.stop() == 0
    assert "Traceback" not in running.stderr()


@pytest.fixture(scope="module")
def smsc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stentor]:
    with upstream(tmp_path_factory.mktemp("smsc")) as running:
        yield running


@contextmanager
def upstream(folder: Path, *options: str) -> Iterator[Stentor]:
    """A stand-alone SMSC in a process of its own."""
    running = Stentor(folder, "smsc", "--port", "0", "--json", "--delay", "0.01", *options)
    running.facts = json.loads(until(lambda: running.stdout().partition("\n")[0], "the SMSC"))
    yield running
    assert running.stop() == 0


@pytest.fixture
def admin(served: Served) -> Admin:
    return Admin(served.url, TOKEN)


@pytest.fixture
def shop(served: Served) -> Client:
    return Client(served.url, basic("shop", "secret"))


def status(client: Client, to: str | None = None, sender: str | None = "InfoSMS") -> int:
    """Of a message that is sent now."""
    message: dict[str, Any] = {"text": "x", "destinations": [{"to": to or number()}]}
    if sender is not None:
        message["from"] = sender
    return int(advanced(client, message)["messages"][0]["status"]["id"])


def balance(client: Client) -> float:
    return float(client.get("/account/1/balance").json["balance"])


def story(served: Served, message_id: str) -> dict[str, Any]:
    return dict(stentor("message", "show", message_id, "--data", served.data, "--json").json)


def sent(client: Client, count: int = 1) -> list[str]:
    """Ids of messages that were delivered."""
    ids = [new_id() for _ in range(count)]
    destinations = [{"to": number(), "messageId": one} for one in ids]
    advanced(client, {"from": "InfoSMS", "text": "x", "destinations": destinations})
    assert {line["status"]["id"] for line in settled(client, *ids)} == {5}
    return ids


def test_logins_and_keys_come_and_go(served: Served, admin: Admin) -> None:
    admin.make("accounts", name="fresh")
    user = Client(served.url, basic("fresh", "first"))
    assert user.get("/account/1/balance").status == 401
    admin.make("users", name="fresh", account="fresh", password="first")
    assert user.get("/account/1/balance").status == 200
    admin.patch("users", "fresh", password="second")
    assert user.get("/account/1/balance").status == 401
    assert Client(served.url, basic("fresh", "second")).get("/account/1/balance").status == 200
    key = admin.make("keys", account="fresh")
    app = Client(served.url, f"App {key['key']}")
    assert app.get("/account/1/balance").status == 200
    admin.patch("accounts", "fresh", enabled=False)
    assert app.get("/account/1/balance").status == 401
    admin.patch("accounts", "fresh", enabled=True)
    assert app.get("/account/1/balance").status == 200
    admin.remove("keys", key["id"])
    assert app.get("/account/1/balance").status == 401
    admin.remove("users", "fresh")
    assert Client(served.url, basic("fresh", "second")).get("/account/1/balance").status == 401
    admin.remove("accounts", "fresh")


def test_an_operator_who_is_removed_is_refused(served: Served, admin: Admin) -> None:
    other = Admin(served.url, admin.make("operators", name="other")["token"])
    assert other.keys("operators") == {"root", "other"}
    admin.remove("operators", "other")
    assert other.refused("GET", "operators") == (401, "Invalid login details")


def test_a_price_is_charged_as_it_is_now(admin: Admin, shop: Client) -> None:
    before = balance(shop)
    assert status(shop) == 0
    admin.put("prices", "standard", "CH", price=0.25)
    assert status(shop) == 0
    admin.put("prices", "@shop", "22801", price=1.5)
    assert status(shop, "41793026727") == 0
    admin.remove("prices", "@shop", "22801")
    admin.remove("prices", "standard", "CH")
    assert status(shop, "41793026727") == 0
    assert round(before - balance(shop), 6) == 0.01 + 0.25 + 1.5 + 0.01
    admin.remove("prices", "standard", "*")
    assert status(shop) == NETWORK
    admin.put("prices", "standard", "*", price=0.01)


def test_another_plan(admin: Admin, shop: Client) -> None:
    admin.put("prices", "gold", "*", price=0)
    admin.patch("accounts", "shop", plan="gold")
    before = balance(shop)
    assert status(shop) == 0
    assert balance(shop) == before
    admin.patch("accounts", "shop", plan="standard")
    admin.remove("prices", "gold", "*")


def test_credit_is_there_at_once(served: Served, admin: Admin) -> None:
    admin.make("accounts", name="poor")
    poor = Client(served.url, f"App {admin.make('keys', account='poor')['key']}")
    assert status(poor) == CREDITS
    admin.post("accounts", "poor", "credit", body={"amount": 0.01})
    assert [status(poor), status(poor)] == [0, CREDITS]
    admin.remove("accounts", "poor")


def test_rate(admin: Admin, shop: Client) -> None:
    body = {"from": "InfoSMS", "to": [number() for _ in range(9)], "text": "x"}
    admin.patch("accounts", "shop", rate=1)
    assert shop.post("/sms/1/text/single", body).status == 200
    assert shop.post("/sms/1/text/single", body).status == 429
    admin.patch("accounts", "shop", rate=None)
    assert shop.post("/sms/1/text/single", body).status == 200


def test_countries(admin: Admin, shop: Client) -> None:
    admin.patch("accounts", "shop", countries=["HR", "DE"])
    assert status(shop) == NETWORK
    admin.patch("accounts", "shop", countries=["CH"])
    assert status(shop) == 0
    admin.patch("accounts", "shop", countries=None)


def test_addresses(admin: Admin, shop: Client) -> None:
    admin.patch("accounts", "shop", addresses=["192.0.2.0/24"])
    assert shop.get("/account/1/balance").status == 401
    admin.patch("accounts", "shop", addresses=["127.0.0.0/8"])
    assert shop.get("/account/1/balance").status == 200
    admin.patch("accounts", "shop", addresses=None)


def test_black_lists(admin: Admin, shop: Client) -> None:
    mine, everyones = number(), number()
    admin.make("blocked", number=mine, account="shop")
    admin.make("blocked", number=everyones)
    admin.make("accounts", name="other")
    assert [status(shop, to) for to in (mine, everyones, number())] == [DESTINATION, DESTINATION, 0]
    admin.patch("blocked", "*", everyones, account="*")
    admin.remove("blocked", "shop", mine)
    admin.remove("blocked", "*", everyones)
    assert [status(shop, mine), status(shop, everyones)] == [0, 0]
    admin.make("blocked", number=mine, account="other")
    assert status(shop, mine) == 0
    admin.remove("accounts", "other")


def test_senders(admin: Admin, shop: Client) -> None:
    admin.patch("accounts", "shop", senders=["Acme"], blocked_senders=["Spam"])
    assert [status(shop, sender=one) for one in ("Acme", "InfoSMS", "Spam", None)] == [0, SOURCE, SENDER, SOURCE]
    admin.patch("accounts", "shop", senders=None, default_sender="Acme")
    assert [status(shop, sender=one) for one in ("InfoSMS", "Spam", None)] == [0, SENDER, 0]
    admin.patch("accounts", "shop", blocked_senders=[], default_sender=None, accepted_status=7)
    assert status(shop) == 7
    admin.patch("accounts", "shop", accepted_status=0)


def test_rules_decide_as_they_are_now(served: Served, admin: Admin, shop: Client) -> None:
    admin.make("connectors", type="simulated", name="other", delay=0.01)
    (first,) = sent(shop)
    admin.make("rules", name="swiss", order=1, country="CH", targets=[{"connector": "other"}])
    (second,) = sent(shop)
    admin.patch("rules", "swiss", order=2000)
    (third,) = sent(shop)
    told = [story(served, one) for one in (first, second, third)]
    assert [(one["rule"], one["connector"]) for one in told] == [
        ("all", "network"),
        ("swiss", "other"),
        ("all", "network"),
    ]
    admin.remove("rules", "swiss")
    admin.remove("rules", "all")
    assert status(shop) == NO_ROUTE
    admin.post("revisions", str(admin.newest()["number"]), "undo")
    assert status(shop) == 0
    admin.remove("connectors", "other")


def test_shares_of_a_rule(served: Served, admin: Admin, shop: Client) -> None:
    for name in ("a", "b", "spare"):
        admin.make("connectors", type="simulated", name=name, delay=0.01)
    targets = [{"connector": "a", "weight": 3}, {"connector": "b", "weight": 1}, {"connector": "spare", "weight": 0}]
    admin.make("rules", name="shared", order=1, targets=targets)
    carried = [story(served, one)["connector"] for one in sent(shop, 8)]
    assert {name: carried.count(name) for name in ("a", "b", "spare")} == {"a": 6, "b": 2, "spare": 0}
    admin.remove("rules", "shared")
    for name in ("a", "b", "spare"):
        admin.remove("connectors", name)


def bound(admin: Admin, name: str) -> bool:
    return any(one["bound"] for one in admin.get("status")["connectors"] if one["name"] == name)


def test_a_connector_is_started_bound_used_replaced_and_removed(
    served: Served, admin: Admin, shop: Client, tmp_path: Path
) -> None:
    """Nothing is lost and nothing sent twice while messages are on their way through it."""
    with upstream(tmp_path, "--round-trip", "0.3") as slow:
        options = {"host": "127.0.0.1", "port": slow.facts["port"], "reconnect_max": 0.2}
        admin.make("connectors", type="smsc", name="slow", window=20, slow_after=5.0, **options)
        until(lambda: bound(admin, "slow"), "the link")
        admin.make("rules", name="slow", order=1, targets=[{"connector": "slow"}])
        ids = [new_id() for _ in range(60)]
        destinations = [{"to": number(), "messageId": one} for one in ids]
        advanced(shop, {"from": "InfoSMS", "text": "x", "destinations": destinations})
        until(lambda: admin.get("status")["connectors"][-1]["in_window"] == 20, "a full window")
        assert admin.patch("connectors", "slow", window=50)["window"] == 50
        settled(shop, *ids)
        assert {story(served, one)["connector"] for one in ids[:3]} == {"slow"}
        until(lambda: bound(admin, "slow"), "the new link")
        (again,) = sent(shop)
        assert story(served, again)["connector"] == "slow"
        admin.remove("rules", "slow")
        admin.remove("connectors", "slow")
        assert {one["name"] for one in admin.get("status")["connectors"]} == {"network"}
        sent(shop)
    assert "taken 61 submit_sm" in slow.stderr()


def test_what_waits_for_a_connector_that_is_removed_waits_for_its_name(
    served: Served, admin: Admin, shop: Client, smsc: Stentor
) -> None:
    dead = {"host": "127.0.0.1", "port": 1, "reconnect_max": 0.2}
    admin.make("connectors", type="smsc", name="lost", **dead)
    admin.make("rules", name="lost", order=1, targets=[{"connector": "lost"}])
    waiting = new_id()
    advanced(shop, {"from": "InfoSMS", "text": "x", "destinations": [{"to": number(), "messageId": waiting}]})
    admin.remove("rules", "lost")
    admin.remove("connectors", "lost")
    until(lambda: admin.get("status")["waiting"].get("lost"), "a message without a connector")
    (finding,) = [one for one in admin.get("status")["findings"] if one["subject"] == "connector lost"]
    assert finding["level"] == "trouble"
    assert finding["said"].startswith("1 waiting for it, and it is not defined any more")
    admin.make("connectors", type="smsc", name="lost", host="127.0.0.1", port=smsc.facts["port"])
    assert settled(shop, waiting)[0]["status"]["id"] == 5
    admin.remove("connectors", "lost")


def test_a_connector_that_was_wrong_works_once_it_is_set_right(
    served: Served, admin: Admin, shop: Client, smsc: Stentor, tmp_path: Path
) -> None:
    none = tmp_path / "none.pem"
    fields = {"host": "127.0.0.1", "port": smsc.facts["port"], "reconnect_max": 0.2}
    admin.make("connectors", type="smsc", name="secure", tls=True, tls_ca=str(none), **fields)
    states = until(lambda: [one for one in admin.get("status")["connectors"] if one["last_error"]], "the error")
    assert states[0]["last_error"] == f"cannot connect: tls_ca {none}: No such file or directory"
    admin.patch("connectors", "secure", tls=False, tls_ca=None)
    until(lambda: bound(admin, "secure"), "the link")
    admin.make("rules", name="secure", order=1, targets=[{"connector": "secure"}])
    (one,) = sent(shop)
    assert story(served, one)["connector"] == "secure"
    admin.remove("rules", "secure")
    admin.remove("connectors", "secure")


def test_a_link_to_another_platform_says_what_is_wrong_with_its_authority(admin: Admin, tmp_path: Path) -> None:
    none = tmp_path / "none.pem"
    far = {"url": "https://127.0.0.1:1", "user": "us", "password": "secret"}
    admin.make("connectors", type="http", name="far", tls_ca=str(none), **far)
    states = until(lambda: [one for one in admin.get("status")["connectors"] if one["last_error"]], "the error")
    assert states[0]["last_error"] == f"cannot connect: tls_ca {none}: No such file or directory"
    admin.remove("connectors", "far")


def test_an_account_that_is_removed_while_its_messages_are_under_way(served: Served, admin: Admin) -> None:
    admin.make("connectors", type="simulated", name="late", delay=0.5)
    admin.make("accounts", name="leaving")
    admin.make("rules", name="late", order=1, account="leaving", targets=[{"connector": "late"}])
    admin.post("accounts", "leaving", "credit", body={"amount": 1})
    client = Client(served.url, f"App {admin.make('keys', account='leaving')['key']}")
    one = new_id()
    advanced(client, {"from": "InfoSMS", "text": "x", "destinations": [{"to": number(), "messageId": one}]})
    admin.remove("rules", "late")
    admin.remove("accounts", "leaving")
    until(lambda: story(served, one)["status"]["name"] == "DELIVERED_TO_HANDSET" or None, "the delivery")
    assert client.get("/sms/1/reports").status == 401
    removed = next(line for line in admin.all("revisions") if line["action"] == "account leaving removed")
    admin.post("revisions", str(removed["number"]), "undo")
    assert [report["messageId"] for report in client.get("/sms/1/reports").json["results"]] == [one]
    admin.remove("accounts", "leaving")
    admin.remove("connectors", "late")
