"""`stentor backup` of a program under load, and `stentor restore` into another folder."""

from __future__ import annotations

import base64
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support.process import SERVE, Demo, Served, command
from support.sms import advanced, deliver, log_ids, new_id, number
from support.waiting import until
from support.web import Client, basic

PENDING = "status IN (0, 1, 3, 7, 26, 27)"
PASSWORD = "SmscPasswordCanary"
LOGIN = basic("shop", "open sesame")
TABLES = f"""
[[connectors]]
type = "smsc"
name = "away"
host = "127.0.0.1"
port = 1
system_id = "us"
password = "{PASSWORD}"
[[routes]]
connector = "away"
[[prices]]
price = "0.01"
[[accounts]]
name = "shop"
users = {{ shop = "open sesame" }}
credit = "1"
default_sender = "Shop"
"""


class Load:
    """Senders that keep what was acknowledged to them, each with an id of the platform's and one of their own."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.acknowledged: list[str] = []
        self.generated: list[str] = []
        self._stopped = threading.Event()

    @contextmanager
    def running(self, senders: int = 4) -> Iterator[None]:
        threads = [threading.Thread(target=self._send) for _ in range(senders)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join()

    def _send(self) -> None:
        while not self._stopped.is_set():
            mine = new_id()
            known = {"to": number(), "messageId": mine}
            body = {"messages": [{"from": "InfoSMS", "text": "x", "destinations": [known, {"to": number()}]}]}
            try:
                answer = self._client.post("/sms/1/text/advanced", body)
            except OSError:
                return
            if answer.status == 200:
                self.acknowledged.append(mine)
                self.generated.append(answer.json["messages"][1]["messageId"])


def backed_up(file: Path, *arguments: str | Path) -> dict[str, Any]:
    ended = command("backup", file, "--json", *arguments)
    assert ended.returncode == 0, ended.stderr
    return dict(json.loads(ended.stdout))


def restored(file: Path, data: Path, *arguments: str) -> dict[str, Any]:
    ended = command("restore", file, "--data", data, "--json", *arguments)
    assert ended.returncode == 0, ended.stderr
    return dict(json.loads(ended.stdout))


def refusal(*arguments: str | Path) -> str:
    """The one line on stderr of a command that ends with 2."""
    ended = command(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("stentor: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr


def ask(data: Path, sql: str) -> list[Any]:
    database = sqlite3.connect(data / "stentor.db")
    try:
        return database.execute(sql).fetchall()
    finally:
        database.close()


def test_what_was_acknowledged_before_the_backup_is_in_it(tmp_path: Path) -> None:
    """The program is killed under load; the backup was taken in the middle of it."""
    first = Demo(tmp_path / "first")
    load = Load(first.client)
    with load.running():
        until(lambda: len(load.acknowledged) >= 200, "200 messages")
        acknowledged, generated = set(load.acknowledged), set(load.generated)
        manifest = backed_up(tmp_path / "backup", "--data", first.data)
        until(lambda: len(load.acknowledged) >= len(acknowledged) + 100, "100 messages after")
        first.kill()
    data = tmp_path / "second" / "data"
    facts = restored(tmp_path / "backup", data)
    assert facts["counts"] == manifest["counts"]
    assert acknowledged <= {client_id for (client_id,) in ask(data, "SELECT client_id FROM message")}
    second = Demo(tmp_path / "second")
    try:
        by_key = Client(second.url, f"App {first.facts['api_key']}")
        until(lambda: ask(data, f"SELECT count(*) FROM message WHERE {PENDING}") == [(0,)], "the queue to go out", 60)
        some = [*sorted(acknowledged)[::20], *sorted(generated)[::20]]
        assert sorted(log_ids(by_key, messageId=some, limit=1000)) == sorted(some)
        assert ask(data, "SELECT sum(balance) FROM account") == ask(data, "SELECT sum(amount) FROM ledger")
        messages = manifest["counts"]["messages"]
        assert ask(data, "SELECT count(*) FROM message") == [(messages,)]
        assert ask(data, "SELECT count(*) FROM report") == [(messages,)]
        assert len(by_key.get("/sms/1/reports", {"limit": 100}).json["results"]) == 100
    finally:
        assert second.stop() == 0


def test_a_program_that_stands_still_is_backed_up_too(own_demo: Demo, tmp_path: Path) -> None:
    message_id = deliver(own_demo.client)
    own_demo.stop()
    words = command("backup", tmp_path / "backup", "--data", own_demo.data)
    assert words.returncode == 0
    assert "1 messages and 2 accounts as of 20" in words.stdout
    words = command("restore", tmp_path / "backup", "--data", tmp_path / "again")
    assert "Restored 1 messages and 2 accounts as of 20" in words.stdout
    assert message_id in command("message", "show", message_id, "--data", tmp_path / "again").stdout


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A program whose SMSC is away: one message is queued, one is scheduled."""
    running = Served(tmp_path_factory.mktemp("waiting"), TABLES)
    soon, later = ({"to": number(), "messageId": name} for name in ("soon", "later"))
    at = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    messages = [{"text": "x", "destinations": [soon]}, {"text": "x", "destinations": [later], "sendAt": at}]
    advanced(Client(running.url, LOGIN), *messages)
    yield running
    running.stop()


def test_passwords_of_networks_are_nowhere_in_clear(waiting: Served) -> None:
    data = Path(waiting.facts["data"])
    assert ask(data, "SELECT count(*) FROM definition WHERE value LIKE '%sealed:1:%'") == [(1,)]
    contents = {path.name: path.read_bytes() for path in data.iterdir() if path.is_file()}
    assert {"stentor.db", "stentor.db-wal", "stentor.key"} <= set(contents)
    assert [name for name, content in contents.items() if PASSWORD.encode() in content] == []
    assert PASSWORD not in waiting.stderr()


def test_the_queue_is_kept_or_ended_unsent(waiting: Served, tmp_path: Path) -> None:
    backed_up(tmp_path / "backup", "--data", waiting.facts["data"])
    for option, ended in (("--keep-queue", []), ("--drop-queue", [(29,)])):
        data = tmp_path / option
        assert restored(tmp_path / "backup", data, option)["dropped"] == len(ended)
        assert ask(data, "SELECT status FROM message WHERE client_id = 'soon' AND status NOT IN (0, 7)") == ended
        assert ask(data, "SELECT status FROM message WHERE client_id = 'later'") == [(26,)]
        assert ask(data, "SELECT sum(balance) FROM account") == ask(data, "SELECT sum(amount) FROM ledger")


def test_without_its_key_the_program_says_what_is_missing(waiting: Served, tmp_path: Path) -> None:
    """A backup without the key; then the key of another installation; then its own."""
    data, source = tmp_path / "data", Path(waiting.facts["data"])
    ended = command("backup", tmp_path / "backup", "--data", source, "--without-key")
    assert f"The key file {source / 'stentor.key'} is not in it" in ended.stderr
    ended = command("restore", tmp_path / "backup", "--data", data)
    assert f"put the key file of then to {data / 'stentor.key'}" in ended.stderr
    config = tmp_path / "stentor.toml"
    config.write_text(SERVE.format(data=json.dumps(str(data))) + TABLES, encoding="utf-8")
    assert f"the key file {data / 'stentor.key'} is missing" in refusal("serve", "--config", config)
    assert names(data) == ["stentor.db", "stentor.lock"]
    (data / "stentor.key").write_text(base64.b64encode(bytes(32)).decode())
    assert "was sealed with another key than" in refusal("serve", "--config", config)
    (data / "stentor.key").write_bytes((source / "stentor.key").read_bytes())
    again = Served(tmp_path, TABLES)
    assert again.stop() == 0


def test_the_key_file_may_lie_elsewhere(tmp_path: Path) -> None:
    config, key = tmp_path / "stentor.toml", tmp_path / "keys" / "key"
    key.parent.mkdir()
    elsewhere = SERVE.replace("[http]", f"key_file = {json.dumps(str(key))}\n[http]")
    first = Served(tmp_path, TABLES, elsewhere)
    assert first.stop() == 0
    assert names(tmp_path / "data") == ["stentor.db", "stentor.lock"]
    backed_up(tmp_path / "backup", "--config", config)
    ended = command("restore", tmp_path / "backup", "--config", config, "--force")
    assert ended.returncode == 0, ended.stderr
    assert names(key.parent) == ["key"]
    assert names(tmp_path / "data") == ["stentor.db", "stentor.lock"]


def test_refusals_say_what_to_do(demo: Demo, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    backed_up(file, "--data", demo.data)
    assert "is there already: give another name, or --force" in refusal("backup", file, "--data", demo.data)
    assert "is in use by another running Stentor" in refusal("restore", file, "--data", demo.data, "--force")
    file.write_bytes(file.read_bytes()[:-50])
    assert "is cut off or was altered" in refusal("restore", file, "--data", tmp_path / "again")
    assert names(tmp_path) == ["backup"]
