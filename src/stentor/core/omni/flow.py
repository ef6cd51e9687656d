"""What comes next for a message: pure decisions that become `Turn`s."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from stentor.catalogue import STATUSES, GroupId, StatusId
from stentor.core.calls import Call, owed
from stentor.core.ids import milliseconds_of
from stentor.core.lifecycle import VALIDITY_EXPIRED, is_final
from stentor.core.omni.channels import CHANNELS, LONGEST_MS
from stentor.core.omni.records import (
    Attempt,
    End,
    Handed,
    OmniMessage,
    Running,
    Step,
    Turn,
    Words,
    flow_of,
    to_of,
    words_of,
)
from stentor.core.settle import told

SCHEME = "omni://"
HOST = "omni://step"
"""Where the reports of SMS go that are steps of scenarios: one line for all of them."""
GRACE_MS = 8_000
"""An SMS whose validity passes ends by itself, looked for every 5 seconds; its own end says more."""

Render = Callable[[OmniMessage, Attempt], bytes]
"""The body of a call to a notifyUrl."""
Price = Callable[[int, str, str], tuple[int, str | None]]
"""Micros and network of a step for (account, price list, phone number)."""


class Numbers(Protocol):
    def __call__(self) -> int:
        """A fresh number of `core.ids`."""


def target(attempt: int) -> str:
    """What stands where other SMS have a notifyUrl."""
    return f"{HOST}/{attempt}"


def is_target(place: str) -> bool:
    """Whether a URL, or the host of one, means a step of a scenario: THE check."""
    return place.startswith(SCHEME)


def attempt_of(url: str) -> int:
    return int(url.rpartition("/")[2])


class Flow:
    """Makes turns. `limit`: micros that an account may spend in a day."""

    def __init__(
        self, *, number: Numbers, price: Price, render: Render, limit: Callable[[int], int | None] = lambda _: None
    ) -> None:
        self._number = number
        self._price = price
        self._render = render
        self._limit = limit

    def begin(self, running: Running, now: int) -> Turn:
        """The next step, or the end of the message."""
        return self._onward(running.message, now)

    def unpaid(self, running: Running, now: int) -> Turn:
        """The next step is refused for want of credit; the one after it begins."""
        message = running.message
        begun = self._next(message, now)
        assert begun is not None
        why = told(StatusId.REJECTED_NOT_ENOUGH_CREDITS, 0)
        refused = replace(begun, price=0, status=StatusId.REJECTED_NOT_ENOUGH_CREDITS, detail=why)
        turn = self._onward(replace(message, position=refused.position), now)
        return replace(turn, was_at=message.position, refused=refused, **self._telling(message, refused))

    def handed(self, running: Running, answer: Handed, now: int) -> Turn:
        """What a channel's first answer means."""
        message, attempt = running.message, running.attempt
        assert attempt is not None
        if answer.retry_ms is not None and now < attempt.expires:
            later = replace(message, due=min(now + answer.retry_ms, attempt.expires))
            return Turn(message=later, was_at=message.position, at=now)
        if answer.retry_ms is not None:
            return self.expired(running, now)
        if is_final(answer.status):
            end = End(attempt.id, answer.status, answer.error, now, answer.said, answer.count, price=answer.price)
            return self.ended(running, end, free=answer.free)
        sent = replace(
            attempt,
            status=StatusId.PENDING_WAITING_DELIVERY,
            count=answer.count,
            price=attempt.price if answer.price is None else answer.price,
            sent_at=now,
            done_at=now,
        )
        waiting = replace(message, due=self._deadline(message, attempt))
        return Turn(message=waiting, was_at=message.position, at=now, sent=sent)

    def expired(self, running: Running, now: int) -> Turn:
        """Its validity passed without delivery: the next step is taken (`spec/wire.md` A2). What its channel never took
        is not charged.
        """
        attempt = running.attempt
        assert attempt is not None
        said = "its validity has passed"
        end = End(attempt.id, StatusId.EXPIRED_EXPIRED, VALIDITY_EXPIRED, now, said, attempt.count)
        return self.ended(running, end, free=attempt.status == StatusId.PENDING_ENROUTE)

    def ended(self, running: Running, end: End, *, free: bool = False) -> Turn:
        """A step is over: delivered ends the message, anything else leaves it to the next step."""
        message, before = running.message, running.attempt
        assert before is not None
        price = before.price if end.price is None else end.price
        after = replace(
            before,
            count=end.count,
            mcc_mnc=end.mcc_mnc or before.mcc_mnc,
            price=0 if free else price,
            status=end.status,
            error=end.error,
            sent_at=before.sent_at if end.sent_at is None else end.sent_at,
            done_at=end.at,
            detail=f"{told(end.status, end.error)}: {end.said}" if end.said else told(end.status, end.error),
        )
        reached = STATUSES[end.status].group_id == GroupId.DELIVERED
        turn = self._over(message, end.at) if reached else self._onward(message, end.at)
        refund = before.price * before.count if free else 0
        return replace(turn, ended=after, refund=refund, **self._telling(message, after))

    def delayed(self, running: Running, end: End) -> tuple[Call, ...]:
        """An intermediate report, where one was asked for (004 "Intermediate delivery reports")."""
        message, attempt = running.message, running.attempt
        if attempt is None or not message.intermediate or message.notify_url is None:
            return ()
        status = StatusId.PENDING_WAITING_DELIVERY
        now = replace(attempt, status=status, error=end.error, done_at=end.at, count=end.count, mcc_mnc=end.mcc_mnc)
        return self._call(message, replace(now, price=end.price or attempt.price))

    def _onward(self, message: OmniMessage, now: int) -> Turn:
        begun = self._next(message, now)
        if begun is None:
            return self._over(message, now)
        at_it = replace(message, position=begun.position, attempt=begun.id, due=now)
        return Turn(
            message=at_it, was_at=message.position, at=now, begun=begun, daily_limit=self._limit(message.account)
        )

    @staticmethod
    def _over(message: OmniMessage, now: int) -> Turn:
        return Turn(message=replace(message, due=None, over=True), was_at=message.position, at=now)

    def _next(self, message: OmniMessage, now: int) -> Attempt | None:
        """A step of a channel that the message has no words for is left out."""
        following = next_step(message)
        if following is None:
            return None
        position, step, said = following
        channel, to = CHANNELS[step.channel], to_of(message.to)
        price, mcc_mnc = self._price(message.account, channel.plan, to.phone_number)
        shown = getattr(to, channel.address) or message.recipient
        head = (self._number(), message.id, message.account, position, step.channel, step.sender, shown)
        status, expires = StatusId.PENDING_ENROUTE, now + _validity(said)
        return Attempt(*head, 1, mcc_mnc, price, status, 0, now, now, expires)

    def _deadline(self, message: OmniMessage, attempt: Attempt) -> int | None:
        """When a step that was taken is given up; the last one may take its time where it ends by itself."""
        if not CHANNELS[attempt.channel].ends_itself:
            return attempt.expires
        return attempt.expires + GRACE_MS if next_step(message) is not None else None

    def _telling(self, message: OmniMessage, attempt: Attempt) -> dict[str, object]:
        if message.notify_url is None:
            return {"report": self._number()}
        return {"calls": self._call(message, attempt)}

    def _call(self, message: OmniMessage, attempt: Attempt) -> tuple[Call, ...]:
        url = message.notify_url
        assert url is not None
        body, kind = self._render(message, attempt), message.notify_type
        about = (self._number(), message.account, message.door, attempt.id)
        return (owed(*about, url, at=attempt.done_at, content_type=kind, body=body),)


def next_step(message: OmniMessage) -> tuple[int, Step, Words] | None:
    """The position of the next step, with it and its words."""
    words = words_of(message.words)
    for position, step in enumerate(flow_of(message.flow)):
        if position > message.position and step.channel in words:
            return position, step, words[step.channel]
    return None


def planned(message: OmniMessage) -> Attempt:
    """The step that a message is going to begin with, as logs show it until then."""
    following = next_step(message)
    assert following is not None
    position, step, _ = following
    accepted = milliseconds_of(message.id)
    status = StatusId.PENDING_ACCEPTED if message.sent_at > accepted else StatusId.PENDING_ENROUTE
    head = (message.id, message.id, message.account, position, step.channel, step.sender, message.recipient)
    return Attempt(*head, 1, None, 0, status, 0, message.sent_at, accepted, message.sent_at)


def _validity(words: Words) -> int:
    return LONGEST_MS if words.validity_ms is None else words.validity_ms
