"""Accept a message: authorise > parse > encode > price > route > reserve > record. Every door comes through here.

One destination that cannot be served never fails the others: its refusal is a status in the answer (`spec/wire.md`
(e)8). What is accepted here is on disk, charged, and either in the hands of dispatch or waiting in the queue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core import ids as public_ids
from stentor.core import money
from stentor.core.account import Account
from stentor.core.content import Content, Extra, written
from stentor.core.errors import InvalidField, StoreUnavailable, Throttled
from stentor.core.flooding import Flooding
from stentor.core.ids import Ids
from stentor.core.lifecycle import HELD_BACK, is_final
from stentor.core.message import Event, EventKind, Message
from stentor.core.notify import MAX_URL, callable_url
from stentor.core.planning import Plan, Planner
from stentor.core.ports import Clock, Handoff, NewMessages, QueueEntry, Store, Turns
from stentor.core.rulebook import Rulebook
from stentor.core.throttle import Buckets
from stentor.core.tracking import Session, Tracker, Tracking
from stentor.core.window import opens
from stentor.text import national
from stentor.text.headers import MAX_PARTS

MAX_CLIENT_ID = 100
MAX_BULK_ID = 100
MAX_CALLBACK_DATA = 4_000
MAX_APP = 100
MAX_DESTINATIONS = 10_000
MAX_VALIDITY_MS = 48 * 3_600_000
_DAY_MS = 24 * 3_600_000
MAX_AHEAD_MS = 180 * _DAY_MS
"""How far ahead `sendAt` may lie (`spec/wire.md` (b)4)."""


class Destination(msgspec.Struct, frozen=True, gc=False):
    to: str
    message_id: str | None = None


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """One text for one or more destinations, as a door understood it."""

    destinations: Sequence[Destination]
    text: str = ""
    extra: Extra = Extra()
    transliteration: str | None = None
    """A name of `text.transliteration.TABLES`: used where the tables of a national language do not do."""
    sender: str | None = None
    flash: bool = False
    intermediate: bool = False
    notify_url: str | None = None
    notify_type: str = "application/json"
    callback_data: str | None = None
    send_at: int | None = None
    """Milliseconds since 1970; None or a time that has passed: at once."""
    ahead_ms: int = MAX_AHEAD_MS
    """How far ahead the door lets that lie."""
    receipt: str | None = None
    """Where its reports go instead of a `notify_url`: a `core.sessions.target`, which only the platform gives."""
    most_parts: int = MAX_PARTS
    """A longer message is refused."""
    validity_ms: int | None = None
    """How long sending may be tried, counted from `send_at`; at most 48 h, which is the default."""


class Submission(msgspec.Struct, frozen=True):
    account: Account
    messages: Sequence[Outgoing]
    bulk_id: str | None = None
    tracking: Tracking | None = None
    route_code: str | None = None
    """The route that the customer chose among its own (003 §3.1 "Using different routes")."""
    digits: bool = False
    """The messages get ids of 18 digits, for clients that read a number there."""


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """What became of one destination: `status` is the answer's, final when it was refused."""

    to: str
    message_id: str
    status: int
    parts: int
    price: int = 0
    """Micros that the whole message costs; 0 when it was refused."""


class Acceptance(msgspec.Struct, frozen=True):
    bulk_id: str
    messages: Sequence[Accepted]
    process: str | None = None
    """Key of the process that the messages began."""


class _Drafts:
    """The rows of one request while it is decided."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.queue: list[QueueEntry] = []
        self.events: list[Event] = []
        self.session: Session | None = None


class Submit:
    """The use case, with the parts it stands on."""

    def __init__(
        self,
        *,
        rulebook: Rulebook,
        store: Store,
        handoff: Handoff,
        ids: Ids,
        clock: Clock,
        turns: Turns,
        tracker: Tracker | None = None,
    ) -> None:
        self._turns = turns
        self._tracker = tracker
        self._buckets = Buckets()
        self._flooding = Flooding()
        self._rulebook = rulebook
        self._store = store
        self._handoff = handoff
        self._ids = ids
        self._clock = clock

    def allowed(self, account: Account, messages: int) -> int:
        """How many of so many messages the account's rate lets in now; a door that can refuse singly asks before."""
        return self._buckets.allowed(account, messages, self._clock.now_ms())

    async def __call__(self, submission: Submission) -> Acceptance:
        """Accept a request; raises `InvalidField` for a request that breaks a rule as a whole."""
        now = self._clock.now_ms()
        check(submission, now)
        count = sum(len(outgoing.destinations) for outgoing in submission.messages)
        self._buckets.spend(submission.account, count, now)
        take = self._ids.take_in_digits if submission.digits else self._ids.take
        numbers = take(now, max(count, 1))
        bulk = (submission.bulk_id or "")[:MAX_BULK_ID] or self._bulk(submission, numbers[0])
        tracked = None if submission.tracking is None else await self._tracks(submission.account, submission.tracking)
        planned = self._planned(submission, bulk, numbers, now, tracked)
        accepted: list[Accepted] = []
        while len(accepted) < count:
            accepted += await self._portion(
                submission.account, planned, count - len(accepted), now, tracked, later=bool(accepted)
            )
        return Acceptance(bulk, accepted, None if tracked is None else tracked.process_key)

    def _bulk(self, submission: Submission, first: int) -> str:
        """Where bulks have no name on the wire, the name of its first message does."""
        return self._ids.public(first, public_ids.MESSAGE if submission.digits else public_ids.BULK)

    async def _tracks(self, account: Account, tracking: Tracking) -> Session | None:
        return None if self._tracker is None else await self._tracker.session(account, tracking)

    async def _portion(
        self,
        account: Account,
        planned: Iterator[tuple[Message, Plan]],
        left: int,
        now: int,
        tracked: Session | None,
        *,
        later: bool,
    ) -> list[Accepted]:
        """The next messages of a request: a large one takes turns with other requests instead of delaying them."""
        size = self._turns.portion(account.id, left)
        if not self._turns.enter(account.id, size):
            await self._turns.wait(account.id, size)
        try:
            drafts = _Drafts()
            for message, plan in islice(planned, size):
                drafts.messages.append(message)
                self._enqueue(message, plan, drafts, now)
            drafts.session = tracked
            return await self._accept(account, now, drafts, first=not later)
        finally:
            self._turns.leave(account.id, size)

    def _planned(
        self, submission: Submission, bulk: str, numbers: Sequence[int], now: int, tracked: Session | None
    ) -> Iterator[tuple[Message, Plan]]:
        """The request's messages in their order, each decided when it is asked for."""
        fresh = iter(numbers)
        account = submission.account
        for outgoing in submission.messages:
            sender = outgoing.sender or account.default_sender or ""
            carried = content_of(outgoing)
            if tracked is not None:
                yield from self._tracked(submission, bulk, fresh, now, tracked, outgoing, sender, carried)
                continue
            planner = Planner(self._rulebook, account, sender, carried, submission.route_code, outgoing.most_parts)
            for destination in outgoing.destinations:
                plan = self._unflooded(account, planner.plan(destination.to), now)
                yield (
                    _message(next(fresh), account.id, bulk, sender, outgoing, carried, destination, plan, now),
                    plan,
                )

    def _tracked(
        self,
        submission: Submission,
        bulk: str,
        fresh: Iterator[int],
        now: int,
        tracked: Session,
        outgoing: Outgoing,
        sender: str,
        plain: Content,
    ) -> Iterator[tuple[Message, Plan]]:
        """The same with links of its own in each text. All links are of one length, so the parts are counted once,
        unless a national language may have tables in which not every letter is one septet.
        """
        account, planner, carried = submission.account, None, plain
        own = tracked.shortens(outgoing.text)
        for destination in outgoing.destinations:
            if own:
                carried = content_of(replace(outgoing, text=tracked.text(outgoing.text)))
            if planner is None or (own and outgoing.extra.shift is not None):
                planner = Planner(self._rulebook, account, sender, carried, submission.route_code, outgoing.most_parts)
            plan = self._unflooded(account, planner.plan(destination.to), now)
            refused = is_final(plan.status)
            sent = plain if refused else carried
            message = _message(next(fresh), account.id, bulk, sender, outgoing, sent, destination, plan, now)
            if not refused:
                tracked.note(message)
            yield message, plan

    def _unflooded(self, account: Account, plan: Plan, now: int) -> Plan:
        watched = account.per_number or account.per_block or account.sequence
        if watched is None or is_final(plan.status):
            return plan
        reason = self._flooding.refuses(account, plan.recipient, now)
        if reason is None:
            return plan
        return Plan(plan.recipient, plan.parts, StatusId.REJECTED_FLOODING_FILTER, plan.mcc_mnc, reason=reason)

    async def _accept(self, account: Account, now: int, drafts: _Drafts, *, first: bool) -> list[Accepted]:
        """One portion; when the disk refuses after earlier ones were accepted, the rest is refused one by one."""
        try:
            refusals = await self._record(account, now, drafts)
        except (StoreUnavailable, Throttled):
            if first:
                raise
            refusals = [StatusId.REJECTED_SYSTEM_ERROR] * len(drafts.messages)
        answered = account.accepted_status
        return [self._answer(*pair, answered) for pair in zip(drafts.messages, refusals, strict=True)]

    def _enqueue(self, message: Message, plan: Plan, drafts: _Drafts, now: int) -> None:
        if is_final(plan.status):
            drafts.events.append(Event(message.id, now, EventKind.REJECTED, plan.reason, message, plan.status))
            return
        later = message.status in HELD_BACK
        in_hand = not later and self._handoff.reserve(plan.connector, message.account, plan.priority)
        due = message.sent_at
        drafts.queue.append(
            QueueEntry(message.id, message.account, plan.connector, due, message.expires_at, in_hand, plan.priority),
        )
        drafts.events.append(Event(message.id, now, EventKind.ACCEPTED, plan.reason, message))

    async def _record(self, account: Account, now: int, drafts: _Drafts) -> list[int | None]:
        limit, session = _limit(account), drafts.session
        tracked = None if session is None else session.taken()
        spelt = self._ids.spelt(message.client_id for message in drafts.messages)
        try:
            refusals = await self._store.accept(
                NewMessages(account.id, now, drafts.messages, drafts.queue, drafts.events, limit, tracked, spelt),
            )
        except BaseException:
            for entry in drafts.queue:
                if entry.in_hand:
                    self._handoff.release(entry.connector, entry.account, entry.priority)
            raise
        self._hand_over(drafts, refusals)
        if session is not None and tracked is not None:
            refused = {m.id for m, refusal in zip(drafts.messages, refusals, strict=True) if refusal is not None}
            session.written(sum(begun.run.id not in refused for begun in tracked.begun))
        return refusals

    def _hand_over(self, drafts: _Drafts, refusals: Sequence[int | None]) -> None:
        refused = {m.id: r for m, r in zip(drafts.messages, refusals, strict=True) if r is not None}
        waiting = iter(drafts.messages)
        for entry in drafts.queue:
            message = next(m for m in waiting if m.id == entry.message)
            if message.status in HELD_BACK:
                continue
            if not entry.in_hand:
                self._handoff.spilled(entry.connector, entry.account, entry.priority)
            elif entry.message in refused:
                self._handoff.release(entry.connector, entry.account, entry.priority)
            else:
                self._handoff.push(message, entry.priority)

    def _answer(self, message: Message, refusal: int | None, answered: int) -> Accepted:
        status = refusal if refusal is not None else message.status
        if status == StatusId.PENDING_ENROUTE:
            status = answered
        price = 0 if is_final(status) else message.charge
        public = message.client_id or self._ids.public(message.id)
        return Accepted(message.recipient, public, status, message.parts, price)


def _limit(account: Account) -> int | None:
    return None if account.daily_limit is None else money.parse(account.daily_limit)


def content_of(outgoing: Outgoing) -> Content:
    """What is sent: the text in its national language where that spares Unicode, else transliterated if asked."""
    extra = outgoing.extra
    if extra.shift is not None and national.encode_or_none(outgoing.text, extra.shift) is None:
        extra = replace(extra, shift=None)
    if extra.shift is not None or outgoing.transliteration is None:
        return Content(outgoing.text, written(extra))
    from stentor.text.transliteration import transliterate  # noqa: PLC0415 - its table takes 1 MB

    return Content(transliterate(outgoing.text, outgoing.transliteration), written(extra))


def check(submission: Submission, now: int) -> None:
    """The rules that hold for a request as a whole."""
    count = 0
    for outgoing in submission.messages:
        count += len(outgoing.destinations)
        check_message(outgoing, now)
    check_count(count)


def check_message(outgoing: Outgoing, now: int) -> None:
    if outgoing.callback_data and len(outgoing.callback_data) > MAX_CALLBACK_DATA:
        raise InvalidField("callbackData", f"Length is limited to {MAX_CALLBACK_DATA} characters.")
    if outgoing.send_at is not None and outgoing.send_at > now + outgoing.ahead_ms:
        days = outgoing.ahead_ms // _DAY_MS
        raise InvalidField("sendAt", f"A message can be scheduled at most {days} days ahead.")
    if outgoing.notify_url is not None:
        _check_url(outgoing.notify_url)
    if len(outgoing.extra.app) > MAX_APP or not outgoing.extra.app.isprintable():
        raise InvalidField("appid", f"It has at most {MAX_APP} characters, all of them printable.")
    _check_campaign(outgoing.extra.campaign)
    for destination in outgoing.destinations:
        if destination.message_id is not None and len(destination.message_id) > MAX_CLIENT_ID:
            raise InvalidField("messageId", f"Length is limited to {MAX_CLIENT_ID} characters.")


def check_count(destinations: int) -> None:
    """For doors too: building millions of destinations only to refuse them takes seconds."""
    if destinations > MAX_DESTINATIONS:
        reason = f"Number of destinations is limited to {MAX_DESTINATIONS}, the request has {destinations}."
        raise InvalidField("to", reason)


def _check_campaign(campaign: str) -> None:
    """What no TLV can hold (SMPP 3.4 §3.1) a link would find out only when the message is accepted long since."""
    if "\0" in campaign:
        raise InvalidField("campaignId", f"{campaign[:100]!r} has a NUL.")


def _check_url(url: str) -> None:
    if not callable_url(url):
        raise InvalidField("notifyUrl", f"{url[:100]!r} is not an http or https URL of at most {MAX_URL} characters.")


def _when(outgoing: Outgoing, status: int, now: int) -> tuple[int, int]:
    """When it may be sent first, and how it stands until then."""
    if status != StatusId.PENDING_ENROUTE:
        return now, status
    if outgoing.send_at is not None and outgoing.send_at > now:
        return outgoing.send_at, StatusId.PENDING_ACCEPTED
    window = outgoing.extra.window
    if window is not None and (opening := opens(window, now)) > now:
        return opening, StatusId.PENDING_TIME_VIOLATION
    return now, status


def _message(
    number: int,
    account: int,
    bulk: str,
    sender: str,
    outgoing: Outgoing,
    carried: Content,
    destination: Destination,
    plan: Plan,
    now: int,
) -> Message:
    start, status = _when(outgoing, plan.status, now)
    validity = MAX_VALIDITY_MS if outgoing.validity_ms is None else min(outgoing.validity_ms, MAX_VALIDITY_MS)
    return Message(
        number,
        account,
        bulk,
        destination.message_id or None,
        sender,
        plan.recipient,
        carried.text,
        plan.parts,
        plan.mcc_mnc,
        plan.price,
        plan.connector,
        plan.rule,
        status,
        0,
        start,
        now,
        start + validity,
        outgoing.receipt or outgoing.notify_url,
        outgoing.notify_type,
        outgoing.callback_data,
        outgoing.intermediate,
        outgoing.flash,
        carried.extra,
    )
