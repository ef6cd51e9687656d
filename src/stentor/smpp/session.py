"""One SMPP session, either side of it: octets in, events and octets out; `now` is an argument (SMPP 3.4 §2).

The owner moves octets: `receive` takes what came, `tick` is due at `deadline`, and what `outgoing` holds is written
after each of them. Nothing here waits, so an answer is as early as the owner's next write.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar

import msgspec

from .codec import decode, encode
from .errors import DecodeError, FramingError, LocalProtocolError, RemoteProtocolError, WindowFull
from .events import (
    BindRefused,
    Bound,
    Event,
    MustClose,
    PduRejected,
    PeerSilent,
    RequestReceived,
    ResponseReceived,
    SessionInitTimeout,
    Unanswered,
    UnbindReceived,
    Unbound,
    UnexpectedResponse,
)
from .framing import MAX_PDU, Framer
from .outstanding import COUNTED, Outstanding
from .pdu import (
    BY_ID,
    PDUS,
    Bind,
    BindResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Pdu,
    Unbind,
    UnbindResp,
    is_response,
)
from .state import BOUND, OVER, Side, State, after, may_send
from .status import CommandStatus
from .tlv import Tag, integer

if TYPE_CHECKING:
    from collections.abc import Callable

INTERFACE_VERSION = 0x34
_OWN = object()  # the context of what the session itself sent
_LINK = frozenset({EnquireLink, EnquireLinkResp})  # keeping the link up is no activity (SMPP 3.4 §7.2)
_BINDS = frozenset(pdu for pdu in PDUS if issubclass(pdu, Bind))
_PROBE = frozenset({EnquireLink})
_AUTOMATIC = frozenset({EnquireLinkResp, UnbindResp})

_Kinds = frozenset[type[Pdu]]
_SENDABLE: dict[tuple[Side, State], _Kinds] = {
    (side, state): frozenset(pdu for pdu in PDUS if may_send(side, state, pdu.command_id))
    for side in Side
    for state in State
}
_ALL_REQUESTS = frozenset(pdu for pdu in PDUS if not is_response(pdu.command_id))
_REQUESTS = {key: kinds & _ALL_REQUESTS for key, kinds in _SENDABLE.items()}
_ANSWERS = {key: kinds - _ALL_REQUESTS - _AUTOMATIC for key, kinds in _SENDABLE.items()}
# What goes straight to the owner, who owes an answer to it.
_ASKED = {key: kinds & COUNTED for key, kinds in _SENDABLE.items()}


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The timers of SMPP 3.4 §7.2 in seconds (None: off), and the sizes."""

    window: int = 50
    response_timer: float = 30.0
    enquire_link_timer: float | None = 30.0
    inactivity_timer: float | None = None
    session_init_timer: float | None = 10.0
    max_pdu: int = MAX_PDU


class _Farewell(msgspec.Struct, frozen=True):
    """The last that the peer hears: the answer to its unbind, or to octets in which no PDU can be found any more."""

    octets: bytes
    since: float
    reason: str


class Session:
    """The protocol of one connection; which side it plays is an argument."""

    def __init__(self, side: Side, limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
        self.side = side
        self.limits = limits  # the owner may put others once it knows the account; max_pdu stays
        self._framer = Framer(limits.max_pdu)
        self._outstanding = Outstanding()
        self._out: list[bytes] = []
        self._owed = self._given = 0
        self._held: deque[tuple[int, bytes]] = deque()  # refusals, each behind so many answers of the owner's
        self._bind: Bind | None = None  # SMSC: received, and not answered yet
        self._early: list[bytes] = []  # what came behind it: what may be asked depends on the answer
        self._farewell: _Farewell | None = None  # kept until nothing is owed
        self._late: list[Event] = []  # what came of calls that return no events
        self._opened_at: float | None = None
        self._heard_at = self._active_at = self._now = 0.0
        self._enter(State.OPEN)

    # What the owner may look at

    @property
    def state(self) -> State:
        return self._state

    @property
    def outstanding(self) -> int:
        """Our requests without a response, those that take a place in the window."""
        return self._outstanding.counted

    @property
    def window_room(self) -> int:
        return max(0, self.limits.window - self._outstanding.counted)

    @property
    def oldest(self) -> float | None:
        """When the oldest of our requests was sent that has no response yet."""
        return self._outstanding.oldest()

    @property
    def owed(self) -> int:
        """The peer's requests that wait for `respond`, and refused ones behind them: the measure for when to stop
        reading (SMPP 3.4 §2.7.1).
        """
        return self._owed + len(self._held)

    @property
    def deciding(self) -> bool:
        """A bind waits for its answer, and all that comes behind it too."""
        return self._bind is not None

    def outgoing(self) -> bytes:
        """All octets to write since the last call."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    # The connection

    def opened(self, now: float) -> None:
        """The connection stands: session_init_timer runs from here, whatever comes in."""
        self._opened_at = self._heard_at = self._active_at = self._now = now

    def closed(self, now: float) -> list[Event]:
        """The connection is gone: the owner's outstanding requests stay unanswered."""
        self._now = now
        self._enter(State.CLOSED)
        self._late.clear()
        self._out.clear()
        self._held.clear()
        self._early.clear()
        events: list[Event] = []
        for sequence in self._outstanding:
            sent = self._outstanding.drop(sequence)
            if sent.context is not _OWN:
                events.append(Unanswered(sequence, sent.context))
        return events

    def receive(self, data: bytes | bytearray | memoryview, now: float) -> list[Event]:
        """What came from the peer: all PDUs of one chunk, in one loop."""
        self._now = now
        events, self._late = self._late, []
        broken = None
        try:
            frames = self._framer.feed(data)
        except FramingError as error:
            frames, broken = error.frames, error
        if frames:
            self._heard_at = now
            self._take(frames, events)
        if broken is not None and not self._over:
            self._unreadable(broken, events)
        return events

    def _take(self, frames: list[bytes], events: list[Event]) -> None:
        for place, frame in enumerate(frames):
            if self._over:
                return
            if self._bind is not None:
                self._early += frames[place:]
                return
            try:
                pdu = decode(frame)
            except DecodeError as error:
                self._undecodable(error, events)
                continue
            if type(pdu) in self._asked:
                self._active_at = self._now
                self._owed += 1
                events.append(RequestReceived(pdu))
            else:
                self._other(pdu, events)

    # Sending

    def send(self, pdu: Pdu, now: float, context: object = None) -> int:
        """Ask the peer; the answer comes as ResponseReceived with this context. The sequence number is given here."""
        kind = type(pdu)
        outstanding = self._outstanding
        if kind not in self._requests:
            raise LocalProtocolError(f"{kind.__name__} may not be sent by the {self.side.name} in {self._state.name}")
        if kind in COUNTED and outstanding.counted >= self.limits.window:
            raise WindowFull(f"{outstanding.counted} requests are outstanding")
        if kind in _BINDS and outstanding.holds(_BINDS):
            raise LocalProtocolError("a bind is under way")
        sequence = outstanding.next_sequence()
        self._out.append(encode(pdu, sequence))
        self._now = now
        if kind not in _LINK:
            self._active_at = now
        if kind.response is not None:
            outstanding.add(sequence, kind, context, now)
        if kind not in COUNTED:
            self._move(kind)
        return sequence

    def respond(self, pdu: Pdu, now: float) -> None:
        """Answer a request of the peer; pdu.sequence is the request's.

        A session that ended in the meantime swallows it: the peer left while its request was being stored, which is
        no mistake of the owner's, and nobody is there to tell.
        """
        if self._over:
            return
        kind = type(pdu)
        if kind not in self._answers:
            raise LocalProtocolError(f"{kind.__name__} may not be sent by the {self.side.name} in {self._state.name}")
        self._now = self._active_at = now
        if isinstance(pdu, BindResp) or (self._bind is not None and self._bind.sequence == pdu.sequence):
            self._answer_bind(pdu)
            return
        self._out.append(encode(pdu))
        if self._owed:
            self._owed -= 1
            self._given += 1
            while self._held and self._held[0][0] <= self._given:
                self._out.append(self._held.popleft()[1])
        if self._farewell is not None and not self._owed:
            self._let_go(self._late)

    def accept_bind(self, pdu: Bind, system_id: str, now: float) -> None:
        """SMSC: the ESME is bound. A peer older than 3.4 is sent no TLV (SMPP 3.4 §3.4)."""
        tlvs = (integer(Tag.SC_INTERFACE_VERSION, INTERFACE_VERSION),)
        modern = pdu.interface_version >= INTERFACE_VERSION
        self.respond(pdu.response(sequence=pdu.sequence, system_id=system_id, tlvs=tlvs if modern else ()), now)

    def refuse_bind(self, pdu: Bind, status: int, now: float) -> None:
        """SMSC: the ESME is not bound and may try again; whether to close is the owner's decision."""
        self.respond(pdu.response(sequence=pdu.sequence, status=status), now)

    def unbind(self, now: float) -> None:
        """Leave: nothing new goes out, answers still come and go, then Unbound and MustClose (SMPP 3.4 §4.2)."""
        if self._state in BOUND:
            self.send(Unbind(), now, _OWN)
        elif self._state is not State.UNBINDING and not self._over:
            self._now = now
            self._end(MustClose("not bound"), self._late)

    # Time

    def deadline(self) -> float | None:
        """When `tick` is due next; None when nothing is awaited."""
        if self._late:
            return self._now
        if self._over:
            return None
        dues = [due for due in [timer(self) for timer, _ in self._TIMERS] if due is not None]
        return min(dues, default=None)

    def tick(self, now: float) -> list[Event]:
        """Do what is due, and hand over what earlier calls left."""
        self._now = now
        events, self._late = self._late, []
        for timer, act in self._TIMERS:
            if self._over:
                break
            due = timer(self)
            if due is not None and due <= now:
                act(self, events)
        return events

    def _init_due(self) -> float | None:
        waiting = self.side is Side.SMSC and self._state in (State.OPEN, State.OUTBOUND)
        return _sum(self._opened_at, self.limits.session_init_timer) if waiting else None

    def _not_bound(self, events: list[Event]) -> None:
        self._end(SessionInitTimeout(), events)

    def _farewell_due(self) -> float | None:
        return self._farewell.since + self.limits.response_timer if self._farewell else None

    def _response_due(self) -> float | None:
        return _sum(self._outstanding.oldest(), self.limits.response_timer)

    def _responses_missing(self, events: list[Event]) -> None:
        for sequence in self._outstanding.overdue(self.limits.response_timer, self._now):
            if not self._over:
                self._unanswered(sequence, events)

    def _inactivity_due(self) -> float | None:
        return _sum(self._active_at, self.limits.inactivity_timer) if self._state in BOUND else None

    def _inactive(self, _events: list[Event]) -> None:
        self.unbind(self._now)

    def _probe_due(self) -> float | None:
        if self._state not in BOUND or self._outstanding.holds(_PROBE):
            return None
        return _sum(self._heard_at, self.limits.enquire_link_timer)

    def _probe(self, _events: list[Event]) -> None:
        self.send(EnquireLink(), self._now, _OWN)

    # What came, out of the ordinary

    def _other(self, pdu: Pdu, events: list[Event]) -> None:
        kind = type(pdu)
        if kind not in _LINK:
            self._active_at = self._now
        if is_response(kind.command_id):
            self._answered(pdu, events)
        elif kind not in self._expected or (kind in _BINDS and self._bind is not None):
            self._out_of_place(pdu, events)
        elif kind is EnquireLink:
            self._out.append(encode(EnquireLinkResp(sequence=pdu.sequence)))
        elif kind is Unbind:
            self._unbind_received(pdu, events)
        else:
            self._bind = pdu if isinstance(pdu, Bind) else self._bind
            self._move(kind)
            events.append(RequestReceived(pdu))

    def _answered(self, pdu: Pdu, events: list[Event]) -> None:
        sent = self._outstanding.take(pdu)
        if sent is None:
            events.append(UnexpectedResponse(pdu))
        elif sent.request in _BINDS:
            self._bind_answered(pdu, events)
        elif sent.request is Unbind:
            events.append(Unbound())
            self._end(MustClose("unbound"), events)
        elif sent.context is not _OWN:
            events.append(ResponseReceived(pdu, sent.context, sent.at))

    def _out_of_place(self, pdu: Pdu, events: list[Event]) -> None:
        """The operation's own response says so (SMPP 3.4 §2.3): 0x5 to a second bind, 0x4 to all else."""
        again = isinstance(pdu, Bind) and self.side is Side.SMSC and (self._bind is not None or self._state in BOUND)
        status = CommandStatus.ESME_RALYBND if again else CommandStatus.ESME_RINVBNDSTS
        message = f"{type(pdu).__name__} in {self._state.name}"
        self._reject(RemoteProtocolError(message, status, pdu.command_id, pdu.sequence), events)

    def _undecodable(self, error: DecodeError, events: list[Event]) -> None:
        if not is_response(error.command_id):
            self._reject(error, events)
            return
        events.append(PduRejected(error))  # nacking a response would start a loop
        kind = BY_ID.get(error.command_id)
        if kind is not None and self._outstanding.waits_for(error.sequence, kind):
            self._unanswered(error.sequence, events)

    def _reject(self, error: RemoteProtocolError, events: list[Event]) -> None:
        kind = BY_ID.get(error.command_id)
        answer = GenericNack if kind is None else kind.response
        if answer is not None:
            self._refuse(encode(answer(sequence=error.sequence, status=error.status)))
        events.append(PduRejected(error))

    def _refuse(self, octets: bytes) -> None:
        """In its turn: clients stumble over answers in another order than they asked (SMPP 3.4 §2.7.1)."""
        if self._owed:
            self._held.append((self._given + self._owed, octets))
        else:
            self._out.append(octets)

    def _unreadable(self, error: FramingError, events: list[Event]) -> None:
        """An ESME leaves at once: its upstream sends again what was not answered. An SMSC answers first."""
        events.append(PduRejected(error))
        if self._farewell is None:
            nack = encode(GenericNack(sequence=error.sequence, status=error.status))
            self._farewell = _Farewell(nack, self._now, "bad command_length")
        if self._owed and self.side is Side.SMSC:
            self._enter(State.UNBINDING)
        else:
            self._let_go(events)

    def _unanswered(self, sequence: int, events: list[Event]) -> None:
        sent = self._outstanding.drop(sequence)
        if sent.context is not _OWN:
            events.append(Unanswered(sequence, sent.context))
        if sent.request is EnquireLink:
            self._end(PeerSilent(), events)
        elif sent.request is Unbind:
            self._end(MustClose("unbind unanswered"), events)
        elif sent.request in _BINDS:
            self._end(MustClose("bind unanswered"), events)

    # The moves

    def _enter(self, state: State) -> None:
        self._state = state
        self._over = state in OVER
        self._requests = _REQUESTS[self.side, state]
        self._answers = _ANSWERS[self.side, state]
        self._asked = _ASKED[self.side.other, state]
        self._expected = _REQUESTS[self.side.other, state]

    def _move(self, kind: type[Pdu]) -> None:
        state = after(self._state, kind.command_id)
        if state is not self._state:
            self._enter(state)

    def _end(self, event: MustClose, events: list[Event]) -> None:
        self._enter(State.UNBOUND)
        events.append(event)

    def _answer_bind(self, pdu: Pdu) -> None:
        bind = self._bind
        if bind is None or bind.sequence != pdu.sequence or type(pdu) not in (bind.response, GenericNack):
            raise LocalProtocolError(f"{type(pdu).__name__} answers no bind")
        self._out.append(encode(pdu))
        self._bind = None
        if type(pdu) is not GenericNack and pdu.status == CommandStatus.ESME_ROK:
            self._heard_at = self._now
            self._move(type(pdu))
        early, self._early = self._early, []
        self._take(early, self._late)

    def _bind_answered(self, pdu: Pdu, events: list[Event]) -> None:
        if isinstance(pdu, BindResp) and pdu.status == CommandStatus.ESME_ROK:
            self._move(type(pdu))
            events.append(Bound(pdu))
        elif isinstance(pdu, BindResp | GenericNack):
            events.append(BindRefused(pdu))

    def _unbind_received(self, pdu: Pdu, events: list[Event]) -> None:
        """The answer waits for the answers to what was asked before it, so that none of them is lost."""
        events.append(UnbindReceived())
        self._farewell = _Farewell(encode(UnbindResp(sequence=pdu.sequence)), self._now, "the peer unbound")
        self._move(Unbind)
        if not self._owed:
            self._let_go(events)

    def _let_go(self, events: list[Event]) -> None:
        assert self._farewell is not None
        self._out.append(self._farewell.octets)
        self._end(MustClose(self._farewell.reason), events)

    _TIMERS: ClassVar[tuple[tuple[Callable[[Session], float | None], Callable[[Session, list[Event]], None]], ...]] = (
        (_init_due, _not_bound),
        (_farewell_due, _let_go),
        (_response_due, _responses_missing),
        (_inactivity_due, _inactive),
        (_probe_due, _probe),
    )


def _sum(moment: float | None, timer: float | None) -> float | None:
    return None if moment is None or timer is None else moment + timer
