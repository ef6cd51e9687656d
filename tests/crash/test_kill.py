"""kill -9 under load: nothing accepted is lost or charged twice, duplicates at most one window a kill.

Real processes and sockets: the platform is killed and started again on its folder while this process sends messages,
plays the SMSC and receives the reports. The result is counted like a queue's: attempted, acknowledged, delivered,
lost, unexpected, duplicated.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from crash.conftest import Show
from crash.state import wrong_money
from stentor.storage.sqlite import SqliteStore
from support.network import HOST, RecordingSmsc, customer
from support.tally import Tally

WINDOW = 50
CREDIT = 100_000_000_000
PRICE = 10_000
LONG = 50_000
RECIPIENT = "41793026727"
STENTOR = Path(sys.executable).parent / "stentor"

CONFIG = """
[storage]
data = {data}
[http]
port = {port}
[smpp]
port = 0
[notify]
allow = ["127.0.0.0/8"]
[[connectors]]
type = "smsc"
name = "operator"
host = "127.0.0.1"
port = {smsc_port}
window = {window}
[[routes]]
connector = "operator"
[[prices]]
price = "0.01"
[[accounts]]
name = "crash"
users = {{ crash = "crash" }}
credit = "100000"
"""


class Platform:
    """The program under test, as its operator sees it."""

    def __init__(self, folder: Path, smsc_port: int) -> None:
        self.folder = folder
        self.port = _free_port()
        self._config = folder / "stentor.toml"
        self._config.write_text(
            CONFIG.format(data=json.dumps(str(folder / "data")), port=self.port, smsc_port=smsc_port, window=WINDOW),
        )
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        log = (self.folder / "log").open("ab")
        self._process = await asyncio.create_subprocess_exec(
            str(STENTOR), "serve", "--config", str(self._config), stdout=log, stderr=log
        )
        log.close()
        async with asyncio.timeout(60):
            while not await _listens(self.port):
                assert self._process.returncode is None, (self.folder / "log").read_text()
                await asyncio.sleep(0.02)

    async def end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return await asyncio.wait_for(self._process.wait(), 60)


class Load:
    """Senders that go on while the platform comes and goes; a failed request is simply not acknowledged."""

    def __init__(self, platform: Platform, tally: Tally, receiver: str, limit: int) -> None:
        self._platform = platform
        self._tally = tally
        self._receiver = receiver
        self._limit = limit

    async def run(self, senders: int) -> None:
        headers = {"Authorization": aiohttp.encode_basic_auth("crash", "crash")}
        async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=10)) as session:
            await asyncio.gather(*(self._send(session) for _ in range(senders)))

    async def _send(self, session: aiohttp.ClientSession) -> None:
        while len(self._tally.acknowledged) < self._limit:
            self._tally.attempted += 1
            name = f"m{self._tally.attempted}"
            message = {
                "from": "InfoSMS",
                "destinations": [{"to": RECIPIENT, "messageId": name}],
                "text": name,
                "notifyUrl": self._receiver,
            }
            try:
                url = f"{self._platform.url}/sms/1/text/advanced"
                async with session.post(url, json={"messages": [message]}) as response:
                    answer = await response.json()
                    assert response.status == 200, answer
                    assert answer["messages"][0]["status"]["groupName"] == "ACCEPTED", answer
                    self._tally.acknowledged.add(name)
            except (aiohttp.ClientError, TimeoutError, OSError):
                await asyncio.sleep(0.02)


async def _kill_loop(folder: Path, kills: int, limit: int, number: signal.Signals = signal.SIGKILL) -> Tally:
    tally = Tally()
    smsc = RecordingSmsc(tally.delivered)
    platform = Platform(folder, await smsc.start(HOST, 0))
    async with customer(tally.reported) as known:
        await platform.start()
        load = asyncio.create_task(Load(platform, tally, known.url, limit).run(20))
        chance = random.Random(1)
        for kill in range(kills):
            goal = limit * (kill + 1) // (kills + 1)
            while len(tally.acknowledged) < goal and not load.done():
                await asyncio.sleep(chance.uniform(0.005, 0.05))
            await platform.end(number)
            await platform.start()
        await load
        await _until_settled(tally, 60)
        assert await platform.end(signal.SIGTERM) == 0
    await smsc.stop()
    _check_money(platform, tally)
    return tally


async def _until_settled(tally: Tally, patience: float) -> None:
    deadline = asyncio.get_running_loop().time() + patience
    while asyncio.get_running_loop().time() < deadline:
        if tally.acknowledged <= set(tally.delivered) and tally.acknowledged <= set(tally.reported):
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.3)


def _check_money(platform: Platform, tally: Tally) -> None:
    """The balance is the sum of the ledger, and each message that exists was charged once."""
    database = SqliteStore.reader(platform.folder / "data")
    known = [row[0] for row in database.execute("SELECT client_id FROM message")]
    balance = database.execute("SELECT balance FROM account").get
    assert wrong_money(database) == {}
    database.close()
    assert tally.acknowledged <= set(known)
    assert len(known) == len(set(known))
    assert balance == CREDIT - PRICE * len(known)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def _assert_safe(tally: Tally, duplicates: int, show: Show) -> None:
    lines = tally.with_reports()
    show("Killed" if duplicates else "Stopped and started", lines)
    assert lines["lost"] == 0, lines
    assert lines["reports missing"] == 0, lines
    assert lines["duplicated"] <= duplicates, lines


async def test_five_kills_lose_nothing(tmp_path: Path, show: Show) -> None:
    kills = 5
    _assert_safe(await _kill_loop(tmp_path, kills, limit=2_000), kills * WINDOW, show)


async def test_stops_and_starts_send_nothing_twice(tmp_path: Path, show: Show) -> None:
    tally = await _kill_loop(tmp_path, 3, limit=1_000, number=signal.SIGTERM)
    _assert_safe(tally, 0, show)


@pytest.mark.long
async def test_fifty_kills_lose_nothing(tmp_path: Path, show: Show) -> None:
    kills = 50
    tally = await _kill_loop(tmp_path, kills, limit=LONG)
    _assert_safe(tally, kills * WINDOW, show)
    assert len(tally.acknowledged) >= 50_000
