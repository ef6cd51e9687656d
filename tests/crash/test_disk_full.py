"""The disk is full: requests are refused with 503, nothing is pretended; with room again it goes on by itself."""

from __future__ import annotations

import asyncio
import json
import resource
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from crash.state import wrong_money
from stentor.connectors.simulated.smsc import SmscOptions
from stentor.storage.sqlite import SqliteStore
from support import omni
from support.disk import Disk, Write
from support.network import HOST, RecordingSmsc, customer
from support.node import CREDIT, PRICE, FastClock, Node, node
from support.process import Served
from support.receiver import Receiver
from support.waiting import until
from support.web import Client, basic

_LOGIN = basic("crash", "crash")
_SPEED = 300.0
DELAY_S = 0.3

_TABLES = """
[[connectors]]
type = "simulated"
delay = 0.3
[[routes]]
connector = "simulated"
[[prices]]
price = "0.01"
[[accounts]]
name = "crash"
users = { crash = "crash" }
credit = "1"
"""


async def _send_all(one: Node, names: list[str], url: str) -> set[int]:
    """What they were answered."""
    return {status for status, _ in await asyncio.gather(*(one.send(name, url) for name in names))}


async def _settled(one: Node, *names: str) -> None:
    async with asyncio.timeout(60):
        while not all(one.settled(name) for name in names):
            await one.duties()
            await asyncio.sleep(0.005)


async def test_full_while_messages_are_on_their_way(tmp_path: Path) -> None:
    submitted, reported, disk = Counter[str](), Counter[str](), Disk()
    smsc = RecordingSmsc(submitted, SmscOptions(delay=0.4, round_trip=0.2))
    before, after = [f"before{n}" for n in range(5)], [f"after{n}" for n in range(5)]
    async with (
        customer(reported) as known,
        node(tmp_path / "data", await smsc.start(HOST, 0), FastClock(_SPEED), disk) as one,
    ):
        while not one.bound:
            await asyncio.sleep(0.005)
        assert await _send_all(one, before, known.url) == {200}
        while len(submitted) < len(before):
            await asyncio.sleep(0.001)
        disk.fault = lambda note: apsw.FullError("no space left") if isinstance(note, Write) else None
        assert await _send_all(one, after, known.url) == {503}
        while smsc.delivered < 2 * len(before):  # answers and receipts find no room, and come again
            await asyncio.sleep(0.005)
        balance, settled = one.store.balance(1), [one.settled(name) for name in before]
        stories = [one.story(name) for name in after]
        disk.fault = lambda _: None
        assert balance == CREDIT - PRICE * len(before)
        assert not any(settled)
        assert not any(stories)
        assert await _send_all(one, after, known.url) == {200}
        await _settled(one, *before, *after)
        assert one.store.balance(1) == CREDIT - PRICE * 10
        assert wrong_money(one.store._reader) == {}
    await smsc.stop()
    assert submitted == reported == Counter([*before, *after])


@contextmanager
def _no_more_room(pid: int) -> Iterator[None]:
    """No file of that process may be written any more, its log no more than its database."""
    limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):  # it was stopped meanwhile
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def _send(client: Client, name: str, url: str) -> int:
    destination = {"to": "41793026727", "messageId": name}
    message = {"from": "InfoSMS", "destinations": [destination], "text": name, "notifyUrl": url}
    return client.post("/sms/1/text/advanced", {"messages": [message]}).status


def test_a_running_program_whose_files_cannot_grow(tmp_path: Path, receiver: Receiver) -> None:
    """The whole program; its log is on the full disk too."""
    platform = Served(tmp_path, _TABLES)
    client, url = Client(platform.url, _LOGIN), receiver.url("/disk-full")
    try:
        assert _send(client, "before", url) == 200
        with _no_more_room(platform.process.pid):
            assert [_send(client, f"refused{n}", url) for n in range(3)] == [503] * 3
            assert client.get("/account/1/balance").json["balance"] == 0.99
            assert client.get("/sms/1/logs").json["results"][0]["messageId"] == "before"
            time.sleep(2 * DELAY_S)  # the receipt comes meanwhile
        assert _send(client, "refused0", url) == 200
        reports = receiver.reports("/disk-full", 2)
        until(lambda: _nothing_owed(tmp_path), "reports written down as taken")
    finally:
        assert platform.stop() == 0
    assert {report["messageId"] for report in reports} == {"before", "refused0"}
    reader = SqliteStore.reader(tmp_path / "data")
    assert wrong_money(reader) == {}
    assert next(iter(reader.execute("SELECT count(*), sum(status = 5) FROM message"))) == (2, 2)
    reader.close()


def test_scenarios_stopped_while_the_disk_is_full(tmp_path: Path) -> None:
    """What phones said meanwhile they say again at the next start."""
    tables = omni.TABLES.replace("delay = 0.02", f"delay = {DELAY_S}")
    platform = Served(tmp_path, tables)
    names = [f"m{n}" for n in range(5)]
    try:
        client = Client(platform.url, basic("Aladdin", "open sesame"))
        key = client.post("/omni/1/scenarios", json.loads(omni.SCENARIO)).json["key"]
        omni.phone(platform, "a-phone", "41793026727")
        assert [omni.send(client, key, "41793026727", messageId=name) for name in names] == names
        until(lambda: all(omni.ended(client, name) for name in names), "every push went out")
        code = _stopped_without_room(platform)  # the phone says so meanwhile
    finally:
        platform.kill()
    assert code == 0
    again = Served(tmp_path, tables)
    try:
        client = Client(again.url, basic("Aladdin", "open sesame"))
        assert [omni.settled(client, name, 1) for name in names] == [[("PUSH", "DELIVERED_TO_HANDSET", 1, 5)]] * 5
    finally:
        assert again.stop() == 0


def _stopped_without_room(platform: Served) -> int:
    with _no_more_room(platform.process.pid):
        time.sleep(2 * DELAY_S)
        return platform.stop()


def _nothing_owed(folder: Path) -> bool:
    reader = SqliteStore.reader(folder / "data")
    try:
        return bool(reader.execute("SELECT count(*) FROM report").get == 0)
    finally:
        reader.close()


def test_stopped_while_the_disk_is_full(tmp_path: Path, receiver: Receiver) -> None:
    """It stops in order; what it could not write down is done again at the next start."""
    url = receiver.url("/disk-full-at-stop")
    platform = Served(tmp_path, _TABLES)
    names = [f"m{n}" for n in range(5)]
    try:
        client = Client(platform.url, _LOGIN)
        assert [_send(client, name, url) for name in names] == [200] * 5
        code = _stopped_without_room(platform)  # receipts come meanwhile
    finally:
        platform.kill()
    assert code == 0
    again = Served(tmp_path, _TABLES)
    try:
        reports = receiver.reports("/disk-full-at-stop", 5)
        until(lambda: _nothing_owed(tmp_path), "reports written down as taken")
    finally:
        assert again.stop() == 0
    assert {report["messageId"] for report in reports} == set(names)
