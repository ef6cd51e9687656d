"""Two platforms in a row: customers send to the near one, which sends through the far one."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any, Self

from support.process import Served, command
from support.waiting import until
from support.web import Client, basic

_BASE = """
[storage]
data = {{data}}
[http]
port = {port}
[smpp]
enabled = false
[notify]
allow = ["127.0.0.0/8"]
[log]
format = "json"
"""
_FAR = """
[[connectors]]
type = "simulated"
name = "network"
delay = {delay}
window = 2000
[[routes]]
connector = "network"
[[prices]]
price = "0.01"
[[accounts]]
name = "chain"
users = {{ chain = "chain-secret" }}
keys = ["chain-key"]
credit = "{credit}"
"""
_NEAR = """
[[connectors]]
type = "http"
name = "next"
url = "{url}"
retry_max = 0.5
pull_every = 0.1
{options}
[[connectors]]
type = "simulated"
name = "spare"
delay = 0.05
[[routes]]
targets = [{{ connector = "next", weight = 1 }}{spare}]
[[prices]]
price = "0.02"
[[accounts]]
name = "shop"
users = {{ shop = "shop-secret" }}
credit = "10000"
[[operators]]
name = "root"
token = "operator-token"
"""
LOGIN = 'user = "chain"\npassword = "chain-secret"'
_PENDING = ("ACCEPTED", "PENDING")


class Chain:
    """`reports`: "pull" or "notify". `login`: how the near one names itself to the far one."""

    def __init__(
        self,
        folder: Path,
        reports: str = "pull",
        *,
        login: str = LOGIN,
        options: str = "",
        spare: bool = False,
        delay: float = 0.05,
        credit: str = "10000",
        has_smpp: bool = True,
    ) -> None:
        self._folder = folder
        self.near_port, self.far_port = free_ports(2)
        self._far_tables = _FAR.format(delay=delay, credit=credit)
        chosen = f'{login}\nreports = "{reports}"\npublic_url = "http://127.0.0.1:{self.near_port}"\n{options}'
        second = ', { connector = "spare", weight = 0 }' if spare else ""
        url = f"http://127.0.0.1:{self.far_port}"
        self._near_tables = _NEAR.format(url=url, options=chosen, spare=second)
        self._base = _BASE if has_smpp else _BASE.replace("[smpp]\nenabled = false\n", "")
        self.stolen: list[dict[str, Any]] = []
        self.near: Served | None = None
        self.far: Served | None = None

    def start_far(self) -> Served:
        self.far = Served(self._folder / "far", self._far_tables, self._base.format(port=self.far_port))
        return self.far

    def start_near(self) -> Served:
        self.near = Served(self._folder / "near", self._near_tables, self._base.format(port=self.near_port))
        return self.near

    def __enter__(self) -> Self:
        far = self.start_far()
        try:
            self.start_near()
        except BaseException:
            far.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self.near, self.far):
            if one is not None and one.process.poll() is None:
                one.stop()

    @property
    def customer(self) -> Client:
        return Client(f"http://127.0.0.1:{self.near_port}", basic("shop", "shop-secret"))

    @property
    def there(self) -> Client:
        """The far one, as the near one sees it."""
        return Client(f"http://127.0.0.1:{self.far_port}", basic("chain", "chain-secret"))

    @property
    def operator(self) -> Client:
        return Client(f"http://127.0.0.1:{self.near_port}", "Bearer operator-token")

    def link(self) -> dict[str, Any]:
        """The state of the near one's connector."""
        connectors = self.operator.get("/admin/1/status").json["connectors"]
        return next(one for one in connectors if one["name"] == "next")

    def well(self) -> None:
        until(lambda: self.link()["trouble"] is None, "the link is well")

    def send(self, count: int, prefix: str = "m", **fields: Any) -> list[str]:
        """That many messages in one request; their ids."""
        ids = [f"{prefix}-{number}" for number in range(count)]
        to = [{"to": f"4179{number:07d}", "messageId": one} for number, one in enumerate(ids)]
        body = {"messages": [{"from": "InfoSMS", "text": "Hello", "destinations": to, **fields}]}
        answer = self.customer.post("/sms/1/text/advanced", body)
        assert answer.status == 200, answer
        return ids

    def far_story(self, text: str) -> dict[str, Any]:
        """What the far one keeps of the message with that text."""
        path = self._folder / "far" / "data" / "stentor.db"
        columns = ("flash", "sent_at", "expires_at", "extra", "notify_url")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as store:
            rows = store.execute(f"SELECT {', '.join(columns)} FROM message WHERE text = ?", (text,)).fetchall()
        store.close()
        (row,) = rows
        found = dict(zip(columns, row, strict=True))
        return {**found, "flash": bool(found["flash"]), "extra": json.loads(found["extra"] or "null")}

    def door(self) -> str:
        """The path of the near one that the far one was told to send reports to."""
        self.send(1, "door", text="the door")
        url = until(lambda: self._sent() and self.far_story("the door")["notify_url"], "a message there")
        return str(url).removeprefix(f"http://127.0.0.1:{self.near_port}")

    def _sent(self) -> bool:
        return bool(log(self.there))

    def administer_there(self, *arguments: str) -> None:
        ended = command(*arguments, "--data", self._folder / "far" / "data")
        assert ended.returncode == 0, ended

    def forbid_there(self, country: str) -> None:
        self.administer_there("blocked", "add", country)

    def limit_there(self, rate: int) -> None:
        self.administer_there("account", "set", "chain", "--rate", str(rate))

    def pay_there(self, amount: str) -> None:
        self.administer_there("account", "credit", "chain", amount)

    def final(self, count: int, seconds: float = 20.0) -> Counter[str]:
        """What became of all messages at the near one, once so many are final: how many of each status."""

        def done() -> Counter[str] | None:
            lines = log(self.customer)
            names = Counter(line["status"]["name"] for line in lines if line["status"]["groupName"] not in _PENDING)
            return names if names.total() >= count else None

        return until(done, f"{count} final messages", seconds)


def log(client: Client) -> list[dict[str, Any]]:
    return list(client.get("/sms/1/logs", {"limit": 1000}).json["results"])


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
