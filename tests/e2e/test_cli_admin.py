"""The commands of administration: beside a running program, and on a folder without one."""

from __future__ import annotations

import json
import socket
import stat
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from stentor.cli import exits
from support.admin import TABLES, TOKEN, Admin
from support.cli import Ended, commands, stentor, told
from support.process import SERVE, STENTOR, Demo, Served
from support.waiting import until
from support.web import Client, basic


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("cli"), TABLES)
    yield running
    assert running.stop() == 0
    assert "Traceback" not in running.stderr()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A platform that does not run: its configuration file, with the data beside it."""
    place = tmp_path_factory.mktemp("stopped")
    (place / "stentor.toml").write_text(SERVE.format(data=json.dumps(str(place / "data"))) + TABLES, encoding="utf-8")
    assert stentor("account", "list", "--config", place / "stentor.toml").code == 0
    return place / "data"


class Desk:
    """Commands on one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def run(self, *arguments: str | Path, stdin: str = "") -> Ended:
        return stentor(*arguments, "--data", self.data, stdin=stdin)

    def good(self, *arguments: str | Path, stdin: str = "") -> str:
        ended = self.run(*arguments, stdin=stdin)
        assert (ended.code, ended.err) == (0, ""), ended
        return ended.out

    def json(self, *arguments: str | Path, stdin: str = "") -> Any:
        return json.loads(self.good(*arguments, "--json", stdin=stdin))

    def told(self, *arguments: str | Path) -> str:
        return told(self.run(*arguments))


@pytest.fixture(params=["beside the running program", "without it"])
def desk(request: pytest.FixtureRequest) -> Desk:
    if request.param == "without it":
        return Desk(request.getfixturevalue("folder"))
    return Desk(request.getfixturevalue("served").data)


def test_accounts(desk: Desk) -> None:
    shown = desk.good("account", "add", "acme", "--rate", "50", "--countries", "CH, DE", "--no-enabled")
    assert {"rate             50", "countries        CH,DE", "enabled          no"} <= set(shown.splitlines())
    assert desk.json("account", "set", "acme", "--rate", "none", "--enabled", "--senders", "A,B")["senders"] == [
        "A",
        "B",
    ]
    one = desk.json("account", "show", "acme")
    assert (one["rate"], one["countries"], one["enabled"]) == (None, ["CH", "DE"], True)
    assert desk.json("account", "set", "acme", "--senders", "none", "--countries", "none")["senders"] is None
    assert desk.good("account", "credit", "acme", "12.50", "--note", "invoice 17") == "acme has 12.5 EUR\n"
    assert stentor("account", "credit", "acme", "--data", desk.data, "--", "-2.5").out == "acme has 10 EUR\n"
    ledger = desk.good("account", "ledger", "acme").splitlines()
    assert ledger[0] == "acme has 10 EUR"
    assert [line.split()[1:3] for line in ledger[1:]] == [
        ["kind", "amount"],
        ["correction", "-2.5"],
        ["top-up", "12.5"],
    ]
    first = desk.good("account", "ledger", "acme", "--limit", "1").splitlines()
    assert first[-1].startswith("older ones: --before ")
    rest = desk.json("account", "ledger", "acme", "--before", first[-1].split()[-1])["rows"]
    assert [row["note"] for row in rest] == ["invoice 17"]
    listed = desk.good("account", "list").splitlines()
    assert listed[0].split() == ["name", "balance", "currency", "plan", "enabled"]
    assert [line.split()[0] for line in listed[1:]] == ["acme", "shop"]
    assert [one["name"] for one in desk.json("account", "list", "--plan", "standard")] == ["acme", "shop"]
    assert desk.good("account", "remove", "acme") == "account acme removed\n"
    assert desk.told("account", "show", "acme") == "there is no account 'acme'"


def test_logins_keys_and_operators(desk: Desk) -> None:
    assert desk.json("user", "add", "fresh", "--account", "shop", stdin="pass word\n") == {
        "name": "fresh",
        "account": "shop",
    }
    assert desk.json("user", "set", "fresh", "--password", "-", stdin="other\n")["name"] == "fresh"
    assert [one["name"] for one in desk.json("user", "list", "--account", "shop")] == ["fresh", "shop"]
    assert desk.told("user", "add", "none", "--account", "shop") == "password: Expected `str` of length >= 1"
    key = desk.good("key", "add", "shop", "--name", "web")
    assert key.endswith("Keep it: it is not shown again.\n")
    (made,) = desk.json("key", "list")
    assert key.splitlines()[0].split() == ["id", made["id"]]
    assert desk.json("key", "set", made["id"], "--name", "app") == {**made, "name": "app"}
    assert desk.json("key", "show", made["id"])["name"] == "app"
    assert len(desk.json("operator", "add", "alice")["token"]) == 48
    assert desk.good("operator", "list").split() == ["name", "alice", "root"]
    for group, name in (("user", "fresh"), ("key", made["id"]), ("operator", "alice")):
        assert desk.json(group, "remove", name) == {"removed": name}


def test_prices(desk: Desk, tmp_path: Path) -> None:
    assert desk.json("price", "set", "gold", "CH", "0.05")["price"] == 0.05
    file = tmp_path / "prices.csv"
    file.write_text("where;price\nCH;0.06\nDE;0.07\n", encoding="utf-8")
    preview = desk.good("price", "import", "gold", file, "--preview").splitlines()
    assert preview == [
        "~ price gold/CH  price 0.05 -> 0.06",
        "+ price gold/DE  list gold  where DE  price 0.07",
        "a preview: 2 definitions would change; nothing was changed",
    ]
    taken = desk.good("price", "import", "gold", file).splitlines()
    assert taken[:2] == preview[:2]
    assert taken[2].startswith("revision ")
    assert desk.good("price", "import", "gold", file) == "nothing to change: it is so already\n"
    assert desk.good("price", "export", "gold") == "where,price\nCH,0.06\nDE,0.07\n"
    file.write_text("where,price\nCH,0.06\n", encoding="utf-8")
    assert desk.json("price", "import", "gold", file, "--prune")["changes"][0]["after"] is None
    assert desk.good("price", "list", "--list", "gold").splitlines()[1:] == ["gold  CH     0.06"]
    file.write_text("where,price\nCH,0.06\nDE,cheap\n", encoding="utf-8")
    assert desk.told("price", "import", "gold", file) == (
        "line 3: 'cheap' is not an amount; write a decimal such as 0.01."
    )
    assert (
        desk.told("price", "import", "gold", tmp_path / "none.csv") == f"{tmp_path}/none.csv: No such file or directory"
    )
    assert desk.good("price", "remove", "gold", "CH") == "price gold CH removed\n"
    assert desk.told("price", "remove", "gold", "CH") == "there is no price 'gold/CH'"
    assert desk.told("price", "set", "gold", "UK", "1").endswith("the United Kingdom is GB.")


def test_rules_connectors_and_the_route_test(desk: Desk) -> None:
    smsc = ("--type", "smsc", "--host", "127.0.0.1", "--port", "1", "--password", "-")
    made = desk.json("connector", "add", "up", *smsc, stdin="pw\n")
    assert (made["password"], made["port"], made["tls"]) == ("<kept>", 1, False)
    assert desk.json("connector", "set", "up", "--tls", "--rate", "5.5", "--bind", "separate")["rate"] == 5.5
    assert desk.good("connector", "list").splitlines()[0].split()[:4] == ["name", "type", "host", "port"]
    conditions = ("--order", "5", "--country", "CH", "--priority", "9")
    added = desk.good("rule", "add", "swiss", *conditions, "--targets", "up=70, network=30")
    assert "targets   up=70,network=30" in added.splitlines()
    assert desk.json("rule", "show", "swiss")["targets"] == [
        {"connector": "up", "weight": 70}, {"connector": "network", "weight": 30},
    ]  # fmt: skip
    listed = [line.split()[:3] for line in desk.good("rule", "list").splitlines()]
    assert listed == [["order", "name", "priority"], ["5", "swiss", "9"], ["1000", "all", "0"]]
    tested = desk.good("route", "test", "385911234567", "--from", "InfoSMS").splitlines()
    assert tested[0].startswith("385911234567  Croatia ")
    assert tested[1:3] == ["  rule 'swiss' does not match: country is HR, not CH", "  rule 'all' matches"]
    assert tested[4] == "goes to network: 1 SMS at 0.01 EUR from standard/*, 0.01 in all"
    assert desk.json("route", "test", "41793026727", "--from", "InfoSMS", "--text", "x" * 161)["parts"] == 2
    assert "refused with REJECTED_" in desk.good("route", "test", "12", "--from", "InfoSMS")
    assert desk.told("connector", "remove", "up") == "connector up is still in use by rule swiss"
    assert [one["action"] for one in desk.json("rule", "versions", "--limit", "1")] == ["rule swiss made"]
    undone = desk.good("rule", "undo").splitlines()
    assert undone[0] == "- rule swiss  order 5  targets up=70,network=30  country CH  priority 9"
    assert undone[1].split(": ")[1] == "1 definition changed; take it back with"
    again = desk.good("rule", "undo", "--preview").splitlines()
    assert (again[0][0], again[-1]) == ("+", "a preview: 1 definition would change; nothing was changed")
    assert desk.good("connector", "remove", "up") == "connector up removed\n"


def test_black_lists(desk: Desk) -> None:
    assert desk.json("blocked", "add", "+41790000001") == {"number": "41790000001", "account": "*"}
    assert desk.json("blocked", "add", "41790000001", "--account", "shop")["account"] == "shop"
    assert len(desk.json("blocked", "list")) == 2
    assert desk.good("blocked", "list", "--account", "shop").split() == ["number", "account", "41790000001", "shop"]
    desk.good("blocked", "remove", "41790000001", "--account", "shop")
    desk.good("blocked", "remove", "41790000001")
    assert desk.good("blocked", "list") == "none yet; make one: stentor blocked add 41790000000\n"
    assert desk.told("blocked", "remove", "41790000001") == "there is no blocked number '*/41790000001'"


def test_the_audit_log(desk: Desk) -> None:
    desk.good("price", "set", "audited", "*", "1")
    desk.good("price", "set", "audited", "*", "2")
    newest = desk.json("audit", "list", "--limit", "1")[0]
    assert newest["operator"].endswith(" (local)")
    assert desk.good("audit", "list", "--kind", "price", "--limit", "1").splitlines()[1].split()[0] == str(
        newest["number"]
    )
    number = str(newest["number"])
    assert desk.good("audit", "show", number).splitlines()[1:] == [
        "~ price audited/*  price 1 -> 2", f"take it back with: stentor audit undo {number}",
    ]  # fmt: skip
    assert desk.json("audit", "show", number)["changes"][0]["after"]["price"] == 2
    assert desk.good("audit", "undo", number, "--preview").endswith("nothing was changed\n")
    desk.good("audit", "undo", number)
    assert desk.told("audit", "undo", number) == f"price audited/* was changed again since revision {number}"
    desk.good("account", "credit", "shop", "1", "--note", "gift")
    gift = str(desk.json("audit", "list", "--limit", "1")[0]["number"])
    assert desk.good("audit", "show", gift).splitlines()[0].endswith(": credit of shop: 1 EUR (gift)")
    assert desk.told("audit", "undo", gift).startswith(f"revision {gift} (credit of shop: 1 EUR (gift)) changed no ")
    assert desk.told("audit", "show", "99999") == "there is no revision 99999"
    assert [one["number"] for one in desk.json("audit", "list", "--before", number, "--limit", "1")] == [
        int(number) - 1
    ]


def test_the_configuration(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "all.toml"
    file.write_text(desk.good("config", "export"), encoding="utf-8")
    assert desk.good("config", "import", file, "--prune") == "nothing to change: it is so already\n"
    file.write_text(file.read_text() + '[[accounts]]\nname = "imported"\n', encoding="utf-8")
    dry = desk.good("config", "import", file, "--dry-run").splitlines()
    assert dry[0].startswith("+ account imported  ")
    assert dry[1] == "a preview: 1 definition would change; nothing was changed"
    assert desk.json("config", "import", file)["size"] == 1
    desk.good("account", "remove", "imported")
    file.write_text("[[accounts]]\nnam = 'x'\n", encoding="utf-8")
    assert desk.told("config", "import", file) == "[accounts[0]] unknown setting 'nam'; did you mean 'name'?"
    assert desk.told("config", "import", tmp_path / "none.toml") == f"{tmp_path}/none.toml: No such file or directory"


def test_erase(desk: Desk) -> None:
    assert desk.good("erase", "41793099999") == "messages erased: 0; still under way, and left: 0\n"
    assert desk.told("erase", "12") == "number: '12' is not an international number: length."


MISTAKES = {
    ("account", "set", "nobody", "--rate", "3"): "there is no account 'nobody'",
    ("account", "add", "shop"): "account shop is there already",
    ("account", "add", "x/y"): "name: 'x/y' is not a name: 1 to 64 characters, no slash or *, no @ or space in front.",
    ("account", "set", "shop", "--rate", "fast"): "--rate: 'fast' is not a number",
    ("account", "set", "shop", "--rate", "inf"): "--rate: 'inf' is not a number",
    ("account", "set", "shop", "--keep-hours", "1.5"): "--keep-hours: '1.5' is not a whole number",
    ("account", "set", "shop", "--accepted-status", "3"): "--accepted-status: '3' is not 0 or 7",
    ("account", "set", "shop", "--countries", "UK"): (
        "countries: 'UK' is not an ISO country code: the United Kingdom is GB."
    ),
    ("account", "credit", "nobody", "1"): "no account is called 'nobody'",
    ("account", "credit", "shop", "ten"): "amount: 'ten' is not an amount; write a decimal such as 0.01",
    ("account", "ledger", "nobody"): "no account is called 'nobody'",
    ("user", "add", "x", "--password", "x"): "--account is needed",
    ("user", "add", "x"): "--account is needed",
    ("user", "add", "x", "--account", "nobody", "--password", "x"): "account: no account is called 'nobody'.",
    ("key", "add", "nobody"): "account: no account is called 'nobody'.",
    ("price", "set", "gold", "CH", "free"): "price: 'free' is not an amount; write a decimal such as 0.01",
    ("price", "set", "gold", "CH", "0.0000001"): "price: '0.0000001' has more than 6 decimals",
    ("rule", "add", "x", "--order", "1"): "--targets is needed",
    ("rule", "add", "x", "--targets", "network"): "--order is needed",
    ("rule", "add", "x", "--order", "1", "--targets", "down"): (
        "targets: no connector is called 'down' (connectors: network)."
    ),
    ("rule", "add", "x", "--order", "1", "--targets", "network=all"): (
        "--targets: 'network=all' is not CONNECTOR=WEIGHT, e.g. a=70,b=30"
    ),
    ("connector", "add", "x", "--host", "h"): "--type is needed",
    ("connector", "add", "x", "--type", "smpp"): "--type: 'smpp' is not smsc or simulated or http",
    ("connector", "add", "x", "--type", "smsc"): "--host is needed",
    ("connector", "add", "x", "--type", "simulated", "--host", "h"): "--host does not belong to one of this type",
    ("connector", "set", "network", "--delay", "soon"): "--delay: 'soon' is not a number",
    ("route", "test", "41793026727", "--account", "nobody"): "no account is called 'nobody'",
    ("audit", "list", "--kind", "colour"): (
        "kind: 'colour' is not one of account, user, key, operator, connector, resolver, application, rule, price,"
        " blocked, number."
    ),
    ("audit", "list", "--limit", "5000"): "limit: '5000' is not a whole number from 1 to 1000.",
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=" ".join)
def test_a_mistake_is_one_sentence(desk: Desk, mistake: tuple[str, ...]) -> None:
    assert desk.told(*mistake) == MISTAKES[mistake]


def test_folders_that_are_not_there(tmp_path: Path) -> None:
    none, empty = tmp_path / "none", tmp_path / "empty"
    empty.mkdir()
    assert told(stentor("account", "list", "--data", none)) == (
        f"there is no data folder {none}; give it with --data or --config"
    )
    assert told(stentor("account", "add", "x", "--data", none)) == (
        f"there is no data folder {none}; give it with --data or --config (for a new one: mkdir {none})"
    )
    assert told(stentor("account", "list", "--data", empty)) == (
        f"{empty} has no data yet; give the data folder with --data or --config"
    )
    assert told(stentor("status", "--data", empty)) == (
        f"no program runs on {empty}; start it, or give its --data or --config"
    )
    config = tmp_path / "none.toml"
    assert told(stentor("account", "list", "--config", config)) == (
        f"{config}: No such file or directory; write one with: stentor config > {config}"
    )
    assert not none.exists()
    assert list(empty.iterdir()) == []


def test_a_new_platform_can_be_prepared_in_an_empty_folder(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.good("connector", "add", "network", "--type", "simulated")
    desk.good("rule", "add", "all", "--order", "1", "--targets", "network")
    assert desk.good("user", "list") == "none yet; make one: stentor user add shop --account acme\n"
    assert [one["name"] for one in desk.json("rule", "list")] == ["all"]


def test_commands_by_the_configuration_file(served: Served, tmp_path: Path) -> None:
    """Beside the running program its file only says where it is; without the program it is applied first."""
    config = served.data.parent / "stentor.toml"
    assert stentor("account", "show", "shop", "--config", config, "--json").json["name"] == "shop"
    assert [one["name"] for one in stentor("status", "--config", config, "--json").json["connectors"]] == ["network"]
    file = tmp_path / "stentor.toml"
    file.write_text(SERVE.format(data=json.dumps(str(tmp_path / "data"))) + TABLES, encoding="utf-8")
    assert stentor("account", "list", "--config", file).out.split()[-5:-1] == ["shop", "100", "EUR", "standard"]


def test_status_tells_connectors_and_queues(served: Served) -> None:
    words = stentor("status", "--data", served.data).out.splitlines()
    assert words[0].startswith("running since 20")
    assert words[2].split()[:4] == ["network", "1/1", "0/100", "0"]


# The local door


def test_only_the_owner_may_open_the_socket(served: Served) -> None:
    door = (served.data / "stentor.sock").stat()
    assert stat.S_ISSOCK(door.st_mode)
    assert stat.S_IMODE(door.st_mode) == 0o600


def test_the_local_door_serves_the_same_routes(served: Served) -> None:
    """Customers' routes ask for a login there too."""
    for path, expected in (("/admin/1/accounts", "200"), ("/account/1/balance", "401")):
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(str(served.data / "stentor.sock"))
            door.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nStentor-User: eve\r\n\r\n".encode())
            assert door.makefile().readline().split()[1] == expected


def test_a_program_that_was_killed_leaves_a_socket_that_is_in_nobodys_way(tmp_path: Path) -> None:
    """And a folder whose path is longer than a socket's address may be."""
    deep = tmp_path / ("x" * 120)
    first = Demo(deep)
    assert stentor("account", "show", "demo", "--data", first.data).code == 0
    first.kill()
    assert (first.data / "stentor.sock").exists()
    desk = Desk(first.data)
    assert desk.json("account", "set", "demo", "--rate", "99")["rate"] == 99
    assert desk.told("status") == f"no program runs on {first.data}; start it, or give its --data or --config"
    again = Demo(deep)
    try:
        assert desk.json("account", "show", "demo")["rate"] == 99
        assert desk.good("status").startswith("running since")
    finally:
        assert again.stop() == 0
    assert not (first.data / "stentor.sock").exists()


def test_commands_that_arrive_together_all_do_their_work(desk: Desk) -> None:
    names = [f"together-{number}" for number in range(2)]
    add = (STENTOR, "account", "add", "--data", desk.data)
    processes = [subprocess.Popen([*add, name], stdout=subprocess.DEVNULL) for name in names]
    assert [process.wait(30) for process in processes] == [0, 0]
    assert {one["name"] for one in desk.json("account", "list")} >= set(names)
    for name in names:
        desk.good("account", "remove", name)


def test_a_change_by_command_holds_for_the_running_program(served: Served) -> None:
    desk = Desk(served.data)
    client = Client(served.url, basic("quick", "pw"))
    desk.good("user", "add", "quick", "--account", "shop", "--password", "pw")
    assert client.get("/account/1/balance").status == 200
    desk.good("user", "remove", "quick")
    assert client.get("/account/1/balance").status == 401
    made = Admin(served.url, TOKEN).all("revisions", kind="user")
    assert [one["action"] for one in made[:2]] == ["user quick removed", "user quick made"]
    assert made[0]["operator"].endswith(" (local)")


def test_a_large_revision_is_not_told_to_its_end(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("where,price\n" + "".join(f"{number},1\n" for number in range(20_000, 20_150)), encoding="utf-8")
    words = Desk(served.data).good("price", "import", "many", file, "--preview").splitlines()
    assert len(words) == 102
    assert words[100] == "... and 50 more; --json shows them all"


# Help


def _all(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _all(inner, (*path, name))


HELP = dict(_all(commands()))


def test_the_groups_that_issue_three_asks_for() -> None:
    groups = {path[0] for path in HELP if path}
    assert groups >= {
        "account", "user", "key", "price", "rule", "connector", "blocked", "operator", "route", "audit", "config",
        "status", "doctor", "tail", "erase", "message",
    }  # fmt: skip


@pytest.mark.parametrize("path", HELP, ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...]) -> None:
    ended = stentor(*path, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert "Usage: stentor" in ended.out
    text = HELP[path].help or ""
    assert text[:1].isupper()
    assert "." in text
    if len(path) == 2 and path[0] in {"account", "user", "key", "price", "rule", "connector", "blocked", "operator"}:
        assert f"Example: stentor {' '.join(path)}" in text


@pytest.mark.parametrize(
    "path", [path for path in HELP if path and not getattr(HELP[path], "commands", None)], ids=" ".join
)
def test_every_option_has_help(path: tuple[str, ...]) -> None:
    silent = [one.opts for one in HELP[path].params if one.param_type_name == "option" and not one.help]
    assert silent == []


def test_short_ways_to_the_help_and_the_version() -> None:
    assert stentor("-h").out == stentor("--help").out
    assert stentor("account", "-h").out == stentor("account", "--help").out
    assert stentor("--version").out == stentor("version").out == f"{version('stentor')}\n"


@pytest.mark.parametrize(
    "wrong",
    [
        ("demo", "--port", "65536"),
        ("demo", "--port", "-1"),
        ("smsc", "--port", "65536"),
        ("smsc", "--id-form", "oct"),
        ("smsc", "--receipt", "tvl"),
        ("smsc", "--window", "0"),
    ],
    ids=" ".join,
)
def test_an_option_that_cannot_be_is_named(wrong: tuple[str, ...]) -> None:
    ended = stentor(*wrong)
    assert (ended.code, ended.out) == (2, "")
    assert wrong[1] in ended.err
    assert wrong[2] in ended.err
    assert "Traceback" not in ended.err


def test_ctrl_c_while_a_command_begins_is_no_traceback() -> None:
    with pytest.raises(SystemExit) as ended, exits.explained():
        raise KeyboardInterrupt
    assert ended.value.code == 130


def test_an_unknown_command_says_what_is_near() -> None:
    ended = stentor("acount", "list")
    assert ended.code == 2
    assert "account" in ended.err


def test_commands_that_read_can_print_json(folder: Path) -> None:
    reading = [path for path in HELP if path[-1:] in (("list",), ("show",), ("versions",), ("ledger",), ("test",))]
    assert reading
    for path in reading:
        assert any("--json" in one.opts for one in HELP[path].params), path
    assert until(lambda: stentor("operator", "list", "--data", folder, "--json").json, "operators")
