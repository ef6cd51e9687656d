"""When the platform is ready, and that asking often costs one write a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from stentor.app.health import Health
from stentor.core.ports import Connector
from stentor.storage.sqlite import SqliteStore
from support.making import FakeClock
from support.platform import Engine, engine


class Bench:
    def __init__(self, e: Engine, folder: Path) -> None:
        self.store: SqliteStore = e.store
        self.clock: FakeClock = e.clock
        self._folder = folder
        self._connectors: list[Connector] = [e.net]
        self.health = self.made()
        self.health.phase = "serving"

    def made(self, **limits: Any) -> Health:
        return Health(self.store, self._folder, lambda: self._connectors, self.clock, **{"least_free": 0, **limits})

    async def reasons(self) -> tuple[str, ...]:
        self.clock.pass_ms(1_000)
        return (await self.health.readiness()).reasons

    def refuse_writes(self, refuse: bool) -> None:  # noqa: FBT001 - on or off
        self.store._connection.execute(f"PRAGMA query_only = {int(refuse)}")


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with engine(tmp_path) as e:
        yield Bench(e, tmp_path)


async def test_it_is_ready_while_it_serves(bench: Bench) -> None:
    found = []
    for phase in ("starting", "serving", "stopping"):
        bench.health.phase = phase
        found.append(await bench.reasons())
    assert found == [("starting",), (), ("stopping",)]


async def test_a_store_that_refuses_is_a_reason_until_it_writes_again(bench: Bench) -> None:
    bench.refuse_writes(True)
    (reason,) = await bench.reasons()
    assert reason.startswith("the store cannot write: ")
    bench.refuse_writes(False)
    assert await bench.reasons() == ()


async def test_a_disk_that_is_nearly_full_is_a_reason(bench: Bench) -> None:
    bench.health = bench.made(least_free=1 << 62)
    bench.health.phase = "serving"
    (reason,) = await bench.reasons()
    assert reason.startswith("the disk has ")
    assert reason.endswith(" MiB left")


async def test_many_who_ask_share_one_write_a_second(bench: Bench) -> None:
    before = bench.store.commits
    await asyncio.gather(*(bench.health.readiness() for _ in range(50)))
    await bench.health.readiness()
    assert bench.store.commits == before + 1
    assert await bench.reasons() == ()
    assert bench.store.commits == before + 2


async def test_a_clock_that_goes_back_does_not_keep_an_old_answer(bench: Bench) -> None:
    assert await bench.reasons() == ()
    bench.refuse_writes(True)
    bench.clock.pass_ms(-3_600_000)
    assert len(await bench.reasons()) == 1


async def test_an_upstream_that_is_down_is_told_and_is_no_reason(bench: Bench) -> None:
    ready = await bench.health.readiness()
    state = bench._connectors[0].state()
    assert [(one.name, one.up) for one in ready.upstreams] == [(state.name, state.bound > 0)]
    assert ready.reasons == ()


async def test_a_disk_that_hangs_is_a_reason(bench: Bench) -> None:
    bench.health = bench.made(patience_s=0.01)
    bench.health.phase = "serving"
    writer = bench.store._writer
    writer._busy = True  # as long as a commit does not come back
    try:
        assert await bench.reasons() == ("the store did not write within 0 s",)
    finally:
        writer._busy = False
        writer._go_on()
