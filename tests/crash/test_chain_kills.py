"""kill -9 of either of two platforms in a row, under load: nothing accepted is lost, nothing goes out twice."""

from __future__ import annotations

import itertools
import random
import sqlite3
import threading
import time
from collections import Counter
from http.client import HTTPException
from pathlib import Path

import pytest

from crash.conftest import Show
from support.chain import Chain
from support.waiting import until

LONG = 16
_SENDERS = 4
_IN_ONE = 5


class Load:
    """Senders that go on while the near platform comes and goes; a failed request is simply not acknowledged."""

    def __init__(self, chain: Chain) -> None:
        self.acknowledged: set[str] = set()
        self._chain = chain
        self._numbers = itertools.count(41_790_000_000)
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(_SENDERS)]
        for one in self._threads:
            one.start()

    def stop(self) -> None:
        self._over.set()
        for one in self._threads:
            one.join()

    def _run(self) -> None:
        while not self._over.is_set():
            to = [str(next(self._numbers)) for _ in range(_IN_ONE)]
            destinations = [{"to": one, "messageId": one} for one in to]
            message = {"from": "InfoSMS", "text": "x", "destinations": destinations}
            try:
                answer = self._chain.customer.post("/sms/1/text/advanced", {"messages": [message]})
            except (OSError, HTTPException):
                time.sleep(0.01)
                continue
            if answer.status == 200:
                self.acknowledged |= {one["messageId"] for one in answer.json["messages"]}


def rows(folder: Path) -> list[tuple[str, int]]:
    """Number and status of every message."""
    with sqlite3.connect(f"file:{folder / 'data' / 'stentor.db'}?mode=ro", uri=True) as store:
        found = store.execute("SELECT recipient, status FROM message").fetchall()
    store.close()
    return found


@pytest.mark.parametrize("reports", ["pull", "notify"])
@pytest.mark.parametrize("kills", [2, pytest.param(LONG, marks=pytest.mark.long)])
def test_kills(tmp_path: Path, show: Show, kills: int, reports: str) -> None:
    chance = random.Random(f"{kills} {reports}")
    with Chain(tmp_path, reports, options="ask_after = 2.0", delay=0.1) as chain:
        load = Load(chain)
        try:
            for number in range(kills):
                time.sleep(chance.uniform(0.1, 0.6))
                (chain.near if number % 2 else chain.far).kill()  # type: ignore[union-attr]
                (chain.start_near if number % 2 else chain.start_far)()
        finally:
            load.stop()
        until(lambda: {status for _, status in rows(tmp_path / "near")} == {5}, "all are delivered", 90)
    near = Counter(number for number, _ in rows(tmp_path / "near"))
    far = Counter(number for number, _ in rows(tmp_path / "far"))
    lines = {"acknowledged": len(load.acknowledged), "here": near.total(), "there": far.total()}
    show(f"{kills} kills of two platforms in a row, {reports}", lines)
    assert load.acknowledged <= set(near)
    assert far == near
    assert set(far.values()) == {1}
