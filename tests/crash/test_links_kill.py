"""kill -9 while tracked messages are accepted: a message and its link, its run and their counts are there together."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import threading
from itertools import product
from pathlib import Path
from typing import Any

import apsw
import pytest

from crash.conftest import Show
from stentor.core.rates import LENGTHS
from stentor.core.shortening import number_of
from support.process import Served
from support.sms import new_id
from support.web import Client, basic

TABLES = """
[[connectors]]
type = "simulated"
delay = 3600
[[routes]]
connector = "simulated"
[[prices]]
price = "0.01"
[[accounts]]
name = "acme"
users = { acme = "acme" }
credit = "100000"
"""
LINK = re.compile(r"/([0-9A-Za-z]{4})/([0-9A-Za-z]{5})$")
ENOUGH = 150
"""Requests of three messages that are answered between two kills."""
_BROKEN = (OSError, http.client.HTTPException, json.JSONDecodeError)


class Load:
    """Senders until the program is gone; `acknowledged` are the ids in its answers."""

    def __init__(self, served: Served) -> None:
        self.acknowledged: list[str] = []
        self._client = Client(served.url, basic("acme", "acme"))
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(4)]

    def run_until_killed(self, served: Served) -> None:
        for thread in self._threads:
            thread.start()
        assert self._enough.wait(30)
        served.kill()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        with contextlib.suppress(*_BROKEN):
            while True:
                ids = [new_id() for _ in range(3)]
                destinations = [{"to": f"4179302672{n}", "messageId": one} for n, one in enumerate(ids)]
                message = {"from": "InfoSMS", "destinations": destinations, "text": "See http://a.example/x"}
                body = {"messages": [message], "tracking": {"track": "URL", "type": "T"}}
                answer = self._client.post("/sms/1/text/advanced", body)
                assert answer.status == 200, answer
                self.acknowledged += ids
                self._client.call("POST", f"/ct/1/log/end/{ids[0]}")
                if len(self.acknowledged) >= 3 * ENOUGH:
                    self._enough.set()


def rows(connection: apsw.Connection, sql: str) -> list[Any]:
    return list(connection.execute(sql))


def consistent(data: Path, acknowledged: list[str]) -> dict[str, int]:
    connection = apsw.Connection(str(data / "stentor.db"), flags=apsw.SQLITE_OPEN_READONLY)
    with contextlib.closing(connection):
        texts = dict(rows(connection, "SELECT id, text FROM message"))
        links = dict(rows(connection, "SELECT message, code FROM link"))
        assert len(links) == len(rows(connection, "SELECT code FROM link"))
        found = {message: LINK.search(text) for message, text in texts.items()}
        codes = {message: number_of(link[1] + link[2]) for message, link in found.items() if link}
        assert codes == links
        assert set(texts) == {run for (run,) in rows(connection, "SELECT id FROM process_run")}
        known = {one for (one,) in rows(connection, "SELECT client_id FROM message")}
        lost = set(acknowledged) - known
        counted = (
            "SELECT tag, sum(count) FROM process_series JOIN series_count ON series = id"
            " WHERE scope = {} AND length = {} GROUP BY tag ORDER BY tag"
        )
        logged = rows(connection, "SELECT tag, count(*) FROM process_log GROUP BY tag ORDER BY tag")
        for scope, (length, _) in product((0, 5), LENGTHS):
            assert rows(connection, counted.format(scope, length)) == logged
        assert logged[0][1] == len(texts)
        return {"acknowledged": len(acknowledged), "messages": len(texts), "links": len(links), "lost": len(lost)}


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.long)])
def test_links_are_durable_with_their_messages(tmp_path: Path, kills: int, show: Show) -> None:
    acknowledged: list[str] = []
    served = Served(tmp_path, TABLES)
    try:
        for _ in range(kills):
            load = Load(served)
            load.run_until_killed(served)
            acknowledged += load.acknowledged
            found = consistent(tmp_path / "data", acknowledged)
            assert found["lost"] == 0
            served = Served(tmp_path, TABLES)
        show(f"{kills} kills beside tracked messages", found)
        log = Client(served.url, basic("acme", "acme")).get("/sms/1/logs", {"messageId": acknowledged[-1]})
        path = LINK.search(log.json["results"][0]["text"])
        assert path is not None
        assert Client(served.url, None).get(path[0]).status == 302
    finally:
        served.stop()
