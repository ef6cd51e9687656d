"""An SMSC as a connector: several sessions, one window that adapts, throttling, receipts.

A part keeps a place until its answer is on disk (`settled`), so what a crash may send twice is bounded
(docs/decisions/0006-window-until-durable.md).
"""

from __future__ import annotations

import asyncio
import time

import structlog

from stentor.connectors.smsc import answers
from stentor.connectors.smsc.inbound import part_of
from stentor.connectors.smsc.lateness import Lateness
from stentor.connectors.smsc.link import Link
from stentor.connectors.smsc.options import SmscOptions
from stentor.connectors.smsc.outgoing import Style, submit_sm
from stentor.connectors.smsc.pace import Pace
from stentor.connectors.smsc.pool import Pool
from stentor.core.assembly import InboundPart
from stentor.core.message import UpstreamReceipt
from stentor.core.ports import Clock, ConnectorState, Outcome, OutgoingPart, Upstream
from stentor.smpp import CommandStatus
from stentor.smpp.errors import EncodeError
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
from stentor.smpp.pdu import DataSm, DataSmResp, DeliverSm, DeliverSmResp, Pdu, SubmitSmResp
from stentor.smpp.receipt import read
from stentor.smpp.status import name_of

log = structlog.get_logger()

_FAREWELL_S = 3.0
_BEING_WRITTEN = 10
"""A tenth of the window more may be answered and not yet on disk, so that the link need not wait for each commit."""
_CONNECTING_S = 0.75
"""A link that was just started, and has not failed yet, is not down: it is about to be bound."""


class SmscConnector:
    """Implements `core.ports.Connector`."""

    def __init__(self, options: SmscOptions, upstream: Upstream, clock: Clock) -> None:
        self.name = options.name
        self.whole_messages = options.long_messages == "payload"
        self.reference_bits: int = options.reference_bits
        self.piece_form = f"{options.long_messages} {options.reference_bits}"
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
        self._pace = Pace(options.window, options.rate, options.throttle_pause)
        self._lateness = Lateness(options.slow_after)
        self._trouble: str | None = None
        self._started_at = 0.0
        self._unsettled = 0
        self._submitted = self._answered = self._throttled = 0
        self._resting_until = 0.0
        self._rests_for = ""
        self._waking: asyncio.Handle | None = None
        self._wakes_at = 0.0
        """By the loop's clock. Not asked of the handle: uvloop gives one without `when` for a time that is over."""

    async def start(self) -> None:
        self._started_at = time.monotonic()
        self._wake_in(_CONNECTING_S)
        self._pool.start()

    async def stop(self) -> None:
        await self._pool.stop(_FAREWELL_S)
        if self._waking is not None:
            self._waking.cancel()

    # Towards the engine

    def room(self) -> int:
        """Places in the windows of bound sessions, less what is answered but not yet on disk."""
        now = time.monotonic()
        if now < self._resting_until:
            return 0
        senders = self._pool.senders
        places = sum(link.room for link in senders)
        window = len(senders) * self._pace.window
        window += window // _BEING_WRITTEN
        allowed = self._pace.rate.room(now)
        room = min(places, window - self._unsettled, 1 if self._lateness.on_trial else places)
        if allowed is not None and allowed < room:
            if not allowed:
                self._wake_in(self._pace.rate.wait())
            return allowed
        return room

    def trouble(self) -> str | None:
        return self._trouble

    def submit(self, part: OutgoingPart) -> None:
        self._submitted += 1
        self._unsettled += 1
        link = max(self._pool.senders, key=lambda link: link.room, default=None)
        if link is None or not link.room:
            asyncio.get_running_loop().call_soon(self._return, part, "the link went before it could be sent")
            return
        try:
            link.send(submit_sm(part, self._style, self._clock.now_ms()), part)
        except EncodeError as error:
            asyncio.get_running_loop().call_soon(self._upstream.answered, answers.unsendable(part, str(error)))
            return
        self._pace.rate.spend()
        if self._lateness.on_trial:
            self._lateness.submitted(time.monotonic())
            self._review(time.monotonic())

    def settled(self, count: int) -> None:
        self._unsettled -= count

    def state(self) -> ConnectorState:
        bound = len(self._pool.senders)
        round_trip = self._pace.round_trip.smoothed
        return ConnectorState(
            name=self.name,
            trouble=self._trouble,
            last_error="" if bound else self._pool.last_error,
            sessions=self._options.sessions,
            bound=bound,
            window=self._pace.window,
            window_most=self._pace.most,
            in_window=self._unsettled,
            round_trip_ms=None if round_trip is None else 1000 * round_trip,
            rate=self._options.rate,
            learned_rate=self._pace.rate.learned,
            submitted=self._submitted,
            answered=self._answered,
            throttled=self._throttled,
        )

    # Towards the links

    def happened(self, link: Link, events: list[Event]) -> None:
        """What a session reports, all of one read together."""
        now = time.monotonic()
        receipts: list[Pdu] = []
        throttled: list[ResponseReceived] = []
        before, asked_at = self._answered, now
        for event in events:
            match event:
                case ResponseReceived(pdu, part, sent_at) if pdu.status not in answers.THROTTLED:
                    self._response(pdu, part)
                    asked_at = min(asked_at, sent_at)
                case ResponseReceived():
                    throttled.append(event)
                case RequestReceived(pdu):
                    receipts.append(pdu)
                case Unanswered(_, part):
                    self._pace.timed_out(now - self._options.response_timer, now)
                    self._unanswered(part, "no submit_sm_resp in time")
                case Bound():
                    log.info("smsc bound", connector=self.name, bind=type(link.bind).__name__)
                    link.was_bound = True
                    self._lateness.again(now)
                    link.narrow(self._pace.window)
                case BindRefused(pdu):
                    self._refused(link, pdu)
                case PduRejected(error):
                    log.warning("smsc sent a bad PDU", connector=self.name, reason=str(error))
                case UnexpectedResponse(pdu):
                    log.warning("smsc answered nothing we asked", connector=self.name, sequence=pdu.sequence)
        if self._answered > before:
            self._pace.answered(self._answered - before, now - asked_at, now)
            self._lateness.answered(now - asked_at, now)
        for event in throttled:
            self._throttle(event, now)
        if receipts:
            self._received(link, receipts)
        self._go_on(now)

    def lost(self, link: Link, events: list[Event], why: str) -> None:
        self._pool.lost(link, why)
        if link.was_bound:
            log.warning("smsc lost", connector=self.name, reason=why)
        for event in events:
            if isinstance(event, Unanswered):
                self._unanswered(event.context, f"link lost before the answer: {why}")
        self._go_on(time.monotonic())

    def ticked(self) -> None:
        now = time.monotonic()
        before = self._trouble
        self._review(now)
        if self._trouble != before:
            self._upstream.room(self.name)

    def _refused(self, link: Link, pdu: Pdu) -> None:
        why = f"bind refused with {name_of(pdu.status)}"
        if pdu.status in (CommandStatus.ESME_RINVPASWD, CommandStatus.ESME_RINVSYSID):
            why += ": check system_id and password of the connector"
        log.error("smsc refused the bind", connector=self.name, system_id=self._options.system_id, reason=why)
        link.close(why)

    def _response(self, pdu: Pdu, part: OutgoingPart) -> None:
        self._answered += 1
        if isinstance(pdu, SubmitSmResp) and pdu.status == CommandStatus.ESME_ROK:
            upstream_id = normal(pdu.message_id, self._options.id_form)
            self._upstream.answered(Outcome(part, self._normal(upstream_id)))
        else:
            self._upstream.answered(answers.refused(part, pdu.status))

    def _unanswered(self, part: OutgoingPart | None, why: str) -> None:
        if part is not None:
            self._unsettled -= 1
            self._upstream.answered(Outcome(part, uncertain=True, said=why))

    # Throttling and lateness

    def _throttle(self, event: ResponseReceived, now: float) -> None:
        """The link rests; the engine has what was refused go out again first, here or elsewhere."""
        self._throttled += 1
        rest = self._pace.throttled(event.request_sent_at, now)
        if rest:
            self._resting_until = now + rest
            self._rests_for = f"throttled: the SMSC answered {name_of(event.pdu.status)}"
            self._wake_in(rest)
        self._return(event.context, answers.refused_in_words(event.pdu.status))

    def _return(self, part: OutgoingPart, why: str) -> None:
        self._unsettled -= 1
        self._upstream.answered(Outcome(part, returned=True, said=why))

    def _review(self, now: float) -> None:
        """What speaks against this link now; and its window, which may have changed."""
        senders = self._pool.senders
        lateness = self._lateness
        oldest = min((at for link in senders if (at := link.session.oldest) is not None), default=None)
        lateness.look(oldest, now, room=any(link.room for link in senders))
        if lateness.late:
            self._pace.late(lateness.seconds, now)
        if not senders:
            fresh = not self._pool.last_error and now < self._started_at + _CONNECTING_S
            self._trouble = None if fresh else f"down: {self._pool.last_error or 'not bound yet'}"
        elif now < self._resting_until:
            self._trouble = self._rests_for
        elif self._pace.rate.saturated(now):
            self._trouble = f"throttled: it takes {self._pace.rate.limit:.0f} a second"
        else:
            self._trouble = f"slow: no answer within {lateness.seconds:.1f} s" if lateness.late else None
        for link in senders:
            if link.session.limits.window != self._pace.window:
                link.narrow(self._pace.window)

    def _wake_in(self, seconds: float) -> None:
        """Or earlier, when it is to wake earlier already."""
        loop = asyncio.get_running_loop()
        at = loop.time() + max(seconds, 0.001)
        if self._waking is not None and self._wakes_at > at:
            self._waking.cancel()
            self._waking = None
        if self._waking is None:
            self._waking, self._wakes_at = loop.call_at(at, self._wake), at

    def _wake(self) -> None:
        self._waking = None
        self._go_on(time.monotonic())

    def _go_on(self, now: float) -> None:
        """Let the engine fill the window, or send elsewhere what cannot go out here."""
        self._review(now)
        if now < self._resting_until:
            self._wake_in(self._resting_until - now)
        self._upstream.room(self.name)
        if self._trouble is not None and self._pace.rate.relax():
            self._review(now)

    # Receipts and messages from phones

    def _received(self, link: Link, pdus: list[Pdu]) -> None:
        receipts: list[UpstreamReceipt] = []
        waiting: list[Pdu] = []
        inbound: list[InboundPart] = []
        arrived: list[Pdu] = []
        for pdu in pdus:
            receipt = read(pdu) if isinstance(pdu, DeliverSm | DataSm) else None
            if receipt is not None:
                upstream_id = self._normal(receipt.message_id)
                receipts.append(answers.of_receipt(self.name, upstream_id, receipt, self._clock.now_ms()))
                waiting.append(pdu)
            elif isinstance(pdu, DeliverSm | DataSm):
                inbound.append(part_of(self.name, pdu, self._clock.now_ms(), packed=self._options.packed))
                arrived.append(pdu)
        if receipts:
            self._upstream.receipts(receipts, lambda kept: self._acknowledge(link, waiting, kept=kept))
        if inbound:
            self._upstream.inbound(inbound, lambda kept: self._acknowledge(link, arrived, kept=kept))

    def _acknowledge(self, link: Link, pdus: list[Pdu], *, kept: bool) -> None:
        """Only what is on disk is acknowledged; the SMSC keeps the rest and sends it again."""
        status = CommandStatus.ESME_ROK if kept else CommandStatus.ESME_RX_T_APPN
        for pdu in pdus:
            answer = DeliverSmResp if isinstance(pdu, DeliverSm) else DataSmResp
            link.respond(answer(sequence=pdu.sequence, status=status))

    def _normal(self, message_id: str) -> str:
        """As receipts spell it, whatever their zeros and letters."""
        return normal(message_id, strip_zeros=True, fold_case=True)
