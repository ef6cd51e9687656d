"""The management API of a running program, as an operator's own scripts call it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from support.web import Answer, Client

TOKEN = "root-token"
TABLES = f"""
[[connectors]]
type = "simulated"
name = "network"
delay = 0.01
[[routes]]
connector = "network"
name = "all"
order = 1000
[[prices]]
price = "0.01"
[[accounts]]
name = "shop"
users = {{ shop = "secret" }}
credit = "100"
[[operators]]
name = "root"
token = "{TOKEN}"
"""
"""A simulated network, an account with credit, and an operator."""


class Admin:
    """`name` may have several parts: each is one segment of the path."""

    def __init__(self, url: str, token: str | None) -> None:
        self._client = Client(url, None if token is None else f"Bearer {token}")

    def call(self, method: str, *path: str, body: object = None, **query: object) -> Answer:
        """`body`: an object for JSON, or octets as they are; a query's name may end in `_`."""
        target = "/admin/1/" + "/".join(quote(piece, safe="") for piece in path)
        if query:
            target += "?" + urlencode({name.rstrip("_"): _word(value) for name, value in query.items()})
        octets = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return self._client.call(method, target, octets)

    def get(self, *path: str, **query: object) -> Any:
        """What is there."""
        answer = self.call("GET", *path, **query)
        assert answer.status == 200, answer
        return answer.json

    def all(self, path: str, **query: object) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(path, **query)["results"]
        return found

    def make(self, path: str, **fields: Any) -> dict[str, Any]:
        return self._good(self.call("POST", path, body=fields), 201)

    def put(self, *path: str, **fields: Any) -> dict[str, Any]:
        return self._good(self.call("PUT", *path, body=fields), 200)

    def patch(self, *path: str, **fields: Any) -> dict[str, Any]:
        return self._good(self.call("PATCH", *path, body=fields), 200)

    def remove(self, *path: str) -> None:
        answer = self.call("DELETE", *path)
        assert (answer.status, answer.body) == (204, b""), answer

    def post(self, *path: str, body: object = None, **query: object) -> dict[str, Any]:
        return self._good(self.call("POST", *path, body=body, **query), 200)

    def text(self, *path: str, **query: object) -> str:
        answer = self.call("GET", *path, **query)
        assert answer.status == 200, answer
        return answer.body.decode()

    def refused(self, method: str, *path: str, body: object = None, **query: object) -> tuple[int, str]:
        """Status and text of a refusal, which names what was wrong."""
        status, _, text = self.call(method, *path, body=body, **query).error
        return status, text

    def keys(self, kind: str) -> set[str]:
        """Names of what is defined."""
        return {one["name"] for one in self.all(kind)}

    def newest(self) -> dict[str, Any]:
        """The newest line of the audit log."""
        return self.all("revisions", limit=1)[0]

    @staticmethod
    def _good(answer: Answer, status: int) -> dict[str, Any]:
        assert answer.status == status, answer
        return dict(answer.json)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
