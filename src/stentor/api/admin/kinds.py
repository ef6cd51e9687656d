"""THE table of resources: each kind of definition as it is written and shown under /admin/1."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, ClassVar, Protocol

from msgspec import structs

from stentor.api.admin.models import (
    AccountBody,
    AccountView,
    BlockedBody,
    KeyBody,
    KeyView,
    OperatorBody,
    OperatorView,
    PriceBody,
    UserBody,
    UserView,
)
from stentor.core import money
from stentor.core.account import Account, ApiKey, Operator, User, digest_of
from stentor.core.definitions import KEPT, Blocked, Link, Record
from stentor.core.errors import InvalidField
from stentor.core.numbers import Number, bare
from stentor.core.pricing import Price
from stentor.core.routing import Rule
from stentor.numbering import InvalidMsisdn, normalise

_TOKEN_OCTETS = 24

Hash = Callable[[str, User | None], Awaitable[str]]
"""The hash of a password; that of before when the password did not change."""


class Links(Protocol):
    """Connectors or resolvers as the configuration knows them: a settings type for each type of them."""

    types: Any

    def shown(self, link: Link) -> Any:
        """Its settings, with `<kept>` for secrets."""

    def link(self, settings: Any, known: Link | None) -> Link:
        """What the settings mean; `<kept>` is the secret that is there."""


class Resource(Protocol):
    """`path`: the collection under /admin/1. `key`: the fields that tell two of a kind apart, as the path has them."""

    @property
    def path(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def summary(self) -> str: ...

    @property
    def key(self) -> tuple[str, ...]: ...

    @property
    def filters(self) -> tuple[str, ...]: ...

    @property
    def body(self) -> Any: ...

    @property
    def view(self) -> Any: ...

    async def read(self, body: Any, known: Any) -> tuple[Record, str]:
        """The record that a body means, and a secret that is shown only now (or nothing). `known`: what is there."""

    def written(self, record: Any) -> Any:
        """The record as a body."""

    def show(self, record: Any, secret: str) -> Any: ...


class Accounts:
    path, kind, summary, key = "accounts", "account", "account", ("name",)
    filters = ("plan", "enabled")
    body: ClassVar[Any] = AccountBody
    view = AccountView

    def __init__(self, balance: Callable[[int], int]) -> None:
        self._balance = balance

    async def read(self, body: Any, known: Account | None) -> tuple[Account, str]:
        return Account(**structs.asdict(body), id=known.id if known else 0), ""

    def written(self, record: Account) -> Any:
        return AccountBody(**{name: value for name, value in structs.asdict(record).items() if name != "id"})

    def show(self, record: Account, _secret: str) -> AccountView:
        return AccountView(**structs.asdict(record), balance=decimal(self._balance(record.id)))


class Users:
    path, kind, summary, key = "users", "user", "login of an account", ("name",)
    filters = ("account",)
    body = UserBody
    view = UserView

    def __init__(self, hash_password: Hash) -> None:
        self._hash = hash_password

    async def read(self, body: UserBody, known: User | None) -> tuple[User, str]:
        if body.password == KEPT and known is None:
            raise InvalidField("password", "there is none yet.")
        return User(body.name, body.account, await self._hash(body.password, known)), ""

    def written(self, record: User) -> UserBody:
        return UserBody(record.name, record.account, KEPT)

    def show(self, record: User, _secret: str) -> UserView:
        return UserView(record.name, record.account)


class Rules:
    path, kind, summary, key = "rules", "rule", "routing rule", ("name",)
    filters = ("account", "country", "sender")
    body = view = Rule

    async def read(self, body: Rule, _known: Rule | None) -> tuple[Rule, str]:
        return body, ""

    def written(self, record: Rule) -> Rule:
        return record

    def show(self, record: Rule, _secret: str) -> Rule:
        return record


class Connectors:
    path, kind, summary, key = "connectors", "connector", "link to a network", ("name",)
    filters = ()

    def __init__(self, links: Links) -> None:
        self._links = links
        self.body = self.view = links.types

    async def read(self, body: Any, known: Link | None) -> tuple[Link, str]:
        return self._links.link(body, known), ""

    def written(self, record: Link) -> Any:
        return self._links.shown(record)

    def show(self, record: Link, _secret: str) -> Any:
        return self._links.shown(record)


class Resolvers(Connectors):
    path, kind, summary = "resolvers", "resolver", "resolver of number lookups"


class Applications(Connectors):
    path, kind, summary = "applications", "application", "push application"


class Prices:
    path, kind, summary, key = "prices", "price", "line of a price list", ("list", "where")
    filters = ("list", "where")
    body = view = PriceBody

    async def read(self, body: PriceBody, _known: Price | None) -> tuple[Price, str]:
        price = micros("price", body.price)
        if price < 0:
            raise InvalidField("price", f"{body.price} is below 0.")
        return Price(body.list, body.where, price), ""

    def written(self, record: Price) -> PriceBody:
        return PriceBody(record.list, record.where, decimal(record.micros))

    def show(self, record: Price, _secret: str) -> PriceBody:
        return self.written(record)


class BlockedNumbers:
    path, kind, summary, key = "blocked", "blocked", "number that gets no messages", ("account", "number")
    filters = ("account",)
    body = BlockedBody
    view = Blocked

    async def read(self, body: BlockedBody, _known: Blocked | None) -> tuple[Blocked, str]:
        return Blocked(number(body.number), body.account), ""

    def written(self, record: Blocked) -> BlockedBody:
        return BlockedBody(record.number, record.account)

    def show(self, record: Blocked, _secret: str) -> Blocked:
        return record


class Numbers:
    path, kind, summary, key = "numbers", "number", "number that phones write to", ("number",)
    filters = ("account",)
    body = view = Number

    async def read(self, body: Number, _known: Number | None) -> tuple[Number, str]:
        return structs.replace(body, number=bare(body.number)), ""

    def written(self, record: Number) -> Number:
        return record

    def show(self, record: Number, _secret: str) -> Number:
        return record


class Keys:
    path, kind, summary, key = "keys", "key", "API key of an account", ("id",)
    filters = ("account",)
    body = KeyBody
    view = KeyView

    async def read(self, body: KeyBody, known: ApiKey | None) -> tuple[ApiKey, str]:
        secret = "" if known else secrets.token_hex(_TOKEN_OCTETS)
        return ApiKey(known.digest if known else digest_of(secret), body.account, body.name), secret

    def written(self, record: ApiKey) -> KeyBody:
        return KeyBody(record.account, record.name)

    def show(self, record: ApiKey, secret: str) -> KeyView:
        return KeyView(record.id, record.account, record.name, *((secret,) if secret else ()))


class Operators:
    path, kind, summary, key = "operators", "operator", "operator with a token", ("name",)
    filters = ()
    body = OperatorBody
    view = OperatorView

    async def read(self, body: OperatorBody, known: Operator | None) -> tuple[Operator, str]:
        secret = "" if known else secrets.token_hex(_TOKEN_OCTETS)
        return Operator(body.name, known.digest if known else digest_of(secret)), secret

    def written(self, record: Operator) -> OperatorBody:
        return OperatorBody(record.name)

    def show(self, record: Operator, secret: str) -> OperatorView:
        return OperatorView(record.name, *((secret,) if secret else ()))


def resources(
    *, links: Links, resolvers: Links, applications: Links, hash_password: Hash, balance: Callable[[int], int]
) -> tuple[Resource, ...]:
    return (
        Accounts(balance),
        Users(hash_password),
        Keys(),
        Prices(),
        Rules(),
        Connectors(links),
        Resolvers(resolvers),
        Applications(applications),
        BlockedNumbers(),
        Numbers(),
        Operators(),
    )


def decimal(amount: int) -> Decimal:
    return Decimal(money.plain(amount))


def micros(field: str, amount: Decimal) -> int:
    try:
        return money.parse(amount)
    except ValueError as error:
        raise InvalidField(field, f"{error}.") from None


def number(text: str) -> str:
    """A phone number as it is kept; `InvalidField` says what is wrong with it."""
    try:
        return normalise(text)
    except InvalidMsisdn as fault:
        raise InvalidField("number", f"{fault}.") from None
