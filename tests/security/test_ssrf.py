"""Calls to customers' URLs never reach what the operator did not open: `corpus/ssrf.json`, row by row.

A row is a URL, what its message's history says ("refused": at acceptance), and whether it would arrive at loopback if
the operator allowed that.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stentor.core.errors import InvalidField
from stentor.core.submit import Outgoing, Submission, check
from stentor.engine.address import AddressPolicy, AddressRefused, is_own
from stentor.storage.sqlite import SqliteStore, reading
from support.calling import CALLED, LOOPBACK, calling, canary, history, platform, said
from support.knocks import knocked_at
from support.making import ACME, START
from support.process import SERVE, Served
from support.sms import advanced, new_id, number
from support.waiting import until
from support.web import Client, basic

CORPUS = json.loads((Path(__file__).parent / "corpus" / "ssrf.json").read_text(encoding="utf-8"))
NOT_PUBLIC = "is not a public address"
NUMERIC = ("not a public address", "not a canonical IPv4 address", "malformed")
NAMES = r"a\.localhost|localhost\."
"""Names that not every system knows."""

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
name = "shop"
users = { shop = "secret" }
credit = "1000"
default_sender = "InfoSMS"
"""


@pytest.mark.parametrize("address", CORPUS["denied"])
def test_denied(address: str) -> None:
    info = (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))
    assert not AddressPolicy().permits(address)
    with pytest.raises(AddressRefused, match=f"{re.escape(address)} {NOT_PUBLIC}"):
        AddressPolicy().socket(info)


@pytest.mark.parametrize("address", CORPUS["permitted"])
def test_permitted(address: str) -> None:
    assert AddressPolicy().permits(address)


@pytest.mark.parametrize("text", CORPUS["no_address"])
def test_what_is_no_address_is_never_permitted(text: str) -> None:
    assert not AddressPolicy(["0.0.0.0/0", "::/0"]).permits(text)


def test_the_machine_itself_is_refused_even_on_a_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that listens on every interface is behind a firewall only for those who come from outside."""
    monkeypatch.setattr("stentor.engine.address._DENIED", ())
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    with pytest.raises(AddressRefused, match=r"127\.0\.0\.1 is this machine itself"):
        AddressPolicy().socket(info)
    AddressPolicy(["127.0.0.1/32"]).socket(info).close()
    assert not is_own("8.8.8.8")


def urls(port: int) -> Iterator[tuple[str, str, str]]:
    for url, reason, arrives in CORPUS["urls"]:
        yield url.replace("{port}", str(port)), reason, arrives


def accepted(url: str) -> bool:
    try:
        check(Submission(ACME, [Outgoing(destinations=[], notify_url=url)]), START)
    except InvalidField:
        return False
    return True


def test_what_is_refused_at_acceptance() -> None:
    wrong = [url for url, reason, _ in urls(8080) if accepted(url) is (reason == "refused")]
    assert wrong == []


async def test_no_url_of_the_corpus_arrives_and_each_history_says_why(tmp_path: Path) -> None:
    async with canary() as (port, listeners), platform(tmp_path, AddressPolicy()) as e:
        rows = [(url, reason) for url, reason, _ in urls(port) if reason != "refused"]
        told = await history(e, *(url for url, _ in rows))
        wrong = [(url, words) for (url, reason), words in zip(rows, told, strict=True) if not re.search(reason, words)]
        assert wrong == []
        assert [listener.connections for listener in listeners] == [0] * len(listeners)


async def test_what_acceptance_refuses_would_not_arrive_either() -> None:
    async with canary() as (port, listeners), calling(AddressPolicy(), total=3.0) as caller:
        for url, reason, _ in urls(port):
            if reason == "refused":
                await said(caller, url)
        assert [listener.connections for listener in listeners] == [0] * len(listeners)


async def test_the_same_urls_arrive_where_the_operator_allows_it(tmp_path: Path) -> None:
    """So the canary would have seen them."""
    async with canary() as (port, listeners), platform(tmp_path, AddressPolicy(LOOPBACK)) as e:
        ways = {"arrives", "arrives over IPv6"} if len(listeners) == 2 else {"arrives"}
        allowed = [url for url, _, arrives in urls(port) if arrives in ways]
        assert [words for words in await history(e, *allowed) if "200 in" not in words] == []
        assert sum(len(listener.requests) for listener in listeners) >= len(allowed)


def test_the_program_as_it_runs_calls_none_of_them(tmp_path: Path) -> None:
    """Messages whose URLs need no name server, sent over HTTP; their histories beside the running program."""
    with knocked_at() as (port, knocks), serving(tmp_path) as served:
        rows = {new_id(): row for row in urls(port) if row[1] in NUMERIC and not re.search(NAMES, row[0])}
        client = Client(served.url, basic("shop", "secret"))
        sent = [{"text": "x", "notifyUrl": url, "destinations": [to(key)]} for key, (url, _, _) in rows.items()]
        advanced(client, *sent)
        told = until(lambda: called(served.data, list(rows)), "a call for each")
        assert [(rows[key], words) for key, words in told.items() if rows[key][1] not in words] == []
        for url, reason, _ in urls(port):
            if reason == "refused":
                body = {"messages": {"text": "x", "notifyUrl": url, "destinations": to(new_id())}}
                assert client.post("/sms/1/text/advanced", body).error[:2] == (400, "BAD_REQUEST"), url
        assert knocks() == 0


def test_a_knock_is_counted() -> None:
    with knocked_at() as (port, knocks):
        socket.create_connection(("127.0.0.1", port)).close()
        assert knocks() == 1


def to(message_id: str) -> dict[str, str]:
    return {"to": number(), "messageId": message_id}


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """With no network allowed."""
    served = Served(folder, TABLES, SERVE.replace('allow = ["127.0.0.0/8"]', "allow = []"))
    try:
        yield served
    finally:
        served.stop()


def called(data: Path, keys: list[str]) -> dict[str, str] | None:
    """What each message's history says of its first call; None while one is missing."""
    connection = SqliteStore.reader(data)
    try:
        stories = {key: reading.story(connection, key, None) for key in keys}
    finally:
        connection.close()
    told = {
        key: event.detail
        for key, story in stories.items()
        for event in (story.events if story else ())
        if event.kind in CALLED
    }
    return told if len(told) == len(keys) else None
