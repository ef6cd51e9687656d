"""Who may: accounts, their users and keys, operators, and the directory that finds them without I/O."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from stentor.catalogue import StatusId

DEFAULT_CURRENCY = "EUR"
DEFAULT_KEEP_HOURS = 48
"""The window of the log (004 "SMS logs")."""
_ALPHANUMERIC_SENDER = range(3, 12)
_NUMERIC_SENDER = range(3, 15)
_KEY_ID = 12
_DIGITS = re.compile(r"\+?[0-9]+")


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator says of a customer: in the configuration file, by command, over /admin/1."""

    name: Annotated[str, Meta(min_length=1, max_length=64, description="Name of the account.")]
    currency: Annotated[str, Meta(min_length=1, max_length=8, description="Currency of credit and prices.")] = (
        DEFAULT_CURRENCY
    )
    plan: Annotated[str, Meta(min_length=1, description="Price list of the account.")] = "standard"
    senders: Annotated[tuple[str, ...] | None, Meta(description="Allowed senders; leave out for any.")] = None
    blocked_senders: Annotated[tuple[str, ...], Meta(description="Senders that are refused.")] = ()
    default_sender: Annotated[str | None, Meta(description="Sender of messages that name none.")] = None
    countries: Annotated[
        tuple[str, ...] | None, Meta(description="Countries it may send to, ISO codes; leave out for any.")
    ] = None
    addresses: Annotated[
        tuple[str, ...] | None, Meta(description="Networks it may call from, e.g. 192.0.2.0/24; leave out for any.")
    ] = None
    rate: Annotated[Annotated[float, Meta(gt=0)] | None, Meta(description="Most messages a second.")] = None
    daily_limit: Annotated[
        str | None, Meta(description='Most it may spend in a day (UTC), e.g. "100"; more is refused with status 12.')
    ] = None
    per_number: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="Most messages an hour to one number; more are refused with status 20."),
    ] = None
    per_block: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="Most messages an hour to one block of 10,000 numbers; more are refused with status 20."),
    ] = None
    sequence: Annotated[
        Annotated[int, Meta(ge=2)] | None,
        Meta(description="Most numbers in sequence, one after the other; more are refused with status 20."),
    ] = None
    accepted_status: Annotated[
        Literal[0, 7], Meta(description="Status of an accepted message: 0 MESSAGE_ACCEPTED or 7 PENDING_ENROUTE.")
    ] = 0
    xml_names: Annotated[
        Literal["2015", "later"],
        Meta(description='Names in XML answers: "2015", e.g. SMSResponse, or "later", e.g. smsResponse.'),
    ] = "2015"
    smpp_sessions: Annotated[
        Annotated[int, Meta(ge=0, le=1_000)], Meta(description="Most SMPP sessions at a time; 0 for none.")
    ] = 4
    smpp_window: Annotated[
        Annotated[int, Meta(ge=1, le=10_000)],
        Meta(description="Most deliver_sm that one of its SMPP sessions may leave unanswered."),
    ] = 10
    smpp_alphabet: Annotated[
        Literal["GSM7", "Latin-1"], Meta(description="What data_coding 0 means in its submit_sm: GSM7 or Latin-1.")
    ] = "GSM7"
    smpp_words: Annotated[
        Literal["document", "spec"],
        Meta(description='Words of receipts: "document", e.g. REJECTED, or "spec", as in SMPP 3.4, e.g. REJECTD.'),
    ] = "document"
    smpp_dlvrd: Annotated[
        Literal["dlvr", "dlvrd"], Meta(description='Spelling in the text of receipts: "dlvr:" or "dlvrd:".')
    ] = "dlvr"
    smpp_long: Annotated[
        Literal["parts", "payload"],
        Meta(description="Long inbound messages as deliver_sm: in parts, or in one piece as message_payload."),
    ] = "parts"
    lookup_plan: Annotated[
        str, Meta(min_length=1, description="Price list of its number lookups; a number without a price is refused.")
    ] = "lookup"
    lookup_package: Annotated[
        Literal["cleaning", "portability", "roaming", "full"],
        Meta(description="What its lookups show: each package adds to the one before it."),
    ] = "roaming"
    link_domain: Annotated[
        str | None, Meta(description="Domain of its short links, e.g. https://eel.nu; leave out for the platform's.")
    ] = None
    click_url: Annotated[
        str | None, Meta(description="Its http or https URL that is called for each click on one of its short links.")
    ] = None
    query_login: Annotated[
        bool, Meta(description="Whether its login may stand in a query string or a body, as older APIs have it.")
    ] = True
    v3_report_url: Annotated[
        str | None, Meta(description="Its http or https URL for delivery reports of messages sent over /api/.")
    ] = None
    v3_report_type: Annotated[
        Literal["xml", "json"], Meta(description="How delivery reports of messages sent over /api/ are written.")
    ] = "xml"
    v3_lookup_url: Annotated[
        str | None, Meta(description="Its http or https URL for results of lookups over /api/hlr.")
    ] = None
    v3_long: Annotated[
        Literal["concatenate", "reject"],
        Meta(description="Texts over one SMS that are sent over /api/ without type longSMS: in parts, or refused."),
    ] = "concatenate"
    keep_hours: Annotated[
        Annotated[int, Meta(ge=0, le=8_784)], Meta(description="Hours that messages are kept after their end.")
    ] = DEFAULT_KEEP_HOURS
    enabled: Annotated[bool, Meta(description="Whether it may log in; false switches the account off.")] = True


class Account(Terms, frozen=True, kw_only=True):
    """A customer."""

    id: Annotated[int, Meta(description="Number of the account; given by the platform.")] = 0


class User(msgspec.Struct, frozen=True):
    """A login of an account; the password is kept as an Argon2id hash."""

    name: str
    account: str
    password_hash: str


class ApiKey(msgspec.Struct, frozen=True):
    """A key of an account, kept as SHA-256 (the key itself has 128 random bits, so no slow hash is needed)."""

    digest: str
    account: str
    name: str = ""

    @property
    def id(self) -> str:
        """What the key is called where it may not be shown."""
        return self.digest[:_KEY_ID]


class Operator(msgspec.Struct, frozen=True):
    """Someone who may administer the platform: a name and the SHA-256 of a token."""

    name: str
    digest: str


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def sender_status(account: Account, sender: str) -> StatusId | None:
    """Why the account may not send as `sender`; None when it may.

    Numeric senders have 3 to 14 digits, alphanumeric ones 3 to 11 characters (`spec/wire.md` (c)6), all of which SMPP
    can write (SMPP 3.4 §3.1: ISO 8859-1 at most). A sender that is not on the account's list is 11 REJECTED_SOURCE,
    one on its black list 13 REJECTED_SENDER.
    """
    digits = sender.removeprefix("+")
    allowed = _NUMERIC_SENDER if _DIGITS.fullmatch(sender) else _ALPHANUMERIC_SENDER
    if len(digits) not in allowed or not sender.isprintable() or max(sender) > "\xff":
        return StatusId.REJECTED_SOURCE
    if account.blocked_senders and sender in account.blocked_senders:
        return StatusId.REJECTED_SENDER
    if account.senders is not None and sender not in account.senders:
        return StatusId.REJECTED_SOURCE
    return None


class Directory:
    """Accounts, their users and keys, and operators in memory; changed in place when the operator changes them."""

    def __init__(self) -> None:
        self.accounts: dict[int, Account] = {}
        self.named: dict[str, Account] = {}
        self.users: dict[str, User] = {}
        self.keys: dict[str, ApiKey] = {}
        self.operators: dict[str, str] = {}
        """Names by digest."""

    def currency(self, account: int) -> str:
        """What its prices are in; the usual one for an account that is no more."""
        known = self.accounts.get(account)
        return DEFAULT_CURRENCY if known is None else known.currency

    def by_key(self, key: str) -> Account | None:
        found = self.keys.get(digest_of(key))
        return self.enabled(found.account) if found else None

    def enabled(self, account: str) -> Account | None:
        found = self.named.get(account)
        return found if found and found.enabled else None
