"""Tokens that a login gives: `Authorization: IBSSO TOKEN` (`spec/wire.md` A4).

They live in memory, as digests, and end with a logout, a day after their last use, with the program, and when their
login gets another password or goes.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict

import msgspec

from stentor.core.account import User, digest_of

IDLE_MS = 24 * 3_600_000
MOST = 20_000
MOST_OF_A_LOGIN = 20


class Ticket(msgspec.Struct):
    """What a token stands for: a login with the password it had then."""

    user: User
    until: int


class Tickets:
    """Time is an argument: milliseconds of a clock that never goes back."""

    def __init__(self, most: int = MOST, most_of_a_login: int = MOST_OF_A_LOGIN) -> None:
        self._most = most
        self._most_of_a_login = most_of_a_login
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()
        self._of: dict[str, OrderedDict[str, None]] = {}
        """Those of each login; the one unused longest comes first, as in all of them."""

    def __len__(self) -> int:
        return len(self._tickets)

    def issue(self, user: User, now: int) -> str:
        """A fresh token of 256 bits; the one unused longest makes room."""
        token = secrets.token_urlsafe(32)
        digest = digest_of(token)
        mine = self._of.get(user.name, ())
        if len(mine) >= self._most_of_a_login:
            self._drop(next(iter(mine)))
        self._of.setdefault(user.name, OrderedDict())[digest] = None
        self._tickets[digest] = Ticket(user, now + IDLE_MS)
        if len(self._tickets) > self._most:
            self._drop(next(iter(self._tickets)))
        return token

    def user(self, digest: str, now: int) -> User | None:
        """Whose it is; a use makes it last longer."""
        ticket = self._tickets.get(digest)
        if ticket is None:
            return None
        if ticket.until <= now:
            self._drop(digest)
            return None
        ticket.until = now + IDLE_MS
        self._tickets.move_to_end(digest)
        self._of[ticket.user.name].move_to_end(digest)
        return ticket.user

    def revoke(self, digest: str) -> None:
        if digest in self._tickets:
            self._drop(digest)

    def _drop(self, digest: str) -> None:
        name = self._tickets.pop(digest).user.name
        mine = self._of[name]
        del mine[digest]
        if not mine:
            del self._of[name]
