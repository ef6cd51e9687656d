"""One TCP connection to an SMSC: octets between the socket and the session, and its events to the owner."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol, cast

from msgspec.structs import replace

from stentor.smpp import Limits, Pdu, Session, Side
from stentor.smpp.events import Event, MustClose
from stentor.smpp.state import BOUND, State

_TICK_S = 0.25
_WRITE_AFTER = 8
"""Requests written together: a whole window at once would come back at once, and wait as one for its commit."""
_SUBMITTING = (State.BOUND_TX, State.BOUND_TRX)


class LinkOwner(Protocol):
    def happened(self, link: Link, events: list[Event]) -> None: ...

    def lost(self, link: Link, events: list[Event], why: str) -> None: ...

    def ticked(self) -> None:
        """Some time has passed."""


class Link(asyncio.Protocol):
    """Requests sent in one loop turn leave in one write."""

    def __init__(
        self, owner: LinkOwner, bind: Pdu, limits: Limits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.session = Session(Side.ESME, limits)
        self.bind = bind
        self.was_bound = False
        self._owner = owner
        self._clock = clock
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._flushing = False
        self._unwritten = 0
        self._paused = False
        self._why = "connection closed by the SMSC"
        self._timer: asyncio.TimerHandle | None = None

    @property
    def bound(self) -> bool:
        return self.session.state in BOUND

    @property
    def can_submit(self) -> bool:
        return self.session.state in _SUBMITTING

    @property
    def room(self) -> int:
        return self.session.window_room if self.bound and not self._paused else 0

    def narrow(self, window: int) -> None:
        """So many requests may be unanswered from now on."""
        self.session.limits = replace(self.session.limits, window=window)

    def send(self, pdu: Pdu, context: object = None) -> None:
        self.session.send(pdu, self._clock(), context)
        self._unwritten += 1
        if self._unwritten >= _WRITE_AFTER:
            self._flush()
        else:
            self.flush_soon()

    def respond(self, pdu: Pdu) -> None:
        self.session.respond(pdu, self._clock())
        self.flush_soon()

    def unbind(self) -> None:
        self.session.unbind(self._clock())
        self._flush()

    def close(self, why: str) -> None:
        self._why = why
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.session.opened(self._clock())
        self.send(self.bind)
        self._timer = self._loop.call_later(_TICK_S, self._tick)

    def data_received(self, data: bytes) -> None:
        self._handle(self.session.receive(data, self._clock()))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        why = f"{self._why}: {exc}" if exc else self._why
        self._owner.lost(self, self.session.closed(self._clock()), why)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._owner.happened(self, [])

    def _tick(self) -> None:
        self._timer = self._loop.call_later(_TICK_S, self._tick)
        self._handle(self.session.tick(self._clock()))
        self._owner.ticked()

    def _handle(self, events: list[Event]) -> None:
        if events:
            self._owner.happened(self, events)
        self._flush()
        for event in events:
            if isinstance(event, MustClose):
                self.close(event.reason)

    def _flush(self) -> None:
        self._flushing = False
        self._unwritten = 0
        data = self.session.outgoing()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
