"""What a bound session asks, answered: runs of submit_sm as one submission, all else one by one."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import Any, Protocol

import structlog

from stentor.core.account import Account
from stentor.core.errors import Refusal
from stentor.core.ids import Ids
from stentor.core.ports import Clock
from stentor.core.submit import Acceptance, Accepted, Outgoing, Submission
from stentor.smpp import CommandStatus, Pdu
from stentor.smpp.pdu import DataSm, SubmitMulti, SubmitSm
from stentor.smppd import multi, reading
from stentor.smppd.answers import Refused, of_refusal, of_status
from stentor.smppd.binding import Terms
from stentor.smppd.deliver import Deliverer

log = structlog.get_logger()

BATCH = 250
"""Requests that are decided and written as one: what `core.submit` takes as one portion."""
_LOOKUPS = "lookups"
_FLASH = "flash"


class Submitting(Protocol):
    """`core.submit.Submit`."""

    def allowed(self, account: Account, messages: int) -> int: ...

    async def __call__(self, submission: Submission) -> Acceptance: ...


class LookingUp(Protocol):
    """Number lookups asked by sessions of system_type HLR (003 §3.2)."""

    async def ask(self, requests: Sequence[SubmitSm], account: Account) -> list[Pdu]:
        """The responses, in their order."""


class Ancillary(Protocol):
    """query_sm, cancel_sm and replace_sm."""

    async def answer(self, pdu: Pdu, account: Account) -> Pdu:
        """Raises `Refused` or a `Refusal`."""


class Answering:
    """Implements `smppd.connection.Requests`. `statuses` counts the answers by command_status."""

    def __init__(
        self,
        *,
        submit: Submitting,
        clock: Clock,
        ids: Ids,
        deliverer: Deliverer,
        ancillary: Ancillary,
        lookups: LookingUp | None = None,
    ) -> None:
        self._submit = submit
        self._clock = clock
        self._ids = ids
        self._deliverer = deliverer
        self._ancillary = ancillary
        self._lookups = lookups
        self.statuses: Counter[int] = Counter()

    async def answer(self, asked: deque[Pdu], terms: Terms, account: Account) -> list[Pdu]:
        number = self._ids.take(self._clock.now_ms())[0]
        self._deliverer.begun(account.id, number)
        try:
            answers = await self._answers(asked, terms, account)
        finally:
            self._deliverer.ended(account.id, number)
        for answer in answers:
            self.statuses[answer.status] += 1
        return answers

    async def _answers(self, asked: deque[Pdu], terms: Terms, account: Account) -> list[Pdu]:
        if isinstance(asked[0], SubmitSm):
            batch = _run(asked)
            if terms.kind == _LOOKUPS:
                return await self._lookups_of(batch, account)
            return await self._submitted(batch, terms, account)
        pdu = asked.popleft()
        try:
            return [await self._single(pdu, terms, account)]
        except (Refused, Refusal) as refusal:
            return [_error(pdu, of_refusal(refusal))]
        except Exception:
            log.exception("request failed", request=type(pdu).__name__)
            return [_error(pdu, CommandStatus.ESME_RSYSERR)]

    async def _lookups_of(self, batch: list[SubmitSm], account: Account) -> list[Pdu]:
        if self._lookups is None:
            return [_error(pdu, CommandStatus.SYSTEM_ERROR_OR_CHANNEL_DISABLED) for pdu in batch]
        return await self._lookups.ask(batch, account)

    async def _single(self, pdu: Pdu, terms: Terms, account: Account) -> Pdu:
        if isinstance(pdu, SubmitMulti | DataSm) and terms.kind == _LOOKUPS:
            raise Refused(CommandStatus.ESME_RINVBNDSTS, "a session of lookups sends nothing")
        if isinstance(pdu, DataSm):
            return (await self._submitted([pdu], terms, account))[0]
        if isinstance(pdu, SubmitMulti):
            return await self._multi(pdu, terms, account)
        return await self._ancillary.answer(pdu, account)

    async def _submitted(self, batch: Sequence[SubmitSm | DataSm], terms: Terms, account: Account) -> list[Pdu]:
        """Each is refused by itself; what is left is one submission, within the account's rate."""
        answers: list[Pdu | None] = [None] * len(batch)
        given: list[tuple[int, Outgoing]] = []
        now, flash = self._clock.now_ms(), terms.kind == _FLASH
        for place, pdu in enumerate(batch):
            try:
                given.append((place, reading.outgoing(pdu, account, now, flash=flash)))
            except Refused as refusal:
                answers[place] = _error(pdu, refusal.status)
            except Exception:
                log.exception("request unreadable", request=type(pdu).__name__)
                answers[place] = _error(pdu, CommandStatus.ESME_RSYSERR)
        allowed = self._submit.allowed(account, len(given))
        for place, _ in given[allowed:]:
            answers[place] = _error(batch[place], CommandStatus.ESME_RTHROTTLED)
        del given[allowed:]
        if given:
            for (place, _), answer in zip(given, await self._accepted(given, batch, terms, account), strict=True):
                answers[place] = answer
        return [answer for answer in answers if answer is not None]

    async def _accepted(
        self, given: list[tuple[int, Outgoing]], batch: Sequence[SubmitSm | DataSm], terms: Terms, account: Account
    ) -> list[Pdu]:
        try:
            acceptance = await self._submit(
                Submission(account, [outgoing for _, outgoing in given], route_code=terms.route_code)
            )
        except Exception as error:
            if not isinstance(error, Refusal):
                log.exception("submission failed")
            status = of_refusal(error)
            return [_error(batch[place], status) for place, _ in given]
        return [_response(batch[place], one) for (place, _), one in zip(given, acceptance.messages, strict=True)]

    async def _multi(self, pdu: SubmitMulti, terms: Terms, account: Account) -> Pdu:
        """One id for all: it is that of the response and of every receipt (SMPP 3.4 §4.5)."""
        now = self._clock.now_ms()
        message_id = self._ids.public(self._ids.take(now)[0])
        asked = multi.read(pdu, account, now, message_id, flash=terms.kind == _FLASH)
        if not asked.outgoing.destinations:
            return multi.response(pdu, message_id, asked, ())
        if self._submit.allowed(account, len(asked.outgoing.destinations)) <= 0:
            raise Refused(CommandStatus.ESME_RTHROTTLED)
        acceptance = await self._submit(Submission(account, (asked.outgoing,), message_id, route_code=terms.route_code))
        return multi.response(pdu, message_id, asked, acceptance.messages)


def _run(asked: deque[Pdu]) -> list[SubmitSm]:
    """The submit_sm at the head of the line."""
    batch: list[SubmitSm] = []
    while asked and len(batch) < BATCH and isinstance(asked[0], SubmitSm):
        pdu: Any = asked.popleft()
        batch.append(pdu)
    return batch


def _response(pdu: Pdu, accepted: Accepted) -> Pdu:
    status = of_status(accepted.status)
    if status:
        return _error(pdu, status)
    make: Any = pdu.response
    answer: Pdu = make(sequence=pdu.sequence, message_id=accepted.message_id)
    return answer


def _error(pdu: Pdu, status: int) -> Pdu:
    """Header only (SMPP 3.4 §4.4.2)."""
    assert pdu.response is not None
    return pdu.response(sequence=pdu.sequence, status=status)
