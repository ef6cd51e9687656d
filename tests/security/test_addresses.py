"""From where: an account's list of networks, and whom a reverse proxy speaks for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stentor.api.auth import Authenticator
from stentor.core.errors import Throttled, Unauthorized
from stentor.core.rulebook import Rulebook
from support.logins import ACME, KEY, RECORDS, TOKEN, restricted, revise
from support.serving import Serving, serving
from support.web import Client, basic

INSIDE, OUTSIDE = "192.0.2.7", "198.51.100.7"
LIMIT = 4


class Door:
    def __init__(self) -> None:
        self.rulebook = Rulebook(RECORDS)
        self.authenticator = Authenticator(self.rulebook, LIMIT, lambda: 0)
        revise(self.rulebook, restricted("192.0.2.0/24", "2001:db8::/32"))

    async def account(self, login: str, address: str) -> str:
        try:
            return (await self.authenticator.account(login.encode(), address)).name
        except Unauthorized:
            return "wrong"
        except Throttled:
            return "later"


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    yield made
    made.authenticator.close()


LOGINS = pytest.mark.parametrize("login", [basic("shop", "secret"), f"App {KEY}"], ids=["password", "key"])


@LOGINS
@pytest.mark.parametrize("address", [INSIDE, "::ffff:192.0.2.7", "2001:db8::7"])
async def test_from_inside(login: str, address: str, door: Door) -> None:
    assert await door.account(login, address) == "acme"


@LOGINS
@pytest.mark.parametrize("address", [OUTSIDE, "2001:db9::7", "", "unknown"])
async def test_from_outside(login: str, address: str, door: Door) -> None:
    assert await door.account(login, INSIDE) == "acme"
    assert await door.account(login, address) == "wrong"
    assert await door.account(login, INSIDE) == "acme"


@LOGINS
async def test_a_list_that_changes_counts_at_once(login: str, door: Door) -> None:
    assert await door.account(login, INSIDE) == "acme"
    revise(door.rulebook, restricted("203.0.113.0/24"))
    assert await door.account(login, INSIDE) == "wrong"
    revise(door.rulebook, restricted())
    assert await door.account(login, INSIDE) == "wrong"
    revise(door.rulebook, ACME)
    assert await door.account(login, OUTSIDE) == "acme"


async def test_outside_the_right_password_cannot_be_told_from_a_wrong_one(door: Door) -> None:
    """Not by its answer, not by being counted, and not after the right one was used inside."""
    assert await door.account(basic("shop", "secret"), INSIDE) == "acme"
    for password in ("secret", "guess"):
        assert {await door.account(basic("shop", password), OUTSIDE) for _ in range(20)} == {"wrong"}
    guesses = [await door.account(basic("shop", f"guess {number}"), OUTSIDE) for number in range(LIMIT)]
    assert guesses == ["wrong"] * (LIMIT - 2) + ["later"] * 2


PROXIED: list[tuple[list[str], str]] = [
    (["192.0.2.7"], "192.0.2.7"),
    (["203.0.113.1, 192.0.2.7"], "192.0.2.7"),
    (["203.0.113.1", "192.0.2.7, 127.0.0.9"], "192.0.2.7"),
    (["garbage"], "127.0.0.1"),
    ([], "127.0.0.1"),
]


@pytest.fixture(scope="module")
def behind_a_proxy() -> Iterator[Serving]:
    account = restricted("192.0.2.0/24")
    with serving(*RECORDS[1:], account, proxies=["127.0.0.0/8"]) as running:
        yield running


def _address(served: Serving, forwarded: list[str]) -> str:
    fields = "".join(f"X-Forwarded-For: {one}\r\n" for one in forwarded)
    with served.connect() as connection:
        connection.sendall(f"GET /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}\r\n".encode())
        connection.makefile("rb").read()
    return served.seen[-1].address


@pytest.mark.parametrize(("forwarded", "client"), PROXIED)
def test_the_client_behind_a_proxy(forwarded: list[str], client: str, behind_a_proxy: Serving) -> None:
    assert _address(behind_a_proxy, forwarded) == client


def test_a_trailer_names_no_client(behind_a_proxy: Serving) -> None:
    """A proxy that sets the header passes trailers on as they are."""
    head = "GET /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: 198.51.100.7\r\n"
    chunks = "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n"
    with behind_a_proxy.connect() as connection:
        connection.sendall((head + chunks).encode())
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 200 ")
    assert behind_a_proxy.seen[-1].address == "198.51.100.7"


@pytest.mark.parametrize(("forwarded", "status"), [("192.0.2.7", 200), ("192.0.2.7, 198.51.100.7", 401)])
def test_the_list_of_networks_behind_a_proxy(forwarded: str, status: int, behind_a_proxy: Serving) -> None:
    client = Client(f"http://127.0.0.1:{behind_a_proxy.address[1]}", basic("shop", "secret"))
    assert client.call("POST", "/mine", b"{}", {"X-Forwarded-For": forwarded}).status == status


def test_without_proxies_the_header_is_only_a_header() -> None:
    with serving(*RECORDS) as served:
        assert _address(served, ["192.0.2.7"]) == "127.0.0.1"


def test_outside_the_answer_is_that_of_a_wrong_password(behind_a_proxy: Serving) -> None:
    url = f"http://127.0.0.1:{behind_a_proxy.address[1]}"
    right, wrong = (
        Client(url, basic("shop", password)).call("POST", "/mine", b"{}", {"X-Forwarded-For": OUTSIDE})
        for password in ("secret", "wrong")
    )
    same = {"date": ""}
    assert (right.status, right.body, right.headers | same) == (wrong.status, wrong.body, wrong.headers | same)
    assert right.error == (401, "UNAUTHORIZED", "Invalid login details")
    assert Client(url, f"Bearer {TOKEN}").get("/admin").status == 200
