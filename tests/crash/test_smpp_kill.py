"""`kill -9` while customers send over SMPP: what was answered is there, and its receipt comes after the next start."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from stentor.smpp import receipt
from stentor.smpp.pdu import DeliverSm
from support.esme import Esme, submit_sm
from support.process import Demo


def _ids(pdus: list[DeliverSm]) -> set[str]:
    found = [receipt.read(pdu) for pdu in pdus]
    return {said.message_id for said in found if said is not None}


async def _send(demo: Demo, seconds: float) -> tuple[set[str], set[str]]:
    """Ids that were answered, and receipts that came, until the program is gone."""
    one = Esme()
    await one.connect(demo.facts["smpp"]["port"])
    assert (await one.bind(system_id="test", password="test")).status == 0
    accepted: set[str] = set()
    loop = asyncio.get_running_loop()
    loop.call_later(seconds, demo.kill)
    with contextlib.suppress(asyncio.CancelledError, TimeoutError, Exception):
        while not one.closed.is_set():
            answers: list[Any] = await asyncio.gather(
                *one.ask(*(submit_sm() for _ in range(40))), return_exceptions=True
            )
            accepted |= {answer.message_id for answer in answers if getattr(answer, "message_id", "")}
    return accepted, _ids(one.given)


@pytest.mark.parametrize("seconds", [0.4, pytest.param(0.7, marks=pytest.mark.long)])
async def test_no_answered_message_and_no_receipt_is_lost(tmp_path: Path, seconds: float) -> None:
    first = Demo(tmp_path)
    accepted, told = await _send(first, seconds)
    assert accepted
    second = Demo(tmp_path)
    try:
        one = Esme()
        await one.connect(second.facts["smpp"]["port"])
        assert (await one.bind("rx", system_id="test", password="test")).status == 0
        async with asyncio.timeout(60):
            while accepted - told - _ids(one.given):
                await asyncio.sleep(0.05)
        one.drop()
    finally:
        assert second.stop() == 0
