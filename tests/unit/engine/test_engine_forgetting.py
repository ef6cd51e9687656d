"""The timekeeper forgets each account's messages when their time is over, and nothing that is owed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace

from stentor.core.account import Account
from stentor.core.message import Message
from stentor.core.ports import HeldReceipt, ReportFilter, Store
from stentor.core.rulebook import Rulebook
from stentor.engine.timekeeper import Timekeeper
from support.making import ACME, HOUR, OTHER, START, URL, final_move, message, new, receipt, report
from support.platform import Engine, engine


@asynccontextmanager
async def keeping(folder: Path, *accounts: Account) -> AsyncIterator[tuple[Engine, Timekeeper]]:
    async with engine(folder) as running:
        yield (
            running,
            Timekeeper(
                store=running.store,
                clock=running.clock,
                mover=running.mover,
                dispatcher=running.dispatcher,
                receipts=running.receipts,
                notifier=running.notifier,
                directory=Rulebook(accounts).directory,
            ),
        )


async def final(store: Store, at: int = START, *, url: str | None = "", **changes: object) -> Message:
    """`url`: where its report is owed to, None for one that waits to be pulled, "" for none."""
    one = message(at, **{"price": 0, **changes})
    await store.accept(new(one, in_hand=True))
    await store.move([final_move(one, at=at, report=None if url == "" else report(one, at, url=url))])
    return one


def known(running: Engine, *messages: Message) -> list[bool]:
    return [running.store.story(one.id) is not None for one in messages]


async def test_messages_are_kept_48_hours_unless_the_account_says_otherwise(tmp_path: Path) -> None:
    async with keeping(tmp_path, ACME, replace(OTHER, keep_hours=100)) as (running, timekeeper):
        one, other, nobodys = [await final(running.store, account=account) for account in (1, 2, 3)]
        for hours, expected in ((0, [True] * 3), (48, [True] * 3), (100, [False, True, False])):
            running.clock.now = START + hours * HOUR
            await timekeeper.forget()
            assert known(running, one, other, nobodys) == expected
            running.clock.pass_ms(1)
        await timekeeper.forget()
        assert known(running, one, other, nobodys) == [False] * 3


async def test_an_account_that_keeps_nothing_is_forgotten_as_soon_as_no_report_is_owed(tmp_path: Path) -> None:
    async with keeping(tmp_path, replace(ACME, keep_hours=0)) as (running, timekeeper):
        plain, pulled, pushed = [await final(running.store, url=url) for url in ("", None, URL)]
        waiting = message()
        await running.store.accept(new(waiting))
        running.clock.pass_ms(1)
        await timekeeper.forget()
        assert known(running, plain, pulled, pushed, waiting) == [False, True, True, True]
        await (await running.store.take_reports(1, ReportFilter(), running.clock.now_ms())).given()
        await timekeeper.forget()
        assert known(running, plain, pulled, pushed, waiting) == [False, False, True, True]


async def test_a_report_waits_48_hours_to_be_pulled(tmp_path: Path) -> None:
    async with keeping(tmp_path, replace(ACME, keep_hours=0)) as (running, timekeeper):
        one = await final(running.store, url=None)
        running.clock.now = START + 48 * HOUR
        await timekeeper.forget()
        assert known(running, one) == [True]
        running.clock.pass_ms(1)
        await timekeeper.forget()
        assert known(running, one) == [False]


async def test_more_than_a_batch_goes_at_once(tmp_path: Path) -> None:
    async with keeping(tmp_path, ACME) as (running, timekeeper):
        messages = [message(price=0) for _ in range(1_200)]
        await running.store.accept(new(*messages))
        await running.store.move([final_move(one) for one in messages])
        await running.store.hold([HeldReceipt(n, receipt(f"u{n}")) for n in range(1, 700)])
        running.clock.now = START + 48 * HOUR + 1
        await timekeeper.forget()
        assert known(running, *messages) == [False] * 1_200
        assert running.store.held() == []


async def test_the_log_on_disk_is_cut(tmp_path: Path) -> None:
    async with keeping(tmp_path, ACME) as (running, timekeeper):
        await final(running.store)
        running.clock.now = START + 49 * HOUR
        await timekeeper.forget()
        assert (tmp_path / "stentor.db-wal").stat().st_size == 0
