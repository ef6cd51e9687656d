"""A platform for clients of 003: accounts with every way of being refused, and the old API as they call it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from xml.sax.saxutils import unescape

from support.process import Served
from support.waiting import until
from support.web import Answer, Client, basic

LOGIN = {"user": "test", "password": "test & more"}
OPERATOR = "Bearer operator-token"
TABLES = """
[[connectors]]
type = "simulated"
name = "network"
delay = 0.01
[[routes]]
connector = "network"
[[resolvers]]
type = "simulated"
delay = 0
timeout = 0.5
[[prices]]
price = "0.01"
where = "CH"
[[prices]]
price = "17"
where = "HR"
[[prices]]
price = "1"
plan = "lookup"
where = "CH"
[[prices]]
price = "0.005"
plan = "lookup"
where = "HR"
[[accounts]]
name = "test"
users = { test = "test & more" }
credit = "1000"
lookup_package = "full"
[[accounts]]
name = "poor"
users = { poor = "secret" }
credit = "0.02"
[[accounts]]
name = "strict"
users = { strict = "secret" }
credit = "10"
senders = ["Mine"]
v3_long = "reject"
per_number = 1
[[accounts]]
name = "slow"
users = { slow = "secret" }
credit = "10"
rate = 1
[[accounts]]
name = "modern"
users = { modern = "secret" }
credit = "10"
query_login = false
[[accounts]]
name = "pushed"
users = { pushed = "secret" }
credit = "1000"
v3_report_url = "RECEIVER/own"
v3_report_type = "json"
v3_lookup_url = "RECEIVER/lookups"
[[operators]]
name = "root"
token = "operator-token"
[[numbers]]
number = "41790007000"
account = "test"
"""
_numbers = itertools.count(41791700000)
RESULT = re.compile(
    r"<result>\s*<status>(-?\d+)</status><messageid>(.*?)</messageid><destination>(\d*)</destination></result>"
)
Row = tuple[int, str, str]
"""Status, messageid, destination."""


class Old(Client):
    """A client of 003."""

    def __init__(self, url: str, user: str = "test", password: str = LOGIN["password"]) -> None:
        super().__init__(url, None)
        self.login = {"user": user, "password": password}
        self.modern = Client(url, basic(user, password))

    def ask(self, path: str, **query: str) -> Answer:
        return self.get(path, {**self.login, **query})

    def plain(self, **query: str) -> list[Row]:
        """One short text unless the test says otherwise."""
        one = {"sender": "Friend", "SMSText": "message", **query}
        if "binary" in query:
            del one["SMSText"]
        return rows(self.ask("/api/v3/sendsms/plain", **one))

    def sent(self, **query: str) -> str:
        """The id of a message that was accepted."""
        ((status, message_id, _),) = self.plain(**{"GSM": number(), **query})
        assert status == 0
        return message_id

    def xml(self, message: str, path: str = "/api/v3/sendsms/xml") -> list[Row]:
        body = (
            f"<SMS><authentication><username>test</username><password>test &amp; more</password></authentication>"
            f"{message}</SMS>"
        )
        return rows(self.call("POST", path, body.encode(), {"Content-Type": "application/xml"}))

    def log(self, message_id: str) -> dict[str, object]:
        """Its line over v1."""
        (line,) = self.modern.get("/sms/1/logs", {"messageId": message_id}).json["results"]
        return dict(line)


def number() -> str:
    """A Swiss one of its own."""
    return str(next(_numbers))


def rows(answer: Answer) -> list[Row]:
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == "text/csv;charset=UTF-8"
    found = RESULT.findall(answer.body.decode())
    assert found, answer
    return [(int(status), unescape(message_id), destination) for status, message_id, destination in found]


def pulled(old: Old, path: str = "/api/v3/dr/pull", **query: str) -> str:
    """The first answer with reports."""

    def some() -> str | None:
        answer = old.ask(path, **query)
        assert answer.status == 200, answer
        return None if answer.body == b"NO_DATA" else answer.body.decode()

    return until(some, f"reports {query}")


@contextmanager
def platform(folder: Path, receiver: str = "http://127.0.0.1:9") -> Iterator[Served]:
    running = Served(folder, TABLES.replace("RECEIVER", receiver))
    try:
        yield running
    finally:
        running.stop()


def query(**values: str) -> str:
    return urlencode(values)
