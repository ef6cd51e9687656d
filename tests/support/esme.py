"""A customer's program on the SMPP core: asks, waits for answers, keeps what it is given."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from stentor.smpp import Limits, Pdu, Session, Side
from stentor.smpp.events import BindRefused, Bound, Event, MustClose, RequestReceived, ResponseReceived
from stentor.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter, DeliverSm, SubmitSm
from support.waiting import PATIENCE_S

HOST = "127.0.0.1"
BINDS = {"rx": BindReceiver, "tx": BindTransmitter, "trx": BindTransceiver}


class Esme(asyncio.Protocol):
    """`silent`: deliver_sm are kept and not answered. `status`: what answers them."""

    def __init__(self, *, silent: bool = False, window: int = 1_000) -> None:
        self.session = Session(Side.ESME, Limits(window=window, enquire_link_timer=None))
        self.silent = silent
        self.status = 0
        self.given: list[DeliverSm] = []
        self.order: list[Pdu] = []
        """Everything in the order it came."""
        self.spoken: list[tuple[bool, bytes]] | None = None
        """Octets of ours (True) and of the server, for a capture; None: not kept."""
        self.closed = asyncio.Event()
        self.ended = ""
        self._bound: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        self._asked: dict[int, asyncio.Future[Pdu]] = {}
        self._seen: deque[asyncio.Future[None]] = deque()
        self._transport: asyncio.Transport | None = None

    async def connect(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, HOST, port, ssl=tls)

    async def bind(self, kind: str = "trx", system_id: str = "acme", password: str = "secret", **fields: Any) -> Pdu:
        """The response, whatever it says."""
        self._bound = asyncio.get_running_loop().create_future()
        self.session.send(BINDS[kind](system_id=system_id, password=password, **fields), self._now())
        self._flush()
        async with asyncio.timeout(PATIENCE_S):
            return await self._bound

    def ask(self, *pdus: Pdu) -> list[asyncio.Future[Pdu]]:
        """All in one write."""
        futures = []
        for pdu in pdus:
            sequence = self.session.send(pdu, self._now(), "asked")
            future: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
            self._asked[sequence] = future
            futures.append(future)
        self._flush()
        return futures

    async def answers(self, *pdus: Pdu) -> list[Any]:
        async with asyncio.timeout(PATIENCE_S):
            return await asyncio.gather(*self.ask(*pdus))

    async def submit(self, **fields: Any) -> Any:
        return (await self.answers(submit_sm(**fields)))[0]

    async def receives(self, count: int) -> list[DeliverSm]:
        """The first so many deliver_sm."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.given) < count:
                seen: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._seen.append(seen)
                await seen
        return self.given[:count]

    def write(self, octets: bytes) -> None:
        assert self._transport is not None
        self._transport.write(octets)

    def unbind(self) -> None:
        self.session.unbind(self._now())
        self._flush()

    def drop(self) -> None:
        """Without a word, as clients do."""
        if self._transport is not None:
            self._transport.abort()

    def pause(self) -> None:
        assert self._transport is not None
        self._transport.pause_reading()

    def resume(self) -> None:
        assert self._transport is not None
        self._transport.resume_reading()

    def answer(self, pdu: DeliverSm, status: int = 0) -> None:
        """One that was left unanswered."""
        self.session.respond(pdu.response(sequence=pdu.sequence, status=status), self._now())
        self._flush()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.session.opened(self._now())

    def data_received(self, data: bytes) -> None:
        if self.spoken is not None:
            self.spoken.append((False, data))
        for event in self.session.receive(data, self._now()):
            self._event(event)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.session.closed(self._now())
        self.closed.set()
        for future in (*self._asked.values(), self._bound):
            if not future.done():
                future.cancel()

    def _event(self, event: Event) -> None:
        match event:
            case Bound(pdu) | BindRefused(pdu):
                self._bound.set_result(pdu)
            case ResponseReceived(pdu):
                self.order.append(pdu)
                future = self._asked.pop(pdu.sequence)
                if not future.done():
                    future.set_result(pdu)
            case RequestReceived(pdu) if isinstance(pdu, DeliverSm):
                self.order.append(pdu)
                self.given.append(pdu)
                if not self.silent:
                    self.session.respond(pdu.response(sequence=pdu.sequence, status=self.status), self._now())
                while self._seen:
                    self._seen.popleft().set_result(None)
            case MustClose(reason):
                self.ended = reason
                self._flush()
                assert self._transport is not None
                self._transport.close()
            case _:
                pass

    def _flush(self) -> None:
        data = self.session.outgoing()
        if data and self._transport is not None:
            self._transport.write(data)
            if self.spoken is not None:
                self.spoken.append((True, data))

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def submit_sm(**fields: Any) -> SubmitSm:
    given = {
        "source_addr_ton": 5,
        "source_addr": "Stentor",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "destination_addr": "41793026727",
        "registered_delivery": 1,
        "short_message": b"hello",
    }
    return SubmitSm(**{**given, **fields})


@asynccontextmanager
async def esme(port: int, kind: str | None = "trx", *, silent: bool = False, **bind: Any) -> AsyncIterator[Esme]:
    """Connected, and bound unless `kind` is None."""
    one = Esme(silent=silent)
    await one.connect(port)
    try:
        if kind is not None:
            answer = await one.bind(kind, **bind)
            assert answer.status == 0, answer
        yield one
    finally:
        one.drop()
