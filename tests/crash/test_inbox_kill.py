"""kill -9 while phones write: no message is lost, whole or in parts, and none is told to its owner fewer than once.

The SMSC is in this process; the platform is killed and started again on its folder while messages come.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from crash.conftest import Show
from stentor.connectors.simulated.smsc import SimulatedSmsc, SmscOptions
from stentor.smpp.pdu import DeliverSm
from stentor.storage.sqlite import SqliteStore
from stentor.text import encode, udh
from support.network import HOST
from support.process import Served

LOGIN = "us"
OWN = "41790000001"
TABLES = """
[[connectors]]
type = "smsc"
name = "operator"
host = "127.0.0.1"
port = {port}
system_id = "us"
reconnect_max = 0.1
[[accounts]]
name = "docs"
[[numbers]]
number = "41790000001"
account = "docs"
"""


def from_phone(text: str, sender: int) -> list[DeliverSm]:
    encoded = encode(text)
    total = len(encoded.parts)
    return [
        DeliverSm(
            source_addr=str(sender),
            destination_addr=OWN,
            esm_class=0x40 if total > 1 else 0,
            short_message=(udh(sender, total, number) if total > 1 else b"") + octets,
        )
        for number, octets in enumerate(encoded.parts, start=1)
    ]


def written(number: int) -> str:
    return f"message {number} " + "x" * (400 if number % 5 == 0 else 10)


async def _life(folder: Path, smsc: SimulatedSmsc, port: int, seconds: float) -> None:
    """The program runs for a while and is killed."""
    program = await asyncio.to_thread(Served, folder, TABLES.format(port=port))
    try:
        await asyncio.sleep(seconds)
    finally:
        await asyncio.to_thread(program.kill)


async def _drained(folder: Path, port: int, wanted: int) -> None:
    program = await asyncio.to_thread(Served, folder, TABLES.format(port=port))
    try:
        async with asyncio.timeout(60):
            while len(set(_texts(folder))) < wanted:
                await asyncio.sleep(0.1)
    finally:
        await asyncio.to_thread(program.stop)


def _texts(folder: Path) -> list[str]:
    reader = SqliteStore.reader(folder / "data")
    found = [str(row[0]) for row in reader.execute("SELECT text FROM inbound")]
    reader.close()
    return found


async def _killed(folder: Path, kills: int, messages: int, show: Show) -> None:
    chance = random.Random(7)
    smsc = SimulatedSmsc(SmscOptions(window=20))
    port = await smsc.start(HOST, 0)
    pdus = [pdu for number in range(messages) for pdu in from_phone(written(number), 41_790_100_000 + number)]
    chance.shuffle(pdus)
    writing = asyncio.create_task(_write(smsc, pdus, seconds=1.2 * kills))
    try:
        for _ in range(kills):
            await _life(folder, smsc, port, chance.uniform(0.2, 1.0))
        await writing
        await _drained(folder, port, messages)
    finally:
        writing.cancel()
        await smsc.stop()
    found = Counter(_texts(folder))
    lost = [number for number in range(messages) if written(number) not in found]
    twice = sum(found.values()) - len(found)
    show(
        f"{kills} kills while phones write",
        {"written": messages, "there": len(found), "lost": len(lost), "twice": twice},
    )
    assert (lost, len(found)) == ([], messages)
    assert twice <= kills * 20, "at most what was unanswered at a kill"


async def _write(smsc: SimulatedSmsc, pdus: list[DeliverSm], seconds: float) -> None:
    """All the time, in small portions."""
    portion = max(1, len(pdus) // int(seconds / 0.02))
    for start in range(0, len(pdus), portion):
        smsc.from_phones(LOGIN, pdus[start : start + portion])
        await asyncio.sleep(0.02)


async def test_two_kills(tmp_path: Path, show: Show) -> None:
    await _killed(tmp_path, kills=2, messages=400, show=show)


@pytest.mark.long
async def test_twenty_kills(tmp_path: Path, show: Show) -> None:
    await _killed(tmp_path, kills=20, messages=8_000, show=show)
