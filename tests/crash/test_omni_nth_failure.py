"""The first, second, third ... write or sync fails once while a message fails over from PUSH to SMS.

Whichever it is: the request is refused with 503 and nothing was done, or each step is taken and charged once, the phone
gets one SMS, and both steps are reported. What a power cut leaves after that says the same.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from pathlib import Path
from typing import Any

import apsw
import pytest

from crash.conftest import Show
from crash.nth import Nth, Run, after_a_power_cut, lines, refuses, until_past_the_last
from crash.state import wrong_money
from stentor.connectors.simulated.smsc import SmscOptions
from stentor.core.errors import StoreUnavailable
from stentor.core.omni.records import OmniStory
from stentor.storage.sqlite import SqliteStore, omni
from support.disk import Disk
from support.making import SWISS
from support.network import HOST, Customer, RecordingSmsc, customer
from support.node import CREDIT, PRICE, FastClock, Node, node

_CODE = "1" * 32 + "-00000000-0000-0000-0000-000000000001"
_PUSH_PRICE = 20_000
_MORE = f"""
[[prices]]
plan = "push"
price = "0.02"
[[applications]]
type = "simulated"
name = "app"
code = "{_CODE}"
account = "crash"
"""
_SPEED = 300.0
_PATIENCE_S = 30.0
_STEPS = [("PUSH", 9, _PUSH_PRICE), ("SMS", 5, PRICE)]


async def _post(one: Node, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    async with one.session.post(f"{one.platform.http_url}{path}", json=body) as response:
        return response.status, await response.json()


def _story(store: SqliteStore, name: str) -> OmniStory | None:
    return omni.story(store.access.reader, name)


def _settled(one: Node, name: str) -> bool:
    """It is over, and nobody is owed a report of it."""
    story = _story(one.store, name)
    return story is not None and story.message.over and not story.calls and one.settled(name)


async def _duties(one: Node) -> None:
    """What else happens twice a second."""
    platform = one.platform
    await one.duties()
    for duty in (platform.omni.machine.tick, platform.omni.ends.tick, platform.notifying.calls.tick):
        with contextlib.suppress(StoreUnavailable):
            await duty()


async def _life(one: Node, name: str, url: str, nth: Nth) -> bool:
    """Send and see it through; whether the request was refused at first."""
    flow = [{"channel": "PUSH", "from": _CODE}, {"channel": "SMS", "from": "InfoSMS"}]
    to = [{"to": {"phoneNumber": SWISS}, "messageId": name}]
    body = {"destinations": to, "push": {"text": "pushed"}, "sms": {"text": name}, "notifyUrl": url}
    async with asyncio.timeout(_PATIENCE_S):
        assert (await _post(one, "/omni/1/scenarios", {"name": "x", "flow": flow, "default": True}))[0] == 200
        while not one.bound:
            await asyncio.sleep(0.005)
        await one.store.tidy()  # which a start does sooner or later, with hundreds of writes
        nth.armed = True
        status, answer = await _post(one, "/omni/1/advanced", body)
        refused = status == 503
        if refused:
            assert _story(one.store, name) is None
            status, answer = await _post(one, "/omni/1/advanced", body)
        assert status == 200, answer
        assert answer["messages"][0]["status"]["groupName"] == "ACCEPTED", answer
        while not _settled(one, name):
            await _duties(one)
            await asyncio.sleep(0.005)
    nth.armed = False
    return refused


def _check(store: SqliteStore, name: str) -> None:
    story, sms = _story(store, name), store.story(name)
    assert story is not None
    assert sms is not None
    assert [(step.channel, step.status, step.price) for step in story.steps] == _STEPS
    assert (story.message.over, story.reports, story.calls, sms.reports) == (True, (), (), ())
    assert store.balance(1) == CREDIT - PRICE - _PUSH_PRICE
    assert wrong_money(store._reader) == {}


async def _run(folder: Path, n: int, known: Customer) -> Run:
    name, nth, disk, submitted = f"m{n}", Nth(n), Disk(), Counter[str]()
    disk.fault = refuses(nth, lambda: apsw.IOError("the disk does not work"))
    smsc = RecordingSmsc(submitted, SmscOptions(delay=0.01))
    async with node(folder / name, await smsc.start(HOST, 0), FastClock(_SPEED), disk, _MORE) as one:
        refused = await _life(one, name, known.url, nth)
        _check(one.store, name)
        left = after_a_power_cut(folder / f"{name}-cut", disk)
    await smsc.stop()
    for place in (folder / name, left):
        again = SqliteStore(place)
        _check(again, name)
        await again.close()
    assert submitted == {name: 1}
    return Run(n, nth.happened, refused, submitted[name], known.reported[name] - 1)  # each of its two steps once


@pytest.mark.long
async def test_every_write_and_sync_of_a_failover_fails_once(tmp_path: Path, show: Show) -> None:
    reported = Counter[str]()
    async with customer(reported) as known:
        runs = await until_past_the_last(lambda n: _run(tmp_path, n, known))
    show("The n-th write or sync of a failover fails", lines(runs))
    assert len(runs) >= 40
    assert any(run.refused for run in runs)
    assert all(1 <= run.reported <= 2 for run in runs), runs
