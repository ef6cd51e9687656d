"""The first, second, third ... write, sync or connection fails once, all through one message's life.

Whichever it is: either the request is refused with 503 and nothing was done, or the message is accepted and in the end
delivered, reported and charged once. And what a power cut leaves after that says the same.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from crash.conftest import Show
from crash.nth import Nth, Run, after_a_power_cut, lines, refuses, until_past_the_last
from crash.state import wrong_money
from stentor.connectors.simulated.smsc import SmscOptions
from stentor.storage.sqlite import SqliteStore
from support.disk import Disk
from support.network import HOST, Customer, Line, RecordingSmsc, customer
from support.node import CREDIT, PRICE, FastClock, Node, node

_PATIENCE_S = 60.0
_SPEED = 300.0
"""The minute until a report is tried again passes in 0.2 s."""


async def _life(one: Node, name: str, url: str, nth: Nth) -> bool:
    """Send and see it through; whether the request was refused at first."""
    async with asyncio.timeout(_PATIENCE_S):
        while not one.bound:
            await asyncio.sleep(0.005)
        await one.store.tidy()  # which a start does sooner or later, with hundreds of writes
        nth.armed = True
        status, answer = await one.send(name, url)
        refused = status == 503
        if refused:
            assert answer["requestError"]["serviceException"]["messageId"] == "SERVICE_UNAVAILABLE", answer
            assert one.story(name) is None
            assert one.store.balance(1) == CREDIT
            status, answer = await one.send(name, url)
        assert status == 200, answer
        assert answer["messages"][0]["status"]["groupName"] == "ACCEPTED", answer
        while not one.settled(name):
            await one.duties()
            await asyncio.sleep(0.005)
    nth.armed = False
    return refused


def _check(one: Node, name: str) -> None:
    story = one.story(name)
    assert story is not None
    assert story.message.status == 5
    assert one.store.balance(1) == CREDIT - PRICE
    assert wrong_money(one.store._reader) == {}


async def _disk_run(folder: Path, n: int, known: Customer, error: Callable[[], Exception]) -> Run:
    name, nth, disk, submitted = f"m{n}", Nth(n), Disk(), Counter[str]()
    disk.fault = refuses(nth, error)
    smsc = RecordingSmsc(submitted, SmscOptions(delay=0.01))
    data = folder / name
    async with node(data, await smsc.start(HOST, 0), FastClock(_SPEED), disk) as one:
        refused = await _life(one, name, known.url, nth)
        _check(one, name)
        left = after_a_power_cut(folder / f"{name}-cut", disk)
    await smsc.stop()
    for place in (data, left):
        _check_again(place, name)
    assert submitted == {name: 1}
    return Run(n, nth.happened, refused, submitted[name], known.reported[name])


def _check_again(folder: Path, name: str) -> None:
    """After a start, and after a power cut: the same."""
    store = SqliteStore(folder)
    story = store.story(name)
    assert story is not None
    assert story.message.status == 5
    assert story.reports == ()
    assert store.balance(1) == CREDIT - PRICE
    assert wrong_money(store._reader) == {}
    store._connection.close()


async def _disk_runs(folder: Path, error: Callable[[], Exception]) -> list[Run]:
    reported = Counter[str]()
    async with customer(reported) as known:
        runs = await until_past_the_last(lambda n: _disk_run(folder, n, known, error))
    assert all(1 <= run.reported <= 2 for run in runs), runs
    return runs


async def test_every_write_and_sync_fails_once(tmp_path: Path, show: Show) -> None:
    runs = await _disk_runs(tmp_path, lambda: apsw.IOError("the disk does not work"))
    show("The n-th write or sync fails", lines(runs))
    assert len(runs) >= 30
    assert any(run.refused for run in runs)
    assert not all(run.refused for run in runs)


@pytest.mark.long
@pytest.mark.long
async def test_every_write_finds_the_disk_full_once(tmp_path: Path, show: Show) -> None:
    runs = await _disk_runs(tmp_path, lambda: apsw.FullError("no space left"))
    show("The n-th write finds the disk full", lines(runs))
    assert len(runs) >= 30


async def _line_run(folder: Path, n: int, known: Customer) -> Run:
    """The SMSC and the customer's URL are behind lines; the n-th connection or piece of data on them breaks one."""
    name, nth, submitted = f"m{n}", Nth(n), Counter[str]()
    nth.armed = True
    smsc = RecordingSmsc(submitted, SmscOptions(delay=0.01))
    upstream, downstream = Line(await smsc.start(HOST, 0), nth), Line(known.port, nth)
    await upstream.open()
    await downstream.open()
    async with node(folder / name, upstream.port, FastClock(_SPEED)) as one:
        refused = await _life(one, name, f"http://{HOST}:{downstream.port}/reports", nth)
        _check(one, name)
    for line in (upstream, downstream):
        await line.close()
    await smsc.stop()
    _check_again(folder / name, name)
    return Run(n, nth.happened, refused, submitted[name], known.reported[name])


async def test_every_connection_and_every_pdu_is_lost_once(tmp_path: Path, show: Show) -> None:
    """Bind, submit_sm, receipt and report, each with its answer, and the connections before them."""
    reported = Counter[str]()
    async with customer(reported) as known:
        runs = await until_past_the_last(lambda n: _line_run(tmp_path, n, known))
    show("The n-th connection or piece of data is lost", lines(runs))
    assert len(runs) >= 10
    assert not any(run.refused for run in runs)
    assert all(1 <= run.submitted <= 2 and 1 <= run.reported <= 2 for run in runs), runs
    assert sum(run.submitted == 2 for run in runs) <= 2, "only where submit_sm_resp was lost, or half lost"
