"""Data folders of every earlier schema: brought forward as a whole or not at all, and nothing in them is lost."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from stentor.core.ids import Ids
from stentor.core.ports import LogFilter, ReportFilter
from stentor.engine.notify import NotifyLimits
from stentor.storage.sqlite import SqliteStore
from stentor.storage.sqlite.migrations import MIGRATIONS, migrate
from support.making import HOST, HOUR, START, URL, FakeClock
from support.platform import Engine, until
from support.process import Served, command
from support.waiting import until as waited
from support.web import Client, basic
from upgrade.content import SECRET, fill
from upgrade.defined import CREDIT, KEY, LOGIN, PASSWORD
from upgrade.make import DUMPS, dumped, load

NEWEST = len(MIGRATIONS)
OLDER = sorted(DUMPS.glob("schema-*.sql"))

SERVED = """
[[connectors]]
type = "simulated"
name = "net"
delay = 0.01
[[routes]]
name = "swiss"
connector = "net"
[[prices]]
price = "0.01"
[[accounts]]
name = "shop"
users = { shop = "open sesame" }
keys = ["k-shop-123"]
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What this program writes; the tests only read it."""
    folder = tmp_path_factory.mktemp("fresh")
    asyncio.run(fill(folder))
    return folder


@pytest.fixture(params=OLDER, ids=lambda dump: dump.stem)
def dump(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture
def old(dump: Path, tmp_path: Path) -> Path:
    """A folder as the program of then left it."""
    load(dump, tmp_path / "data")
    return tmp_path / "data"


def schema(folder: Path) -> list[tuple[str, str, str]]:
    """Everything that is defined in the database, without regard to white space and quotes around names."""
    database = sqlite3.connect(folder / "stentor.db")
    rows = database.execute("SELECT type, name, ifnull(sql, '') FROM sqlite_master").fetchall()
    database.close()
    return sorted((kind, name, " ".join(sql.replace('"', "").split())) for kind, name, sql in rows)


def version(folder: Path) -> int:
    database = sqlite3.connect(folder / "stentor.db")
    (found,) = database.execute("PRAGMA user_version").fetchone()
    database.close()
    return int(found)


def numbers(folder: Path) -> list[int]:
    database = sqlite3.connect(folder / "stentor.db")
    found = [int(number) for (number,) in database.execute("SELECT id FROM message ORDER BY id")]
    database.close()
    return found


async def told(store: SqliteStore, messages: list[int]) -> dict[str, Any]:
    """All that the store says of these messages and of what is defined, and what it gives for pulling."""
    now = START + 2 * HOUR
    facts: dict[str, Any] = {f"story {number}": store.story(number) for number in messages}
    facts["definitions"] = sorted(map(repr, store.records()))
    facts["account numbers"] = store.numbers()
    facts["balances"] = [store.balance(account.id) for account in CREDIT]
    facts["queue"] = (store.queued(), sorted(store.waiting(START)), sorted(store.waiting(now)))
    facts["at the network"] = sorted(store.unfinished("net"))
    facts["held receipts"] = store.held()
    facts["logs"] = [await store.logs(account.id, LogFilter(since=START, limit=999)) for account in CREDIT]
    facts["due hosts"] = store.due_hosts(now)
    facts["to be pushed"] = sorted(await store.claim_reports(HOST, now, 99), key=lambda one: one.report.id)
    facts["to be pulled"] = await store.take_reports(1, ReportFilter(), now)
    return facts


def test_every_schema_before_the_newest_has_a_dump() -> None:
    """Missing? At the last commit before the new step: `PYTHONPATH=tests python -m upgrade.make`, and commit it."""
    assert {path.stem for path in OLDER} >= {f"schema-{number}" for number in range(1, NEWEST)}


def test_a_dump_is_of_the_schema_in_its_name(dump: Path, old: Path) -> None:
    assert dump.stem == f"schema-{version(old)}"
    assert version(old) <= NEWEST
    assert len(numbers(old)) >= 19


async def test_the_schema_is_that_of_a_fresh_folder(old: Path, fresh: Path) -> None:
    await SqliteStore(old).close()
    assert (version(old), schema(old)) == (NEWEST, schema(fresh))
    database = sqlite3.connect(old / "stentor.db")
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()


async def test_what_was_there_is_there(old: Path, fresh: Path, tmp_path: Path) -> None:
    """Compared with what this program makes of the same life, both opened anew as after a crash."""
    messages = numbers(old)
    load_copy(fresh, tmp_path / "fresh")
    facts = []
    for folder in (old, tmp_path / "fresh"):
        store = SqliteStore(folder)
        facts.append(await told(store, messages))
        await store.close()
    for name in facts[1]:
        assert facts[0][name] == facts[1][name], name
    assert None not in facts[0].values()


def load_copy(source: Path, target: Path) -> None:
    target.mkdir()
    (target / "stentor.db").write_bytes((source / "stentor.db").read_bytes())


async def test_the_balance_is_the_sum_of_the_ledger(old: Path) -> None:
    store = SqliteStore(old)
    balances = {account.id: store.balance(account.id) for account in CREDIT}
    await store.close()
    database = sqlite3.connect(old / "stentor.db")
    assert dict(database.execute("SELECT account, sum(amount) FROM ledger GROUP BY account")) == balances
    database.close()
    assert balances == {1: 830_000, 2: 2_500_001}


async def test_public_ids_are_recognised(old: Path) -> None:
    messages = numbers(old)
    store = SqliteStore(old)
    ids, before = Ids(store.secret(), last=store.largest_id()), Ids(SECRET)
    assert [ids.number(before.public(number)) for number in messages] == messages
    await store.close()


async def test_what_is_queued_goes_out_and_what_is_owed_is_told(old: Path) -> None:
    clock = FakeClock(START + 2 * HOUR)
    store = SqliteStore(old)
    running = Engine(store, clock, NotifyLimits())
    running.receipts.start()
    await running.net.start()
    await running.dispatcher.wake()
    await running.notifier.tick()
    names = {"queued", "queued flash", "in hand", "scheduled", "refused for now", "half sent", "first of three"}
    await until(lambda: len(running.net.seen) == 10)
    assert {part.message.client_id for part in running.net.seen} == names | {None, "third of three"}
    assert [part.number for part in running.net.seen if part.message.client_id == "half sent"] == [2, 3]
    while running.net.parts:
        running.net.take()
    await until(lambda: store.queued() == 0)
    await until(lambda: sum(call[3].count(b":") for call in running.caller.calls) == 3)
    assert {call[1] for call in running.caller.calls} == {URL}
    await running.dispatcher.stop(0.02)
    await running.receipts.stop()
    await running.notifier.stop(0.01)
    await store.close()


def test_the_program_serves_on_it(old: Path) -> None:
    """Logins and keys of before; and the messages that waited reach the network."""
    running = Served(old.parent, SERVED)
    try:
        for authorization in (basic(LOGIN, PASSWORD), f"App {KEY}"):
            answer = Client(running.url, authorization).get("/account/1/balance")
            assert (answer.status, answer.json["currency"]) == (200, "EUR")
        for name in ("queued", "half sent", "third of three"):
            waited(lambda name=name: delivered(old, name), f"{name} to be delivered")  # type: ignore[misc]
    finally:
        assert running.stop() == 0


def delivered(folder: Path, message: str) -> bool:
    return "DELIVERED_TO_HANDSET" in command("message", "show", message, "--data", folder).stdout


def statements(folder: Path) -> int:
    """How many statements bring the folder forward."""
    connection = apsw.Connection(str(folder / "stentor.db"))
    seen: list[str] = []

    def count(_: Any, sql: str, __: Any) -> bool:
        seen.append(sql)
        return True

    connection.exec_trace = count
    migrate(connection)
    connection.close()
    return len(seen)


@pytest.fixture
def brought_half_way(dump: Path) -> Callable[[Path, int], None]:
    """Brings a folder forward up to a statement, which is not carried out."""

    def broken(folder: Path, stop: int) -> None:
        load(dump, folder)
        connection = apsw.Connection(str(folder / "stentor.db"))
        left = iter(range(stop))
        connection.exec_trace = lambda *_: next(left, None) is not None
        with pytest.raises(apsw.ExecTraceAbort):
            migrate(connection)
        connection.close()

    return broken


def test_half_a_migration_changes_nothing_and_the_next_start_finishes_it(
    dump: Path, old: Path, fresh: Path, tmp_path: Path, brought_half_way: Callable[[Path, int], None]
) -> None:
    """An exception at each statement in turn. Steps before the one that broke are done, and stay."""
    before = {version(old): dumped(old)}
    load(dump, tmp_path / "count")
    for stop in range(1, statements(tmp_path / "count")):
        folder = tmp_path / f"half{stop}"
        brought_half_way(folder, stop)
        reached = version(folder)
        assert dumped(folder) == before.setdefault(reached, dumped(folder))
        connection = apsw.Connection(str(folder / "stentor.db"))
        migrate(connection)
        connection.close()
        assert (version(folder), schema(folder)) == (NEWEST, schema(fresh))


KILLED = """
import os, signal, sys, apsw
from stentor.storage.sqlite.migrations import migrate
connection = apsw.Connection(sys.argv[1])
connection.execute("PRAGMA journal_mode = WAL")
left = iter(range(int(sys.argv[2])))
connection.exec_trace = lambda *_: next(left, None) is not None or os.kill(os.getpid(), signal.SIGKILL)
migrate(connection)
"""


async def test_a_migration_that_is_killed_starts_anew(dump: Path, old: Path, fresh: Path, tmp_path: Path) -> None:
    load(dump, tmp_path / "count")
    count = statements(tmp_path / "count")
    if count < 2:
        return  # the newest schema itself: nothing is brought forward
    arguments = [sys.executable, "-c", KILLED, str(old / "stentor.db"), str(count - 2)]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL
    messages = numbers(old)
    assert version(old) < NEWEST
    await SqliteStore(old).close()
    assert (version(old), schema(old), numbers(old)) == (NEWEST, schema(fresh), messages)
