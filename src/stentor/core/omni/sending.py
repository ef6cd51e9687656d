"""Accept OMNI messages (002 "Send OMNI message"): what is wrong with the request is refused, the rest is on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import msgspec

from stentor.catalogue import StatusId
from stentor.core import ids as public_ids
from stentor.core.account import Account
from stentor.core.errors import InvalidField
from stentor.core.ids import Ids
from stentor.core.notify import MAX_URL, callable_url
from stentor.core.omni.channels import CHANNELS, SHORTEST_MS
from stentor.core.omni.flow import planned
from stentor.core.omni.ports import OmniStore, ScenarioStore
from stentor.core.omni.records import Door, OmniMessage, Running, Step, To, Words, kept, to_of
from stentor.core.planning import STATUS_OF_MSISDN_FAULT
from stentor.core.ports import Clock
from stentor.core.settle import told
from stentor.core.submit import MAX_AHEAD_MS, MAX_BULK_ID, MAX_CALLBACK_DATA, MAX_CLIENT_ID, check_count
from stentor.core.throttle import Buckets
from stentor.numbering import InvalidMsisdn, lookup, normalise

_DAY_MS = 86_400_000
MAX_TEXT = 4_000
MAX_SUBJECT = 1_000
MAX_OPTIONS = 8_192
"""Octets of customPayload and notificationOptions: twice what any push service takes. Each message keeps its own."""
_MAX_ADDRESS = 512


class OmniDestination(msgspec.Struct, frozen=True, gc=False):
    to: To
    message_id: str | None = None


class OmniSubmission(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one or more people, as a door understood it."""

    account: Account
    destinations: Sequence[OmniDestination]
    words: Mapping[str, Words]
    scenario_key: str | None = None
    flow: tuple[Step, ...] | None = None
    """Instead of a scenario."""
    bulk_id: str | None = None
    notify_url: str | None = None
    notify_type: str = "application/json"
    callback_data: str | None = None
    intermediate: bool = False
    send_at: int | None = None
    door: Door = "omni"
    longest_ms: int = 0
    """Of a validity."""


class OmniAccepted(msgspec.Struct, frozen=True, gc=False):
    to: To
    message_id: str
    status: int


class OmniAcceptance(msgspec.Struct, frozen=True):
    bulk_id: str
    """Empty for a single destination without one of the customer's."""
    messages: Sequence[OmniAccepted]


class OmniSending:
    """The use case. `soon` is called when messages wait; `blocks` says whether an account may not write to a number."""

    def __init__(
        self,
        *,
        store: OmniStore,
        scenarios: ScenarioStore,
        blocks: Callable[[str, str], bool],
        ids: Ids,
        clock: Clock,
        soon: Callable[[], object],
    ) -> None:
        self._blocks = blocks
        self._store = store
        self._scenarios = scenarios
        self._ids = ids
        self._clock = clock
        self._buckets = Buckets()
        self._soon = soon
        self.counts: Counter[int | None] = Counter()
        """Messages by the status that refused them; None: accepted."""

    async def __call__(self, submission: OmniSubmission) -> OmniAcceptance:
        now = self._clock.now_ms()
        flow = self._flow(submission)
        words = {step.channel: submission.words[step.channel] for step in flow if step.channel in submission.words}
        _check(submission, words, now)
        self._buckets.spend(submission.account, len(submission.destinations), now)
        bulk = self._bulk(submission, now)
        shared = (kept(flow), kept(words))
        drafts = [self._draft(submission, one, bulk, shared, now) for one in submission.destinations]
        duplicates = await self._store.accept(drafts, self._ids.spelt(one.message.client_id for one in drafts))
        later = submission.send_at is not None and submission.send_at > now
        if not later:
            self._soon()
        good = StatusId.PENDING_ACCEPTED if later else submission.account.accepted_status
        answers = [self._answer(*pair, good) for pair in zip(drafts, duplicates, strict=True)]
        self.counts.update(None if one.status == good else one.status for one in answers)
        return OmniAcceptance(bulk, answers)

    def _answer(self, draft: Running, duplicate: int | None, good: int) -> OmniAccepted:
        message, refused = draft.message, draft.attempt
        shown = message.client_id or self._ids.public(message.id)
        status = duplicate or (good if refused is None else refused.status)
        return OmniAccepted(to_of(message.to), shown, status)

    def _flow(self, submission: OmniSubmission) -> tuple[Step, ...]:
        if submission.flow is not None:
            return submission.flow
        account, key = submission.account.id, submission.scenario_key
        found = self._scenarios.default(account) if key is None else self._scenarios.get(account, key)
        if found is None and key is None:
            raise InvalidField("scenarioKey", "There is no default scenario: give a scenarioKey.")
        if found is None:
            raise InvalidField("scenarioKey", "There is no such scenario.")
        return found.flow

    def _bulk(self, submission: OmniSubmission, now: int) -> str:
        given = (submission.bulk_id or "")[:MAX_BULK_ID]
        if given or (len(submission.destinations) == 1 and submission.door == "omni"):
            return given
        return self._ids.public(self._ids.take(now)[0], public_ids.BULK)

    def _draft(
        self, submission: OmniSubmission, one: OmniDestination, bulk: str, shared: tuple[str, str], now: int
    ) -> Running:
        """The message; one that is refused is over, with the step it would have begun."""
        to, refusal = self._reached(submission.account, one.to)
        start = max(submission.send_at or now, now)
        message = OmniMessage(
            self._ids.take(now)[0],
            submission.account.id,
            bulk,
            one.message_id or None,
            submission.door,
            to.shown,
            kept(to),
            *shared,
            -1,
            None,
            start,
            over=False,
            sent_at=start,
            notify_url=submission.notify_url,
            notify_type=submission.notify_type,
            callback_data=submission.callback_data,
            intermediate=submission.intermediate,
        )
        return Running(message, None) if refusal is None else self._refused(message, refusal, now)

    def _reached(self, account: Account, to: To) -> tuple[To, int | None]:
        """The address as it is kept, and the status that refuses it."""
        if to.phone_number:
            try:
                to = msgspec.structs.replace(to, phone_number=normalise(to.phone_number))
            except InvalidMsisdn as fault:
                return to, STATUS_OF_MSISDN_FAULT[fault.reason]
        if not to.shown:
            return to, StatusId.MISSING_TO
        if to.phone_number and self._blocks(account.name, to.phone_number):
            return to, StatusId.REJECTED_DESTINATION
        return to, None

    def _refused(self, message: OmniMessage, status: int, now: int) -> Running:
        network = lookup(to_of(message.to).phone_number) if status == StatusId.REJECTED_DESTINATION else None
        attempt = msgspec.structs.replace(
            planned(message),
            id=self._ids.take(now)[0],
            mcc_mnc=None if network is None else network.mcc_mnc,
            status=status,
            sent_at=now,
            done_at=now,
            expires=now,
            detail=told(status, 0),
        )
        over = msgspec.structs.replace(
            message, position=attempt.position, attempt=attempt.id, due=None, over=True, sent_at=now, notify_url=None
        )
        return Running(over, attempt)


def _check(submission: OmniSubmission, words: Mapping[str, Words], now: int) -> None:
    """The rules that hold for a request as a whole."""
    check_count(len(submission.destinations))
    if not words:
        raise InvalidField("scenarioKey", "The request has no text for any step of the scenario.")
    for channel, said in words.items():
        _check_words(CHANNELS[channel].block, said, submission.longest_ms)
    if submission.callback_data and len(submission.callback_data) > MAX_CALLBACK_DATA:
        raise InvalidField("callbackData", f"Length is limited to {MAX_CALLBACK_DATA} characters.")
    if submission.send_at is not None and submission.send_at > now + MAX_AHEAD_MS:
        raise InvalidField("sendAt", f"A message can be scheduled at most {MAX_AHEAD_MS // _DAY_MS} days ahead.")
    if submission.notify_url is not None and not callable_url(submission.notify_url):
        shown = submission.notify_url[:100]
        raise InvalidField("notifyUrl", f"{shown!r} is not an http or https URL of at most {MAX_URL} characters.")
    for one in submission.destinations:
        if one.message_id is not None and len(one.message_id) > MAX_CLIENT_ID:
            raise InvalidField("messageId", f"Length is limited to {MAX_CLIENT_ID} characters.")
        if max(map(len, (one.to.phone_number, one.to.push_registration_id, one.to.email_address))) > _MAX_ADDRESS:
            raise InvalidField("to", f"Length is limited to {_MAX_ADDRESS} characters.")


def _check_words(block: str, said: Words, longest_ms: int) -> None:
    if len(said.text) > MAX_TEXT:
        raise InvalidField(f"{block}.text", f"Length is limited to {MAX_TEXT} characters.")
    if len(said.subject) > MAX_SUBJECT:
        raise InvalidField(f"{block}.subject", f"Length is limited to {MAX_SUBJECT} characters.")
    for name, value in said.options.items():
        if len(kept(value).encode()) > MAX_OPTIONS:
            raise InvalidField(f"{block}.{name}", f"Length is limited to {MAX_OPTIONS} octets of JSON.")
    if said.validity_ms is not None and not SHORTEST_MS <= said.validity_ms <= longest_ms:
        hours = longest_ms // 3_600_000
        raise InvalidField(f"{block}.validityPeriod", f"is from 30 seconds to {hours} hours.")
