"""query_sm, cancel_sm and replace_sm (SMPP 3.4 §4.8 to §4.10): each finds only messages of its own account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core import content
from stentor.core.account import Account
from stentor.core.bulk import CANCELED_ERROR
from stentor.core.errors import Refusal
from stentor.core.ids import Ids
from stentor.core.lifecycle import is_final
from stentor.core.message import Message, Move
from stentor.core.ports import Clock, Store
from stentor.core.settle import Reporter, finish
from stentor.core.submit import MAX_VALIDITY_MS, content_of
from stentor.smpp import CommandStatus, Pdu, times
from stentor.smpp.pdu import CancelSm, CancelSmResp, QuerySm, QuerySmResp, ReplaceSm, ReplaceSmResp, SubmitSm
from stentor.smpp.receipt import MessageState
from stentor.smppd import reading
from stentor.smppd.answers import Refused
from stentor.smppd.receipts import state_of

_MOST_CANCELED = 1_000
_OCTET = 0xFF

CarryOut = Callable[[Sequence[tuple[Move, Message]]], Awaitable[None]]


class Waiting(Protocol):
    """Messages that wait on disk and of which nothing was sent."""

    async def take(self, account: int, number: int) -> list[Message]:
        """Out of the queue, for this node; empty when it is not there any more."""

    async def take_between(self, account: int, sender: str, recipient: str, limit: int) -> list[Message]: ...

    async def replace(self, message: Message) -> bool:
        """Other content and times; False when it is not there any more."""


class Ancillaries:
    """Implements `smppd.requests.Ancillary`."""

    def __init__(
        self, *, store: Store, waiting: Waiting, ids: Ids, clock: Clock, carry_out: CarryOut, reporter: Reporter
    ) -> None:
        self._store = store
        self._waiting = waiting
        self._ids = ids
        self._clock = clock
        self._carry_out = carry_out
        self._reporter = reporter

    async def answer(self, pdu: Pdu, account: Account) -> Pdu:
        match pdu:
            case QuerySm():
                return self._query(pdu, account)
            case CancelSm():
                return await self._cancel(pdu, account)
            case ReplaceSm():
                return await self._replace(pdu, account)
        raise Refused(CommandStatus.ESME_RINVCMDID)

    def _query(self, pdu: QuerySm, account: Account) -> QuerySmResp:
        """What is not final is en route (SMPP 3.4 §5.2.28): "accepted" is what a person has read for the phone."""
        message = self._found(pdu.message_id, pdu.source_addr, account, CommandStatus.ESME_RQUERYFAIL)
        final = is_final(message.status)
        done = datetime.fromtimestamp(message.done_at / 1000, UTC)
        return QuerySmResp(
            sequence=pdu.sequence,
            message_id=pdu.message_id,
            final_date=times.absolute(done) if final else "",
            message_state=state_of(message.status, message.error) if final else MessageState.ENROUTE,
            error_code=min(message.error, _OCTET) if final else 0,
        )

    async def _cancel(self, pdu: CancelSm, account: Account) -> CancelSmResp:
        """By id, or all between two numbers. What is on its way already cannot be called back."""
        if pdu.message_id:
            message = self._found(pdu.message_id, pdu.source_addr, account, CommandStatus.ESME_RCANCELFAIL)
            taken = await self._waiting.take(account.id, message.id)
        else:
            recipient = pdu.destination_addr.removeprefix("+")
            taken = await self._waiting.take_between(account.id, pdu.source_addr, recipient, _MOST_CANCELED)
        if not taken:
            raise Refused(CommandStatus.ESME_RCANCELFAIL)
        now = self._clock.now_ms()
        moves = [
            (finish(one, StatusId.REJECTED_NOT_SENT, CANCELED_ERROR, now, self._reporter, taken=False), one)
            for one in taken
        ]
        await self._carry_out(moves)
        return CancelSmResp(sequence=pdu.sequence)

    async def _replace(self, pdu: ReplaceSm, account: Account) -> ReplaceSmResp:
        """The text takes as many parts as before, since those are paid; times are kept unless given."""
        failed = CommandStatus.ESME_RREPLACEFAIL
        message = self._found(pdu.message_id, pdu.source_addr, account, failed)
        asked = SubmitSm(
            source_addr=message.sender,
            destination_addr=message.recipient,
            schedule_delivery_time=pdu.schedule_delivery_time,
            validity_period=pdu.validity_period,
            registered_delivery=pdu.registered_delivery,
            short_message=pdu.short_message,
        )
        now = self._clock.now_ms()
        outgoing = reading.outgoing(asked, account, now)
        carried = content_of(outgoing)
        parts = content.encoded(carried.text, carried.extra).count
        if parts != message.parts or (message.extra is not None and content.read(message.extra).data):
            raise Refused(failed)
        start = message.sent_at if outgoing.send_at is None else max(outgoing.send_at, now)
        validity = outgoing.validity_ms or MAX_VALIDITY_MS
        given = bool(pdu.schedule_delivery_time or pdu.validity_period)
        changed = replace(
            message,
            text=carried.text,
            extra=carried.extra,
            sent_at=start,
            expires_at=start + min(validity, MAX_VALIDITY_MS) if given else message.expires_at,
        )
        if is_final(message.status) or not await self._waiting.replace(changed):
            raise Refused(failed)
        return ReplaceSmResp(sequence=pdu.sequence)

    def _found(self, message_id: str, source: str, account: Account, failed: CommandStatus) -> Message:
        """The id is the one of its submit_sm_resp, and the source must be the message's (SMPP 3.4 §4.8 to §4.10)."""
        number = self._ids.number(message_id)
        try:
            story = None if number is None else self._store.story(number, account.id)
            story = story or self._store.story(message_id, account.id)
        except Refusal:
            raise Refused(failed) from None
        if story is None:
            raise Refused(CommandStatus.ESME_RINVMSGID)
        if source and source != story.message.sender:
            raise Refused(failed)
        return story.message
