"""Bodies of the management API. Names are those of the configuration file and of the command line's options."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType

from stentor.core.account import Account, Terms
from stentor.core.definitions import EVERYONE
from stentor.core.diagnosis import AccountSessions, Finding
from stentor.core.ports import ConnectorState

encode = msgspec.json.Encoder(decimal_format="number").encode

_NAME = Meta(description="Name of the account.")


def partial(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The same fields, each of which may be left out: the body of a PATCH."""
    hints = get_type_hints(kind, include_extras=True)
    fields = [(name, hints[name] | UnsetType, UNSET) for name in kind.__struct_fields__]
    return msgspec.defstruct(f"{kind.__name__}Change", fields, kw_only=True, forbid_unknown_fields=True)


class AccountBody(Terms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account as it is written: everything but its number."""


class AccountView(Account, frozen=True, kw_only=True):
    """An account as it is shown."""

    balance: Annotated[Decimal, Meta(description="Credit that is left.")]


class UserBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=255, description="Login.")]
    account: Annotated[str, _NAME]
    password: Annotated[str, Meta(min_length=1, description="Password; kept as an Argon2id hash.")]


class UserView(msgspec.Struct, frozen=True):
    name: str
    account: str


class KeyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    account: Annotated[str, _NAME]
    name: Annotated[str, Meta(description="What the key is for.")] = ""


class KeyView(msgspec.Struct, frozen=True):
    id: Annotated[str, Meta(description="What the key is called here.")]
    account: str
    name: str
    key: Annotated[str, Meta(description="The key itself: shown once, when it is made.")] | UnsetType = UNSET


class OperatorBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, description="Name, as the audit log shows it.")]


class OperatorView(msgspec.Struct, frozen=True):
    name: str
    token: Annotated[str, Meta(description="The token itself: shown once, when it is made.")] | UnsetType = UNSET


class PriceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    list: Annotated[str, Meta(description='A plan such as "standard", or "@NAME": the own list of an account.')]
    where: Annotated[str, Meta(description='MCC/MNC ("22801"), ISO country ("CH"), or "*".')]
    price: Annotated[Decimal, Meta(description="Price of one SMS, not below 0, at most 6 decimals.")]


class BlockedBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[str, Meta(description="Number in international form.")]
    account: Annotated[str, Meta(description='The account that may not send to it, or "*" for any.')] = EVERYONE


class PaymentBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Credit to give (or, negative, to take back)."""

    amount: Annotated[Decimal, Meta(description="At most 6 decimals.")]
    note: Annotated[str, Meta(max_length=500, description="Why; kept in the ledger.")] = ""


class BalanceView(msgspec.Struct, frozen=True):
    account: str
    balance: Decimal
    currency: str


class LedgerView(msgspec.Struct, frozen=True):
    id: Annotated[str, Meta(description="Where to go on reading: give it as `before`.")]
    kind: Annotated[str, Meta(description="charge, refund, top-up or correction.")]
    at: str
    amount: Decimal
    message_id: str | None = None
    note: str = ""


class Ledger(msgspec.Struct, frozen=True):
    account: str
    balance: Decimal
    currency: str
    rows: list[LedgerView]


class ChangeView(msgspec.Struct, frozen=True):
    """One definition that came (`before` null), went (`after` null) or became another; secrets are not shown."""

    kind: str
    key: str
    before: Any = None
    after: Any = None


class RevisionView(msgspec.Struct, frozen=True):
    """One change of what is defined. `number` 0: a preview, nothing was changed, or nothing had to be."""

    number: int
    at: str
    operator: str
    action: str
    size: Annotated[int, Meta(description="How many definitions it changed.")]
    changes: list[ChangeView] | UnsetType = UNSET


class Revisions(msgspec.Struct, frozen=True):
    results: list[RevisionView]


class TargetView(msgspec.Struct, frozen=True):
    connector: str
    weight: int
    trouble: Annotated[str | None, Meta(description="Why it gets nothing now; null: it is available.")]


class PassedOverView(msgspec.Struct, frozen=True):
    rule: str
    because: str


class RouteView(msgspec.Struct, frozen=True):
    """Where a message would go, at what price, and why."""

    to: str
    country: str | None
    network: str | None
    mcc_mnc: str | None
    status: Annotated[str, Meta(description="PENDING_ENROUTE, or the status that would refuse it.")]
    reason: str
    rule: str | None
    connector: str | None
    targets: list[TargetView]
    passed_over: Annotated[list[PassedOverView], Meta(description="Rules tried before, and why they did not match.")]
    parts: int
    price: Annotated[Decimal | None, Meta(description="Of one SMS.")]
    price_from: Annotated[str | None, Meta(description="The line of the price list, LIST/WHERE.")]
    total: Decimal | None
    currency: str


class NumberBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[str, Meta(description="Number in international form.")]


class ErasedView(msgspec.Struct, frozen=True):
    messages: Annotated[int, Meta(description="Messages and lookups that were erased.")]
    left: Annotated[int, Meta(description="Messages and lookups that are still under way, and stay.")]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The running platform in figures, and what they mean."""

    started: Annotated[str, Meta(description="When it was started.")]
    connectors: list[ConnectorState]
    waiting: Annotated[dict[str, int], Meta(description="Messages that wait for each connector.")]
    commit_ms: Annotated[float, Meta(description="A commit on this disk, smoothed.")]
    disk_free: Annotated[int, Meta(description="Octets that are left.")]
    reports_due: Annotated[int, Meta(description="Reports that wait for customers' URLs.")]
    smpp: Annotated[
        list[AccountSessions] | None,
        Meta(description="Accounts with SMPP sessions; null: there is no SMPP server."),
    ]
    findings: Annotated[list[Finding], Meta(description="What holds messages up, the worst first.")]
