"""An SMSC as a connector: several sessions, one window, throttling, receipts.

A part keeps a place until its answer is on disk (`settled`), so what a crash may send twice is bounded
(docs/decisions/0006-window-until-durable.md).
"""

from __future__ import annotations

import asyncio
import heapq
import time

import structlog

from stentor.catalogue import StatusId
from stentor.connectors.smsc import answers
from stentor.connectors.smsc.link import Link
from stentor.connectors.smsc.options import SmscOptions
from stentor.connectors.smsc.outgoing import Style, submit_sm
from stentor.connectors.smsc.pool import Pool
from stentor.connectors.smsc.rate import Rate
from stentor.core.lifecycle import VALIDITY_EXPIRED
from stentor.core.message import UpstreamReceipt
from stentor.core.ports import Clock, Outcome, OutgoingPart, Upstream
from stentor.smpp import CommandStatus
from stentor.smpp.events import (
    BindRefused,
    Bound,
    Event,
    PduRejected,
    RequestReceived,
    ResponseReceived,
    Unanswered,
    UnexpectedResponse,
)
from stentor.smpp.message_id import normal
from stentor.smpp.pdu import AlertNotification, DataSm, DataSmResp, DeliverSm, DeliverSmResp, Pdu, SubmitSmResp
from stentor.smpp.receipt import read
from stentor.smpp.status import name_of

log = structlog.get_logger()

_FAREWELL_S = 3.0
_BEING_WRITTEN = 10
"""A tenth of the window more may be answered and not yet on disk, so that the link need not wait for each commit."""


class _Submitted:
    """A part in the window; `order` is its place among all that were submitted."""

    __slots__ = ("order", "part")

    def __init__(self, order: int, part: OutgoingPart) -> None:
        self.order = order
        self.part = part

    def __lt__(self, other: _Submitted) -> bool:
        return self.order < other.order


class SmscConnector:
    """Implements `core.ports.Connector`."""

    def __init__(self, options: SmscOptions, upstream: Upstream, clock: Clock) -> None:
        self.name = options.name
        self.whole_messages = options.long_messages == "payload"
        self.reference_bits: int = options.reference_bits
        self.on_uncertain: str = options.on_uncertain
        self._options = options
        self._upstream = upstream
        self._clock = clock
        self._style = Style(
            options.long_messages,
            options.reference_bits,
            options.packed,
            options.service_type,
            options.register_intermediate,
        )
        self._pool = Pool(options, self)
        self._rate = Rate(options.rate)
        self._unsettled = 0
        self._submitted = 0
        self._again: list[_Submitted] = []
        self._resting_until = 0.0
        self._waking: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        self._pool.start()

    async def stop(self) -> None:
        await self._pool.stop(_FAREWELL_S)

    # Towards the engine

    def room(self) -> int:
        """Places in the windows of bound sessions, less what is answered but not yet on disk."""
        if self._again or self._resting():
            return 0
        senders = [link for link in self._pool.links if link.can_submit]
        places = sum(link.room for link in senders)
        window = len(senders) * self._options.window
        window += window // _BEING_WRITTEN
        allowed = self._rate.room(time.monotonic())
        room = min(places, window - self._unsettled)
        if allowed is not None and allowed < room:
            if not allowed:
                self._wake_in(self._rate.wait())
            return allowed
        return room

    def submit(self, part: OutgoingPart) -> None:
        self._submitted += 1
        self._unsettled += 1
        self._send(_Submitted(self._submitted, part))

    def settled(self, count: int) -> None:
        self._unsettled -= count

    @property
    def state(self) -> dict[str, object]:
        """For people: sessions bound, parts in the window, the last trouble."""
        bound = sum(link.bound for link in self._pool.links)
        return {"bound": bound, "in_window": self._unsettled, "last_error": self._pool.last_error if not bound else ""}

    def _send(self, submitted: _Submitted) -> None:
        link = max((link for link in self._pool.links if link.can_submit), key=lambda link: link.room, default=None)
        if link is None or not link.room:
            heapq.heappush(self._again, submitted)
            return
        self._rate.spend()
        link.send(submit_sm(submitted.part, self._style, self._clock.now_ms()), submitted)

    # Towards the links

    def happened(self, link: Link, events: list[Event]) -> None:
        """What a session reports, all of one read together."""
        receipts: list[Pdu] = []
        for event in events:
            match event:
                case ResponseReceived(pdu, context):
                    self._answered(pdu, context)
                case RequestReceived(pdu):
                    receipts.append(pdu)
                case Unanswered(_, context):
                    self._unanswered(context, "no submit_sm_resp in time")
                case Bound():
                    log.info("smsc bound", connector=self.name, bind=type(link.bind).__name__)
                    link.was_bound = True
                case BindRefused(pdu):
                    self._refused(link, pdu)
                case PduRejected(error):
                    log.warning("smsc sent a bad PDU", connector=self.name, reason=str(error))
                case UnexpectedResponse(pdu):
                    log.warning("smsc answered nothing we asked", connector=self.name, sequence=pdu.sequence)
        if receipts:
            self._received(link, receipts)
        self._go_on()

    def lost(self, link: Link, events: list[Event], why: str) -> None:
        self._pool.lost(link, why)
        if link.was_bound:
            log.warning("smsc lost", connector=self.name, reason=why)
        for event in events:
            if isinstance(event, Unanswered):
                self._unanswered(event.context, f"link lost before the answer: {why}")
        self._go_on()

    def _refused(self, link: Link, pdu: Pdu) -> None:
        why = f"bind refused with {name_of(pdu.status)}"
        if pdu.status in (CommandStatus.ESME_RINVPASWD, CommandStatus.ESME_RINVSYSID):
            why += ": check system_id and password of the connector"
        log.error("smsc refused the bind", connector=self.name, system_id=self._options.system_id, reason=why)
        link.close(why)

    def _answered(self, pdu: Pdu, submitted: _Submitted) -> None:
        part = submitted.part
        if isinstance(pdu, SubmitSmResp) and pdu.status == CommandStatus.ESME_ROK:
            upstream_id = normal(pdu.message_id, self._options.id_form)
            self._upstream.answered(Outcome(part, self._normal(upstream_id)))
        elif pdu.status in answers.THROTTLED:
            self._throttled(submitted)
        else:
            self._upstream.answered(answers.refused(part, pdu.status))

    def _unanswered(self, submitted: _Submitted | None, why: str) -> None:
        if submitted is not None:
            self._unsettled -= 1
            self._upstream.answered(Outcome(submitted.part, uncertain=True, said=why))

    # Throttling

    def _throttled(self, submitted: _Submitted) -> None:
        """The link rests; what it refused goes out again first, in the order it was submitted."""
        if submitted.part.message.expires_at <= self._clock.now_ms():
            outcome = Outcome(
                submitted.part, None, StatusId.EXPIRED_EXPIRED, VALIDITY_EXPIRED, said="expired, throttled"
            )
            self._upstream.answered(outcome)
            return
        heapq.heappush(self._again, submitted)
        self._resting_until = time.monotonic() + self._options.throttle_pause
        self._wake_in(self._options.throttle_pause)

    def _resting(self) -> bool:
        return time.monotonic() < self._resting_until

    def _wake_in(self, seconds: float) -> None:
        if self._waking is None:
            self._waking = asyncio.get_running_loop().call_later(max(seconds, 0.001), self._wake)

    def _wake(self) -> None:
        self._waking = None
        self._go_on()

    def _go_on(self) -> None:
        """Send again what was throttled, then let the engine fill the window."""
        if self._resting():
            self._wake_in(self._resting_until - time.monotonic())
            return
        while self._again and any(link.can_submit and link.room for link in self._pool.links):
            if self._rate.room(time.monotonic()) == 0:
                self._wake_in(self._rate.wait())
                return
            self._send(heapq.heappop(self._again))
        if not self._again:
            self._upstream.room(self.name)

    # Receipts

    def _received(self, link: Link, pdus: list[Pdu]) -> None:
        receipts: list[UpstreamReceipt] = []
        waiting: list[Pdu] = []
        for pdu in pdus:
            receipt = read(pdu) if isinstance(pdu, DeliverSm | DataSm) else None
            if receipt is not None:
                upstream_id = self._normal(receipt.message_id)
                receipts.append(answers.of_receipt(self.name, upstream_id, receipt, self._clock.now_ms()))
                waiting.append(pdu)
            elif not isinstance(pdu, AlertNotification):
                self._not_a_receipt(link, pdu)
        if receipts:
            self._upstream.receipts(receipts, lambda kept: self._acknowledge(link, waiting, kept=kept))

    def _acknowledge(self, link: Link, pdus: list[Pdu], *, kept: bool) -> None:
        """Only what is on disk is acknowledged; the SMSC keeps the rest and sends it again."""
        status = CommandStatus.ESME_ROK if kept else CommandStatus.ESME_RX_T_APPN
        for pdu in pdus:
            answer = DeliverSmResp if isinstance(pdu, DeliverSm) else DataSmResp
            link.respond(answer(sequence=pdu.sequence, status=status))

    def _not_a_receipt(self, link: Link, pdu: Pdu) -> None:
        """Inbound messages are not taken yet, and what is not kept is not acknowledged."""
        log.warning("smsc sent an inbound message, which is not supported yet", connector=self.name)
        answer = DeliverSmResp if isinstance(pdu, DeliverSm) else pdu.response
        if answer is not None:
            link.respond(answer(sequence=pdu.sequence, status=CommandStatus.ESME_RX_P_APPN))

    def _normal(self, message_id: str) -> str:
        """As receipts spell it, whatever their zeros and letters."""
        return normal(message_id, strip_zeros=True, fold_case=True)
