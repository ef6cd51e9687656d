"""Who is calling: `Basic`, `App KEY`, its old spelling `ApiKey KEY`, `IBSSO TOKEN` (`spec/wire.md` (b)1); operators
by `Bearer`.

Credentials that were right before pass whatever others do. Wrong ones are counted (`core.failures`), and over the limit
nothing is looked at any more. The same wrong ones again are refused from memory and not counted: a client that repeats
a mistake learns nothing and costs nothing.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import Callable
from typing import TypeVar

from stentor.api.passwords import Memory, Passwords
from stentor.api.sso import Tickets
from stentor.core.account import Account, User, digest_of
from stentor.core.addresses import inside
from stentor.core.errors import Throttled, Unauthorized
from stentor.core.failures import Failures
from stentor.core.rulebook import Rulebook

FAILURES_A_MINUTE = 20
T = TypeVar("T")


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Authenticator:
    """An account's list of networks comes first: from anywhere else its logins are as unknown as any other name."""

    def __init__(
        self,
        rulebook: Rulebook,
        failures_a_minute: int = FAILURES_A_MINUTE,
        now_ms: Callable[[], int] = _monotonic_ms,
    ) -> None:
        self._rulebook = rulebook
        self._now_ms = now_ms
        self._failures = Failures(failures_a_minute)
        self._passwords = Passwords()
        self._good_tokens = Memory()
        self._bad_tokens = Memory()
        self._tickets = Tickets()

    def close(self) -> None:
        self._passwords.close()

    async def account(self, authorization: bytes, address: str) -> Account:
        """The calling account, `Unauthorized`, or `Throttled` after too many failures. `address` is the client's."""
        scheme, _, rest = authorization.partition(b" ")
        match scheme.lower():
            case b"basic":
                return await self._basic(rest.strip(), address)
            case b"app" | b"apikey":
                digest = _digest(rest)
                key = self._rulebook.directory.keys.get(digest)
                return self._token(digest, self._open_to(key.account, address) if key else None, address)
            case b"ibsso":
                digest = _digest(rest)
                return self._token(digest, self._by_ticket(digest, address), address)
        raise Unauthorized

    async def sign_in(self, name: str, password: bytes, address: str) -> str:
        """A token for `Authorization: IBSSO`; `Unauthorized`, or `Throttled`. The login stood in a body: an account may
        forbid that.
        """
        account = await self.login(name, password, address)
        user = self._rulebook.directory.users.get(name)
        if user is None or not account.query_login:
            raise Unauthorized
        token = self._tickets.issue(user, self._now_ms())
        self._good_tokens.add(digest_of(token).encode())  # right from now on: guesses of others do not hold up its use
        return token

    def sign_out(self, authorization: bytes) -> None:
        """A token is good no more; for other credentials there is nothing to do."""
        scheme, _, rest = authorization.partition(b" ")
        if scheme.lower() == b"ibsso":
            self._tickets.revoke(_digest(rest))

    def _by_ticket(self, digest: str, address: str) -> Account | None:
        """None too when the login has another password by now."""
        user = self._tickets.user(digest, self._now_ms())
        if user is None or self._rulebook.directory.users.get(user.name) != user:
            return None
        return self._open_to(user.account, address)

    async def operator(self, authorization: bytes, address: str) -> str:
        """The name of the calling operator, `Unauthorized`, or `Throttled`."""
        scheme, _, rest = authorization.partition(b" ")
        if scheme.lower() not in (b"bearer", b"app"):
            raise Unauthorized
        digest = _digest(rest)
        return self._token(digest, self._rulebook.directory.operators.get(digest), address)

    def _open_to(self, name: str, address: str) -> Account | None:
        """The account, if it is enabled and may call from there."""
        account = self._rulebook.directory.enabled(name)
        if account is None or account.addresses is None or inside(account.addresses, address):
            return account
        return None

    def _token(self, digest: str, owner: T | None, address: str) -> T:
        """Tokens need no slow hash, but guessing them is limited too: an operator may choose a short one."""
        remembered = digest.encode()
        if owner is not None and remembered in self._good_tokens:
            return owner
        if owner is None and remembered in self._bad_tokens:
            raise Unauthorized
        self._failures.spend(address, None, self._now_ms())
        if owner is None:
            self._bad_tokens.add(remembered)
            raise Unauthorized
        self._failures.forgive(address, None)
        self._good_tokens.add(remembered)
        return owner

    async def _basic(self, encoded: bytes, address: str) -> Account:
        return await self.login(*_login(encoded), address)

    async def login(self, name: str, password: bytes, address: str) -> Account:
        """The account of a login, `Unauthorized`, or `Throttled`: one count of failures for every door."""
        user = self._rulebook.directory.users.get(name)
        account = self._open_to(user.account, address) if user else None
        if account is None:
            user = None
        digest = self._passwords.digest(name, user, password)
        if account is not None and digest in self._passwords.good:
            return account
        if digest in self._passwords.bad or not await self._verified(digest, name, user, password, address):
            raise Unauthorized
        assert account is not None
        return account

    async def _verified(self, digest: bytes, name: str, user: User | None, password: bytes, address: str) -> bool:
        """Calls with the same credentials that arrive together are one attempt and share its verification."""
        under_way = self._passwords.under_way(digest)
        if under_way is not None:
            return await asyncio.shield(under_way) and user is not None
        if self._passwords.saturated:
            raise Throttled(1.0)
        self._failures.spend(address, name, self._now_ms())
        good = await self._passwords.verified(digest, user, password)
        if good:
            self._failures.forgive(address, name)
        return good


def _digest(token: bytes) -> str:
    """An empty token is no attempt."""
    text = token.strip().decode("latin-1")
    if not text:
        raise Unauthorized
    return digest_of(text)


def _login(encoded: bytes) -> tuple[str, bytes]:
    """Name and password; what holds no login is no attempt."""
    try:
        name, separator, password = base64.b64decode(encoded, validate=True).partition(b":")
    except binascii.Error:
        raise Unauthorized from None
    if not separator:
        raise Unauthorized
    try:
        return name.decode(), password
    except UnicodeDecodeError:
        return name.decode("latin-1"), password
