"""Who may: accounts, their users and keys, and the directory that finds them without I/O."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

import msgspec

from stentor.catalogue import StatusId

_ALPHANUMERIC_SENDER = range(3, 12)
_NUMERIC_SENDER = range(3, 15)
_DIGITS = re.compile(r"\+?[0-9]+")


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A customer. `senders` None: any sender is allowed; `rate` in messages a second, None for no limit."""

    id: int
    name: str
    currency: str = "EUR"
    plan: str = "standard"
    senders: tuple[str, ...] | None = None
    blocked_senders: tuple[str, ...] = ()
    default_sender: str | None = None
    accepted_status: int = StatusId.MESSAGE_ACCEPTED
    rate: float | None = None
    enabled: bool = True


class User(msgspec.Struct, frozen=True):
    """A login of an account; the password is kept as an Argon2id hash."""

    name: str
    account: int
    password_hash: str


class ApiKey(msgspec.Struct, frozen=True):
    """A key of an account, kept as SHA-256 (the key itself has 128 random bits, so no slow hash is needed)."""

    digest: str
    account: int


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def sender_status(account: Account, sender: str) -> StatusId | None:
    """Why the account may not send as `sender`; None when it may.

    Numeric senders have 3 to 14 digits, alphanumeric ones 3 to 11 characters (`spec/wire.md` (c)6). A sender that is
    not on the account's list is 11 REJECTED_SOURCE, one on its black list 13 REJECTED_SENDER.
    """
    digits = sender.removeprefix("+")
    allowed = _NUMERIC_SENDER if _DIGITS.fullmatch(sender) else _ALPHANUMERIC_SENDER
    if len(digits) not in allowed or not sender.isprintable():
        return StatusId.REJECTED_SOURCE
    if account.blocked_senders and sender in account.blocked_senders:
        return StatusId.REJECTED_SENDER
    if account.senders is not None and sender not in account.senders:
        return StatusId.REJECTED_SOURCE
    return None


class Directory:
    """Accounts, users and keys in memory, replaced as a whole when they change."""

    def __init__(self, accounts: Iterable[Account], users: Iterable[User], keys: Iterable[ApiKey]) -> None:
        self.accounts = {account.id: account for account in accounts}
        self.users = {user.name: user for user in users}
        self.keys = {key.digest: key for key in keys}

    def by_key(self, key: str) -> Account | None:
        found = self.keys.get(digest_of(key))
        return self.enabled(found.account) if found else None

    def enabled(self, account: int) -> Account | None:
        found = self.accounts.get(account)
        return found if found and found.enabled else None
