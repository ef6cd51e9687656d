"""Price lists as CSV and the whole configuration as TOML: looked at first, then taken as one revision."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.admin import Admin
from support.cli import stentor, told
from support.process import Served
from support.web import Client, basic

TOKEN = "root-token"
TABLES = f"""
[[connectors]]
type = "simulated"
name = "network"
[[connectors]]
type = "smsc"
name = "up"
host = "127.0.0.1"
port = 1
password = "canary \\u00e9\\t\\\\ \\" ' # \\u007f \\u20ac"
rate = 100.0
reconnect_max = 60.0
[[routes]]
connector = "network"
name = "all"
order = 1000
[[routes]]
targets = [{{connector = "up", weight = 70}}, {{connector = "network", weight = 0}}]
country = "CH"
sender = "Info \\"quoted\\""
account = "shop"
[[prices]]
price = "0.01"
[[prices]]
account = "shop"
where = "22801"
price = "0.0125"
[[accounts]]
name = "shop"
users = {{ shop = "secret", "b@c d" = "other" }}
keys = ["k-1", {{key = "k-2", name = "web shop"}}]
credit = "100"
senders = ["Info", "4179"]
blocked_senders = ["Spam"]
default_sender = "Info"
countries = ["CH", "DE"]
addresses = ["127.0.0.0/8", "::1/128"]
rate = 50.5
keep_hours = 5
accepted_status = 7
[[accounts]]
name = "off"
enabled = false
currency = "CHF"
plan = "gold"
senders = []
[[blocked]]
number = "+41790000001"
[[blocked]]
number = "41790000002"
account = "shop"
[[operators]]
name = "root"
token = "{TOKEN}"
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("files"), TABLES)
    yield running
    assert running.stop() == 0
    assert "request failed" not in running.stderr()


@pytest.fixture
def admin(served: Served) -> Admin:
    return Admin(served.url, TOKEN)


def listed(admin: Admin, name: str) -> dict[str, float]:
    return {one["where"]: one["price"] for one in admin.all("prices", list=name)}


# Price lists


def test_a_price_list_is_looked_at_and_then_taken(admin: Admin) -> None:
    file = b"where,price\nCH,0.05\n22801,0.04\n*,0.1\n"
    preview = admin.post("price-lists", "first", body=file, preview=True)
    assert (preview["number"], preview["size"], listed(admin, "first")) == (0, 3, {})
    taken = admin.post("price-lists", "first", body=file)
    assert taken["action"] == "price list first imported"
    assert listed(admin, "first") == {"CH": 0.05, "22801": 0.04, "*": 0.1}
    again = admin.post("price-lists", "first", body=file)
    assert (again["number"], again["size"]) == (0, 0)
    changed = admin.post("price-lists", "first", body=b"price,where\n0.06,CH\n")
    assert [(one["key"], one["before"]["price"], one["after"]["price"]) for one in changed["changes"]] == [
        ("first/CH", 0.05, 0.06)
    ]
    admin.post("revisions", str(changed["number"]), "undo")
    assert listed(admin, "first") == {"CH": 0.05, "22801": 0.04, "*": 0.1}


def test_prune_drops_what_the_file_has_not(admin: Admin) -> None:
    admin.post("price-lists", "pruned", body=b"where,price\nCH,1\nDE,1\n")
    admin.post("price-lists", "kept", body=b"where,price\nDE,1\n")
    preview = admin.post("price-lists", "pruned", body=b"where,price\nCH,2\n", prune=True, preview=True)
    assert [(one["key"], one["after"] is None) for one in preview["changes"]] == [
        ("pruned/CH", False),
        ("pruned/DE", True),
    ]
    admin.post("price-lists", "pruned", body=b"where,price\nCH,2\n", prune=True)
    assert (listed(admin, "pruned"), listed(admin, "kept")) == ({"CH": 2}, {"DE": 1})


@pytest.mark.parametrize(
    "file",
    [
        b"where;price\nCH;0.05\n22801;0.04\n;0.1\n",
        b"Where\tPrice\nCH\t0.05\n22801\t0.04\n*\t0.1\n",
        b"\xef\xbb\xbfcountry,name,price\r\nch,Switzerland,0.05\r\n22801,Swisscom,0.04\r\n*,,0.1\r\n\r\n",
        b'mccmnc,"price"\n"CH"," 0.05 "\n22801,4E-2\n*,0.1',
    ],
    ids=["semicolons", "tabs", "byte order mark", "quotes"],
)
def test_forms_of_price_lists(admin: Admin, file: bytes) -> None:
    admin.post("price-lists", "form", body=file, prune=True)
    assert listed(admin, "form") == {"CH": 0.05, "22801": 0.04, "*": 0.1}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (b"", "[line 1 : The header is ''; it needs the columns where and price.]"),
        (b"CH,0.05\n", "[line 1 : The header is 'ch,0.05'; it needs the columns where and price.]"),
        (b"where,price\nCH,0.05\nDE,free\n", "[line 3 : 'free' is not an amount; write a decimal such as 0.01.]"),
        (b"where;price\nCH;0,05\n", "[line 2 : '0,05' is not an amount; write a decimal such as 0.01.]"),
        (b"where,price\nCH,-0.05\n", "[line 2 : -0.05 is below 0.]"),
        (b"where,price\nCH,0.0000001\n", "[line 2 : '0.0000001' has more than 6 decimals.]"),
        (b"where,price\n\n\nCH\n", "[line 4 : where or price is missing.]"),
        (b"where,price\nCH,1\nDE,1\nch,2\n", "[line 4 : CH stands in line 2 already.]"),
        (b"where,price\nCH,1\nSwitzerland,1\n", "[line 3 : 'SWITZERLAND' is not an MCC/MNC such as 22801, an ISO"),
        (b"where,price\nUK,1\n", "[line 2 : 'UK' is not an ISO country code: the United Kingdom is GB.]"),
        (b"where,price\nCH,\xff\n", "[body : The file is not UTF-8 text.]"),
    ],
)
def test_mistakes_in_price_lists(admin: Admin, file: bytes, expected: str) -> None:
    before = admin.newest()
    for preview in (True, False):
        status, text = admin.refused("POST", "price-lists", "wrong", body=file, preview=preview)
        assert (status, text[: len(expected)]) == (400, expected)
    assert admin.newest() == before


def test_lists_of_accounts_and_other_names(admin: Admin) -> None:
    admin.post("price-lists", "@off", body=b"where,price\nCH,3\n")
    assert listed(admin, "@off") == {"CH": 3}
    file = b"where,price\nCH,3\n"
    assert admin.refused("POST", "price-lists", "@nobody", body=file) == (
        400,
        "[account : no account is called 'nobody'.]",
    )
    assert admin.refused("POST", "price-lists", "a b/c", body=file)[0] == 400
    assert admin.refused("POST", "price-lists", "x", body=file, prune="yes") == (
        400,
        "[prune : 'yes' is not true or false.]",
    )
    admin.remove("prices", "@off", "CH")


def test_what_is_exported_can_be_imported(admin: Admin) -> None:
    admin.post("price-lists", "there", body=b"where,price\n22801,0.000001\nCH,1000000000\n*,0\n")
    text = admin.text("price-lists", "there")
    assert text == "where,price\n*,0\n22801,0.000001\nCH,1000000000\n"
    assert admin.post("price-lists", "there", body=text.encode(), prune=True)["size"] == 0
    assert admin.post("price-lists", "back", body=text.encode(), prune=True)["size"] == 3
    assert admin.text("price-lists", "back") == text
    assert admin.text("price-lists", "none") == "where,price\n"


# Everything as one file


def test_an_export_changes_nothing_when_it_is_imported(admin: Admin) -> None:
    for secrets in (False, True):
        text = admin.text("config", secrets=secrets)
        taken = admin.post("config", body=text.encode(), prune=True)
        assert (taken["number"], taken["changes"]) == (0, [])
        assert admin.text("config", secrets=secrets) == text


def test_an_export_has_secrets_only_when_asked(admin: Admin) -> None:
    plain, whole = tomllib.loads(admin.text("config")), tomllib.loads(admin.text("config", secrets=True))
    assert plain["connectors"][1]["password"] == "<kept>"
    assert whole["connectors"][1]["password"] == "canary é\t\\ \" ' # \x7f €"
    users = [tables["accounts"][1]["users"] for tables in (plain, whole)]
    assert users[0] == {"shop": "<kept>", "b@c d": "<kept>"}
    assert all(value.startswith("$argon2id$") for value in users[1].values())
    for text in (admin.text("config"), admin.text("config", secrets=True)):
        assert not [secret for secret in ("k-1", "k-2", TOKEN, "secret") if f'"{secret}"' in text]


def test_a_whole_export_makes_the_same_in_an_empty_folder(admin: Admin, served: Served, tmp_path: Path) -> None:
    text = admin.text("config", secrets=True)
    file, folder = tmp_path / "all.toml", tmp_path / "data"
    file.write_text(text, encoding="utf-8")
    folder.mkdir()
    assert stentor("config", "import", file, "--data", folder).code == 0
    assert stentor("config", "export", "--secrets", "--data", folder).out == text
    base = f'[storage]\ndata = "{folder}"\n[http]\nport = 0\n[smpp]\nport = 0\n[log]\nformat = "json"\n'
    again = Served(tmp_path / "again", "", base.replace("{", "{{").replace("}", "}}"))
    try:
        for login in (basic("shop", "secret"), "App k-1", "App k-2"):
            assert Client(again.url, login).get("/account/1/balance").json == {"balance": 0, "currency": "EUR"}
        assert Admin(again.url, TOKEN).text("config", secrets=True) == text
    finally:
        assert again.stop() == 0


def test_a_file_without_secrets_needs_a_folder_that_has_them(admin: Admin, tmp_path: Path) -> None:
    file, folder = tmp_path / "all.toml", tmp_path / "data"
    file.write_text(admin.text("config"), encoding="utf-8")
    folder.mkdir()
    ended = stentor("config", "import", file, "--data", folder)
    assert told(ended) == (
        "nothing is kept here for password of connector 'up', the password of user 'b@c d', the password of user"
        " 'shop': export with --secrets, or write it there."
    )
    assert stentor("config", "export", "--data", folder).out.count("[[") == 0


def test_an_import_adds_and_changes_and_prunes_only_when_asked(admin: Admin) -> None:
    file = b'[[accounts]]\nname = "shop"\nplan = "silver"\n[[accounts]]\nname = "new"\ncredit = "7"\n'
    dry = admin.post("config", body=file, preview=True)
    assert [(one["key"], one["before"] is None) for one in dry["changes"]] == [("shop", False), ("new", True)]
    assert admin.keys("accounts") == {"shop", "off"}
    taken = admin.post("config", body=file)
    assert (taken["action"], taken["operator"]) == ("configuration import", "root")
    assert admin.get("accounts", "new")["balance"] == 7
    assert admin.post("config", body=file)["size"] == 0
    assert admin.get("accounts", "new")["balance"] == 7
    pruned = admin.post("config", body=file, prune=True, preview=True)
    gone = {(one["kind"], one["key"]) for one in pruned["changes"] if one["after"] is None}
    assert ("account", "off") in gone
    assert not [key for kind, key in gone if kind in ("connector", "rule", "operator")]
    admin.post("revisions", str(taken["number"]), "undo")
    assert admin.keys("accounts") == {"shop", "off"}


def test_credit_is_paid_in_once_however_often_a_file_comes(admin: Admin) -> None:
    file = b'[[accounts]]\nname = "once"\ncredit = "7"\n'
    for _ in range(2):
        admin.post("config", body=file)
        assert admin.get("accounts", "once")["balance"] == 7
        admin.remove("accounts", "once")


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (b"[[accounts", "[file : not valid TOML: "),
        (b"[[account]]\nname = 'a'", "[file : unknown setting 'account'; did you mean 'accounts'?]"),
        (b"[[accounts]]\nname = 'a'\nrat = 1.0", "[file : [accounts[0]] unknown setting 'rat'; did you mean 'rate'?]"),
        (b"[[accounts]]\nname = 'a'\n[[accounts]]\nname = 'a'", "[file : [[accounts]] 'a' is defined twice]"),
        (b"[[accounts]]\nname = 'a'\ncountries = ['UK']\n[[accounts]]\nname = 'b'", "[account a: countries : 'UK' is"),
        (b"[[routes]]\nconnector = 'none'", "[rule route-1: targets : no connector is called 'none' (connectors: "),
        (b"[[prices]]\nprice = '1'\naccount = 'none'", "[price @none/*: account : no account is called 'none'.]"),
        (b"[[accounts]]\nname = 'a'\ncurrency = 'TOO LONG'\nkeep_hours = 9000", "[file : accounts[0].keep_hours: "),
        (
            b"[[accounts]]\nname = 'a'\ncurrency = 'TOO LONG A'",
            "[account a: currency : Expected `str` of length <= 8.]",
        ),
        (b"\xff", "[body : The file is not UTF-8 text.]"),
    ],
)
def test_mistakes_in_files(admin: Admin, file: bytes, expected: str) -> None:
    before = admin.newest()
    for preview in (True, False):
        status, text = admin.refused("POST", "config", body=file, preview=preview)
        assert (status, text[: len(expected)]) == (400, expected)
    assert admin.newest() == before


def test_a_file_that_drops_what_is_in_use(admin: Admin) -> None:
    file = b'[[connectors]]\ntype = "simulated"\nname = "network"\n'
    assert admin.refused("POST", "config", body=file, prune=True) == (
        409, "connector up is still in use by rule route-2",
    )  # fmt: skip
