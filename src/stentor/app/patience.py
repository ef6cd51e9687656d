"""HTTP connections with deadlines and bounds: slow, silent and greedy clients end, and the others do not notice.

uvicorn has a timer for idle connections and nothing else. Here each connection has one `deadline`, moved where its
state changes, and one sweep over all of them (`app.web`) calls `expire` where it has passed. Nothing is timed while the
platform works on a request.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import Any

import httptools
import uvicorn
from uvicorn._types import ASGI3Application, HTTPScope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from stentor.app import request_line
from stentor.app.answering import Answer
from stentor.app.guests import Guests, Place
from stentor.app.last_words import FULL, INVALID, LARGE_HEAD, LATE, NOTHING, Words
from stentor.app.request_line import Line
from stentor.app.stand_ins import TRAILERS, SaidAgain, Unhurried
from stentor.config import HttpSettings

_LOOK_AGAIN_S = 1.0
_LOOK_S = 0.02
"""Between two looks at a buffer: uvloop's TLS does not tell when what it had at its end is written."""
_LINGER_S = 5.0
"""How long a client that was answered early may go on sending, so that it comes to read the answer."""
_PIPELINED = 32
"""Requests of one connection that may wait behind the one being answered."""
_FRAMING = (b"content-length", b"transfer-encoding")
_WIRE_OCTETS = 6
"""Octets on the wire for one of a body, when every chunk holds one."""


class GuardedConfig(uvicorn.Config):
    """What every connection of one server shares."""

    limits: HttpSettings
    guests: Guests


class _TooManyPipelined(Exception):
    pass


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's protocol within limits. Answers keep their order: a refusal waits for the answers before it."""

    config: GuardedConfig
    cycle: RequestResponseCycle | None  # type: ignore[assignment]  # None until the first head is there
    scope: HTTPScope | None  # type: ignore[assignment]  # None until the first request begins

    def __init__(
        self,
        config: GuardedConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        place: Place | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.deadline = inf
        """When `expire` is to be called, in the loop's time."""
        self._limits = config.limits
        self._place = place
        self._head_room = config.limits.head_limit
        """Octets that the head under way may still have; 0: nothing is read any more."""
        self._body_since = 0.0
        self._body_octets = 0
        """Octets on the wire of a body that takes more than one read; 0 without one."""
        self._line = Line.BEFORE
        self._last_words: Words | None = None
        self._lingering = False
        self._answering: RequestResponseCycle | None = None
        """The last that was begun; `cycle` is the last that was read."""
        self._left = False
        """Whether the connection ended while an answer was owed, or before it was written whole."""

    # From the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client is None:  # it is gone already; without an address it would pass for the local socket
            transport.abort()
            return
        now = self.loop.time()
        if self._place is None:
            self._place = self.config.guests.enter(self.client[0], now)
        if self._place is None:
            self._refuse(FULL)
        else:
            self.deadline = now + self._limits.head_timer

    def connection_lost(self, exc: Exception | None) -> None:
        self._left = self._left or exc is not None or self.flow.write_paused or not self._is_free
        super().connection_lost(exc)
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()
        if self._place is not None:
            self._place.leave()

    def data_received(self, data: bytes) -> None:
        data = request_line.encoded(data, self._line)
        if len(data) < self._head_room:
            self._read(data)
        else:
            self._read_in_slices(data)

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client has said all, which need not mean that it left: raw sockets and `nc -N` close their side and read.

        What it asked for may be given only once, so it gets the answers that are owed; then the connection closes. One
        that hangs up in the middle of an answer wants no more of it. TLS has no connections that are half closed.
        """
        cycle = self.cycle
        answering = self._answering
        if self._over_tls or self._lingering or cycle is None or cycle.more_body:
            return False
        if answering is None or answering.response_started:
            return False
        if self._last_words is None:
            cycle.keep_alive = False
        return True

    def pause_writing(self) -> None:
        """The client does not read as fast as it is answered: from here on its time depends on how much there is."""
        super().pause_writing()
        self._await_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._head_room > 0:
            self._await_request()

    # From the parser

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.scope is not None:
            self.scope["gone"] = self._gone  # type: ignore[typeddict-unknown-key]
        if self.cycle is not None and self.cycle.scope is self.scope:
            self.cycle.send = Answer(self.cycle, self._leave)  # type: ignore[method-assign]
        self.headers = TRAILERS
        self._head_room = self._limits.head_limit
        self._body_octets = 0

    def on_message_complete(self) -> None:
        cycle = self.cycle
        assert cycle is not None
        cycle.more_body = False
        cycle.message_event.set()
        if cycle.response_complete:
            self._await_request()
        if len(self.pipeline) > _PIPELINED:
            raise _TooManyPipelined

    # From the application

    def on_response_complete(self) -> None:
        """Without uvicorn's timer for each request."""
        self.server_state.total_requests += 1
        if self._lingering or self.transport.is_closing():
            self._ending()
            return
        self.flow.resume_reading()
        if self.flow.write_paused:  # which it was before the whole answer was written
            self._await_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self._last_words is not None:
            self._say_last_words()
        elif not self.flow.write_paused and not self._in_body:
            self._await_request()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    async def _gone(self) -> bool:
        """Whether an answer could not be sent: known when all of it is with the system.

        Not whether the connection is closed: we close it after the last one.
        """
        transport = self.transport
        if transport.is_closing() and self._over_tls:
            while transport.get_write_buffer_size() and self in self.connections:  # noqa: ASYNC110 - nobody sets one
                await asyncio.sleep(_LOOK_S)
        elif transport.get_write_buffer_size() and self in self.connections:
            transport.set_write_buffer_limits(1, 0)  # calls `pause_writing`, and `resume_writing` when nothing is left
            await self.flow.drain()
            if not transport.is_closing():
                transport.set_write_buffer_limits()
        return self._left

    @property
    def _over_tls(self) -> bool:
        return self.transport.get_extra_info("sslcontext") is not None

    def _leave(self) -> None:
        self._left = True

    # Deadlines

    def expire(self, now: float) -> None:
        """The deadline has passed: end what is late, or look again when it is not the client who is."""
        cycle = self.cycle
        if self._lingering or self.transport.is_closing() or self.flow.write_paused:
            self.transport.abort()
        elif self.flow.read_paused:
            self._body_since = now
            self.deadline = now + self._limits.transfer_timer
        elif self._in_body:
            self._refuse(LATE)
        elif cycle is not None and not cycle.response_complete:
            self.deadline = now + _LOOK_AGAIN_S
        elif self._in_head:
            self._refuse(LATE)
        else:
            self._close()

    @property
    def _in_head(self) -> bool:
        return self.scope is not None and (self.cycle is None or self.cycle.scope is not self.scope)

    @property
    def _in_body(self) -> bool:
        return self.cycle is not None and self.cycle.more_body

    def _await_request(self) -> None:
        limits = self._limits
        self.deadline = self.loop.time() + (limits.head_timer if self._in_head else limits.idle_timer)

    def _await_reading(self) -> None:
        self.deadline = self.loop.time() + self._time_for(self.transport.get_write_buffer_size())

    def _time_for(self, octets: int) -> float:
        limits = self._limits
        return min(limits.transfer_timer + octets / limits.transfer_rate, limits.transfer_max)

    # Reading

    def _read(self, data: bytes) -> None:
        before = self.cycle
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._stay_with_http(data[upgrade.args[0] :])
            return
        except httptools.HttpParserError:
            self._refuse(INVALID)
            return
        cycle = self.cycle
        if cycle is None or cycle.more_body or cycle.scope is not self.scope:
            of_head_only = cycle is before
            in_head = of_head_only and not self._in_body
            self._line = request_line.after(data, self._line) if in_head else Line.PAST
            self._unfinished(len(data), of_head_only=of_head_only)
        else:
            self._line = Line.BEFORE

    def _read_in_slices(self, data: bytes) -> None:
        """So that no head grows past its limit inside one read. After the end, what still comes is only counted."""
        start = 0
        while start < len(data) and self._head_room > 0 and not self.transport.is_closing():
            end = start + self._head_room
            self._read(data[start:end])
            start = end
        if self._lingering:
            self._body_octets += len(data)
            if self._body_octets > self._limits.body_limit:
                self.transport.close()

    def _unfinished(self, octets: int, *, of_head_only: bool) -> None:
        if self._in_head:
            if self._head_room == self._limits.head_limit and self._is_free:
                self.deadline = self.loop.time() + self._limits.head_timer
            self._head_room -= octets if of_head_only and not self._body_octets else 0
            self._body_octets = 0
            if self._head_room <= 0:
                self._refuse(LARGE_HEAD)
        elif self.cycle is not None and self.cycle.more_body:
            self._more_of_a_body(self.cycle, octets)

    def _more_of_a_body(self, cycle: RequestResponseCycle, octets: int) -> None:
        if self._body_octets == 0:
            self._body_since = self.loop.time()
            cycle.transport = Unhurried(self)  # type: ignore[assignment]
        self._body_octets += octets
        self.deadline = self._body_since + self._time_for(self._body_octets)
        if self._body_octets > self._limits.body_limit * _WIRE_OCTETS + self._limits.head_limit:
            self._refuse(INVALID)

    @property
    def _is_free(self) -> bool:
        """No answer is owed."""
        return self.cycle is None or (self.cycle.response_complete and not self.pipeline)

    def _stay_with_http(self, rest: bytes) -> None:
        """A request to upgrade (Java's client sends one with its first) is answered as any other; so are the next.

        The parser takes what follows such a head for another protocol, also a body that was announced.
        """
        assert self.scope is not None
        assert self.cycle is not None
        framing = [field for field in self.scope["headers"] if field[0] in _FRAMING]
        if framing:
            self.cycle.more_body = True
            self.parser = httptools.HttpRequestParser(SaidAgain(self))
            fields = b"".join(b"%b: %b\r\n" % field for field in framing)
            self.parser.feed_data(b"POST / HTTP/1.1\r\n" + fields + b"\r\n")
        else:
            self.parser = httptools.HttpRequestParser(self)
        self._read(rest)

    # Ending

    def linger(self) -> None:
        """The answer is out: take the rest of the body until the client closes, but not for long."""
        if self._in_body:
            self._linger()
        else:
            self.transport.close()

    def _linger(self) -> None:
        self._lingering = True
        self._head_room = 0
        self._body_octets = 0
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._ending()

    def _refuse(self, words: Words) -> None:
        """Nothing more is read. The answers that are owed go first, then these words, then the connection closes."""
        self._head_room = 0
        self._last_words = words
        if not self._forget_half_a_request():
            self._say_last_words()

    def _forget_half_a_request(self) -> bool:
        """Whether earlier requests wait for their answers."""
        cycle = self.cycle
        if cycle is None:
            return False
        if not cycle.more_body or cycle.scope is not self.scope:
            return not self._is_free
        if self.pipeline:
            self.pipeline.popleft()
            return True
        if cycle.response_started:
            self._last_words = NOTHING
        cycle.disconnected = True
        cycle.message_event.set()
        return False

    def _say_last_words(self) -> None:
        words = self._last_words or NOTHING
        self.transport.write(words.octets)
        if words.lingers:
            self._linger()
        else:
            self._close()

    def _close(self) -> None:
        self.transport.close()
        self._ending()

    def _ending(self) -> None:
        """What is still to be read by the client gets its time."""
        left = self._time_for(self.transport.get_write_buffer_size())
        self.deadline = self.loop.time() + (_LINGER_S if self._lingering else left)
