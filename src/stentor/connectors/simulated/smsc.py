"""`stentor smsc`: a stand-alone SMSC on the SMPP core, for other people's clients and our own tests.

It takes any login unless it is given one, answers submit_sm at once (or after a round trip), and sends receipts as
`behaviour.TABLE` says to the sessions of the same system_id that can receive.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Literal, cast

import msgspec

from stentor.connectors.simulated.alarm import Alarm
from stentor.connectors.simulated.behaviour import Step
from stentor.connectors.simulated.network import Agenda, Limit, SimulatedNetwork
from stentor.smpp import CommandStatus, Limits, Session, Side
from stentor.smpp import receipt as receipts
from stentor.smpp.events import Event, MustClose, RequestReceived, ResponseReceived, Unanswered
from stentor.smpp.pdu import Bind, CancelSm, DeliverSm, Pdu, QuerySm, ReplaceSm, SubmitSm
from stentor.smpp.receipt import ESM_CLASS_INTERMEDIATE, ESM_CLASS_RECEIPT, MessageState, Receipt
from stentor.smpp.state import BOUND, State
from stentor.smpp.tlv import Tlvs

_TICK_S = 0.25
_MAX_WAITING = 1_000_000
_RECEIVING = (State.BOUND_RX, State.BOUND_TRX)
_WANTED = 0x03
_FAILURE_ONLY = 0x02
_WANTED_INTERMEDIATE = 0x10
_UNSUPPORTED: dict[type[Pdu], int] = {
    QuerySm: CommandStatus.ESME_RQUERYFAIL,
    CancelSm: CommandStatus.ESME_RCANCELFAIL,
    ReplaceSm: CommandStatus.ESME_RREPLACEFAIL,
}


class SmscOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`delay`: seconds until the receipt. `round_trip`: seconds until the submit_sm_resp. `rate`: most submit_sm a
    second, more are answered ESME_RTHROTTLED; None: any. `id_form` "hex" answers submit_sm with hexadecimal ids while
    its receipts carry decimal ones, as some SMSCs do.
    """

    system_id: str | None = None
    password: str | None = None
    delay: float = 0.1
    round_trip: float = 0.0
    rate: float | None = None
    window: int = 100
    id_form: Literal["dec", "hex"] = "dec"
    receipt: Literal["both", "text", "tlv"] = "both"


class _Taken(msgspec.Struct, frozen=True, gc=False):
    """What a receipt needs of the submit_sm it answers."""

    system_id: str
    upstream_id: str
    source: tuple[int, int, str]
    destination: tuple[int, int, str]
    registered: int
    submitted: float


class SimulatedSmsc:
    """Sessions by system_id, the network behind them, and the receipts that are due.

    `options` may be replaced while it runs: its next answers follow them.
    """

    def __init__(self, options: SmscOptions) -> None:
        self.options = options
        self.submitted = 0
        self.throttled = 0
        self.delivered = 0
        self._network = SimulatedNetwork(options.delay, int(time.time() * 1000) << 16)
        self._limit = Limit()
        self._receipts: Agenda[tuple[_Taken, Step]] = Agenda()
        self._answers: Agenda[tuple[_Connection, Pdu]] = Agenda()
        self._connections: dict[str, list[_Connection]] = {}
        self._waiting: dict[str, deque[DeliverSm]] = {}
        self._alarm = Alarm(self._due)
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen; answers the port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), host, port, ssl=tls, backlog=1024)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        self._alarm.cancel()
        if self._server is not None:
            self._server.close()
        for connection in [one for connections in self._connections.values() for one in connections]:
            connection.leave()
        await asyncio.sleep(0.05)

    def resume(self, system_id: str, unfinished: Iterable[tuple[str, str, str]]) -> None:
        """(id, source, destination) taken before a restart: their receipts still come."""
        now = asyncio.get_running_loop().time()
        for upstream_id, source, destination in unfinished:
            taken = _Taken(system_id, upstream_id, (5, 0, source), (1, 1, destination), 0x11, now)
            for step in self._network.resume(destination):
                self._receipts.add(now + step.after, (taken, step))
        self._arm()

    # Called by connections

    def bind(self, connection: _Connection, pdu: Bind) -> int:
        """The command_status that answers the bind."""
        wanted = self.options
        if wanted.system_id is not None and pdu.system_id != wanted.system_id:
            return CommandStatus.ESME_RINVSYSID
        if wanted.password is not None and pdu.password != wanted.password:
            return CommandStatus.ESME_RINVPASWD
        self._connections.setdefault(pdu.system_id, []).append(connection)
        return CommandStatus.ESME_ROK

    def gone(self, connection: _Connection) -> None:
        connections = self._connections.get(connection.system_id, [])
        if connection in connections:
            connections.remove(connection)

    def submit(self, connection: _Connection, pdu: SubmitSm) -> None:
        self.submitted += 1
        if self._limit.exceeded(self.options.rate, asyncio.get_running_loop().time()):
            self.throttled += 1
            self._respond(connection, pdu.response(sequence=pdu.sequence, status=CommandStatus.ESME_RTHROTTLED))
            return
        reaction = self._network.submit(pdu.destination_addr)
        if reaction.status:
            self._respond(connection, pdu.response(sequence=pdu.sequence, status=reaction.status))
            return
        upstream_id = reaction.upstream_id
        shown = f"{int(upstream_id):x}" if self.options.id_form == "hex" else upstream_id
        answer = pdu.response(sequence=pdu.sequence, message_id=shown)
        now = asyncio.get_running_loop().time()
        taken = _Taken(
            connection.system_id,
            upstream_id,
            (pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr),
            (pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr),
            pdu.registered_delivery,
            now,
        )
        if reaction.overtakes:
            for step in reaction.steps:
                self._send_receipt(taken, step)
            self.room(connection.system_id)
            self._respond(connection, answer)
            return
        self._respond(connection, answer)
        start = now + self.options.round_trip
        for step in reaction.steps:
            self._receipts.add(start + step.after, (taken, step))
        self._arm()

    def room(self, system_id: str) -> None:
        """A session of this system_id may have room for receipts that wait."""
        waiting = self._waiting.get(system_id)
        while waiting:
            receiver = self._receiver(system_id)
            if receiver is None:
                return
            receiver.deliver(waiting.popleft())
            self.delivered += 1

    def from_phones(self, system_id: str, pdus: Iterable[DeliverSm]) -> None:
        """Messages from phones, for the sessions of a system_id; they wait until one has room."""
        self._waiting.setdefault(system_id, deque(maxlen=_MAX_WAITING)).extend(pdus)
        self.room(system_id)

    def undelivered(self, system_id: str, pdu: DeliverSm) -> None:
        """A receipt whose acknowledgement was lost comes again."""
        self._waiting.setdefault(system_id, deque(maxlen=_MAX_WAITING)).appendleft(pdu)

    def refused(self, system_id: str, pdu: DeliverSm) -> None:
        """A receipt that the client cannot take now (ESME_RX_T_APPN) comes again a while later."""
        asyncio.get_running_loop().call_later(self.options.delay, self._again, system_id, pdu)

    # Inside

    def _again(self, system_id: str, pdu: DeliverSm) -> None:
        self.undelivered(system_id, pdu)
        self.room(system_id)

    def _respond(self, connection: _Connection, answer: Pdu) -> None:
        if self.options.round_trip:
            at = asyncio.get_running_loop().time() + self.options.round_trip
            self._answers.add(at, (connection, answer))
            self._arm()
        else:
            connection.respond(answer)

    def _send_receipt(self, taken: _Taken, step: Step) -> None:
        if not _asked_for(taken.registered, step):
            return
        waiting = self._waiting.setdefault(taken.system_id, deque(maxlen=_MAX_WAITING))
        waiting.append(self._deliver_sm(taken, step))

    def _deliver_sm(self, taken: _Taken, step: Step) -> DeliverSm:
        said = Receipt(
            message_id=taken.upstream_id,
            state=step.state,
            error=step.error,
            intermediate=step.intermediate,
            submit_date=_date(int(time.time() - (asyncio.get_running_loop().time() - taken.submitted))),
            done_date=_date(int(time.time())),
        )
        text = b"" if self.options.receipt == "tlv" else receipts.format(said, words="spec", dlvrd="dlvrd").encode()
        tlvs: Tlvs = () if self.options.receipt == "text" else receipts.tlvs_of(said)
        return DeliverSm(
            source_addr_ton=taken.destination[0],
            source_addr_npi=taken.destination[1],
            source_addr=taken.destination[2],
            dest_addr_ton=taken.source[0],
            dest_addr_npi=taken.source[1],
            destination_addr=taken.source[2],
            esm_class=ESM_CLASS_INTERMEDIATE if step.intermediate else ESM_CLASS_RECEIPT,
            short_message=text,
            tlvs=tlvs,
        )

    def _receiver(self, system_id: str) -> _Connection | None:
        """The receiving session with the most room: receipts spread equally."""
        able = [one for one in self._connections.get(system_id, ()) if one.room_for_receipts]
        return max(able, key=lambda one: one.room_for_receipts, default=None)

    def _arm(self) -> None:
        self._alarm.set(self._receipts.next())
        self._alarm.set(self._answers.next())

    def _due(self) -> None:
        now = asyncio.get_running_loop().time() + 0.0005
        for connection, answer in self._answers.due(now):
            connection.respond(answer)
        touched = set()
        for taken, step in self._receipts.due(now):
            self._send_receipt(taken, step)
            touched.add(taken.system_id)
        for system_id in touched:
            self.room(system_id)
        self._arm()


class _Connection(asyncio.Protocol):
    """One client; everything of one read is answered in one write."""

    def __init__(self, smsc: SimulatedSmsc) -> None:
        self._smsc = smsc
        self._session = Session(Side.SMSC, Limits(window=smsc.options.window))
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._flushing = False
        self._paused = False
        self.system_id = ""

    @property
    def room_for_receipts(self) -> int:
        return self._session.window_room if self._session.state in _RECEIVING and not self._paused else 0

    def deliver(self, pdu: DeliverSm) -> None:
        self._session.send(pdu, self._loop.time(), pdu)
        self._flush_soon()

    def respond(self, pdu: Pdu) -> None:
        self._session.respond(pdu, self._loop.time())
        self._flush_soon()

    def leave(self) -> None:
        if self._session.state in BOUND:
            self._session.unbind(self._loop.time())
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._session.opened(self._loop.time())
        self._timer = self._loop.call_later(_TICK_S, self._tick)

    def data_received(self, data: bytes) -> None:
        self._handle(self._session.receive(data, self._loop.time()))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._timer is not None:
            self._timer.cancel()
        self._smsc.gone(self)
        for event in self._session.closed(self._loop.time()):
            self._event(event)

    def pause_writing(self) -> None:
        """The client does not read: nor do we read what it sends."""
        self._paused = True
        assert self._transport is not None
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._paused = False
        assert self._transport is not None
        self._transport.resume_reading()
        self._smsc.room(self.system_id)

    def _tick(self) -> None:
        self._timer = self._loop.call_later(_TICK_S, self._tick)
        self._handle(self._session.tick(self._loop.time()))

    def _handle(self, events: list[Event]) -> None:
        for event in events:
            self._event(event)
        self._smsc.room(self.system_id)
        self._flush()
        for event in events:
            if isinstance(event, MustClose) and self._transport is not None:
                self._transport.close()

    def _event(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            self._request(event.pdu)
        elif isinstance(event, Unanswered) and isinstance(event.context, DeliverSm):
            self._smsc.undelivered(self.system_id, event.context)
        elif isinstance(event, ResponseReceived) and event.pdu.status == CommandStatus.ESME_RX_T_APPN:
            self._smsc.refused(self.system_id, cast("DeliverSm", event.context))

    def _request(self, pdu: Pdu) -> None:
        if isinstance(pdu, SubmitSm):
            self._smsc.submit(self, pdu)
        elif isinstance(pdu, Bind):
            self._bind(pdu)
            self._handle(self._session.tick(self._loop.time()))
        elif pdu.response is not None:
            status = _UNSUPPORTED.get(type(pdu), CommandStatus.ESME_RINVCMDID)
            self._session.respond(pdu.response(sequence=pdu.sequence, status=status), self._loop.time())

    def _bind(self, pdu: Bind) -> None:
        now = self._loop.time()
        status = self._smsc.bind(self, pdu)
        if status:
            self._session.refuse_bind(pdu, status, now)
            return
        self.system_id = pdu.system_id
        self._session.accept_bind(pdu, "Stentor", now)
        self._loop.call_soon(partial(self._smsc.room, self.system_id))

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        data = self._session.outgoing()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


def _asked_for(registered: int, step: Step) -> bool:
    """registered_delivery, SMPP 3.4 §5.2.17."""
    if step.intermediate:
        return bool(registered & _WANTED_INTERMEDIATE)
    wanted = registered & _WANTED
    return wanted == 1 or (wanted == _FAILURE_ONLY and step.state is not MessageState.DELIVERED)


@lru_cache(maxsize=64)
def _date(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%y%m%d%H%M")
