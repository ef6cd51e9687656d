"""Numbers that phones write to, by command and over /admin/1; and phones that write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.cli import Ended, stentor, told
from support.process import SERVE, Served
from support.waiting import until
from support.web import Client

TABLES = """
[[connectors]]
type = "simulated"
[[connectors]]
type = "simulated"
name = "second"
[[accounts]]
name = "docs"
users = { Aladdin = "open sesame" }
[[accounts]]
name = "acme"
[[numbers]]
number = "41790000001"
account = "docs"
[[operators]]
name = "root"
token = "operator-token"
"""
PHONE = ("--from", "+41791234567")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("numbers"), TABLES)
    yield running
    assert running.stop() == 0
    assert "Traceback" not in running.stderr()


def run(served: Served, *arguments: str) -> Ended:
    return stentor(*arguments, "--data", served.data)


def good(served: Served, *arguments: str) -> str:
    ended = run(served, *arguments)
    assert (ended.code, ended.err) == (0, ""), ended
    return ended.out


def as_json(served: Served, *arguments: str) -> Any:
    return json.loads(good(served, *arguments, "--json"))


def test_a_number_is_made_shown_changed_and_removed(served: Served) -> None:
    keywords = "QUIZ=acme,NEWS=docs=json=https://docs.example/mo?a=1"
    made = as_json(served, "number", "add", "+7001", "--account", "docs", "--keywords", keywords)
    assert (made["number"], made["account"], made["way"]) == ("7001", "docs", "pull")
    assert [(one["keyword"], one["account"], one["way"], one["url"]) for one in made["keywords"]] == [
        ("QUIZ", "acme", "pull", None),
        ("NEWS", "docs", "json", "https://docs.example/mo?a=1"),
    ]
    listed = good(served, "number", "list").splitlines()
    assert listed[0].split() == ["number", "account", "way", "keywords"]
    assert listed[-1].split() == ["7001", "docs", "pull", "QUIZ=acme=pull,NEWS=docs=json=https://docs.example/mo?a=1"]
    changed = as_json(served, "number", "set", "7001", "--way", "get", "--url", "http://a.example/?t=%text%")
    assert (changed["way"], changed["url"], len(changed["keywords"])) == ("get", "http://a.example/?t=%text%", 2)
    emptied = as_json(served, "number", "set", "7001", "--way", "smpp", "--url", "none", "--keywords", "none")
    assert (emptied["way"], emptied["url"], emptied["keywords"]) == ("smpp", None, [])
    newest = as_json(served, "audit", "list", "--kind", "number")[0]
    assert newest["action"] == "number 7001 changed"
    good(served, "audit", "undo", str(newest["number"]))
    assert len(as_json(served, "number", "show", "7001")["keywords"]) == 2
    assert good(served, "number", "remove", "7001") == "number 7001 removed\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("number", "add", "70"), "number: '70' is not a number or short code of 3 to 15 digits."),
        (("number", "add", "7002"), "account: a number needs an account, or keywords with theirs."),
        (("number", "add", "7002", "--account", "nobody"), "account: no account is called 'nobody'."),
        (("number", "add", "7002", "--account", "docs", "--way", "json"), "url: way 'json' needs a URL."),
        (("number", "add", "7002", "--account", "docs", "--way", "fax"), "--way: 'fax' is not pull or smpp or get or"),
        (("number", "add", "7002", "--keywords", "QUIZ"), "--keywords: 'QUIZ' is not KEYWORD=ACCOUNT=WAY=URL, e.g. "),
        (("number", "show", "7999"), "there is no number '7999'"),
        (("account", "remove", "docs"), "account docs is still in use by number 41790000001"),
        (
            ("trigger", "mo", *PHONE, "--to", "7", "--text", "x", "--connector", "none"),
            "No simulated connector is called 'none'",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(served: Served, arguments: tuple[str, ...], message: str) -> None:
    assert message.rstrip(".") in told(run(served, *arguments))


def test_a_phone_writes(served: Served) -> None:
    text = "Grüezi " * 40
    said = good(served, "trigger", "mo", *PHONE, "--to", "+41790000001", "--text", text)
    assert said == "+41791234567 wrote to +41790000001: 2 SMS through simulated; it is docs's and goes by pull\n"
    (message,) = served.client.get("/sms/1/inbox/reports").json["results"]
    assert (message["from"], message["to"], message["text"]) == ("41791234567", "41790000001", text)


def test_nobodys_number_is_told_with_what_to_do(served: Served) -> None:
    said = good(served, "trigger", "mo", *PHONE, "--to", "7999", "--text", "x")
    assert said.endswith("Give it an owner: stentor number add 7999 --account NAME\n")
    (newest, *_) = as_json(served, "number", "unowned")
    assert (newest["from"], newest["to"], newest["text"], newest["connector"]) == (
        "41791234567",
        "7999",
        "x",
        "simulated",
    )
    assert good(served, "number", "unowned", "--limit", "1").splitlines()[0].split()[:3] == ["at", "from", "to"]
    until(lambda: "inbound message for nobody" in served.stderr(), "the warning in the log")
    metrics = Client(served.url, None).get("/metrics").body.decode()
    assert 'stentor_inbound_messages_total{way="nobody"} 1.0' in metrics


def test_measures_count_what_comes_waits_and_goes(served: Served) -> None:
    served.client.get("/sms/1/inbox/reports")

    def measure(name: str) -> float:
        text = Client(served.url, None).get("/metrics").body.decode()
        return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name + " "))

    names = (
        'parts_total{connector="second"}',
        'messages_total{way="pull"}',
        'given_total{way="pull"}',
        'waiting{way="pull"}',
    )
    before = [measure(f"stentor_inbound_{name}") for name in names]
    answer = as_json(served, "trigger", "mo", *PHONE, "--to", "41790000001", "--text", "x", "--connector", "second")
    assert answer == {
        "from": "+41791234567", "to": "41790000001", "connector": "second", "parts": 1,
        "account": "docs", "keyword": "", "way": "pull",
    }  # fmt: skip
    after = [measure(f"stentor_inbound_{name}") for name in names]
    assert [one - other for one, other in zip(after, before, strict=True)] == [1, 1, 0, 1]
    served.client.get("/sms/1/inbox/reports")
    given = [before[2] + 1, 0]  # counted when the answer is written
    until(lambda: [measure(f"stentor_inbound_{name}") for name in names[2:]] == given, "it was given")


def test_erasing_a_number_forgets_what_it_wrote(served: Served) -> None:
    good(served, "trigger", "mo", "--from", "41790099887", "--to", "41790000001", "--text", "TheInboundCanary")
    assert served.client.get("/sms/1/inbox/logs?limit=1").json["results"][0]["text"] == "TheInboundCanary"
    assert good(served, "erase", "41790099887") == "messages erased: 1; still under way, and left: 0\n"
    assert "TheInboundCanary" not in str(served.client.get("/sms/1/inbox/logs").json)
    assert not [
        name for name in ("stentor.db", "stentor.db-wal") if b"TheInboundCanary" in (served.data / name).read_bytes()
    ]


def test_over_the_management_api(served: Served) -> None:
    root = Client(served.url, "Bearer operator-token")
    path = "/admin/1/numbers"
    assert root.post(path, {"number": "7003", "account": "acme"}).status == 201
    assert root.post(path, {"number": "7003", "account": "acme"}).status == 409
    body = {
        "number": "7003",
        "account": "acme",
        "keywords": [{"keyword": "A", "account": "docs", "callback_data": "x"}],
    }
    assert root.call("PUT", f"{path}/7003", json.dumps(body).encode()).json["keywords"][0]["callback_data"] == "x"
    assert root.get(f"{path}?account=acme").json["results"][0]["number"] == "7003"
    answer = root.post("/admin/1/trigger/mo", {"from": "41791234567", "to": "7003", "text": "a word"})
    assert (answer.status, answer.json["account"], answer.json["keyword"]) == (200, "docs", "A")
    assert root.post("/admin/1/trigger/mo", {"from": "", "to": "7003", "text": "x"}).status == 400
    assert root.call("DELETE", f"{path}/7003").status == 204


def test_a_file_of_everything_brings_numbers_back(served: Served, tmp_path: Path) -> None:
    good(served, "number", "add", "7004", "--account", "docs", "--keywords", "A=acme=xml=http://a.example/x")
    exported = tmp_path / "all.toml"
    exported.write_text(good(served, "config", "export"))
    assert "[[numbers]]" in exported.read_text()
    good(served, "number", "remove", "7004")
    assert "+ number 7004" in good(served, "config", "import", str(exported))
    assert as_json(served, "number", "show", "7004")["keywords"][0]["url"] == "http://a.example/x"


def test_without_a_program_there_is_no_phone(tmp_path: Path) -> None:
    (tmp_path / "stentor.toml").write_text(SERVE.format(data=json.dumps(str(tmp_path / "data"))) + TABLES)
    config = ("--config", tmp_path / "stentor.toml")
    assert stentor("number", "list", *config).code == 0
    assert told(stentor("trigger", "mo", *PHONE, "--to", "7000", "--text", "x", *config)) == (
        "no program runs here: start it first, e.g. with stentor demo"
    )
