"""`stentor serve` with a file: applied at the first start, and then only what changed in it."""

from __future__ import annotations

import json
from pathlib import Path

from support.admin import Admin
from support.cli import stentor, told
from support.process import SERVE, Served, command
from support.web import Client, basic

TOKEN = "root-token"
UP = '[[connectors]]\ntype = "smsc"\nname = "up"\nhost = "127.0.0.1"\nport = 1\n'
FIRST = f"""
[[connectors]]
type = "simulated"
name = "network"
[[routes]]
connector = "network"
name = "all"
order = 1000
[[prices]]
price = "0.01"
[[prices]]
where = "CH"
price = "0.02"
[[accounts]]
name = "shop"
users = {{ shop = "secret", second = "second" }}
keys = ["k-1"]
credit = "5"
plan = "standard"
[[accounts]]
name = "leaving"
credit = "3"
[[blocked]]
number = "41790000001"
[[operators]]
name = "root"
token = "{TOKEN}"
"""


def test_a_file_is_applied_once_and_then_what_changed_in_it(tmp_path: Path) -> None:
    _first_start(tmp_path)
    _unchanged_file(tmp_path)
    _changed_file(tmp_path)


def _first_start(folder: Path) -> None:
    running = Served(folder, FIRST)
    admin = Admin(running.url, TOKEN)
    assert [one["action"] for one in admin.all("revisions")] == ["configuration file"]
    assert admin.newest()["operator"] == "stentor"
    assert Client(running.url, basic("shop", "secret")).get("/account/1/balance").json["balance"] == 5
    admin.patch("accounts", "shop", rate=7)
    admin.patch("users", "shop", password="changed")
    admin.put("prices", "standard", "DE", price=0.5)
    admin.put("prices", "standard", "CH", price=0.9)
    admin.remove("blocked", "*", "41790000001")
    admin.make("rules", name="mine", order=5, targets=[{"connector": "network"}], sender="Mine")
    admin.post("accounts", "shop", "credit", body={"amount": -4})
    assert running.stop() == 0


def _unchanged_file(folder: Path) -> None:
    """What the operator changed stays."""
    running = Served(folder, FIRST)
    admin = Admin(running.url, TOKEN)
    assert admin.newest()["action"] == "credit of shop: -4 EUR"
    shop = admin.get("accounts", "shop")
    assert (shop["rate"], shop["balance"]) == (7, 1)
    assert Client(running.url, basic("shop", "secret")).get("/account/1/balance").status == 401
    assert Client(running.url, basic("shop", "changed")).get("/account/1/balance").status == 200
    assert Client(running.url, "App k-1").get("/account/1/balance").status == 200
    assert admin.all("blocked") == []
    assert admin.keys("rules") == {"all", "mine"}
    assert running.stop() == 0


def _changed_file(folder: Path) -> None:
    """A new price, another plan, an account and a login that go, one that comes; nothing else."""
    changed = FIRST.replace('price = "0.01"', 'price = "0.011"').replace('second = "second"', 'third = "third"')
    leaving = '[[accounts]]\nname = "leaving"\ncredit = "3"\n'
    changed = changed.replace(leaving, '[[accounts]]\nname = "coming"\ncredit = "4"\n')
    running = Served(folder, changed)
    admin = Admin(running.url, TOKEN)
    newest = admin.newest()
    assert (newest["action"], newest["operator"]) == ("configuration file", "stentor")
    changes = admin.get("revisions", str(newest["number"]))["changes"]
    assert {(one["kind"], one["key"], one["after"] is None) for one in changes} == {
        ("price", "standard/*", False),
        ("user", "third", False),
        ("user", "second", True),
        ("account", "coming", False),
        ("account", "leaving", True),
    }
    prices = {one["where"]: one["price"] for one in admin.all("prices", list="standard")}
    assert prices == {"*": 0.011, "CH": 0.9, "DE": 0.5}
    assert {one["name"]: one["balance"] for one in admin.all("accounts")} == {"shop": 1, "coming": 4}
    assert Client(running.url, basic("shop", "changed")).get("/account/1/balance").status == 200
    assert Client(running.url, basic("third", "third")).get("/account/1/balance").status == 200
    assert running.stop() == 0


def _config(folder: Path, tables: str) -> Path:
    """The file of a platform that does not run."""
    file = folder / "stentor.toml"
    file.write_text(SERVE.format(data=json.dumps(str(folder / "data"))) + tables, encoding="utf-8")
    return file


def _serve_refused(file: Path) -> str:
    ended = command("serve", "--config", file)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("stentor: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr.removeprefix("stentor: ").rstrip("\n")


def test_a_file_that_takes_away_what_is_in_use(tmp_path: Path) -> None:
    file = _config(tmp_path, FIRST + UP)
    rule = ("rule", "add", "extra", "--order", "5", "--targets", "up", "--config", file)
    assert stentor(*rule).code == 0
    _config(tmp_path, FIRST)
    assert _serve_refused(file) == "configuration file: connector up is still in use by rule extra"
    listed = stentor("connector", "list", "--data", tmp_path / "data", "--json").json
    assert [one["name"] for one in listed] == ["network", "up"]
    assert stentor("rule", "remove", "extra", "--data", tmp_path / "data").code == 0
    assert stentor("connector", "list", "--config", file, "--json").json == [listed[0]]


def test_a_file_that_names_what_an_operator_removed(tmp_path: Path) -> None:
    """The file is consistent in itself, but its connector was removed by command and is not brought back."""
    file = _config(tmp_path, FIRST + UP)
    assert stentor("connector", "remove", "up", "--config", file).code == 0
    _config(tmp_path, f'{FIRST}{UP}[[routes]]\nname = "extra"\nconnector = "up"\n')
    expected = f"{file}: rule extra: targets: no connector is called 'up' (connectors: network)."
    assert told(stentor("rule", "list", "--config", file)) == expected


def test_opening_credit_is_not_paid_again_when_an_account_of_the_file_was_removed(tmp_path: Path) -> None:
    file = _config(tmp_path, FIRST)
    assert stentor("account", "remove", "leaving", "--config", file).code == 0
    _config(tmp_path, FIRST.replace('"0.01"', '"0.03"'))
    assert stentor("account", "list", "--config", file, "--json").json[0]["name"] == "shop"
    _config(tmp_path, FIRST.replace('name = "leaving"', 'name = "leaving"\nplan = "gold"'))
    accounts = stentor("account", "list", "--config", file, "--json").json
    assert {one["name"]: one["balance"] for one in accounts} == {"leaving": 3, "shop": 5}
    ledger = stentor("account", "ledger", "leaving", "--config", file, "--json").json["rows"]
    assert [(row["kind"], row["amount"], row["note"]) for row in ledger] == [("top-up", 3, "opening credit")]


def test_a_value_that_could_not_be_read_back_is_refused_before_it_is_written(tmp_path: Path) -> None:
    file = _config(tmp_path, '[[accounts]]\nname = "a"\n[[accounts]]\nname = "b"\ncurrency = "much too long"\n')
    expected = "account b: currency: Expected `str` of length <= 8."
    assert told(stentor("account", "list", "--config", file)) == f"{file}: {expected}"
    file.write_text(file.read_text().replace("much too long", "CHF"))
    assert stentor("account", "show", "b", "--config", file, "--json").json["currency"] == "CHF"


def test_what_a_file_keeps_and_nobody_has(tmp_path: Path) -> None:
    file = _config(tmp_path, UP + 'password = "<kept>"\n')
    assert "nothing is kept here for password of connector 'up'" in told(stentor("user", "list", "--config", file))
