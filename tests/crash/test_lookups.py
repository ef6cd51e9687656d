"""Lookups outlive `kill -9`: what was promised is found and told after the next start, and paid once."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.process import LOGIN, Served
from support.receiver import receiving
from support.resolver import OtherPlatform, answering
from support.waiting import until
from support.web import Client

TABLES = """
[[resolvers]]
type = "http"
name = "upstream"
url = "{url}"
timeout = 10.0
cache = 0
[[prices]]
plan = "lookup"
price = "0.005"
[[accounts]]
name = "docs"
users = {{ Aladdin = "open sesame" }}
credit = "100"
"""
NUMBERS = [str(41790000000 + n) for n in range(120)]


@pytest.fixture
def other() -> Iterator[OtherPlatform]:
    with answering() as running:
        yield running


def charged(served: Served) -> dict[str, int]:
    """Rows of the ledger by kind, on the disk of the running program."""
    database = sqlite3.connect(f"file:{served.data}/stentor.db?mode=ro", uri=True)
    try:
        rows = database.execute("SELECT kind, count(*) FROM ledger GROUP BY kind")
        return {str(kind): int(count) for kind, count in rows}
    finally:
        database.close()


def settled(served: Served, count: int) -> None:
    def final() -> bool:
        lines = served.client.get("/number/1/logs", {"limit": 1000}).json["results"]
        return len(lines) == count and {line["status"]["id"] for line in lines} == {5}

    until(final, "final lookups")


def test_what_waits_for_an_answer_is_taken_up_again(tmp_path: Path, other: OtherPlatform) -> None:
    other.gate.clear()
    tables = TABLES.format(url=other.url)
    with receiving() as receiver:
        first = Served(tmp_path, tables)
        body = {"to": NUMBERS, "notifyUrl": receiver.url("/told")}
        asked = first.client.post("/number/1/notify", body)
        assert asked.status == 200
        until(lambda: other.requests, "a request upstream")
        first.kill()
        other.gate.set()
        second = Served(tmp_path, tables)
        try:
            told = receiver.reports("/told", len(NUMBERS))
            assert sorted(one["to"] for one in told) == NUMBERS
            settled(second, len(NUMBERS))
            assert second.client.get("/account/1/balance").json["balance"] == 99.4
            assert charged(second) == {"lookup": 120, "top-up": 1}
        finally:
            second.stop()


def test_a_client_that_was_cut_off_paid_for_what_is_in_its_log(tmp_path: Path, other: OtherPlatform) -> None:
    other.gate.clear()
    tables = TABLES.format(url=other.url)
    first = Served(tmp_path, tables)
    client = Client(first.url, LOGIN)

    def ask() -> None:
        with pytest.raises((OSError, json.JSONDecodeError)):
            client.post("/number/1/query", {"to": NUMBERS[:3]})

    asking = threading.Thread(target=ask)
    asking.start()
    until(lambda: other.requests, "a request upstream")
    first.kill()
    asking.join(20)
    other.gate.set()
    second = Served(tmp_path, tables)
    try:
        settled(second, 3)
        assert charged(second) == {"lookup": 3, "top-up": 1}
    finally:
        second.stop()


def test_a_stop_loses_nothing_either(tmp_path: Path, other: OtherPlatform) -> None:
    other.gate.clear()
    tables = TABLES.format(url=other.url)
    first = Served(tmp_path, tables)
    assert first.client.post("/number/1/notify", {"to": NUMBERS, "notifyUrl": "http://127.0.0.1:9/"}).status == 200
    assert first.stop() == 0
    other.gate.set()
    second = Served(tmp_path, tables)
    try:
        settled(second, len(NUMBERS))
        assert charged(second) == {"lookup": 120, "top-up": 1}
    finally:
        second.stop()
