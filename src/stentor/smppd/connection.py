"""One customer's TCP connection: octets between the socket and the session, requests in order, answers in batches.

All that one read brings is decided together and answered in one write. While answers are owed for a full window, or
the peer does not read what was written, nothing more is read from it: what it sends then waits in its own memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

import structlog
from msgspec.structs import replace

from stentor.core.account import Account
from stentor.smpp import CommandStatus, Limits, Pdu, Session, Side
from stentor.smpp.events import (
    Event,
    MustClose,
    PduRejected,
    RequestReceived,
    ResponseReceived,
    Unanswered,
    UnbindReceived,
)
from stentor.smpp.pdu import Bind
from stentor.smpp.state import BOUND, OVER, State
from stentor.smppd.answers import Refused, of_refusal
from stentor.smppd.binding import Binder, Terms
from stentor.smppd.deliver import Deliverer
from stentor.smppd.mailbox import Errand

log = structlog.get_logger()

_RECEIVING = (State.BOUND_RX, State.BOUND_TRX)
_WRITE_BUFFER = 64 * 1024
_LINGER_S = 5.0
"""How long a peer that is told to go may take to read it."""
_BINDS = 5
"""Refused binds of one connection, after which it is closed."""


class Place(Protocol):
    """A place among the connections that there may be."""

    def leave(self) -> None: ...


Enter = Callable[[str], Place | None]
"""Takes a place for a connection from this address; None when there are too many."""


class Requests(Protocol):
    """Who answers what a bound session asks."""

    async def answer(self, asked: deque[Pdu], terms: Terms, account: Account) -> list[Pdu]:
        """Take the next requests from the line and answer them, in their order."""


class House(Protocol):
    """What all connections share."""

    limits: Limits
    window: int
    binder: Binder
    deliverer: Deliverer
    requests: Requests

    def came(self, connection: Connection) -> None: ...

    def bound(self, connection: Connection) -> None: ...

    def gone(self, connection: Connection) -> None: ...

    def rejected(self, status: int) -> None:
        """A PDU was refused by the protocol."""

    def refused_bind(self, status: int) -> None: ...


class Connection(asyncio.Protocol):
    """`due`: when time may bring something about; the house's sweep calls `tick` then."""

    def __init__(self, house: House, enter: Enter) -> None:
        self.session = Session(Side.SMSC, house.limits)
        self.terms: Terms | None = None
        self.address = ""
        self.due = math.inf
        self._house = house
        self._enter = enter
        self._place: Place | None = None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._asked: deque[Pdu] = deque()
        self._work: asyncio.Task[None] | None = None
        self._refused = 0
        self._reading = True
        self._paused = False
        self._flushing = False
        self._leaving = False
        self._silenced = False
        self._receiving = False

    # Towards the deliverer

    @property
    def room(self) -> int:
        return 0 if self._paused or self.session.state not in _RECEIVING else self.session.window_room

    def deliver(self, pdu: Pdu, errand: Errand) -> None:
        now = self._loop.time()
        self.session.send(pdu, now, errand)
        self.due = min(self.due, now + self.session.limits.response_timer)
        self._flush_soon()

    # Towards the server

    @property
    def idle(self) -> bool:
        """Nothing is owed to the peer."""
        return not self._asked and self._work is None

    def leave(self) -> None:
        """Unbind: what came before is answered first (SMPP 3.4 §4.2)."""
        self._leaving = True
        if self.idle:
            self._unbind()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def tick(self, now: float) -> None:
        """While we do not read, the peer's silence is our own doing."""
        if self._reading or self._paused:
            self._handle(self.session.tick(now))
            if self.terms is not None and self._house.binder.still(self.terms) is None and not self._leaving:
                log.info("session ended: its login is gone", user=self.terms.user)
                self.leave()
        due = self.session.deadline()
        self.due = now + 1.0 if due is None else max(due, now + 0.05)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.address = str(transport.get_extra_info("peername")[0])
        self._place = self._enter(self.address)
        if self._place is None:
            self._transport.abort()
            return
        self._house.came(self)
        _keep_alive(transport.get_extra_info("socket"))
        self._transport.set_write_buffer_limits(high=_WRITE_BUFFER)
        self.session.opened(self._loop.time())
        self.due = self.session.deadline() or math.inf

    def data_received(self, data: bytes) -> None:
        self._handle(self.session.receive(data, self._loop.time()))

    def eof_received(self) -> bool:
        """The peer says no more and may still listen: what it asked is answered first. TLS knows no such half."""
        transport = self._transport
        self._silenced = not self.idle and transport is not None and transport.get_extra_info("ssl_object") is None
        if self._silenced:
            self._leave_mailbox()
        return self._silenced

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        events = self.session.closed(self._loop.time())
        self._leave_mailbox()
        for event in events:
            self._event(event)
        self._house.gone(self)
        if self._place is not None:
            self._place.leave()
        self._transport = None
        self.due = math.inf

    def pause_writing(self) -> None:
        """The peer does not read: nor do we read what it sends."""
        self._paused = True
        self._see_to_reading()

    def resume_writing(self) -> None:
        self._paused = False
        self._see_to_reading()
        if self.terms is not None:
            self._house.deliverer.room(self.terms.account)

    # Inside

    def _handle(self, events: list[Event]) -> None:
        closing = None
        for event in events:
            self._event(event)
            closing = event if isinstance(event, MustClose) else closing
        if self._asked and self._work is None:
            self._work = self._loop.create_task(self._answer())
        if self._receiving and self.terms is not None:
            self._house.deliverer.room(self.terms.account)
        self._see_to_reading()
        self._flush()
        if closing is not None:
            self._close(closing.reason)

    def _event(self, event: Event) -> None:
        match event:
            case RequestReceived(pdu):
                self._asked.append(pdu)
            case ResponseReceived(pdu, errand):
                assert self.terms is not None
                self._house.deliverer.answered(self.terms.account, errand, pdu.status)
            case Unanswered(_, errand):
                assert self.terms is not None
                self._house.deliverer.lost(self.terms.account, errand, self)
            case PduRejected(error):
                self._house.rejected(error.status)
                log.debug("pdu refused", address=self.address, status=error.status.name, reason=str(error))
            case UnbindReceived():
                self._leave_mailbox()
                self.due = self._loop.time() + self.session.limits.response_timer
            case _:
                pass

    async def _answer(self) -> None:
        """Requests one batch after the other, so that answers keep their order (SMPP 3.4 §2.7.1)."""
        try:
            while self._asked:
                if isinstance(self._asked[0], Bind):
                    await self._bind(cast("Bind", self._asked.popleft()))
                    self._go_on()
                else:
                    await self._next()
                self._see_to_reading()
                self._flush()
        finally:
            self._work = None
        if self._leaving:
            self._unbind()
        if self.session.state in OVER:
            self._handle(self.session.tick(self._loop.time()))
        if self._silenced:
            self._close("the peer said no more")

    def _go_on(self) -> None:
        """With what came behind a bind; after the last one that was refused there is nothing more."""
        self._handle(self.session.tick(self._loop.time()))
        if self._transport is None or self._transport.is_closing():
            self._asked.clear()

    async def _next(self) -> None:
        terms = self.terms
        assert terms is not None
        account = self._house.binder.still(terms)
        if account is None:
            answers = [_error(self._asked.popleft(), CommandStatus.ESME_RBINDFAIL)]
        else:
            answers = await self._house.requests.answer(self._asked, terms, account)
        now = self._loop.time()
        for answer in answers:
            self.session.respond(answer, now)

    async def _bind(self, pdu: Bind) -> None:
        try:
            terms = await self._house.binder.terms(pdu, self.address)
        except Refused as refusal:
            self._refuse_bind(pdu, refusal)
            return
        except Exception as error:
            log.exception("bind failed")
            self._refuse_bind(pdu, Refused(of_refusal(error)))
            return
        if self._transport is None or self._transport.is_closing():
            return
        account = self._house.binder.still(terms)
        window = account.smpp_window if account is not None else self.session.limits.window
        self.session.limits = replace(self.session.limits, window=window)
        self.session.accept_bind(pdu, "Stentor", self._loop.time())
        self.terms = terms
        self._house.bound(self)
        self.due = self._loop.time() + 0.05
        log.info("bound", user=terms.user, address=self.address, state=self.session.state.value, kind=terms.kind)
        if self.session.state in _RECEIVING:
            self._receiving = True
            self._loop.call_soon(self._join_mailbox)

    def _refuse_bind(self, pdu: Bind, refusal: Refused) -> None:
        log.info("bind refused", user=pdu.system_id, address=self.address, reason=str(refusal))
        self._refused += 1
        self._house.refused_bind(refusal.status)
        self.session.refuse_bind(pdu, refusal.status, self._loop.time())
        if self._refused >= _BINDS:
            self._flush()
            self._close("refused too often")

    def _join_mailbox(self) -> None:
        """After the bind_resp is out."""
        if self._receiving and self.terms is not None:
            self._house.deliverer.join(self.terms.account, self)

    def _leave_mailbox(self) -> None:
        self._receiving = False
        if self.terms is not None:
            self._house.deliverer.leave(self.terms.account, self)

    def _unbind(self) -> None:
        self._leave_mailbox()
        now = self._loop.time()
        if self.session.state in BOUND or self.session.state is State.OPEN:
            self.session.unbind(now)
            self._handle(self.session.tick(now))
            self.due = min(self.due, now + self.session.limits.response_timer)

    def _see_to_reading(self) -> None:
        """SMPP 3.4 §2.7.1: who asks faster than it is answered, or does not read, is not read either.

        Nor is a stranger whose bind is being looked at.
        """
        transport = self._transport
        if transport is None or transport.is_closing() or self._silenced:
            return
        owed, window = self.session.owed, self._house.window
        room = owed < window if self._reading else owed * 2 <= window
        wanted = room and not self._paused and not self.session.deciding
        if wanted == self._reading:
            return
        self._reading = wanted
        if wanted:
            transport.resume_reading()
        else:
            transport.pause_reading()

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        data = self.session.outgoing()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _close(self, reason: str) -> None:
        """What is written is flushed first; a peer that does not read it is cut off."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        self._leave_mailbox()
        log.debug("session closed", address=self.address, reason=reason)
        with contextlib.suppress(RuntimeError):
            transport.close()
        self._loop.call_later(_LINGER_S, transport.abort)


def _keep_alive(plug: socket.socket | None) -> None:
    """TCP's own probes besides enquire_link; answers leave at once."""
    if plug is not None:
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _error(pdu: Pdu, status: int) -> Pdu:
    assert pdu.response is not None
    return pdu.response(sequence=pdu.sequence, status=status)
