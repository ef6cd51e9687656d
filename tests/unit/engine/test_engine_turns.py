"""Turns between accounts: nothing for one that is alone, in order and bounded while others send."""

from __future__ import annotations

import asyncio

from stentor.engine.turns import AT_ONCE, SMALL_PORTION, Turns
from support.making import FakeClock
from support.platform import quiet


def _crowded(clock: FakeClock) -> Turns:
    """Accounts 1 and 2 both sent something just now."""
    turns = Turns(clock)
    for account in (1, 2):
        assert turns.enter(account, 1)
        turns.leave(account, 1)
    return turns


def test_an_account_that_is_alone_is_never_held_up() -> None:
    turns = Turns(FakeClock())
    assert all(turns.enter(1, 250) for _ in range(100))


def test_while_others_send_an_account_has_its_share() -> None:
    turns = _crowded(FakeClock())
    assert sum(turns.enter(1, 1) for _ in range(2 * AT_ONCE)) == AT_ONCE
    assert turns.enter(2, 1)
    assert turns.enter(3, 250), "a portion is let in where nothing of the account is under way"
    assert not turns.enter(3, 1)


def test_a_second_later_the_others_are_forgotten() -> None:
    clock = FakeClock()
    turns = _crowded(clock)
    assert turns.enter(1, AT_ONCE)
    assert not turns.enter(1, 1)
    clock.pass_ms(1_001)
    assert turns.enter(1, 1)


async def test_who_waits_comes_in_the_order_of_asking() -> None:
    turns, came = _crowded(FakeClock()), list[int]()
    assert turns.enter(1, AT_ONCE)

    async def ask(name: int, messages: int) -> None:
        if not turns.enter(1, messages):
            await turns.wait(1, messages)
        came.append(name)

    asked = [asyncio.create_task(ask(name, messages)) for name, messages in ((1, AT_ONCE), (2, 1), (3, 1))]
    await quiet()
    assert came == []
    turns.leave(1, AT_ONCE)
    await quiet()
    assert came == [1]
    turns.leave(1, AT_ONCE)
    await asyncio.gather(*asked)
    assert came == [1, 2, 3]


async def test_one_that_gives_up_waiting_blocks_nobody() -> None:
    turns = _crowded(FakeClock())
    assert turns.enter(1, AT_ONCE)
    first, second = (asyncio.create_task(turns.wait(1, 2)) for _ in range(2))
    await quiet()
    first.cancel()
    await quiet()
    turns.leave(1, AT_ONCE)
    await second
    turns.leave(1, 2)
    assert turns.enter(1, AT_ONCE)
    assert not turns.enter(1, 1)


async def test_after_a_portion_others_have_a_moment() -> None:
    turns = _crowded(FakeClock())
    size = turns.portion(1, 1_000)
    assert size == SMALL_PORTION < Turns(FakeClock()).portion(1, 1_000)
    assert turns.enter(1, size)
    turns.leave(1, size)
    assert not turns.enter(1, 1)
    await turns.wait(1, 1)
    assert turns.enter(2, 1)
