"""Guessing is slow, costs nothing and locks nobody out (`[http] login_failures`)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from stentor.api.auth import Authenticator
from stentor.core.account import ApiKey, digest_of
from stentor.core.errors import Throttled, Unauthorized
from stentor.core.rulebook import Rulebook
from support.logins import KEY, RECORDS, TOKEN, revise
from support.serving import Serving, serving
from support.web import Client, basic

LIMIT = 4
HERE, THERE = "192.0.2.1", "192.0.2.2"


class Door:
    def __init__(self, failures: int = LIMIT) -> None:
        self.now = 0
        self.rulebook = Rulebook(RECORDS)
        self.authenticator = Authenticator(self.rulebook, failures, lambda: self.now)

    async def account(self, login: str, address: str = HERE) -> str:
        """The account's name, `wrong` or `later`."""
        try:
            return (await self.authenticator.account(login.encode(), address)).name
        except Unauthorized:
            return "wrong"
        except Throttled:
            return "later"

    async def operator(self, token: str, address: str = HERE) -> str:
        try:
            return await self.authenticator.operator(token.encode(), address)
        except Unauthorized:
            return "wrong"
        except Throttled:
            return "later"

    async def guess(self, times: int, name: str = "shop", address: str = HERE) -> list[str]:
        return [await self.account(basic(name, f"guess {self.now} {number}"), address) for number in range(times)]


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    yield made
    made.authenticator.close()


async def test_guesses_over_the_limit_are_not_looked_at(door: Door) -> None:
    assert await door.guess(LIMIT + 2) == ["wrong"] * LIMIT + ["later"] * 2
    assert await door.account(basic("shop", "secret")) == "later", "nor is the right one, or it would stand out"


async def test_others_are_not_locked_out(door: Door) -> None:
    await door.guess(LIMIT + 1)
    assert await door.account(basic("shop", "secret"), THERE) == "acme"


async def test_who_was_right_before_stays_in(door: Door) -> None:
    assert await door.account(basic("shop", "secret")) == "acme"
    assert await door.account(f"App {KEY}") == "acme"
    assert await door.operator(f"Bearer {TOKEN}") == "root"
    await door.guess(LIMIT + 1)
    assert [await door.account(f"App {number}") for number in range(5 * LIMIT + 1)][-1] == "later"
    assert await door.account(basic("shop", "secret")) == "acme"
    assert await door.account(f"App {KEY}") == "acme"
    assert await door.operator(f"Bearer {TOKEN}") == "root"


async def test_a_token_just_given_is_good_whatever_others_guess(door: Door) -> None:
    """The login was right before, so it passes; what it gave passes too."""
    assert await door.account(basic("shop", "secret")) == "acme"
    assert [await door.account(f"App {number}") for number in range(5 * LIMIT + 1)][-1] == "later"
    token = await door.authenticator.sign_in("shop", b"secret", HERE)
    assert await door.account(f"IBSSO {token}") == "acme"
    door.authenticator.sign_out(f"IBSSO {token}".encode())
    assert await door.account(f"IBSSO {token}") == "later"


async def test_the_limit_passes(door: Door) -> None:
    await door.guess(LIMIT + 1)
    door.now = 60_000 // LIMIT
    assert await door.guess(2) == ["wrong", "later"]
    door.now = 120_000
    assert await door.account(basic("shop", "secret")) == "acme"


async def test_a_repeated_mistake_is_wrong_and_never_counted(door: Door) -> None:
    """A client with an old password in its configuration: 401 for ever, and it does not shut out its neighbours."""
    assert {await door.account(basic("shop", "old password")) for _ in range(100)} == {"wrong"}
    assert {await door.account("App old-key") for _ in range(100)} == {"wrong"}
    assert await door.guess(LIMIT - 1) == ["wrong"] * (LIMIT - 1)
    assert await door.account(basic("shop", "secret"), THERE) == "acme"


async def test_many_at_once_are_counted_as_many(door: Door) -> None:
    answers = await asyncio.gather(*(door.account(basic("shop", f"guess {number}")) for number in range(20)))
    assert sorted(answers) == ["later"] * (20 - LIMIT) + ["wrong"] * LIMIT


async def test_the_same_right_login_on_many_connections_at_once_is_one_attempt(door: Door) -> None:
    assert set(await asyncio.gather(*(door.account(basic("shop", "secret")) for _ in range(200)))) == {"acme"}


async def test_a_right_login_is_not_counted() -> None:
    door = Door(failures=1)
    try:
        assert await door.account(basic("shop", "secret")) == "acme"
        assert await door.guess(2) == ["wrong", "later"]
    finally:
        door.authenticator.close()


async def test_unknown_names_are_limited_as_known_ones_are(door: Door) -> None:
    assert await door.guess(LIMIT + 2, "nobody") == await door.guess(LIMIT + 2, "shop")


async def test_keys_are_limited_by_address(door: Door) -> None:
    answers = [await door.account(f"App guess-{number}") for number in range(5 * LIMIT + 1)]
    assert answers == ["wrong"] * 5 * LIMIT + ["later"]
    assert await door.account(f"App {KEY}") == "later"
    assert await door.account(f"App {KEY}", THERE) == "acme"


async def test_tokens_of_operators_are_limited_by_address(door: Door) -> None:
    answers = [await door.operator(f"Bearer guess-{number}") for number in range(5 * LIMIT + 1)]
    assert answers == ["wrong"] * 5 * LIMIT + ["later"]
    assert await door.operator(f"Bearer {TOKEN}", THERE) == "root"


@pytest.mark.parametrize("login", ["", "Basic", "Basic %%%", "Basic c2hvcA==", "App", "App ", "Digest x", "Bearer x"])
async def test_what_holds_no_guess_is_not_counted(login: str, door: Door) -> None:
    assert {await door.account(login) for _ in range(100)} == {"wrong"}
    assert await door.account(basic("shop", "secret")) == "acme"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "App", "app"])
async def test_an_operator(scheme: str, door: Door) -> None:
    assert await door.operator(f"{scheme} {TOKEN}") == "root"


@pytest.mark.parametrize(
    "login", ["", "Bearer", "Bearer ", f"Basic {TOKEN}", f"ApiKey {TOKEN}", TOKEN, f"Bearer {KEY}", "Bearer root"]
)
async def test_no_operator(login: str, door: Door) -> None:
    assert await door.operator(login) == "wrong"


async def test_customers_and_operators_do_not_share_keys(door: Door) -> None:
    assert await door.account(f"App {TOKEN}") == "wrong"
    assert await door.operator(f"App {KEY}") == "wrong"
    assert await door.account(f"App {KEY}") == "acme"
    assert await door.operator(f"App {KEY}") == "wrong", "not even after it was right at the other door"


async def test_tokens_that_go_are_out_at_once(door: Door) -> None:
    assert await door.operator(f"Bearer {TOKEN}") == "root"
    assert await door.account(f"App {KEY}") == "acme"
    key = ApiKey(digest_of(KEY), "acme")
    revise(door.rulebook, gone=(("operator", "root"), ("key", key.id)))
    assert await door.operator(f"Bearer {TOKEN}") == "wrong"
    assert await door.account(f"App {KEY}") == "wrong"
    revise(door.rulebook, key)
    assert await door.account(f"App {KEY}") == "acme"


@pytest.fixture(scope="module")
def served() -> Iterator[Serving]:
    with serving(*RECORDS, login_failures=LIMIT) as running:
        yield running


def test_over_http_it_is_429_with_retry_after(served: Serving) -> None:
    url = f"http://127.0.0.1:{served.address[1]}"
    assert Client(url, basic("shop", "secret")).post("/mine", {}).status == 200
    answers = [Client(url, basic("ghost", str(number))).post("/mine", {}) for number in range(LIMIT + 1)]
    assert [answer.status for answer in answers] == [401] * LIMIT + [429]
    assert answers[-1].error == (429, "TOO_MANY_REQUESTS", "Too many requests")
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60 / LIMIT + 1
    assert Client(url, basic("shop", "secret")).post("/mine", {}).status == 200
    assert Client(url, f"Bearer {TOKEN}").get("/admin").status == 200
