"""Steps of scenarios that are SMS: they go through `core.submit` like every other SMS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from stentor.catalogue import StatusId
from stentor.core.account import Account, Directory
from stentor.core.content import Extra
from stentor.core.errors import Throttled
from stentor.core.ids import Ids
from stentor.core.lifecycle import VALIDITY_EXPIRED, is_final
from stentor.core.message import Story
from stentor.core.omni.flow import target
from stentor.core.omni.records import Handed, Running, flow_of, to_of, words_of
from stentor.core.ports import Clock
from stentor.core.submit import Acceptance, Accepted, Destination, Outgoing, Submission

_SMS = "SMS"
_RETRY_MS = 1_000


class Accept(Protocol):
    async def __call__(self, submission: Submission) -> Acceptance: ...


class SmsCarrier:
    """Implements `core.omni.ports.Carrier`. `known`: the message that an account has under an id."""

    def __init__(
        self, *, submit: Accept, known: Callable[[str, int], Story | None], directory: Directory, ids: Ids, clock: Clock
    ) -> None:
        self._submit = submit
        self._known = known
        self._directory = directory
        self._ids = ids
        self._clock = clock

    def knows(self, account: str, sender: str) -> bool:  # noqa: ARG002 - senders are judged when they send
        return True

    async def carry(self, work: Sequence[Running]) -> Sequence[Handed]:
        """One submission for what came in together."""
        answers: dict[int, Handed] = {}
        groups: dict[tuple[int, str], list[int]] = {}
        for place, one in enumerate(work):
            if self._left_ms(one) > 0:
                groups.setdefault((one.message.account, one.message.bulk), []).append(place)
            else:
                answers[place] = self._too_old(one)
        for (number, bulk), places in groups.items():
            account = self._directory.accounts.get(number)
            if account is None:
                gone = Handed(StatusId.REJECTED_NOT_SENT, said="the account is no more")
                answers |= dict.fromkeys(places, gone)
            else:
                answers |= zip(places, await self._group(account, bulk, [work[place] for place in places]), strict=True)
        return [answers[place] for place in range(len(work))]

    async def _group(self, account: Account, bulk: str, work: Sequence[Running]) -> list[Handed]:
        accepted = await self._submitted(account, bulk, [self._outgoing(one, _id_of(one, self._ids)) for one in work])
        if isinstance(accepted, Handed):
            return [accepted] * len(work)
        answers = [self._handed(*pair) for pair in zip(work, accepted, strict=True)]
        taken = [place for place, answer in enumerate(answers) if answer is None]
        again = await self._under_other_ids(account, bulk, [work[place] for place in taken])
        others = dict(zip(taken, again, strict=True))
        return [others[place] if answer is None else answer for place, answer in enumerate(answers)]

    async def _under_other_ids(self, account: Account, bulk: str, work: Sequence[Running]) -> Sequence[Handed]:
        """The customer gave the message's id to another SMS meanwhile: the step goes under its own."""
        if not work:
            return ()
        accepted = await self._submitted(account, bulk, [self._outgoing(one, _own_id(one, self._ids)) for one in work])
        if isinstance(accepted, Handed):
            return [accepted] * len(work)
        pairs = zip(work, accepted, strict=True)
        return [self._handed(one, what) or Handed(what.status, said="its id was used before") for one, what in pairs]

    async def _submitted(
        self, account: Account, bulk: str, messages: Sequence[Outgoing]
    ) -> Sequence[Accepted] | Handed:
        """What became of each, or the answer for all of them."""
        try:
            return (await self._submit(Submission(account, messages, bulk or None))).messages
        except Throttled as throttled:
            return Handed(0, said="the account's rate", retry_ms=max(int(throttled.retry_after * 1000), 50))

    def _outgoing(self, running: Running, message_id: str) -> Outgoing:
        message, attempt = running.message, running.attempt
        assert attempt is not None
        words, to = words_of(message.words)[_SMS], to_of(message.to)
        return Outgoing(
            destinations=(Destination(to.phone_number, message_id),),
            text=words.text,
            extra=Extra(shift=words.shift),
            transliteration=words.transliteration,
            sender=attempt.sender or None,
            intermediate=message.intermediate,
            callback_data=message.callback_data,
            receipt=target(attempt.id),
            validity_ms=None if words.validity_ms is None else self._left_ms(running),
        )

    def _left_ms(self, running: Running) -> int:
        """Of the step's validity: an SMS that lived longer would come beside the next step's message."""
        assert running.attempt is not None
        return running.attempt.expires - self._clock.now_ms()

    def _too_old(self, running: Running) -> Handed:
        """It may have been accepted before a crash."""
        ids = (_id_of(running, self._ids), _own_id(running, self._ids))
        for story in (self._known(name, running.message.account) for name in ids):
            if story is not None and _is_of(story, running):
                return _as_known(story)
        return Handed(StatusId.EXPIRED_EXPIRED, VALIDITY_EXPIRED, "its validity has passed")

    def _handed(self, running: Running, accepted: Accepted) -> Handed | None:
        """None: its id is another SMS's."""
        if accepted.status == StatusId.REJECTED_DUPLICATE_MESSAGE_ID:
            story = self._known(accepted.message_id, running.message.account)
            return _as_known(story) if story is not None and _is_of(story, running) else None
        if accepted.status == StatusId.REJECTED_SYSTEM_ERROR:  # the disk refused the end of a large submission
            return Handed(0, said="the store cannot write", retry_ms=_RETRY_MS)
        parts = max(accepted.parts, 1)
        if is_final(accepted.status):
            return Handed(accepted.status, said="as it was submitted", count=parts)
        return Handed(StatusId.PENDING_WAITING_DELIVERY, count=accepted.parts, price=accepted.price // parts)


def _id_of(running: Running, ids: Ids) -> str:
    """The message's own id for its first SMS, so that it is found under it; the same again after a crash."""
    message, attempt = running.message, running.attempt
    assert attempt is not None
    first = next(place for place, step in enumerate(flow_of(message.flow)) if step.channel == _SMS)
    if attempt.position != first:
        return _own_id(running, ids)
    return message.client_id or ids.public(message.id)


def _own_id(running: Running, ids: Ids) -> str:
    assert running.attempt is not None
    return ids.public(running.attempt.id)


def _is_of(story: Story, running: Running) -> bool:
    assert running.attempt is not None
    return story.message.notify_url == target(running.attempt.id)


def _as_known(story: Story) -> Handed:
    """It was accepted before a crash. Refused at once (for want of credit), it has no report to wait for."""
    message = story.message
    if is_final(message.status) and not story.reports:
        return Handed(message.status, message.error, "as it was submitted", message.parts, price=message.price)
    return Handed(StatusId.PENDING_WAITING_DELIVERY, count=message.parts, price=message.price)
