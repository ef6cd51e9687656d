"""The records of a message's life. Times are milliseconds since 1970, money is in micros (see `core.money`)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from stentor.core.calls import Call


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message to one phone (MT). The order of the fields is the order of the columns of table `message`."""

    id: int
    account: int
    bulk: str
    client_id: str | None
    sender: str
    recipient: str
    text: str
    parts: int
    mcc_mnc: str | None
    price: int
    connector: str
    rule: str
    status: int
    error: int
    sent_at: int
    done_at: int
    expires_at: int
    notify_url: str | None
    notify_type: str
    callback_data: str | None
    intermediate: bool
    flash: bool
    extra: str | None = None
    """JSON of `core.content.Extra`; None for an ordinary text."""

    @property
    def charge(self) -> int:
        """What the whole message costs: the price of one SMS times its parts."""
        return self.price * self.parts


class EventKind(StrEnum):
    """The words of a message's history."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DUE = "due"
    SENT = "sent"
    RETRY = "retry"
    HELD = "held back"
    DIVERTED = "diverted"
    UNCERTAIN = "uncertain"
    RECEIPT = "receipt"
    FINAL = "final"
    REPORT_PULLED = "report pulled"
    NOTIFIED = "notified"
    NOTIFY_FAILED = "notify failed"
    NOTIFY_GIVEN_UP = "notify given up"
    RECEIVED = "received"
    """A message from a phone; it has no history of its own."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """One line of a message's history: what happened, when, and the reason.

    What follows `detail` is for those who watch (`core.feed`) and is not stored.
    """

    message: int
    at: int
    kind: EventKind
    detail: str
    of: Message | None = None
    """The message as it was before."""
    status: int | None = None
    """Where the message stands from now on; None: where it stood."""
    error: int = 0


class SentPart(msgspec.Struct, frozen=True, gc=False):
    """A part that the upstream took, under the id it gave."""

    message: int
    number: int
    total: int
    connector: str
    upstream_id: str
    at: int
    completes: bool
    """The last part of its message: the message now waits for its receipts."""


class PartState(msgspec.Struct, frozen=True, gc=False):
    """What is known of one part: status None while no final receipt came."""

    number: int
    upstream_id: str
    status: int | None
    error: int


class UpstreamReceipt(msgspec.Struct, frozen=True, gc=False):
    """What an upstream says of a part it took earlier: status and error in our catalogue's numbers."""

    connector: str
    upstream_id: str
    status: int
    error: int
    at: int
    final: bool
    said: str
    """The upstream's own words, for the history."""


class ReportKind(StrEnum):
    FINAL = "final"
    INTERMEDIATE = "intermediate"


class Report(msgspec.Struct, frozen=True, gc=False):
    """A delivery report owed to the customer: the message's state at that moment.

    `url` None: it waits to be pulled. The order of the fields is the order of the columns of table `report`.
    """

    id: int
    message: int
    account: int
    kind: ReportKind
    status: int
    error: int
    done_at: int
    url: str | None
    host: str | None
    content_type: str
    attempts: int
    due: int


class Owed(msgspec.Struct, frozen=True, gc=False):
    """A report with the message it speaks of."""

    report: Report
    message: Message


class Move(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One step of a message's life, to be written as one unit.

    It happens only while the message is not final; a late one changes nothing (`Store.move` answers which did).
    """

    message: int
    account: int
    status: int | None
    """The new status; None leaves it as it is."""
    error: int
    at: int
    events: tuple[Event, ...] = ()
    part: int | None = None
    part_status: int | None = None
    part_error: int = 0
    due: int | None = None
    """Set: the message goes back to the queue for this time. None with `dequeue`: it leaves the queue."""
    longer: int = 0
    """Milliseconds that its validity goes on longer: it is held back, and this is no offer that was refused."""
    dequeue: bool = False
    refund: int = 0
    report: Report | None = None
    calls: tuple[Call, ...] = ()
    """What subscriptions are owed for it (`core.subscriptions`)."""


class Story(msgspec.Struct, frozen=True):
    """Everything known of one message, for `stentor message show`."""

    message: Message
    parts: tuple[PartState, ...]
    events: tuple[Event, ...]
    reports: tuple[Report, ...]
    queue: dict[str, Any] | None
