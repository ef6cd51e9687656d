"""Who waits for an answer goes before the rows nobody waits for, and the log is carried back beside the loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import apsw
import pytest

from stentor.storage.sqlite.checkpoints import Checkpoints
from stentor.storage.sqlite.migrations import migrate
from stentor.storage.sqlite.rows import EventWriter
from stentor.storage.sqlite.writer import Writer

_PAGES = 50
_SLOW_S = 1.0


class Bench:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = _opened(path)
        migrate(self.connection)
        self.connection.execute("CREATE TABLE line (said)")
        checkpoints = Checkpoints(self.connection, _opened(path), _PAGES)
        self.writer = Writer(self.connection, EventWriter(0), checkpoints)
        self.order: list[str] = []

    def says(self, what: str) -> Callable[[apsw.Connection], None]:
        def work(db: apsw.Connection) -> None:
            self.order.append(what)
            db.execute("INSERT INTO line VALUES (?)", (what,))

        return work

    @property
    def log_pages(self) -> int:
        return self.path.with_name(f"{self.path.name}-wal").stat().st_size // 4096


def _opened(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.wal_autocheckpoint(0)
    return connection


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path / "bench.db")
    yield bench
    await bench.writer.close()


async def test_a_few_awaited_units_have_a_transaction_before_many_rows(bench: Bench) -> None:
    slow = bench.writer.run(bench.says("250 rows"), rows=250)
    quick = [bench.writer.run(bench.says(f"awaited {n}"), awaited=True) for n in range(2)]
    await asyncio.gather(*quick)
    assert bench.order == ["awaited 0", "awaited 1"]
    assert bench.writer.commits == 1
    await slow
    assert bench.writer.commits == 2


@pytest.mark.parametrize(("rows", "awaited"), [(5, 2), (250, 20), (5, 0), (0, 3)])
async def test_otherwise_they_share_one(bench: Bench, rows: int, awaited: int) -> None:
    waiting = [bench.writer.run(bench.says("rows"), rows=rows)]
    waiting += [bench.writer.run(bench.says("awaited"), awaited=True) for _ in range(awaited)]
    await asyncio.gather(*waiting)
    assert bench.writer.commits == 1


async def test_awaited_units_that_never_end_do_not_keep_the_rest_waiting(bench: Bench) -> None:
    large = bench.writer.run(bench.says("250 rows"), rows=250)
    said = 0
    while not large.done():
        await bench.writer.run(bench.says("awaited"), awaited=True)
        said += 1
    assert said <= 3


@pytest.mark.parametrize("slow_disk", [False, True])
async def test_the_log_stays_short_however_long_the_load_lasts(bench: Bench, *, slow_disk: bool) -> None:
    for n in range(3_000):
        if slow_disk:
            bench.writer._commit_s = _SLOW_S  # commits on its thread
        await bench.writer.run(bench.says(f"{n}" * 100))
        await asyncio.sleep(0)
    assert bench.log_pages < 20 * _PAGES


async def test_a_pass_that_fails_is_made_up_for(bench: Bench) -> None:
    other = _opened(bench.path)
    other.execute("SELECT * FROM line").fetchall()
    with other:
        other.execute("SELECT count(*) FROM line").fetchall()  # what it sees cannot be written over
        for n in range(500):
            await bench.writer.run(bench.says(f"{n}" * 100))
    long = bench.log_pages
    for n in range(500):
        await bench.writer.run(bench.says(f"{n}" * 100))
        await asyncio.sleep(0.001)
    assert bench.log_pages < 2 * long
