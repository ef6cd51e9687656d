"""Events are published after their commit and only then; what was rolled back is never seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest

from stentor.core.errors import StoreUnavailable
from stentor.core.message import Event, EventKind
from stentor.storage.sqlite.checkpoints import Checkpoints
from stentor.storage.sqlite.migrations import migrate
from stentor.storage.sqlite.rows import EventWriter
from stentor.storage.sqlite.writer import Writer
from support.making import START

Work = Callable[[apsw.Connection], None]


class Bench:
    """A writer on a file, and what was published, each time with what another connection saw then."""

    def __init__(self, path: Path) -> None:
        self.connection = apsw.Connection(str(path))
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA foreign_keys = ON")
        migrate(self.connection)
        self.connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        self.connection.execute("CREATE TABLE child (parent REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)")
        self._other = apsw.Connection(str(path))
        self.published: list[list[str]] = []
        self.durable: list[int] = []
        self.events = EventWriter(0, self._publish)
        self.writer = Writer(self.connection, self.events, Checkpoints(self.connection, self._other, pages=1_000))

    def _publish(self, events: Sequence[Event]) -> None:
        self.published.append([event.detail for event in events])
        self.durable.append(int(self._other.execute("SELECT count(*) FROM event").get))

    def write(self, detail: str) -> Work:
        return lambda db: self.events.write(db, [Event(1, START, EventKind.SENT, detail)])

    def breaking(self, detail: str, error: Exception) -> Work:
        def work(db: apsw.Connection) -> None:
            self.write(detail)(db)
            raise error

        return work

    def uncommittable(self, detail: str) -> Work:
        """The statements succeed; COMMIT does not."""

        def work(db: apsw.Connection) -> None:
            self.write(detail)(db)
            db.execute("INSERT INTO child VALUES (1)")

        return work

    def run(self, *works: Work) -> asyncio.Future[list[Any]]:
        return asyncio.gather(*(self.writer.run(work) for work in works), return_exceptions=True)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path / "published.db")
    yield made
    await made.writer.close()


async def test_a_transaction_is_published_as_a_whole_once_it_is_durable(bench: Bench) -> None:
    await bench.run(bench.write("a"), bench.write("b"))
    await bench.run(bench.write("c"))
    assert (bench.published, bench.durable) == ([["a", "b"], ["c"]], [2, 3])


async def test_a_unit_that_breaks_publishes_nothing_and_its_neighbours_once(bench: Bench) -> None:
    results = await bench.run(bench.write("a"), bench.breaking("b", ValueError("broken")), bench.write("c"))
    assert [type(result) for result in results] == [type(None), ValueError, type(None)]
    assert (bench.published, bench.durable) == ([["a"], ["c"]], [1, 2])


async def test_a_commit_that_fails_publishes_nothing(bench: Bench) -> None:
    results = await bench.run(bench.uncommittable("a"))
    assert isinstance(results[0], StoreUnavailable)
    await bench.run(bench.write("b"))
    assert (bench.published, bench.durable) == ([["b"]], [1])
    assert bench.writer.failures == 1


async def test_a_slow_disk_publishes_after_the_commit_of_its_thread(bench: Bench) -> None:
    bench.writer._commit_s = 1.0
    written = bench.run(bench.write("a"))
    await asyncio.sleep(0)
    await bench.run(bench.write("b"))
    await written
    assert [detail for details in bench.published for detail in details] == ["a", "b"]
    assert bench.durable[-1] == 2
    assert sum(bench.writer.commit_times.counts) == bench.writer.commits


async def test_what_belongs_to_no_history_is_told_with_the_others(bench: Bench) -> None:
    def work(db: apsw.Connection) -> None:
        bench.write("kept")(db)
        bench.events.tell([Event(2, START, EventKind.REJECTED, "told")])

    await bench.run(work)
    assert (bench.published, bench.durable) == ([["kept", "told"]], [1])


async def test_a_watcher_that_breaks_does_not_break_what_is_durable(bench: Bench) -> None:
    def broken(_: Sequence[Event]) -> None:
        raise RuntimeError("watcher")

    bench.events._publish = broken
    assert await bench.run(bench.write("a")) == [None]
    bench.events._publish = bench._publish
    await bench.run(bench.write("b"))
    assert (bench.published, bench.durable) == ([["b"]], [2])
