"""The only doors from the core to the outside. Edges implement them, `app` wires them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from stentor.core.assembly import InboundPart
from stentor.core.bulk import Bulk
from stentor.core.calls import Call
from stentor.core.definitions import Credit, LedgerKey, LedgerRow, Record, Revision
from stentor.core.message import (
    Event,
    Message,
    Move,
    Owed,
    PartState,
    SentPart,
    Story,
    UpstreamReceipt,
)
from stentor.core.pulling import Pulled
from stentor.core.tracked import Tracked


class Clock(Protocol):
    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""


class QueueEntry(msgspec.Struct, frozen=True, gc=False):
    """A message that waits to be sent: not before `due`, not after `expires`.

    `in_hand`: this node holds it in memory already, so nobody claims it from disk. Of what waits for a connector the
    highest `priority` goes first.
    """

    message: int
    account: int
    connector: str
    due: int
    expires: int
    in_hand: bool
    priority: int = 0


class NewMessages(msgspec.Struct, frozen=True, gc=False):
    """Everything one request writes: sent and refused messages, queue entries, history; charged as a whole."""

    account: int
    at: int
    messages: Sequence[Message]
    queue: Sequence[QueueEntry]
    events: Sequence[Event]
    daily_limit: int | None = None
    """Micros that the account may spend in the day (UTC) of `at`; None for no limit."""
    tracked: Tracked | None = None
    """Links and runs of these messages; of those that are refused here nothing is written."""
    spelt: Mapping[str, int] = {}
    """Client ids that read as numbers of ours: where the account has that message, the client's own is its twin."""


class ReportFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Filters of GET /sms/1/reports (004 "Delivery reports"). Ids that are not ours match nothing."""

    limit: int = 50
    bulk_ids: tuple[str, ...] = ()
    messages: tuple[int | str, ...] | None = None
    """Numbers of ours or client ids; None for any, empty for none."""
    app: str | None = None
    """Those of an application of the customer; empty: those of none; None: all (003 table 1 "appid")."""


class LogFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Filters of GET /sms/1/logs (004 "SMS logs")."""

    since: int
    until: int | None = None
    limit: int = 50
    sender: str | None = None
    recipients: tuple[str, ...] = ()
    bulk_ids: tuple[str, ...] = ()
    messages: tuple[int | str, ...] | None = None
    statuses: tuple[int, ...] | None = None
    mcc: str | None = None
    mnc: str | None = None


class Matched(msgspec.Struct, frozen=True, gc=False):
    """The part that an upstream id stands for, with its message and the other parts."""

    message: Message
    number: int
    total: int
    """How many parts the upstream was given: 1 when it carries whole messages."""
    parts: tuple[PartState, ...]


class Claimed(msgspec.Struct, frozen=True, gc=False):
    """A message taken from the queue on disk, with the parts that were sent before a crash or a retry."""

    message: Message
    sent: frozenset[int]
    attempts: int
    """How often it was offered and refused for now."""
    sent_by: str = ""
    """The connector that took those parts."""


class HeldReceipt(msgspec.Struct, frozen=True, gc=False):
    """A receipt for an upstream id that nobody knows (yet)."""

    id: int
    receipt: UpstreamReceipt


class Erased(msgspec.Struct, frozen=True):
    """What erasing a number did: messages that are gone, and those that could not go yet."""

    messages: int
    left: int


class Store(Protocol):
    """Where messages live. Every method that writes returns only after its rows are durable."""

    async def accept(self, new: NewMessages) -> list[int | None]:
        """Charge and write a request. For each message: None, or the status that refuses it here (12 or 23)."""

    def sent(self, parts: Sequence[SentPart], events: Sequence[Event], *, urgent: bool = False) -> Awaitable[None]:
        """Parts that the upstream took, and lines of histories that come with no move.

        A part that completes its message takes it out of the queue.
        `urgent`: a full window waits for this, so it is written without waiting for others.
        """

    async def move(self, moves: Sequence[Move], drop_held: Sequence[int] = ()) -> list[bool]:
        """Carry out moves; False for those whose message was final already (only their part is noted)."""

    async def claim(self, connector: str, account: int, now: int, limit: int, priority: int = 0) -> list[Claimed]:
        """Take due messages of that priority from the queue for this node, oldest first."""

    async def put_back(self, messages: Sequence[int]) -> None:
        """Give claimed messages back to the queue on disk."""

    def waiting(self, now: int) -> list[tuple[str, int, int]]:
        """(connector, account, priority) of which due messages are on disk that no node holds."""

    def overdue(self, now: int, limit: int) -> list[Message]:
        """Queued messages whose validity has passed."""

    def silent(self, before: int, after: int, limit: int) -> tuple[list[Message], int]:
        """Sent messages that expired before `before` and never got a final receipt.

        Looks at `limit` messages from number `after` on, and says where to go on: 0 when all were looked at.
        """

    def unfinished(self, connector: str) -> list[tuple[str, str, str]]:
        """(upstream id, sender, recipient) of parts that still wait for a final receipt."""

    async def match(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Matched]:
        """The parts behind (connector, upstream id)."""

    async def hold(self, receipts: Sequence[HeldReceipt]) -> None:
        """Keep receipts that match nothing yet; a move drops those it carries out (`drop_held`)."""

    def held(self) -> list[HeldReceipt]:
        """All that are kept, for the start."""

    async def take_reports(self, account: int, wanted: ReportFilter, at: int) -> Pulled[Owed]:
        """Pull: each report is given once."""

    def due_hosts(self, now: int) -> list[str]:
        """Hosts with due reports that no node holds."""

    async def claim_reports(self, host: str, now: int, limit: int) -> list[Owed]:
        """Take due reports for URLs of a host; the attempt about to be made is counted in the same step."""

    async def notified(self, reports: Sequence[int], events: Sequence[Event]) -> None:
        """The customer's URL has them (or they are given up): nothing is owed any more."""

    async def notify_later(self, reports: Sequence[int], due: int, events: Sequence[Event]) -> None:
        """The attempt failed: they may be claimed again from `due` on."""

    async def put_back_reports(self, reports: Sequence[int]) -> None:
        """Give claimed reports back; the attempt that was not made is not counted."""

    async def logs(self, account: int, wanted: LogFilter) -> list[Message]:
        """Newest first."""

    def balance(self, account: int) -> int:
        """Micros."""

    def story(self, message: int | str, account: int | None = None) -> Story | None:
        """By its number, or by the id that a client gave it; of any account unless one is given."""

    async def holders(self) -> dict[int, int]:
        """The accounts that have messages, of deleted ones too, each with the number of its oldest."""

    async def purge(self, before: int, limit: int, *, account: int | None = None, unpulled: int | None = None) -> int:
        """Forget messages (of one account) that became final before this time and owe no report; how many.

        A report that nobody pulled is owed until `unpulled`, which is `before` unless given. Money is not forgotten.
        """

    async def purge_receipts(self, before: int, limit: int) -> int:
        """Forget receipts of before that time that matched nothing; how many."""

    async def erase(self, number: str, account: int | None = None) -> Erased:
        """Forget the final messages to or from a phone number, of every account unless one is given.

        Reports of theirs that wait to be pulled go too. What is not final, or owes a report to a URL, is left.
        """

    async def tidy(self) -> None:
        """Leave nothing on disk of what was deleted, as far as the store can and without holding up others."""

    async def revise(self, revision: Revision, paid: Sequence[Credit] = ()) -> None:
        """Write a revision with its changes, and money given or taken, as a whole: all of it or, after a crash, none.

        An account that comes gets a balance of its own; one that goes leaves its balance and ledger behind.
        """

    def records(self) -> list[Record]:
        """Everything that is defined."""

    def numbers(self) -> dict[str, int]:
        """The number of each account there is or was, by name."""

    async def revisions(self, kind: str | None, before: int, limit: int) -> list[Revision]:
        """Heads of revisions (without their changes) of numbers under `before`, newest first; of one kind if given."""

    async def revision(self, number: int) -> Revision | None:
        """With its changes."""

    async def ledger(self, account: int, before: LedgerKey, limit: int) -> list[LedgerRow]:
        """Newest first, behind the row `before`."""

    def bulk(self, account: int, bulk_id: str) -> Bulk | None:
        """How the messages of a bulk stand, counted now; None when the account has none of that id."""

    async def reschedule(self, account: int, bulk_id: str, at: int) -> None:
        """Another time for the messages of a bulk that are not due yet, for the runs they begin and for their links."""

    async def pause(self, account: int, bulk_id: str, *, paused: bool) -> None:
        """Hold back the messages of a bulk that are not due yet, or let them go on."""

    async def take_scheduled(self, account: int, bulk_id: str, limit: int) -> list[Message]:
        """Messages of a bulk that are not due yet, taken from the queue for this node."""

    async def not_sent(self, messages: Sequence[int]) -> None:
        """They were canceled: nothing was begun by them (`core.conversion`)."""

    def note(self, name: str) -> str | None:
        """Something the platform remembers of itself, e.g. which configuration file was applied last."""

    async def write_note(self, name: str, value: str) -> None:
        """Instead of what the note said before."""

    def queued(self) -> int:
        """How many messages wait to be sent."""


class CallStore(Protocol):
    """Where calls owed to customers' URLs wait. They are added in the transaction of what they tell."""

    def due_hosts(self, now: int) -> list[str]:
        """Hosts with due calls that no node holds."""

    async def claim(self, host: str, now: int, limit: int) -> list[Call]:
        """Take due calls of a host; the attempt about to be made is counted in the same step."""

    async def done(self, calls: Sequence[int]) -> None:
        """The URL took them, or they are given up."""

    async def later(self, calls: Sequence[int], due: int) -> None:
        """The attempt failed: they may be claimed again from `due` on."""

    async def put_back(self, calls: Sequence[int]) -> None:
        """Give claimed calls back; the attempt that was not made is not counted."""


class Handoff(Protocol):
    """From acceptance to dispatch in memory; what has no room waits on disk."""

    def reserve(self, connector: str, account: int, priority: int) -> bool:
        """Take a place in memory for a message that is about to be written; False: it waits on disk."""

    def release(self, connector: str, account: int, priority: int) -> None:
        """The message was not accepted after all."""

    def push(self, message: Message, priority: int) -> None:
        """A message whose place was reserved is durable now."""

    def spilled(self, connector: str, account: int, priority: int) -> None:
        """A due message was left on disk."""


class Turns(Protocol):
    """Turns between accounts at acceptance, so that a flood of one delays nobody else."""

    def portion(self, account: int, messages: int) -> int:
        """How many of so many messages may be decided and written as one unit."""

    def enter(self, account: int, messages: int) -> bool:
        """Take the turn for so many messages if it is there; otherwise `wait` for it."""

    async def wait(self, account: int, messages: int) -> None:
        """Returns with the turn taken."""

    def leave(self, account: int, messages: int) -> None:
        """They are written or refused: the next may enter."""


class OutgoingPart(msgspec.Struct, frozen=True, gc=False):
    """One part on its way to an upstream: user data without UDH, and where it stands in its message."""

    message: Message
    number: int
    total: int
    reference: int
    data_coding: int
    octets: bytes
    elements: bytes = b""
    """Information elements of its UDH besides the concatenation."""
    esm_class: int = 0
    """As the customer gave it with data; with the UDHI bit, `octets` begin with their own header."""


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """An upstream's answer to a part."""

    part: OutgoingPart
    upstream_id: str | None = None
    status: int = 0
    """Our status when it was refused for good."""
    error: int = 0
    retry: bool = False
    uncertain: bool = False
    """No answer came before the link was lost: it may or may not have been taken."""
    returned: bool = False
    """Not taken, and not for the message's sake: the link was throttled. Nothing is known against sending it again."""
    said: str = ""


class Upstream(Protocol):
    """The engine, as connectors see it."""

    def answered(self, outcome: Outcome) -> None:
        """A part was taken or refused. Its place in the window is free once `Connector.settled` is called.

        The place of an uncertain or returned part is free already.
        """

    def room(self, connector: str) -> None:
        """The connector can take parts again, or its trouble changed."""

    def receipts(self, receipts: Sequence[UpstreamReceipt], done: Callable[[bool], None]) -> None:
        """Receipts; `done(True)` is called when they are durable, `done(False)` when they could not be kept."""

    def inbound(self, parts: Sequence[InboundPart], done: Callable[[bool], None]) -> None:
        """Messages from phones, or parts of them; `done` as with receipts."""


class ConnectorState(msgspec.Struct, frozen=True, kw_only=True):
    """How a connector fares, for people and for measurements."""

    name: str
    trouble: str | None
    """Why messages of rules with other targets are left to those, e.g. "down: connection refused"; None: it is well."""
    last_error: str
    """What ended the last connection or try to connect; empty while sessions are bound."""
    sessions: int
    """As configured."""
    bound: int
    """Sessions bound now, of those that can submit."""
    window: int
    """Unanswered parts allowed per session now."""
    window_most: int
    """As configured."""
    in_window: int
    """Parts submitted and not yet answered or not yet on disk, over all sessions."""
    round_trip_ms: float | None
    """From submit_sm to its response, smoothed; None: not measured yet."""
    rate: float | None
    """Parts a second as configured; None: no limit."""
    learned_rate: float | None
    """Parts a second that the upstream was found to take; None: it never throttled."""
    submitted: int
    """Parts, since the start; those throttled and sent again count each time."""
    answered: int
    throttled: int
    remedy: str = ""
    """What to do while it is down, where the connector knows better than to check address and login."""


class Connector(Protocol):
    """A network: takes parts within its window."""

    name: str
    whole_messages: bool
    """True when it carries long messages in one piece (message_payload)."""
    reference_bits: int
    piece_form: str
    """How the parts of a long message are marked; two connectors may share one message's parts when it is the same."""
    on_uncertain: str
    """What to do with a part whose answer was lost: "resend" or "park"."""

    def room(self) -> int:
        """How many parts it can take now."""

    def trouble(self) -> str | None:
        """Why messages had better go elsewhere now: "down: ...", "throttled: ..." or "slow: ..."; None: it is well.

        `Upstream.room` is called when trouble begins and when it ends.
        """

    def state(self) -> ConnectorState: ...

    def submit(self, part: OutgoingPart) -> None:
        """Send a part, for which there is `room`; `Upstream.answered` tells what became of it."""

    def settled(self, count: int) -> None:
        """The answers of so many parts are durable: their places in the window are free.

        Holding the place until then is what bounds duplicates after a crash to one window.
        """

    async def start(self) -> None:
        """Begin to connect, and to try again for as long as that fails; does not wait for it."""

    async def stop(self) -> None:
        """Close the links. What is unanswered then is told to be uncertain."""
