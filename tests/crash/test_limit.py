"""A hundred at once against the last of the credit: what it buys is accepted, the rest refused, not a cent too much."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from crash.state import wrong_money
from stentor.storage.sqlite import SqliteStore
from support.process import Served
from support.web import Client, basic

_SENDERS = 100
_LOGIN = basic("limit", "limit")
_LONG = "x" * 400  # three parts

_TABLES = """
[[connectors]]
type = "simulated"
[[routes]]
connector = "simulated"
[[prices]]
price = "0.07"
[[accounts]]
name = "limit"
users = { limit = "limit" }
credit = "2.05"
"""


async def _at_once(url: str, text: str) -> Counter[int]:
    """How many were answered which status."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers={"Authorization": _LOGIN}) as session:

        async def send(number: int) -> int:
            body = {"from": "InfoSMS", "to": f"417930{number:05}", "text": text}
            async with session.post(f"{url}/sms/1/text/single", json=body) as response:
                answer: dict[str, Any] = await response.json()
                assert response.status == 200, answer
                return int(answer["messages"][0]["status"]["id"])

        return Counter(await asyncio.gather(*(send(number) for number in range(_SENDERS))))


@pytest.mark.parametrize(
    ("texts", "accepted", "left"),
    [(["short"], [29], 0.02), ([_LONG, "short"], [9, 2], 0.02)],
    ids=["one part", "three parts, then one"],
)
async def test_credit_buys_what_it_buys(tmp_path: Path, texts: list[str], accepted: list[int], left: float) -> None:
    platform = Served(tmp_path, _TABLES)
    try:
        answered = [await _at_once(platform.url, text) for text in texts]
        balance = Client(platform.url, _LOGIN).get("/account/1/balance").json
    finally:
        platform.stop()
    assert answered == [Counter({0: count, 12: _SENDERS - count}) for count in accepted]
    assert balance["balance"] == left
    reader = SqliteStore.reader(tmp_path / "data")
    assert wrong_money(reader) == {}
    assert next(iter(reader.execute("SELECT count(*), -sum(amount) FROM ledger WHERE kind = 'charge'"))) == (
        sum(accepted),
        2_050_000 - round(left * 1_000_000),
    )
    reader.close()
