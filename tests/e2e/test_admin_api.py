"""/admin/1: every kind of definition made, listed, shown, replaced, changed and removed; refusals name the value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from support.admin import TABLES, TOKEN, Admin
from support.process import Served
from support.sms import number
from support.web import Client, basic


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("admin"), TABLES)
    yield running
    assert running.stop() == 0
    assert "request failed" not in running.stderr()


@pytest.fixture
def admin(served: Served) -> Admin:
    return Admin(served.url, TOKEN)


class Resource(msgspec.Struct):
    """`body` is answered with `made`, and what else there is; each of `changes` is given to PATCH and answered so."""

    path: str
    key: tuple[str, ...]
    body: dict[str, Any]
    made: dict[str, Any]
    changes: dict[str, Any]
    kind: str = ""

    @property
    def named(self) -> dict[str, Any]:
        """The body without what the path says."""
        return {name: value for name, value in self.body.items() if value not in self.key}


ACCOUNT: dict[str, Any] = {
    "currency": "EUR", "plan": "standard", "senders": None, "blocked_senders": [], "default_sender": None,
    "countries": None, "addresses": None, "rate": None, "accepted_status": 0, "keep_hours": 48, "enabled": True,
    "balance": 0,
}  # fmt: skip
SMSC = {
    "host": "127.0.0.1", "port": 1, "system_id": "us", "password": "<kept>", "system_type": "", "bind": "transceiver",
    "sessions": 1, "window": 50, "rate": None, "tls": False, "tls_ca": None, "tls_verify": True, "enquire_link": 30.0,
    "response_timer": 30.0, "reconnect_max": 60.0, "throttle_pause": 1.0, "slow_after": 0.7, "long_messages": "udh",
    "reference_bits": 8, "packed": False, "id_form": "as_is", "on_uncertain": "resend", "service_type": "",
    "register_intermediate": True,
}  # fmt: skip
RULE = {"account": None, "country": None, "mcc_mnc": None, "prefix": None, "sender": None}
RESOURCES = [
    Resource(
        "accounts", ("acme",), {"name": "acme"}, {"name": "acme", **ACCOUNT},
        {"currency": "CHF", "plan": "gold", "senders": ["A", "B"], "blocked_senders": ["C"], "default_sender": "A",
         "countries": ["CH"], "addresses": ["192.0.2.0/24"], "rate": 2.5, "accepted_status": 7, "keep_hours": 0,
         "enabled": False},
        "account",
    ),
    Resource("users", ("u/1",), {"name": "u/1", "account": "shop", "password": "geheim"},
             {"name": "u/1", "account": "shop"}, {"account": "shop"}, "user"),
    Resource("operators", ("alice",), {"name": "alice"}, {"name": "alice"}, {}, "operator"),
    Resource("prices", ("gold", "*"), {"list": "gold", "where": "*", "price": 0.0125},
             {"list": "gold", "where": "*", "price": 0.0125}, {"price": 0.000001}, "price"),
    Resource(
        "rules", ("r1",), {"name": "r1", "order": 5000, "targets": [{"connector": "network"}]},
        {"name": "r1", "order": 5000, "targets": [{"connector": "network", "weight": 1}], **RULE},
        {"order": 5001, "targets": [{"connector": "network", "weight": 0}], "account": "shop", "country": "CH",
         "mcc_mnc": "22801", "prefix": "4179", "sender": "Info"},
        "rule",
    ),
    Resource(
        "connectors", ("up",),
        {"type": "smsc", "name": "up", "host": "127.0.0.1", "port": 1, "system_id": "us", "password": "pw"},
        {"type": "smsc", "name": "up", **SMSC},
        {"host": "localhost", "port": 2, "system_id": "them", "password": "<kept>", "system_type": "t",
         "bind": "separate", "sessions": 2, "window": 1, "rate": 5.0, "tls": True, "tls_ca": "/none.pem",
         "tls_verify": False, "enquire_link": 1.5, "response_timer": 2.5, "reconnect_max": 0.5, "throttle_pause": 0.5,
         "slow_after": 0.9, "long_messages": "sar", "reference_bits": 16, "packed": True, "id_form": "hex_to_dec",
         "on_uncertain": "park", "service_type": "x", "register_intermediate": False},
        "connector",
    ),
    Resource("connectors", ("sim",), {"type": "simulated", "name": "sim"},
             {"type": "simulated", "name": "sim", "delay": 0.1, "window": 100, "rate": None},
             {"delay": 0.2, "window": 5, "rate": 1.5}, "connector"),
    Resource("blocked", ("shop", "41790000009"), {"number": "+41790000009", "account": "shop"},
             {"number": "41790000009", "account": "shop"}, {"account": "shop"}, "blocked"),
]  # fmt: skip
NAMES = [f"{one.path} {one.key[0]}" for one in RESOURCES]
each = pytest.mark.parametrize("resource", RESOURCES, ids=NAMES)


def plain(shown: dict[str, Any]) -> dict[str, Any]:
    """Without what is given anew each time."""
    return {name: value for name, value in shown.items() if name not in ("id", "token")}


@each
def test_the_life_of_a_definition(admin: Admin, resource: Resource) -> None:
    path, key = resource.path, resource.key
    made = plain(admin.make(path, **resource.body))
    try:
        assert made.items() >= resource.made.items()
        assert plain(admin.get(path, *key)) == made
        assert made in map(plain, admin.all(path))
        assert admin.refused("POST", path, body=resource.body)[0] == 409
        for name, value in resource.changes.items():
            shown = plain(admin.patch(path, *key, **{name: value}))
            assert shown == plain(admin.get(path, *key))
            assert shown[name] == value
        changed = {**made, **resource.changes}
        assert plain(admin.get(path, *key)) == changed
        for name in changed.keys() - {"type", "balance"}:
            assert plain(admin.patch(path, *key, **{name: changed[name]})) == changed
        assert plain(admin.put(path, *key, **resource.named)) == made
        assert admin.newest()["action"].startswith(resource.kind)
    finally:
        admin.remove(path, *key)
    assert admin.refused("GET", path, *key)[0] == 404
    assert admin.refused("DELETE", path, *key)[0] == 404
    assert admin.refused("PATCH", path, *key, body={})[0] == 404
    assert made not in map(plain, admin.all(path))


@each
def test_put_makes_what_is_not_there(admin: Admin, resource: Resource) -> None:
    assert admin.put(resource.path, *resource.key, **resource.named).items() >= resource.made.items()
    admin.remove(resource.path, *resource.key)


@each
def test_unknown_fields_are_refused(admin: Admin, resource: Resource) -> None:
    body = {**resource.body, "colour": "red"}
    expected = (400, "[body : Object contains unknown field `colour`]")
    assert admin.refused("POST", resource.path, body=body) == expected
    admin.make(resource.path, **resource.body)
    try:
        assert admin.refused("PATCH", resource.path, *resource.key, body={"colour": "red"}) == expected
    finally:
        admin.remove(resource.path, *resource.key)


@each
def test_a_name_cannot_be_changed(admin: Admin, resource: Resource) -> None:
    field = "number" if resource.path == "blocked" else "list" if resource.path == "prices" else "name"
    other = "41790000010" if field == "number" else "other"
    admin.make(resource.path, **resource.body)
    try:
        status, text = admin.refused("PATCH", resource.path, *resource.key, body={field: other})
        assert (status, text.endswith("a name cannot be changed: make another.]")) == (400, True)
        assert admin.get(resource.path, *resource.key).items() >= resource.made.items()
    finally:
        admin.remove(resource.path, *resource.key)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("accounts", {}, "[body : Object missing required field `name`]"),
    ("accounts", {"name": ""}, "[name : Expected `str` of length >= 1]"),
    ("accounts", {"name": "a/b"}, "[name : 'a/b' is not a name"),
    ("accounts", {"name": "n", "rate": 0}, "[rate : Expected `float` > 0.0]"),
    ("accounts", {"name": "n", "rate": "fast"}, "[rate : Expected `float | null`, got `str`]"),
    ("accounts", {"name": "n", "countries": ["Suisse"]}, "[countries : 'Suisse' is not an ISO country code"),
    ("accounts", {"name": "n", "countries": ["UK"]}, "[countries : 'UK' is not an ISO country code: the United King"),
    ("accounts", {"name": "n", "addresses": ["10.0.0.1/8"]}, "[addresses : 10.0.0.1/8 has host bits set.]"),
    ("accounts", {"name": "n", "accepted_status": 5}, "[accepted_status : Invalid enum value 5]"),
    ("accounts", {"name": "n", "id": 5}, "[body : Object contains unknown field `id`]"),
    ("users", {"name": "n", "account": "nobody", "password": "p"}, "[account : no account is called 'nobody'.]"),
    ("users", {"name": "a:b", "account": "shop", "password": "p"}, "[name : 'a:b' is not a login"),
    ("users", {"name": "n", "account": "shop", "password": ""}, "[password : Expected `str` of length >= 1]"),
    ("users", {"name": "n", "account": "shop", "password": "<kept>"}, "[password : there is none yet.]"),
    ("keys", {"account": "nobody"}, "[account : no account is called 'nobody'.]"),
    ("operators", {"name": "*"}, "[name : '*' is not a name"),
    ("prices", {"list": "l", "where": "Suisse", "price": 1}, "[where : 'Suisse' is not an MCC/MNC such as 22801"),
    ("prices", {"list": "@nobody", "where": "*", "price": 1}, "[account : no account is called 'nobody'.]"),
    ("prices", {"list": "l", "where": "*", "price": -0.01}, "[price : -0.01 is below 0.]"),
    ("prices", {"list": "l", "where": "*", "price": 0.0000001}, "[price : '1E-7' has more than 6 decimals.]"),
    ("prices", {"list": "l", "where": "*", "price": 1e30}, "[price : '1E+30' is not finite, or more than"),
    ("prices", {"list": "l", "where": "*", "price": "NaN"}, "[price : 'NaN' is not finite"),
    ("prices", {"list": "l", "where": "*", "price": "free"}, "[price : Invalid decimal string]"),
    ("rules", {"name": "n", "order": 1, "targets": []}, "[targets : Expected `array` of length >= 1]"),
    ("rules", {"name": "n", "order": 1, "targets": [{"connector": "x"}]}, "[targets : no connector is called 'x'"),
    ("rules", {"name": "n", "order": 1, "targets": [{"connector": "network", "wieght": 3}]},
     "[targets[0] : Object contains unknown field `wieght`]"),
    ("rules", {"name": "n", "order": 1, "targets": [{"connector": "network"}, {"connector": "network"}]},
     "[targets : a connector is named twice.]"),
    ("rules", {"name": "n", "order": 1, "targets": [{"connector": "network"}], "account": "nobody"},
     "[account : no account is called 'nobody'.]"),
    ("rules", {"name": "n", "order": 1, "targets": [{"connector": "network"}], "prefix": "+41"}, "[prefix : '+41'"),
    ("connectors", {"name": "n", "host": "h"}, "[body : Object missing required field `type`]"),
    ("connectors", {"type": "smpp", "name": "n"}, "[type : Invalid value 'smpp']"),
    ("connectors", {"type": "smsc", "name": "n"}, "[body : Object missing required field `host`]"),
    ("connectors", {"type": "smsc", "name": "n", "host": "h", "port": 70_000}, "[port : Expected `int` <= 65535]"),
    ("connectors", {"type": "smsc", "name": "n", "host": "h", "password": "<kept>"}, "[password : there is none yet.]"),
    ("connectors", {"type": "simulated", "name": "@n"}, "[name : '@n' is not a name"),
    ("blocked", {"number": "0790000000"}, "[number : '0790000000' is not an international number: prefix.]"),
    ("blocked", {"number": "41790000000", "account": "nobody"}, "[account : no account is called 'nobody'.]"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "text"), REFUSED, ids=[text[:50] for _, _, text in REFUSED])
def test_a_refusal_names_the_value(admin: Admin, path: str, body: dict[str, Any], text: str) -> None:
    before = admin.newest()
    status, told = admin.refused("POST", path, body=body)
    assert (status, told[: len(text)]) == (400, text)
    assert admin.newest() == before


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "[body : The request body is empty]"),
        (b"{", "[body : The request body is not valid JSON: Input data was truncated]"),
        (b"[1]", "[body : Expected `object`, got `array`]"),
        (b'{"name":"\xff"}', "[body : The request body is not valid JSON: "),
    ],
)
def test_bodies_that_are_none(admin: Admin, body: bytes, text: str) -> None:
    for method, path in (("POST", ("accounts",)), ("PATCH", ("accounts", "shop"))):
        status, told = admin.refused(method, *path, body=body)
        assert (status, told[: len(text)]) == (400, text)


def test_what_is_in_use_stays(admin: Admin) -> None:
    assert admin.refused("DELETE", "connectors", "network") == (409, "connector network is still in use by rule all")
    admin.make("rules", name="own", order=1, targets=[{"connector": "network"}], account="shop", sender="Nobody")
    try:
        assert admin.refused("DELETE", "accounts", "shop") == (409, "account shop is still in use by rule own")
    finally:
        admin.remove("rules", "own")


def test_pages_and_filters(admin: Admin) -> None:
    for place in ("22801", "22802", "22803", "CH", "*"):
        admin.put("prices", "paged", place, price=1)
    admin.put("prices", "other", "CH", price=1)
    keys, after = [], ""
    while True:
        page = admin.get("prices", list="paged", limit=2, **({"after": after} if after else {}))
        keys += [one["where"] for one in page["results"]]
        after = page.get("next", "")
        if not after:
            break
    assert keys == ["*", "22801", "22802", "22803", "CH"]
    both = admin.all("prices", where="CH")
    assert [one["list"] for one in both] == ["other", "paged"]
    assert admin.all("prices", list="paged", where="DE") == []
    assert len(admin.all("prices", limit=1)) == 1
    assert "next" not in admin.get("prices", list="other")
    for limit in ("0", "1001", "-1", "x", "1e2"):
        status, text = admin.refused("GET", "prices", limit=limit)
        assert (status, text) == (400, f"[limit : {limit!r} is not a whole number from 1 to 1000.]")


def test_filters_of_accounts_and_rules(admin: Admin) -> None:
    admin.make("accounts", name="off", enabled=False, plan="gold")
    admin.make("rules", name="swiss", order=3000, targets=[{"connector": "network"}], country="CH", account="shop")
    try:
        assert [one["name"] for one in admin.all("accounts", enabled=False)] == ["off"]
        assert [one["name"] for one in admin.all("accounts", plan="gold")] == ["off"]
        assert [one["name"] for one in admin.all("rules", country="CH")] == ["swiss"]
        assert [one["name"] for one in admin.all("rules", account="shop")] == ["swiss"]
        assert [one["name"] for one in admin.all("users", account="shop")] == ["shop"]
    finally:
        admin.remove("rules", "swiss")
        admin.remove("accounts", "off")


def test_keys_and_tokens_are_shown_once(admin: Admin, served: Served) -> None:
    made = admin.make("keys", account="shop", name="web")
    assert re.fullmatch("[0-9a-f]{48}", made["key"])
    assert Client(served.url, f"App {made['key']}").get("/account/1/balance").status == 200
    shown = {"id": made["id"], "account": "shop", "name": "web"}
    assert admin.get("keys", made["id"]) == shown
    assert shown in admin.all("keys", account="shop")
    assert admin.patch("keys", made["id"], name="app") == {**shown, "name": "app"}
    assert admin.put("keys", made["id"], account="shop", name="web") == shown
    assert Client(served.url, f"App {made['key']}").get("/account/1/balance").status == 200
    admin.remove("keys", made["id"])
    operator = admin.make("operators", name="bob")
    assert Admin(served.url, operator["token"]).get("operators", "bob") == {"name": "bob"}
    assert admin.put("operators", "bob") == {"name": "bob"}
    assert Admin(served.url, operator["token"]).get("operators", "bob") == {"name": "bob"}
    admin.remove("operators", "bob")
    put = admin.put("operators", "carol")
    assert Admin(served.url, put["token"]).keys("operators") == {"carol", "root"}
    admin.remove("operators", "carol")
    assert admin.refused("PUT", "keys", "abc", body={"account": "shop"}) == (400, "[id : the path names another.]")


def test_secrets_are_never_shown_and_kept_when_written_back(admin: Admin) -> None:
    link = {"type": "smsc", "host": "127.0.0.1", "port": 1, "password": "canary-pw"}
    admin.make("connectors", name="sealed", **link)
    admin.patch("connectors", "sealed", window=7)
    shown = admin.get("connectors", "sealed")
    assert shown["password"] == "<kept>"
    body = {name: value for name, value in shown.items() if name != "name"}
    assert admin.put("connectors", "sealed", **body) == shown
    before = admin.newest()
    secrets = admin.text("config", secrets=True)
    assert 'password = "canary-pw"' in secrets
    assert admin.newest() == before
    assert admin.patch("connectors", "sealed", password="")["password"] == ""
    assert admin.refused("PATCH", "connectors", "sealed", body={"password": "<kept>"})[0] == 400
    admin.remove("connectors", "sealed")
    answers = [admin.text("config"), admin.text("connectors")]
    answers += [admin.text("revisions", str(one["number"])) for one in admin.all("revisions", kind="connector")]
    assert not [answer for answer in answers if "canary" in answer]
    assert any("<kept>" in answer for answer in answers)
    users = [admin.text("revisions", str(one["number"])) for one in admin.all("revisions", kind="user")]
    assert not [answer for answer in users if "argon2" in answer or "digest" in answer]


def test_credit_and_ledger(admin: Admin, served: Served) -> None:
    admin.make("accounts", name="payer", currency="CHF")
    login = admin.make("keys", account="payer")["key"]
    assert admin.post("accounts", "payer", "credit", body={"amount": 0.025, "note": "invoice 17"}) == {
        "account": "payer", "balance": 0.025, "currency": "CHF",
    }  # fmt: skip
    sent = Client(served.url, f"App {login}").post(
        "/sms/1/text/single", {"from": "InfoSMS", "to": [number(), number(), number()], "text": "x"}
    )
    statuses = [one["status"]["name"] for one in sent.json["messages"]]
    assert statuses == ["MESSAGE_ACCEPTED", "MESSAGE_ACCEPTED", "REJECTED_NOT_ENOUGH_CREDITS"]
    taken = admin.post("accounts", "payer", "credit", body={"amount": "-0.005"})
    assert taken["balance"] == 0
    ledger = admin.get("accounts", "payer", "ledger")
    assert (ledger["account"], ledger["balance"], ledger["currency"]) == ("payer", 0, "CHF")
    rows = ledger["rows"]
    assert [(row["kind"], row["amount"], row["note"]) for row in rows] == [
        ("correction", -0.005, ""), ("charge", -0.01, ""), ("charge", -0.01, ""), ("top-up", 0.025, "invoice 17"),
    ]  # fmt: skip
    accepted = [one["messageId"] for one in sent.json["messages"][:2]]
    assert [row["message_id"] for row in rows] == [None, *reversed(accepted), None]
    assert sum(Decimal(str(row["amount"])) for row in rows) == 0
    pages: list[dict[str, Any]] = []
    before: dict[str, str] = {}
    while page := admin.get("accounts", "payer", "ledger", limit=1, **before)["rows"]:
        pages += page
        before = {"before": page[-1]["id"]}
    assert pages == rows
    admin.remove("accounts", "payer")


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("nobody", {"amount": 1}, (404, "no account is called 'nobody'")),
        ("shop", {}, (400, "[body : Object missing required field `amount`]")),
        ("shop", {"amount": 0}, (400, "[amount : nothing to pay.]")),
        ("shop", {"amount": -1_000}, (400, "[amount : the account has less than that.]")),
        ("shop", {"amount": "ten"}, (400, "[amount : Invalid decimal string]")),
        ("shop", {"amount": 1, "to": "x"}, (400, "[body : Object contains unknown field `to`]")),
        ("shop", {"amount": 1, "note": "x" * 501}, (400, "[note : Expected `str` of length <= 500]")),
    ],
)
def test_credit_that_is_refused(admin: Admin, name: str, body: dict[str, Any], expected: tuple[int, str]) -> None:
    before = admin.newest()
    assert admin.refused("POST", "accounts", name, "credit", body=body) == expected
    assert admin.newest() == before


def test_a_ledger_that_is_not_there(admin: Admin) -> None:
    assert admin.refused("GET", "accounts", "nobody", "ledger") == (404, "no account is called 'nobody'")
    for before in ("x", "-1", "٣", "1" * 30):
        assert admin.refused("GET", "accounts", "shop", "ledger", before=before)[0] == 400


def test_an_account_that_comes_back_has_its_credit(admin: Admin) -> None:
    first = admin.make("accounts", name="returning")
    admin.post("accounts", "returning", "credit", body={"amount": 3})
    admin.remove("accounts", "returning")
    again = admin.make("accounts", name="returning", plan="gold")
    assert (again["id"], again["balance"]) == (first["id"], 3)
    admin.remove("accounts", "returning")


def test_revisions_tell_who_did_what(admin: Admin, served: Served) -> None:
    token = admin.make("operators", name="eve")["token"]
    Admin(served.url, token).make("blocked", number="41790000001")
    newest = admin.newest()
    assert (newest["operator"], newest["action"], newest["size"]) == ("eve", "blocked */41790000001 made", 1)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", newest["at"])
    assert "changes" not in newest
    whole = admin.get("revisions", str(newest["number"]))
    after = {"number": "41790000001", "account": "*"}
    assert whole == {
        **newest, "changes": [{"kind": "blocked", "key": "*/41790000001", "before": None, "after": after}],
    }  # fmt: skip
    admin.remove("blocked", "*", "41790000001")
    admin.remove("operators", "eve")


def test_pages_of_revisions(admin: Admin) -> None:
    for price in (1, 2, 3):
        admin.put("prices", "audited", "*", price=price)
    numbers = [one["number"] for one in admin.all("revisions", limit=3)]
    assert numbers == sorted(numbers, reverse=True)
    assert [one["number"] for one in admin.all("revisions", before=numbers[0], limit=2)] == numbers[1:]
    assert {one["action"] for one in admin.all("revisions", kind="price", limit=3)} == {"price audited/* set"}
    assert admin.refused("GET", "revisions", kind="colour")[1].startswith("[kind : 'colour' is not one of account")
    assert admin.refused("GET", "revisions", before="x")[0] == 400
    assert admin.refused("GET", "revisions", "0") == (404, "there is no revision 0")
    assert admin.refused("GET", "revisions", "x")[0] == 400


def test_undo(admin: Admin) -> None:
    admin.put("prices", "undone", "*", price=1)
    first = admin.newest()["number"]
    admin.put("prices", "undone", "*", price=2)
    second = admin.newest()["number"]
    conflict = (409, f"price undone/* was changed again since revision {first}")
    assert admin.refused("POST", "revisions", str(first), "undo") == conflict
    preview = admin.post("revisions", str(second), "undo", preview=True)
    assert (preview["number"], preview["size"]) == (0, 1)
    assert admin.get("prices", "undone", "*")["price"] == 2
    undone = admin.post("revisions", str(second), "undo")
    assert (undone["number"], undone["action"]) == (second + 1, f"undo of revision {second}")
    change = {"kind": "price", "key": "undone/*"}
    one, two = ({"list": "undone", "where": "*", "price": price} for price in (1, 2))
    assert undone["changes"] == [{**change, "before": two, "after": one}]
    assert admin.get("prices", "undone", "*")["price"] == 1
    assert admin.post("revisions", str(undone["number"]), "undo")["size"] == 1
    assert admin.get("prices", "undone", "*")["price"] == 2
    assert admin.refused("POST", "revisions", "99999", "undo") == (404, "there is no revision 99999")
    admin.post("accounts", "shop", "credit", body={"amount": 1})
    assert admin.refused("POST", "revisions", str(admin.newest()["number"]), "undo")[0] == 409


def test_undo_brings_a_removed_account_back_whole(admin: Admin, served: Served) -> None:
    admin.make("accounts", name="whole")
    key = admin.make("keys", account="whole")["key"]
    admin.make("users", name="whole", account="whole", password="pw")
    admin.put("prices", "@whole", "CH", price=0.5)
    admin.post("accounts", "whole", "credit", body={"amount": 7})
    admin.remove("accounts", "whole")
    removed = admin.newest()
    assert (removed["action"], removed["size"]) == ("account whole removed", 4)
    logins = [f"App {key}", basic("whole", "pw")]
    assert [Client(served.url, login).get("/account/1/balance").status for login in logins] == [401, 401]
    admin.post("revisions", str(removed["number"]), "undo")
    balances = [Client(served.url, login).get("/account/1/balance").json["balance"] for login in logins]
    assert balances == [7, 7]
    assert admin.get("prices", "@whole", "CH")["price"] == 0.5
    admin.remove("accounts", "whole")


def test_requests_that_arrive_together_lose_nothing(admin: Admin) -> None:
    admin.make("accounts", name="busy")
    fields: list[dict[str, Any]] = [
        {"plan": "gold"}, {"rate": 5.0}, {"currency": "CHF"}, {"keep_hours": 3}, {"default_sender": "A"},
        {"countries": ["CH"]}, {"senders": ["A"]}, {"accepted_status": 7},
    ]  # fmt: skip
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: admin.patch("accounts", "busy", **one), fields))
        made = list(pool.map(lambda _: admin.call("POST", "users", body=LOGIN).status, range(8)))
    shown = admin.get("accounts", "busy")
    assert {name: shown[name] for one in fields for name in one} == {k: v for one in fields for k, v in one.items()}
    assert sorted(made) == [201] + [409] * 7
    admin.remove("accounts", "busy")


LOGIN = {"name": "one", "account": "busy", "password": "pw"}


@pytest.mark.parametrize("token", [None, "wrong", "", "shop"])
def test_without_a_token_nothing_is_told(served: Served, token: str | None) -> None:
    stranger = Admin(served.url, token)
    for method, path in (("GET", "accounts"), ("POST", "accounts"), ("GET", "config"), ("GET", "revisions")):
        answer = stranger.call(method, path, body={"name": "x"} if method == "POST" else None)
        assert answer.error == (401, "UNAUTHORIZED", "Invalid login details")
        assert answer.headers["www-authenticate"] == 'Bearer realm="Stentor"'


def test_a_customers_login_is_no_operators(served: Served, admin: Admin) -> None:
    key = admin.make("keys", account="shop")
    for login in (basic("shop", "secret"), f"App {key['key']}", f"Bearer {key['key']}"):
        assert Client(served.url, login).get("/admin/1/accounts").status == 401
    assert Client(served.url, f"App {TOKEN}").get("/admin/1/accounts").status == 200
    assert Client(served.url, f"App {TOKEN}").get("/account/1/balance").status == 401
    admin.remove("keys", key["id"])


def test_paths_and_methods(admin: Admin) -> None:
    assert admin.refused("GET", "nothing") == (404, "Requested URL not found: /admin/1/nothing")
    assert admin.refused("PUT", "accounts")[0] == 405
    assert admin.refused("PATCH", "route")[0] == 405


def test_the_status_of_the_platform(admin: Admin) -> None:
    status = admin.get("status")
    assert {one["name"] for one in status["connectors"]} == {"network"}
    assert {finding["subject"] for finding in status["findings"]} >= {"connector network", "disk", "disk space"}
    assert status["disk_free"] > 0


def test_erase(admin: Admin, served: Served) -> None:
    to = number()
    client = Client(served.url, basic("shop", "secret"))
    client.post("/sms/1/text/single", {"from": "InfoSMS", "to": to, "text": "x"})
    erased = {"messages": 0}
    while not erased["messages"]:
        erased = admin.post("erase", body={"number": f"+{to}"})
    assert erased == {"messages": 1, "left": 0}
    assert client.get("/sms/1/logs", {"to": to}).json["results"] == []
    assert admin.newest()["action"] == "messages of a number erased: 1"
    assert to not in admin.text("revisions", str(admin.newest()["number"]))
    assert admin.refused("POST", "erase", body={"number": "x"})[0] == 400


def test_route_test(admin: Admin) -> None:
    admin.make("accounts", name="tried", default_sender="Tried", countries=["CH", "HR"])
    admin.put("prices", "@tried", "22801", price=0.5)
    admin.make("rules", name="info", order=1, targets=[{"connector": "network"}], sender="InfoSMS", account="tried")
    told = admin.get("route", to="+41793026727", account="tried", text="x" * 161)
    assert told == {
        "to": "41793026727", "country": "Switzerland", "network": "Swisscom", "mcc_mnc": "22801",
        "status": "PENDING_ENROUTE", "reason": told["reason"], "rule": "all", "connector": "network",
        "targets": [{"connector": "network", "weight": 1, "trouble": None}],
        "passed_over": [{"rule": "info", "because": "sender is Tried, not InfoSMS"}],
        "parts": 2, "price": 0.5, "price_from": "@tried/22801", "total": 1, "currency": "EUR",
    }  # fmt: skip
    assert told["reason"].startswith("rule 'all' (every message) leads to network; CH Swisscom 22801; 2 x GSM7 at 0.5")
    assert admin.get("route", to="41793026727", account="tried", from_="InfoSMS")["rule"] == "info"
    refused = {
        "385911234567": ("PENDING_ENROUTE", "network"),
        "14155550123": ("REJECTED_NETWORK", None),
        "79": ("REJECTED_DESTINATION", None),
        "0791234567": ("REJECTED_PREFIX_MISSING", None),
    }
    for to, expected in refused.items():
        one = admin.get("route", to=to, account="tried")
        assert (one["status"], one["connector"]) == expected
        assert one["reason"]
    nameless = admin.get("route", to="41793026727", account="shop")
    assert nameless["reason"] == "no sender, and the account has no default_sender"
    assert admin.refused("GET", "route") == (400, "[to : A number is needed.]")
    assert admin.refused("GET", "route", to="41793026727")[1].startswith("[account : Say which account sends, e.g. ")
    assert admin.refused("GET", "route", to="41793026727", account="x") == (404, "no account is called 'x'")
    admin.remove("rules", "info")
    admin.remove("accounts", "tried")
