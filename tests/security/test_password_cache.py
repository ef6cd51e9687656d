"""What is remembered of passwords: nothing that anybody else could use, and nothing after a change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from stentor.api import passwords
from stentor.api.auth import Authenticator
from stentor.api.passwords import Memory, Passwords, hasher
from stentor.core.account import Account, User
from stentor.core.errors import Unauthorized
from stentor.core.rulebook import Rulebook
from support.logins import ACME, RECORDS, SHOP, revise
from support.web import basic

HERE = "192.0.2.1"
OTHER = User("shopping", "other", hasher.hash("cart"))


class Door:
    """An authenticator that counts how often a password was really verified."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rulebook = Rulebook([*RECORDS, Account(id=2, name="other"), OTHER])
        self.authenticator = Authenticator(self.rulebook, 1_000, lambda: 0)
        self.verified = 0
        matches = passwords._matches

        def counted(stored: str, password: bytes) -> bool:
            self.verified += 1
            return matches(stored, password)

        monkeypatch.setattr(passwords, "_matches", counted)

    async def enters(self, name: str, password: str) -> str | None:
        """The account's name, or None when the login is refused."""
        try:
            return (await self.authenticator.account(basic(name, password).encode(), HERE)).name
        except Unauthorized:
            return None


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    made = Door(monkeypatch)
    yield made
    made.authenticator.close()


async def test_a_right_password_is_verified_once(door: Door) -> None:
    assert [await door.enters("shop", "secret") for _ in range(5)] == ["acme"] * 5
    assert door.verified == 1


async def test_a_wrong_password_is_verified_once_and_does_not_help_the_right_one(door: Door) -> None:
    assert [await door.enters("shop", "guess") for _ in range(5)] == [None] * 5
    assert await door.enters("shop", "secret") == "acme"
    assert door.verified == 2


SAME_CONCATENATION = [
    ("shop", "pingcart"),
    ("shopp", "ingcart"),
    ("shoppingc", "art"),
    ("shoppingcart", ""),
    ("", "shoppingcart"),
]


@pytest.mark.parametrize(("name", "password"), SAME_CONCATENATION)
async def test_pairs_that_read_the_same_are_different(name: str, password: str, door: Door) -> None:
    """Known from brokers whose cache key was name + password: one good login let such pairs in."""
    assert await door.enters("shopping", "cart") == "other"
    assert await door.enters(name, password) is None


@pytest.mark.parametrize(("name", "password"), SAME_CONCATENATION)
async def test_pairs_that_read_the_same_do_not_shut_out(name: str, password: str, door: Door) -> None:
    assert await door.enters(name, password) is None
    assert await door.enters("shopping", "cart") == "other"


async def test_digests_differ_by_every_part_and_by_process() -> None:
    one, another = Passwords(), Passwords()
    try:
        user = User("shop", "acme", "hash")
        parts = [
            ("shop", user, b"secret"),
            ("shop", user, b"secre"),
            ("shops", user, b"ecret"),
            ("shop", replace(user, password_hash="hashs"), b"ecret"),
            ("shop", None, b"secret"),
            ("shop", None, b"hashsecret"),
            ("", None, b"secret"),
        ]
        digests = {maker.digest(*part) for maker in (one, another) for part in parts}
        assert len(digests) == 2 * len(parts)
        assert all(b"secret" not in digest for digest in digests)
    finally:
        one.close()
        another.close()


async def test_a_digest_of_an_unknown_user_is_worth_nothing_when_the_user_comes(door: Door) -> None:
    assert await door.enters("late", "secret") is None
    revise(door.rulebook, replace(SHOP, name="late"))
    assert await door.enters("late", "secret") == "acme"
    assert await door.enters("late", "other") is None


async def test_a_user_that_goes_is_forgotten_at_once(door: Door) -> None:
    assert await door.enters("shop", "secret") == "acme"
    revise(door.rulebook, gone=(("user", "shop"),))
    assert await door.enters("shop", "secret") is None
    revise(door.rulebook, SHOP)
    assert await door.enters("shop", "secret") == "acme"


async def test_a_changed_password_forgets_the_old_one_at_once(door: Door) -> None:
    assert await door.enters("shop", "secret") == "acme"
    assert await door.enters("shop", "fresh") is None
    revise(door.rulebook, replace(SHOP, password_hash=hasher.hash("fresh")))
    assert await door.enters("shop", "secret") is None
    assert await door.enters("shop", "fresh") == "acme"


async def test_a_disabled_account_is_out_at_once_and_in_again(door: Door) -> None:
    assert await door.enters("shop", "secret") == "acme"
    revise(door.rulebook, replace(ACME, enabled=False))
    assert await door.enters("shop", "secret") is None
    revise(door.rulebook, ACME)
    assert await door.enters("shop", "secret") == "acme"


async def test_a_user_that_moves_brings_its_new_account(door: Door) -> None:
    assert await door.enters("shop", "secret") == "acme"
    revise(door.rulebook, replace(SHOP, account="other"))
    assert await door.enters("shop", "secret") == "other"


async def test_a_hash_that_is_none_lets_nobody_in(door: Door) -> None:
    revise(door.rulebook, replace(SHOP, password_hash=""))
    assert await door.enters("shop", "") is None
    assert await door.enters("shop", "secret") is None


def test_memory_is_bounded_and_keeps_what_is_used() -> None:
    memory = Memory(100)
    memory.add(b"used")
    for number in range(1_000):
        memory.add(b"%d" % number)
        assert b"used" in memory
    assert len(memory) == 100
    assert b"999" in memory
    assert b"0" not in memory


async def test_guesses_do_not_push_out_what_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Passwords(remembered=10)
    try:
        good = known.digest("shop", SHOP, b"secret")
        assert await known.verified(good, SHOP, b"secret")
        for number in range(20):
            password = b"%d" % number
            assert not await known.verified(known.digest("shop", SHOP, password), SHOP, password)
        assert good in known.good
        assert len(known.bad) == 10
    finally:
        known.close()
