"""A small HTTP client on the standard library, and raw octets over a socket."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

JSON_HEADERS = {"Content-Type": "application/json"}
TIMEOUT_S = 20.0

Query = Mapping[str, str | int | Sequence[str]]


class Answer(msgspec.Struct, frozen=True):
    """What the program answered; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str, str]:
        """Status, messageId and text of a `requestError`."""
        assert self.headers["content-type"] == "application/json", self
        exception = self.json["requestError"]["serviceException"]
        return self.status, exception["messageId"], exception["text"]


class Client:
    """Calls one platform with one Authorization header (None: without)."""

    def __init__(self, url: str, authorization: str | None) -> None:
        self.url = url
        self.authorization = authorization

    def call(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        sent = {"Authorization": self.authorization} if self.authorization is not None else {}
        connection = http.client.HTTPConnection(*address(self.url), timeout=TIMEOUT_S)
        try:
            connection.request(method, target, body, {**sent, **(headers or {})})
            return _answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path: str, query: Query | None = None) -> Answer:
        return self.call("GET", f"{path}?{urlencode(query, doseq=True)}" if query else path)

    def post(self, path: str, body: object) -> Answer:
        return self.call("POST", path, json.dumps(body, ensure_ascii=False).encode(), JSON_HEADERS)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def exchange(url: str, octets: bytes) -> Answer:
    """Send these very octets on a connection of their own and read one answer."""
    with socket.create_connection(address(url), timeout=TIMEOUT_S) as connection:
        connection.sendall(octets)
        response = http.client.HTTPResponse(connection)
        try:
            response.begin()
            return _answer(response)
        finally:
            response.close()


def _answer(response: http.client.HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())
