"""Accept a message: authorise > parse > encode > price > route > reserve > record. Every door comes through here.

One destination that cannot be served never fails the others: its refusal is a status in the answer (`spec/wire.md`
(e)8). What is accepted here is on disk, charged, and either in the hands of dispatch or waiting in the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import msgspec

from stentor.catalogue import StatusId
from stentor.core import ids as public_ids
from stentor.core import money
from stentor.core.account import Account, sender_status
from stentor.core.errors import InvalidField
from stentor.core.ids import Ids
from stentor.core.lifecycle import is_final
from stentor.core.message import Event, EventKind, Message
from stentor.core.ports import Clock, Handoff, NewMessages, QueueEntry, Store
from stentor.core.rulebook import Rulebook
from stentor.core.throttle import Buckets
from stentor.numbering import InvalidMsisdn, lookup, normalise
from stentor.text import segments

MAX_CLIENT_ID = 100
MAX_BULK_ID = 100
MAX_CALLBACK_DATA = 4_000
MAX_URL = 2_048
MAX_DESTINATIONS = 10_000
MAX_VALIDITY_MS = 48 * 3_600_000

_STATUS_OF_MSISDN_FAULT = {
    "empty": StatusId.MISSING_TO,
    "prefix": StatusId.REJECTED_PREFIX_MISSING,
    "not_digits": StatusId.REJECTED_DESTINATION_INVALID,
    "length": StatusId.REJECTED_DESTINATION_INVALID,
}


class Destination(msgspec.Struct, frozen=True, gc=False):
    to: str
    message_id: str | None = None


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """One text for one or more destinations, as a door understood it."""

    destinations: Sequence[Destination]
    text: str = ""
    sender: str | None = None
    flash: bool = False
    intermediate: bool = False
    notify_url: str | None = None
    notify_type: str = "application/json"
    callback_data: str | None = None
    send_at: int | None = None
    """Milliseconds since 1970; None or a time that has passed: at once."""
    validity_ms: int | None = None
    """How long sending may be tried, counted from `send_at`; at most 48 h, which is the default."""


class Submission(msgspec.Struct, frozen=True):
    account: Account
    messages: Sequence[Outgoing]
    bulk_id: str | None = None


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """What became of one destination: `status` is the answer's, final when it was refused."""

    to: str
    message_id: str
    status: int
    parts: int


class Acceptance(msgspec.Struct, frozen=True):
    bulk_id: str
    messages: Sequence[Accepted]


class _Plan(msgspec.Struct, frozen=True, gc=False):
    """Where one destination leads: network, price and route, or the status that refuses it."""

    recipient: str
    parts: int
    status: int
    mcc_mnc: str | None = None
    price: int = 0
    connector: str = ""
    rule: str = ""
    reason: str = ""


class _Drafts:
    """The rows of one request while it is decided."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.queue: list[QueueEntry] = []
        self.events: list[Event] = []


class Submit:
    """The use case, with the parts it stands on."""

    def __init__(self, *, rulebook: Rulebook, store: Store, handoff: Handoff, ids: Ids, clock: Clock) -> None:
        self._buckets = Buckets()
        self._rulebook = rulebook
        self._store = store
        self._handoff = handoff
        self._ids = ids
        self._clock = clock

    async def __call__(self, submission: Submission) -> Acceptance:
        """Accept a request; raises `InvalidField` for a request that breaks a rule as a whole."""
        check(submission)
        now = self._clock.now_ms()
        count = sum(len(outgoing.destinations) for outgoing in submission.messages)
        self._buckets.spend(submission.account, count, now)
        numbers = self._ids.take(now, max(count, 1))
        bulk = (submission.bulk_id or "")[:MAX_BULK_ID] or self._ids.public(numbers[0], public_ids.BULK)
        drafts = self._draft(submission, bulk, numbers, now)
        refusals = await self._record(submission.account, now, drafts)
        answered = submission.account.accepted_status
        return Acceptance(bulk, [self._answer(*pair, answered) for pair in zip(drafts.messages, refusals, strict=True)])

    def _draft(self, submission: Submission, bulk: str, numbers: range, now: int) -> _Drafts:
        drafts = _Drafts()
        fresh = iter(numbers)
        for outgoing in submission.messages:
            sender = outgoing.sender or submission.account.default_sender or ""
            plan = self._planner(submission.account, sender, outgoing.text)
            for destination in outgoing.destinations:
                number = next(fresh)
                planned = plan(destination.to)
                message = _message(number, submission.account.id, bulk, sender, outgoing, destination, planned, now)
                drafts.messages.append(message)
                self._enqueue(message, planned, drafts, now)
        return drafts

    def _enqueue(self, message: Message, plan: _Plan, drafts: _Drafts, now: int) -> None:
        if is_final(plan.status):
            drafts.events.append(Event(message.id, now, EventKind.REJECTED, plan.reason))
            return
        later = message.status == StatusId.PENDING_ACCEPTED
        in_hand = not later and self._handoff.reserve(plan.connector, message.account)
        due = message.sent_at
        drafts.queue.append(
            QueueEntry(message.id, message.account, plan.connector, due, message.expires_at, in_hand),
        )
        drafts.events.append(Event(message.id, now, EventKind.ACCEPTED, plan.reason))

    def _planner(self, account: Account, sender: str, text: str) -> Callable[[str], _Plan]:
        """What is the same for all destinations of a text is decided once."""
        try:
            encoded = segments.encode(text)
        except segments.TooLong:
            return lambda to: _Plan(to, 0, StatusId.REJECTED_MESSAGE_TOO_LONG, reason="more than 255 parts")
        refused = sender_status(account, sender)
        prices, routing, wide = self._rulebook.prices, self._rulebook.routing, self._rulebook.wide_references
        coding = encoded.alphabet.name

        def plan(to: str) -> _Plan:
            try:
                recipient = normalise(to)
            except InvalidMsisdn as fault:
                return _Plan(to, encoded.count, _STATUS_OF_MSISDN_FAULT[fault.reason], reason=str(fault))
            network = lookup(recipient)
            known = network.mcc_mnc if network else None
            if refused is not None:
                return _Plan(recipient, encoded.count, refused, known, reason=f"sender {sender!r} is not allowed")
            price = prices.of(account.plan, network) if network else None
            if network is None or price is None:
                reason = f"no price for {network.country_name if network else recipient} in plan {account.plan}"
                return _Plan(recipient, encoded.count, StatusId.REJECTED_NETWORK, known, reason=reason)
            rule = routing.route(account.name, sender, recipient, network)
            if rule is None:
                reason = f"no rule matches {recipient} from {sender}"
                return _Plan(recipient, encoded.count, StatusId.REJECTED_ROUTE_NOT_AVAILABLE, known, reason=reason)
            count = segments.encode(text, reference_bits=16).count if rule.connector in wide else encoded.count
            where = f"{network.country_code} {network.network_name} {network.mcc_mnc or ''}".strip()
            reason = (
                f"rule {rule.name!r} ({rule.why()}) leads to {rule.connector}; {where};"
                f" {count} x {coding} at {money.plain(price)} {account.currency}"
            )
            return _Plan(
                recipient,
                count,
                StatusId.PENDING_ENROUTE,
                network.mcc_mnc,
                price,
                rule.connector,
                rule.name,
                reason,
            )

        return plan

    async def _record(self, account: Account, now: int, drafts: _Drafts) -> list[int | None]:
        try:
            refusals = await self._store.accept(
                NewMessages(account.id, now, drafts.messages, drafts.queue, drafts.events),
            )
        except BaseException:
            for entry in drafts.queue:
                if entry.in_hand:
                    self._handoff.release(entry.connector, entry.account)
            raise
        self._hand_over(drafts, refusals)
        return refusals

    def _hand_over(self, drafts: _Drafts, refusals: Sequence[int | None]) -> None:
        refused = {m.id: r for m, r in zip(drafts.messages, refusals, strict=True) if r is not None}
        waiting = iter(drafts.messages)
        for entry in drafts.queue:
            message = next(m for m in waiting if m.id == entry.message)
            if message.status == StatusId.PENDING_ACCEPTED:
                continue
            if not entry.in_hand:
                self._handoff.spilled(entry.connector, entry.account)
            elif entry.message in refused:
                self._handoff.release(entry.connector, entry.account)
            else:
                self._handoff.push(message)

    def _answer(self, message: Message, refusal: int | None, answered: int) -> Accepted:
        status = refusal if refusal is not None else message.status
        if status == StatusId.PENDING_ENROUTE:
            status = answered
        return Accepted(message.recipient, message.client_id or self._ids.public(message.id), status, message.parts)


def check(submission: Submission) -> None:
    """The rules that hold for a request as a whole."""
    count = 0
    for outgoing in submission.messages:
        count += len(outgoing.destinations)
        if outgoing.callback_data and len(outgoing.callback_data) > MAX_CALLBACK_DATA:
            raise InvalidField("callbackData", f"Length is limited to {MAX_CALLBACK_DATA} characters.")
        if outgoing.notify_url is not None:
            _check_url(outgoing.notify_url)
        for destination in outgoing.destinations:
            if destination.message_id is not None and len(destination.message_id) > MAX_CLIENT_ID:
                raise InvalidField("messageId", f"Length is limited to {MAX_CLIENT_ID} characters.")
    if count > MAX_DESTINATIONS:
        raise InvalidField("to", f"Number of destinations is limited to {MAX_DESTINATIONS}, the request has {count}.")


def _check_url(url: str) -> None:
    web = url.lower().startswith(("http://", "https://"))
    if not web or len(url) > MAX_URL or not url.isprintable() or not _names_host(url):
        raise InvalidField("notifyUrl", f"{url[:100]!r} is not an http or https URL of at most {MAX_URL} characters.")


def _names_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, a port over 65535
        return False


def _message(
    number: int,
    account: int,
    bulk: str,
    sender: str,
    outgoing: Outgoing,
    destination: Destination,
    plan: _Plan,
    now: int,
) -> Message:
    later = outgoing.send_at is not None and outgoing.send_at > now and plan.status == StatusId.PENDING_ENROUTE
    start = outgoing.send_at if later and outgoing.send_at is not None else now
    validity = MAX_VALIDITY_MS if outgoing.validity_ms is None else min(outgoing.validity_ms, MAX_VALIDITY_MS)
    return Message(
        number,
        account,
        bulk,
        destination.message_id or None,
        sender,
        plan.recipient,
        outgoing.text,
        plan.parts,
        plan.mcc_mnc,
        plan.price,
        plan.connector,
        plan.rule,
        StatusId.PENDING_ACCEPTED if later else plan.status,
        0,
        start,
        now,
        start + validity,
        outgoing.notify_url,
        outgoing.notify_type,
        outgoing.callback_data,
        outgoing.intermediate,
        outgoing.flash,
    )
