"""Accounts with logins for tests of who may call."""

from __future__ import annotations

from msgspec.structs import replace

from stentor.api.passwords import hasher
from stentor.core.account import Account, ApiKey, Operator, User, digest_of
from stentor.core.definitions import Record
from stentor.core.rulebook import Rulebook

ACME = Account(id=1, name="acme")
KEY = "0123456789abcdef0123456789abcdef"
TOKEN = "fedcba9876543210fedcba9876543210"
SHOP = User("shop", "acme", hasher.hash("secret"))
RECORDS: list[Record] = [ACME, SHOP, ApiKey(digest_of(KEY), "acme"), Operator("root", digest_of(TOKEN))]


def restricted(*networks: str) -> Account:
    return replace(ACME, addresses=networks)


def revise(rulebook: Rulebook, *wanted: Record, gone: tuple[tuple[str, str], ...] = ()) -> None:
    """As a revision by an operator does."""
    rulebook.apply(rulebook.book.difference(wanted, gone))
