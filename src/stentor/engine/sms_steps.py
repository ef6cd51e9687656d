"""Steps of scenarios that are SMS: they go through `core.submit` like every other SMS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from stentor.catalogue import StatusId
from stentor.core.account import Account, Directory
from stentor.core.content import Extra
from stentor.core.errors import Throttled
from stentor.core.ids import Ids
from stentor.core.lifecycle import is_final
from stentor.core.message import Story
from stentor.core.omni.flow import target
from stentor.core.omni.records import Attempt, Handed, OmniMessage, Running, flow_of, to_of, words_of
from stentor.core.submit import Acceptance, Accepted, Destination, Outgoing, Submission

_SMS = "SMS"


class Accept(Protocol):
    async def __call__(self, submission: Submission) -> Acceptance: ...


class SmsCarrier:
    """Implements `core.omni.ports.Carrier`. `known`: the message that an account has under an id."""

    def __init__(
        self, *, submit: Accept, known: Callable[[str, int], Story | None], directory: Directory, ids: Ids
    ) -> None:
        self._submit = submit
        self._known = known
        self._directory = directory
        self._ids = ids

    def knows(self, account: str, sender: str) -> bool:  # noqa: ARG002 - senders are judged when they send
        return True

    async def carry(self, work: Sequence[Running]) -> Sequence[Handed]:
        """One submission for what came in together."""
        groups: dict[tuple[int, str], list[int]] = {}
        for place, one in enumerate(work):
            groups.setdefault((one.message.account, one.message.bulk), []).append(place)
        answers: dict[int, Handed] = {}
        for (number, bulk), places in groups.items():
            account = self._directory.accounts.get(number)
            if account is None:
                gone = Handed(StatusId.REJECTED_NOT_SENT, said="the account is no more")
                answers |= dict.fromkeys(places, gone)
            else:
                answers |= zip(places, await self._group(account, bulk, [work[place] for place in places]), strict=True)
        return [answers[place] for place in range(len(work))]

    async def _group(self, account: Account, bulk: str, work: Sequence[Running]) -> list[Handed]:
        messages = [self._outgoing(one) for one in work]
        try:
            acceptance = await self._submit(Submission(account, messages, bulk or None))
        except Throttled as throttled:
            return [Handed(0, retry_ms=max(int(throttled.retry_after * 1000), 50))] * len(work)
        return [self._handed(*pair) for pair in zip(work, acceptance.messages, strict=True)]

    def _outgoing(self, running: Running) -> Outgoing:
        message, attempt = running.message, running.attempt
        assert attempt is not None
        words, to = words_of(message.words)[_SMS], to_of(message.to)
        return Outgoing(
            destinations=(Destination(to.phone_number, self._id_of(message, attempt)),),
            text=words.text,
            extra=Extra(shift=words.shift),
            transliteration=words.transliteration,
            sender=attempt.sender or None,
            intermediate=message.intermediate,
            callback_data=message.callback_data,
            receipt=target(attempt.id),
            validity_ms=words.validity_ms,
        )

    def _id_of(self, message: OmniMessage, attempt: Attempt) -> str:
        """The message's own id for its first SMS, so that it is found under it; the same again after a crash."""
        first = next(place for place, step in enumerate(flow_of(message.flow)) if step.channel == _SMS)
        if attempt.position != first:
            return self._ids.public(attempt.id)
        return message.client_id or self._ids.public(message.id)

    def _handed(self, running: Running, accepted: Accepted) -> Handed:
        assert running.attempt is not None
        if accepted.status == StatusId.REJECTED_DUPLICATE_MESSAGE_ID:
            story = self._known(accepted.message_id, running.message.account)
            if story is not None and story.message.notify_url == target(running.attempt.id):
                return self._again(story)
        if is_final(accepted.status):
            return Handed(accepted.status, said="as it was submitted", count=max(accepted.parts, 1))
        return Handed(StatusId.PENDING_WAITING_DELIVERY, count=accepted.parts)

    @staticmethod
    def _again(story: Story) -> Handed:
        """It was accepted before a crash. Refused at once (for want of credit), it has no report to wait for."""
        message = story.message
        if is_final(message.status) and not story.reports:
            return Handed(message.status, message.error, "as it was submitted", message.parts)
        return Handed(StatusId.PENDING_WAITING_DELIVERY, count=message.parts)
