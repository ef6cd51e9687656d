"""Clicks behind the back of the phone: batches, the calls they owe, a disk that refuses, the end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from stentor.core.account import Account, Directory
from stentor.core.calls import Call
from stentor.core.errors import StoreUnavailable
from stentor.core.ids import Ids
from stentor.core.tracked import Click, ShortLink
from stentor.engine import clicks
from stentor.engine.clicks import BATCH, Clicks
from support.making import START, SWISS
from support.waiting import PATIENCE_S

LINK = ShortLink(7, 1, 1, "http://a.example/", SWISS, None, "bulk", None, START, START + 1, "a.example", 0)


class Disk:
    """Implements `engine.clicks.ClickStore`; refuses so many times first."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.batches: list[Sequence[tuple[Click, Call | None]]] = []

    async def clicked(self, clicks: Sequence[tuple[Click, Call | None]]) -> list[int]:
        if self.refusals:
            self.refusals -= 1
            raise StoreUnavailable("full")
        self.batches.append(clicks)
        return [5]


class Desk:
    def __init__(self, disk: Disk, account: Account) -> None:
        self.disk = disk
        self.ended: list[int] = []
        self.woken = 0
        directory = Directory()
        directory.accounts[1] = account
        self.clicks = Clicks(
            store=disk, ids=Ids(b"s" * 32), directory=directory, render=lambda _: b"body", ended=self.ended.extend
        )
        self.clicks.soon = self.wake

    def wake(self) -> None:
        self.woken += 1


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clicks, "_PAUSE_S", 0)
    monkeypatch.setattr(clicks, "_AGAIN_S", 0)


def click(at: int = START) -> Click:
    return Click(LINK, at, "ANDROID")


async def test_what_comes_together_is_written_together() -> None:
    desk = Desk(Disk(), Account(id=1, name="acme"))
    for n in range(BATCH + 1):
        desk.clicks.note(click(START + n))
    await desk.clicks.stop()
    assert [len(batch) for batch in desk.disk.batches] == [BATCH, 1]
    assert [one.at for batch in desk.disk.batches for one, _ in batch] == [START + n for n in range(BATCH + 1)]
    assert (desk.ended, desk.woken, desk.clicks.noted) == ([5, 5], 0, BATCH + 1)


async def test_a_call_is_owed_where_the_account_has_a_url() -> None:
    desk = Desk(Disk(), Account(id=1, name="acme", click_url="https://customer.example:8443/clicks"))
    desk.clicks.note(click())
    await desk.clicks.stop()
    ((_, call),) = desk.disk.batches[0]
    assert call is not None
    assert (call.about, call.subject, call.method, call.account) == ("click", 7, "POST", 1)
    assert (call.url, call.content_type, call.body) == (
        "https://customer.example:8443/clicks",
        "application/json",
        b"body",
    )
    assert desk.woken == 1


async def test_clicks_wait_for_a_disk_that_refuses() -> None:
    desk = Desk(Disk(refusals=3), Account(id=1, name="acme"))
    for n in range(3):
        desk.clicks.note(click(START + n))
    async with asyncio.timeout(PATIENCE_S):
        while not desk.disk.batches:
            await asyncio.sleep(0)
    assert [one.at for one, _ in desk.disk.batches[0]] == [START, START + 1, START + 2]
    await desk.clicks.stop()
    assert desk.clicks.lost == 0


async def test_at_the_end_what_the_disk_refuses_is_given_up() -> None:
    desk = Desk(Disk(refusals=1_000), Account(id=1, name="acme"))
    desk.clicks.note(click())
    desk.clicks.note(click())
    await desk.clicks.stop()
    assert (desk.clicks.lost, desk.disk.batches) == (2, [])


async def test_there_is_room_for_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clicks, "ROOM", 2)
    desk = Desk(Disk(), Account(id=1, name="acme"))
    for n in range(4):
        desk.clicks.note(click(START + n))
    await desk.clicks.stop()
    assert [one.at for one, _ in desk.disk.batches[0]] == [START, START + 1]
    assert (desk.clicks.noted, desk.clicks.lost) == (2, 2)


async def test_a_click_after_the_last_was_written() -> None:
    desk = Desk(Disk(), Account(id=1, name="acme"))
    desk.clicks.note(click())
    while not desk.disk.batches:
        await asyncio.sleep(0)
    desk.clicks.note(click(START + 1))
    await desk.clicks.stop()
    assert [one.at for batch in desk.disk.batches for one, _ in batch] == [START, START + 1]
