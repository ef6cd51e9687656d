"""What the operator defines: THE table of kinds, and the changes that revisions are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from stentor.core.account import Account, ApiKey, Operator, User
from stentor.core.numbers import Number
from stentor.core.pricing import Price
from stentor.core.routing import Rule

EVERYONE = "*"
SECRET_OPTIONS = frozenset({"password", "api_key", "fcm_account", "apns_key"})
"""Options of connectors, resolvers and push applications that are kept sealed and never shown."""
KEPT = "<kept>"
"""Stands for a secret that is there: where it is read, and, written back, it leaves the secret as it is."""


class Link(msgspec.Struct, frozen=True):
    """A connector as it is defined: its type, and the settings that type knows."""

    name: str
    type: str
    options: dict[str, Any] = {}

    def without_secrets(self) -> Link:
        """As it may be shown."""
        shown = {name: KEPT if name in SECRET_OPTIONS and value else value for name, value in self.options.items()}
        return msgspec.structs.replace(self, options=shown)


class Source(Link, frozen=True):
    """A resolver of number lookups as it is defined (`core.lookup.ports.Resolver`)."""


class Application(Link, frozen=True):
    """A push application as it is defined (002 "Prerequisites")."""

    @property
    def code(self) -> str:
        """What scenarios and mobile applications call it."""
        return str(self.options["code"])

    @property
    def account(self) -> str:
        """Whose it is."""
        return str(self.options["account"])


class Blocked(msgspec.Struct, frozen=True):
    """A number that gets no messages: from one account, or from any."""

    number: Annotated[str, Meta(pattern="^[0-9]{1,15}$", description="Number in international form, digits only.")]
    account: Annotated[str, Meta(description='The account that may not send to it, or "*" for any.')] = EVERYONE


Record = Account | User | ApiKey | Operator | Price | Rule | Link | Blocked | Number


class Kind(msgspec.Struct, frozen=True):
    """One kind of definition. `key` tells two records of it apart."""

    name: str
    record: type[Any]
    key: Callable[[Any], str]


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("account", Account, lambda account: account.name),
        Kind("user", User, lambda user: user.name),
        Kind("key", ApiKey, lambda key: key.id),
        Kind("operator", Operator, lambda operator: operator.name),
        Kind("connector", Link, lambda link: link.name),
        Kind("resolver", Source, lambda source: source.name),
        Kind("application", Application, lambda application: application.name),
        Kind("rule", Rule, lambda rule: rule.name),
        Kind("price", Price, lambda price: f"{price.list}/{price.where}"),
        Kind("blocked", Blocked, lambda blocked: f"{blocked.account}/{blocked.number}"),
        Kind("number", Number, lambda number: number.number),
    )
}
_KIND_OF: dict[type[Any], Kind] = {kind.record: kind for kind in KINDS.values()}


def kind_of(record: Record) -> Kind:
    return _KIND_OF[type(record)]


class Change(msgspec.Struct, frozen=True):
    """One definition that comes (`before` None), goes (`after` None), or becomes another."""

    kind: str
    key: str
    before: Any
    after: Any

    def reversed(self) -> Change:
        return Change(self.kind, self.key, self.after, self.before)


class Credit(msgspec.Struct, frozen=True):
    """Money that an operator gives to an account or takes back: one row of the ledger. Micros."""

    id: int
    account: int
    kind: str
    amount: int
    note: str = ""


LedgerKey = tuple[int, str]
"""Id and kind of a row: a message's charge and refund have one id."""


class LedgerRow(msgspec.Struct, frozen=True):
    """`id` is the message's number for charges and refunds."""

    id: int
    kind: str
    at: int
    amount: int
    note: str


class Revision(msgspec.Struct, frozen=True):
    """One change of what is defined: who, when, what. Kept for ever: the audit log, and what undo stands on."""

    number: int
    at: int
    operator: str
    action: str
    size: int
    """How many definitions it changed."""
    changes: Sequence[Change] = ()


class Book:
    """All definitions by kind and key."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._kinds: dict[str, dict[str, Any]] = {name: {} for name in KINDS}
        self._keys: dict[str, list[str]] = {}
        for record in records:
            kind = kind_of(record)
            self._kinds[kind.name][kind.key(record)] = record

    def of(self, kind: str) -> dict[str, Any]:
        return self._kinds[kind]

    def get(self, kind: str, key: str) -> Any:
        return self._kinds[kind].get(key)

    def keys(self, kind: str) -> list[str]:
        """In order; kept until that kind changes, so that reading 100,000 prices page by page sorts them once."""
        if kind not in self._keys:
            self._keys[kind] = sorted(self._kinds[kind])
        return self._keys[kind]

    def copy(self) -> Book:
        """As it is now, for a reader on another thread."""
        taken = Book()
        taken._kinds = {kind: dict(records) for kind, records in self._kinds.items()}
        return taken

    def apply(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self._keys.pop(change.kind, None)
            if change.after is None:
                self._kinds[change.kind].pop(change.key, None)
            else:
                self._kinds[change.kind][change.key] = change.after

    def difference(self, wanted: Iterable[Record], gone: Iterable[tuple[str, str]] = ()) -> list[Change]:
        """What must change so that `wanted` is there and `gone` (kind and key) is not; nothing for what is so."""
        changes = []
        for record in wanted:
            kind = kind_of(record)
            key = kind.key(record)
            before = self.get(kind.name, key)
            if before != record:
                changes.append(Change(kind.name, key, before, record))
        for name, key in gone:
            before = self.get(name, key)
            if before is not None:
                changes.append(Change(name, key, before, None))
        return changes


class Changed:
    """A book as it will be after some changes."""

    def __init__(self, book: Book, changes: Iterable[Change]) -> None:
        self._book = book
        self._changes: dict[str, dict[str, Any]] = {name: {} for name in KINDS}
        for change in changes:
            self._changes[change.kind][change.key] = change.after

    def get(self, kind: str, key: str) -> Any:
        changes = self._changes[kind]
        return changes[key] if key in changes else self._book.get(kind, key)

    def of(self, kind: str) -> dict[str, Any]:
        merged = self._book.of(kind) | self._changes[kind]
        return {key: record for key, record in merged.items() if record is not None}
