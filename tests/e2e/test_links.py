"""Short links of the running program: what operators do with them, what outlives it, and what it forgets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from support.cli import stentor, told
from support.process import Served
from support.receiver import Receiver, receiving
from support.sms import new_id, number, settled
from support.waiting import until
from support.web import Client, basic

ANDROID = {"User-Agent": "Mozilla/5.0 (Linux; Android 13)"}
TABLES = """
[[connectors]]
type = "simulated"
delay = 0.02
[[routes]]
connector = "simulated"
[[prices]]
price = "0.01"
[[accounts]]
name = "acme"
users = {{ acme = "acme" }}
credit = "100"
click_url = "{click_url}"
[[operators]]
name = "root"
token = "operator-token"
"""


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def served(tmp_path: Path, receiver: Receiver) -> Iterator[Served]:
    running = Served(tmp_path, TABLES.format(click_url=receiver.url("/clicks")))
    yield running
    running.stop()


def client_of(served: Served) -> Client:
    return Client(served.url, basic("acme", "acme"))


def links(served: Served, *to: str, url: str = "https://www.example.com/x") -> list[str]:
    """One for each number, as the phones get them."""
    client, ids = client_of(served), [new_id() for _ in to]
    destinations = [{"to": one, "messageId": id_} for one, id_ in zip(to, ids, strict=True)]
    message = {"from": "InfoSMS", "destinations": destinations, "text": f"See {url}", "callbackData": "canary-data"}
    answer = client.post("/sms/1/text/advanced", {"messages": [message], "tracking": {"track": "URL", "type": "T"}})
    assert answer.status == 200, answer
    texts = {line["messageId"]: line["text"] for line in settled(client, *ids)}
    return [texts[id_].split()[-1] for id_ in ids]


def followed(served: Served, link: str) -> int:
    path = "/" + "/".join(link.split("/")[-2:])
    return Client(served.url, None).call("GET", path, None, ANDROID).status


def shown(served: Served, link: str) -> dict[str, Any]:
    ended = stentor("link", "show", link, "--data", served.data, "--json")
    assert ended.code == 0, ended
    return dict(ended.json)


def clicks_of(served: Served, link: str) -> int:
    return sum(one["clicks"] for one in shown(served, link)["clicks"])


def test_operators_see_a_link_and_stop_it(served: Served) -> None:
    to = number()
    (link,) = links(served, to)
    assert link.startswith(f"{served.url}/"), "without a domain it is the program's own address"
    assert followed(served, link) == 302
    until(lambda: clicks_of(served, link) == 1, "the click")
    facts = shown(served, link)
    assert (facts["url"], facts["recipient"], facts["account"]) == ("https://www.example.com/x", to, "acme")
    assert [(one["os"], one["clicks"]) for one in facts["clicks"]] == [("ANDROID", 1)]
    code = "/".join(link.split("/")[-2:])
    out = stentor("link", "stop", code, "--data", served.data).out
    assert out.startswith(f"{code} stopped, led to https://www.example.com/x\n")
    assert followed(served, link) == 410
    assert stentor("link", "start", link, "--data", served.data).out.startswith(f"{code} leads to")
    assert followed(served, link) == 302
    audit = stentor("audit", "list", "--data", served.data).out
    assert re.search(r"stopped: link \w{9}", audit)


def test_operators_stop_a_host(served: Served) -> None:
    (link,), (other,) = links(served, number()), links(served, number(), url="https://example.org/")
    ended = stentor("link", "stop", "--host", "Example.COM.", "--data", served.data)
    assert (ended.code, ended.out.split()[:3]) == (0, ["host", "since", "example.com"])
    assert [followed(served, link), followed(served, other)] == [410, 302]
    (later,) = links(served, number())
    assert followed(served, later) == 410
    assert stentor("link", "stopped", "--data", served.data, "--json").json["hosts"][0]["host"] == "example.com"
    ended = stentor("link", "start", "--host", "example.com", "--data", served.data)
    assert (ended.code, ended.out) == (0, "no host is stopped\n")
    assert followed(served, link) == 302
    ended = stentor("link", "stop", "--host", "Пример.РФ", "--data", served.data)
    assert ended.out.split()[2] == "xn--e1afmkfd.xn--p1ai", "as phones look it up"
    ended = stentor("link", "start", "--host", "xn--e1afmkfd.xn--p1ai", "--data", served.data)
    assert (ended.code, ended.out) == (0, "no host is stopped\n")


def test_what_is_no_link_is_said(served: Served, tmp_path: Path) -> None:
    assert "is not a short link" in told(stentor("link", "show", "x/y", "--data", served.data))
    assert "no link has the code" in told(stentor("link", "show", "AAAA/BBBBB", "--data", served.data))
    assert "give a link, or --host" in told(stentor("link", "stop", "--data", served.data))
    assert "host" in told(stentor("link", "stop", "--host", "a b", "--data", served.data))


def test_a_link_outlives_the_program(served: Served, tmp_path: Path) -> None:
    """Also after a kill; the commands work on the folder alone, and a stopped account's links lead nowhere."""
    first, second = links(served, number(), number())
    assert followed(served, first) == 302
    until(lambda: clicks_of(served, first) == 1, "the click")
    served.kill()
    assert shown(served, first)["clicks"][0]["clicks"] == 1
    assert stentor("link", "stop", second, "--data", served.data).code == 0
    again = Served(
        tmp_path / "again", "", base=(tmp_path / "stentor.toml").read_text().replace("{", "{{").replace("}", "}}")
    )
    try:
        assert [followed(again, first), followed(again, second)] == [302, 410]
        assert stentor("account", "set", "acme", "--no-enabled", "--data", served.data).code == 0
        assert followed(again, first) == 410
    finally:
        again.stop()


def test_clicks_under_way_are_written_at_the_end(served: Served) -> None:
    (link,) = links(served, number())
    for _ in range(20):
        assert followed(served, link) == 302
    assert served.stop() == 0
    assert clicks_of(served, link) == 20


def test_a_number_is_erased_with_its_links_and_clicks(served: Served, receiver: Receiver, tmp_path: Path) -> None:
    """No octet of it is left in the data folder, in link, click or call."""
    to, url = "41796660000", "https://canary.example/secret-path"
    (link,), (other,) = links(served, to, url=url), links(served, number())
    assert followed(served, link) == followed(served, other) == 302
    until(lambda: [call for call in receiver.calls("/clicks") if json.loads(call.body)["recipient"] == to], "the call")
    until(lambda: _owed(served.data) == 0, "that nothing is owed")
    assert stentor("erase", to, "--data", served.data).code == 0
    assert (followed(served, link), followed(served, other)) == (404, 302)
    served.stop()
    octets = b"".join(file.read_bytes() for file in served.data.iterdir() if file.is_file())
    for trace in (to, "secret-path", "canary.example"):
        assert trace.encode() not in octets, trace


def _owed(data: Path) -> int:
    connection = apsw.Connection(str(data / "stentor.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return int(connection.execute("SELECT count(*) FROM call").get)
    finally:
        connection.close()
