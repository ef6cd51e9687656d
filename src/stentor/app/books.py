"""From the configuration file to what the operator defined: accounts, users, keys, prices, rules."""

from __future__ import annotations

from argon2.exceptions import VerificationError

from stentor.api.auth import hasher
from stentor.config import AccountSettings, Settings
from stentor.core import money
from stentor.core.account import Account, ApiKey, User, digest_of
from stentor.core.ports import Book, Opening
from stentor.core.pricing import Price
from stentor.core.routing import Rule

_HASH_PREFIX = "$argon2"


def book_of(settings: Settings, known: Book) -> Book:
    """Accounts keep the numbers they had, passwords that did not change keep their hashes."""
    numbers = {opening.account.name: opening.account.id for opening in known.accounts}
    for account in settings.accounts:
        numbers.setdefault(account.name, max(numbers.values(), default=0) + 1)
    hashes = {user.name: user.password_hash for user in known.users}
    return Book(
        accounts=tuple(_opening(account, numbers[account.name]) for account in settings.accounts),
        users=tuple(
            User(name, numbers[account.name], _hash(password, hashes.get(name)))
            for account in settings.accounts
            for name, password in account.users.items()
        ),
        keys=tuple(
            ApiKey(digest_of(key), numbers[account.name]) for account in settings.accounts for key in account.keys
        ),
        prices=tuple(Price(price.plan, price.where, money.parse(price.price)) for price in settings.prices),
        rules=tuple(_rules(settings)),
    )


def _opening(account: AccountSettings, number: int) -> Opening:
    return Opening(
        Account(
            id=number,
            name=account.name,
            currency=account.currency,
            plan=account.plan,
            senders=account.senders,
            blocked_senders=account.blocked_senders,
            default_sender=account.default_sender,
            accepted_status=account.accepted_status,
            rate=account.rate,
        ),
        money.parse(account.credit),
    )


def _hash(password: str, known: str | None) -> str:
    if password.startswith(_HASH_PREFIX):
        return password
    if known is not None:
        try:
            hasher.verify(known, password)
        except VerificationError:
            return hasher.hash(password)
        return known
    return hasher.hash(password)


def _rules(settings: Settings) -> list[Rule]:
    return [
        Rule(
            name=route.name or f"route {order}",
            order=order,
            connector=route.connector,
            account=route.account,
            country=route.country,
            mcc_mnc=route.mcc_mnc,
            prefix=route.prefix,
            sender=route.sender,
        )
        for order, route in enumerate(settings.routes, start=1)
    ]
