"""Subscriptions: what they want, and that their calls stand or fall with what they tell."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from stentor.api.oneapi.rendering import OneApiRenderer
from stentor.core.errors import InvalidField, NotFound, StoreUnavailable
from stentor.core.ids import Ids
from stentor.core.subscriptions import MAX_SUBSCRIPTIONS, Subscription, Subscriptions
from stentor.storage.sqlite import SqliteStore
from stentor.storage.sqlite.subscriptions import SubscriptionRows
from support.making import ACME, HOST, OTHER, URL, FakeClock, define, final_move, message, new
from support.opening import opened


def made(store: SqliteStore, clock: FakeClock) -> Subscriptions:
    ids = Ids(b"s" * 32, last=store.largest_id())
    return Subscriptions(store=SubscriptionRows(store.access), ids=ids, clock=clock, renderer=OneApiRenderer(ids))


class FullDisk(SubscriptionRows):
    async def remove(self, number: int) -> None:
        raise StoreUnavailable(f"subscription {number} stays: disk full")


def calls(store: SqliteStore) -> int:
    return int(store.access.reader.execute("SELECT count(*) FROM call").get)


WISHES = [
    ({}, True),
    ({"address": "InfoSMS"}, True),
    ({"address": "Other"}, False),
    ({"criteria": "TEST"}, True),
    ({"criteria": "tes"}, False),
]


@pytest.mark.parametrize(
    ("criteria", "text", "wanted"),
    [
        ("QUIZ", "Quiz, Paris", True), ("quiz", '"QUIZ!"', True), ("QUIZ", "quizzes", False), ("QUIZ", "", False),
        ("stop!", "STOP! now", True), ("stop!", "stop now", False), ("?", "? help", True), ("?", "help", False),
    ],
)  # fmt: skip
def test_the_first_word_is_that_of_keywords(criteria: str, text: str, wanted: object) -> None:
    """People write punctuation around it."""
    assert Subscription(1, ACME.id, "inbound", "7567", criteria, URL, None, 0).wants("7567", text) is wanted


@pytest.mark.parametrize(("wish", "wanted"), WISHES, ids=str)
async def test_whose_receipts_are_wanted(tmp_path: Path, wish: dict[str, str], wanted: object) -> None:
    clock = FakeClock()
    async with opened(tmp_path) as store:
        subscriptions = made(store, clock)
        await subscriptions.subscribe(ACME.id, "receipt", url=URL, **wish)
        sent = replace(message(), sender="InfoSMS", text=" Test message")
        assert bool(subscriptions.receipts(final_move(sent), sent)) is wanted
        assert not subscriptions.receipts(final_move(sent), replace(sent, account=OTHER.id))
        assert not subscriptions.receipts(replace(final_move(sent), status=None), sent), "nothing is final"


async def test_calls_are_owed_with_the_move_and_never_twice(tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(tmp_path) as store:
        subscriptions = made(store, clock)
        await subscriptions.subscribe(ACME.id, "receipt", url=URL)
        sent = message()
        await store.accept(new(sent, in_hand=True))
        move = final_move(sent)
        for expected in (1, 1):
            owed = replace(move, calls=tuple(subscriptions.receipts(move, sent)), report=None)
            await store.move([owed])
            assert calls(store) == expected
        assert (await store.erase(sent.recipient)).left == 1, "a call that names the number is still owed"
        await store.calls.done([one.id for one in await store.calls.claim(HOST, clock.now_ms(), 10)])
        assert (await store.erase(sent.recipient)).messages == 1


async def test_they_are_there_after_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(tmp_path) as store:
        one = await made(store, clock).subscribe(ACME.id, "inbound", url=URL, address="+7567", data="cb")
        again = made(store, clock)
        public = again.public(one)
        assert again.find(ACME.id, public, ("inbound",)) == one
        for account, kind in ((OTHER.id, "inbound"), (ACME.id, "receipt")):
            with pytest.raises(NotFound):
                again.find(account, public, (kind,))  # type: ignore[arg-type]
        await again.unsubscribe(one)
        assert made(store, clock).of(ACME.id, "inbound") == again.of(ACME.id, "inbound") == []


async def test_limits(tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(tmp_path) as store:
        subscriptions = made(store, clock)
        for bad in ({"url": "ftp://x"}, {"url": URL, "criteria": "c" * 101}, {"url": URL, "data": "d" * 4_001}):
            with pytest.raises(InvalidField):
                await subscriptions.subscribe(ACME.id, "receipt", **bad)
        for number in range(MAX_SUBSCRIPTIONS):
            await subscriptions.subscribe(ACME.id, "receipt", url=f"{URL}/{number}")
        with pytest.raises(InvalidField):
            await subscriptions.subscribe(ACME.id, "receipt", url=f"{URL}/more")
        assert await subscriptions.subscribe(ACME.id, "receipt", url=f"{URL}/7") in subscriptions.of(ACME.id, "receipt")


async def test_wishes_that_come_at_once_are_kept_once_and_within_the_limit(tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(tmp_path) as store:
        subscriptions = made(store, clock)
        same = await asyncio.gather(*(subscriptions.subscribe(ACME.id, "receipt", url=URL) for _ in range(5)))
        assert len({one.id for one in same}) == 1
        many = (subscriptions.subscribe(ACME.id, "receipt", url=f"{URL}/{n}") for n in range(MAX_SUBSCRIPTIONS + 5))
        answers = await asyncio.gather(*many, return_exceptions=True)
        assert sum(isinstance(one, InvalidField) for one in answers) == 6
        assert len(subscriptions.of(ACME.id, "receipt")) == MAX_SUBSCRIPTIONS
        assert made(store, clock).of(ACME.id, "receipt") == subscriptions.of(ACME.id, "receipt")


async def test_a_wish_made_while_the_same_one_ends_is_kept(tmp_path: Path) -> None:
    """A client that starts again: it ends what it had and subscribes anew without waiting."""
    clock = FakeClock()
    async with opened(tmp_path) as store:
        subscriptions = made(store, clock)
        old = await subscriptions.subscribe(ACME.id, "inbound", url=URL, address="7567")
        _, fresh = await asyncio.gather(
            subscriptions.unsubscribe(old), subscriptions.subscribe(ACME.id, "inbound", url=URL, address="7567")
        )
        assert fresh.id != old.id
        assert made(store, clock).of(ACME.id, "inbound") == subscriptions.of(ACME.id, "inbound") == [fresh]


async def test_one_that_the_disk_does_not_let_go_stays(tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(tmp_path) as store:
        ids = Ids(b"s" * 32)
        subscriptions = Subscriptions(store=FullDisk(store.access), ids=ids, clock=clock, renderer=OneApiRenderer(ids))
        one = await subscriptions.subscribe(ACME.id, "receipt", url=URL)
        with pytest.raises(StoreUnavailable):
            await subscriptions.unsubscribe(one)
        assert subscriptions.of(ACME.id, "receipt") == [one]


async def test_they_go_with_their_account_and_do_not_come_back(tmp_path: Path) -> None:
    """Nor do those of accounts that went when nothing was done about them."""
    clock = FakeClock()
    async with opened(tmp_path) as store:
        subscriptions = made(store, clock)
        left = await subscriptions.subscribe(ACME.id, "receipt", url=URL)
        stays = await subscriptions.subscribe(OTHER.id, "receipt", url=URL)
        await define(store, gone=[("account", "acme")])
        subscriptions.forget(ACME.id)
        sent = message()
        assert subscriptions.of(ACME.id, "receipt") == []
        assert not subscriptions.receipts(final_move(sent), sent)
        assert SubscriptionRows(store.access).all() == [stays]
        await SubscriptionRows(store.access).add(left, MAX_SUBSCRIPTIONS)
        await define(store, ACME)
        assert SubscriptionRows(store.access).all() == [stays]
        await define(store, replace(OTHER, keep_hours=7))
        assert SubscriptionRows(store.access).all() == [stays], "a change of it is no end"
