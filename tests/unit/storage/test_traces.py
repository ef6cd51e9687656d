"""What was forgotten is in no file any more: canaries in every field, looked for octet by octet."""

from __future__ import annotations

import asyncio
import random
import re
from pathlib import Path

import apsw
import pytest

from stentor.core.errors import StoreUnavailable
from stentor.core.message import Event, EventKind, Message
from stentor.core.ports import HeldReceipt
from stentor.storage.sqlite import SqliteStore
from support.disk import Disk
from support.making import HOUR, START, final_move, message, new, receipt, sent_part
from support.opening import opened
from support.traces import found

CANARIES = ("TheTextCanary", "41790099887", "SenderCanar", "CallbackCanary", "https://canary.example/", "DetailCanary")


async def deliver(store: SqliteStore, one: Message, detail: str = "why") -> None:
    await store.accept(new(one, in_hand=True))
    await store.sent([sent_part(one, f"u{one.id}")], [Event(one.id, START, EventKind.SENT, detail)])
    await store.move([final_move(one)])


async def test_no_octet_of_a_forgotten_message_is_left(tmp_path: Path) -> None:
    text, to, sender, callback, url, detail = CANARIES
    async with opened(tmp_path) as store:
        one = message(text=text * 40, recipient=to, sender=sender, callback_data=callback, notify_url=url, price=0)
        await deliver(store, one, detail)
        await store.hold([HeldReceipt(1, receipt("u", said=detail))])
        await store.tidy()
        assert found(tmp_path, *CANARIES) == {(canary, "stentor.db") for canary in CANARIES}
        assert await store.purge(START + 1, 9) == 1
        assert await store.purge_receipts(START + 1, 9) == 1
        await store.tidy()
        assert found(tmp_path, *CANARIES) == set()
        assert (tmp_path / "stentor.db-wal").stat().st_size == 0


async def test_a_log_that_the_disk_refuses_to_cut_is_cut_later(tmp_path: Path) -> None:
    disk = Disk()
    with disk.mounted():
        store = SqliteStore(tmp_path)
    await deliver(store, message(text=CANARIES[0], price=0))
    await store.purge(START + 1, 9)
    disk.fault = lambda _: apsw.IOError("the disk does not work")
    with pytest.raises(StoreUnavailable, match="cannot be cut: the disk does not work"):
        await store.tidy()
    disk.fault = lambda _: None
    await store.tidy()
    assert found(tmp_path, CANARIES[0]) == set()
    await store.close()


async def test_no_octet_of_an_erased_number_is_left(tmp_path: Path) -> None:
    text, to, sender, callback, url, detail = CANARIES
    async with opened(tmp_path) as store:
        others = [message(price=0) for _ in range(50)]
        mine = message(text=text, recipient=to, sender=sender, callback_data=callback, notify_url=url, price=0)
        for one in (*others[:25], mine, *others[25:]):
            await deliver(store, one, detail if one is mine else "why")
        assert (await store.erase(to)).messages == 1
        assert found(tmp_path, *CANARIES) == set()


async def test_closing_leaves_no_log(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await deliver(store, message(text=CANARIES[0]))
        await store.purge(START + 1, 9)
    assert found(tmp_path, *CANARIES) == set()
    assert not (tmp_path / "stentor.db-wal").exists()


async def test_a_log_in_use_is_cut_later(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await deliver(store, message(text=CANARIES[0]))
        reader = SqliteStore.reader(tmp_path)
        reader.execute("BEGIN; SELECT count(*) FROM message").fetchall()
        await store.purge(START + 1, 9)
        await store.tidy()
        assert found(tmp_path, CANARIES[0]) != set()
        reader.close()
        await store.tidy()
        assert found(tmp_path, CANARIES[0]) == set()


async def test_pages_that_are_freed_are_blank(tmp_path: Path) -> None:
    messages = [message(text=f"TheTextCanary {n}" + "x" * 900, price=0) for n in range(200)]
    async with opened(tmp_path) as store:
        await store.accept(new(*messages, in_hand=True))
        await store.move([final_move(one) for one in messages])
        await store.purge(START + 1, 999)
        await store.tidy()
        assert found(tmp_path, *CANARIES) == set()


async def test_accounts_that_keep_for_different_times_share_pages_and_no_copy_is_left(tmp_path: Path) -> None:
    """Four of five rows of each page go: SQLite puts such pages in order anew, and may leave copies between the rows.

    With this seed it leaves four when rows are not blanked before they are deleted.
    """
    chance = random.Random(4)
    messages = [
        message(
            START + n,
            account=1 if chance.random() > 0.2 else 2,
            text=f"TheTextCanary{n:06}." + "x" * chance.choice((0, 30, 100, 600, 3_000)),
            recipient=f"417{n:08}",
            price=0,
        )
        for n in range(1_500)
    ]
    async with opened(tmp_path) as store:
        for start in range(0, len(messages), 50):
            await asyncio.gather(*(store.accept(new(one, in_hand=True)) for one in messages[start : start + 50]))
        for start in range(0, len(messages), 500):
            some = chance.sample(messages, len(messages))[start : start + 500]
            await store.move([final_move(one, error=chance.choice((0, 27, 4101))) for one in some])
        for start in range(0, len(messages), 500):
            await store.move([final_move(one, error=27) for one in messages[start : start + 500]])
        await store.purge(START + HOUR, 5_000, account=1)
        await store.tidy()
        seen = re.findall(rb"Canary(\d{6})\.", (tmp_path / "stentor.db").read_bytes())
        assert {int(number) for number in seen} == {n for n, one in enumerate(messages) if one.account == 2}
