"""Mutated PDUs, at the codec and at a session on either side: whatever comes is a record, a named error or an answer.

`corpus/pdus.json` holds at least one PDU of every kind. Each input goes through framing and decoding, and then to an
SMSC and to an ESME in some state; what they answer is held against what `spec/smpp.md` says.
"""

from __future__ import annotations

import json
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stentor.smpp import (
    DecodeError,
    Framer,
    FramingError,
    LocalProtocolError,
    Pdu,
    Session,
    Side,
    decode,
    encode,
)
from stentor.smpp import pdu as p
from stentor.smpp.codec import message_of
from stentor.smpp.events import Event, MustClose, PduRejected, RequestReceived, UnbindReceived
from stentor.smpp.framing import MAX_PDU
from stentor.smpp.pdu import BY_ID, PDUS, is_response
from stentor.smpp.receipt import read
from stentor.smpp.state import BOUND, OVER, State
from stentor.smpp.status import CommandStatus

_WRITTEN = json.loads((Path(__file__).parent / "corpus" / "pdus.json").read_text(encoding="utf-8"))
SEEDS = [bytes.fromhex(written) for written in _WRITTEN.values()]
INTERESTING = b"\x00\x01\x04\x05\x10\x21\x40\x7f\x80\xfe\xff"
LENGTHS = (0, 1, 4, 15, 16, 17, 255, 65_535, MAX_PDU, MAX_PDU + 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
IDS = [int(kind.command_id) for kind in PDUS] + [0, 0x0A, 0x8000000A, 0x10200, 0x7FFFFFFF, 0xFFFFFFFF]
NAMED = frozenset(CommandStatus) - {CommandStatus.ESME_ROK}
RSS_GROWTH_KIB = 30_000


def test_every_kind_is_in_the_corpus() -> None:
    assert {type(decode(octets)) for octets in SEEDS} == set(PDUS)


class Mutator:
    """The same inputs for the same number."""

    def __init__(self, number: int) -> None:
        self._chance = random.Random(number)
        self._ways: list[Callable[[bytearray], None]] = [
            *(self._flip, self._overwrite, self._insert, self._cut_out, self._cut_off, self._splice),
            *(self._tlv, self._tlv_length, self._command_id, self._length),
        ]

    def __call__(self) -> bytes:
        chance = self._chance
        octets = bytearray(chance.choice(SEEDS))
        honest = chance.random() < 0.85
        for way in chance.choices(self._ways, k=chance.randint(1, 4)):
            way(octets)
        if honest and len(octets) >= 4:
            octets[:4] = len(octets).to_bytes(4, "big")
        return bytes(octets)

    def _flip(self, octets: bytearray) -> None:
        for _ in range(self._chance.randint(1, 8)):
            if octets:
                octets[self._at(octets)] ^= 1 << self._chance.randrange(8)

    def _overwrite(self, octets: bytearray) -> None:
        if octets:
            octets[self._at(octets)] = self._chance.choice(INTERESTING)

    def _insert(self, octets: bytearray) -> None:
        at = self._chance.randint(0, len(octets))
        octets[at:at] = bytes(self._chance.choices(INTERESTING, k=self._chance.randint(1, 40)))

    def _cut_out(self, octets: bytearray) -> None:
        at = self._chance.randint(0, len(octets))
        del octets[at : at + self._chance.randint(1, 12)]

    def _cut_off(self, octets: bytearray) -> None:
        del octets[self._chance.randint(0, len(octets)) :]

    def _splice(self, octets: bytearray) -> None:
        """The beginning of this one and the end of another."""
        other = self._chance.choice(SEEDS)
        octets[self._chance.randint(0, len(octets)) :] = other[self._chance.randint(0, len(other)) :]

    def _tlv(self, octets: bytearray) -> None:
        """One more optional parameter, whose length may be a lie."""
        tag = self._chance.choice((0x0424, 0x001E, 0x0427, 0x0423, 0x020C, 0x1403, self._chance.randrange(0x10000)))
        length = self._chance.choice((0, 1, 2, 4, 255, 65_535, self._chance.randrange(64)))
        octets += tag.to_bytes(2, "big") + length.to_bytes(2, "big") + bytes(self._chance.randrange(12))

    def _tlv_length(self, octets: bytearray) -> None:
        """Some two octets of the second half, where lengths of optional parameters stand."""
        at = self._chance.randint(len(octets) // 2, len(octets))
        octets[at : at + 2] = self._chance.choice((0, 1, 0xFF, 0xFFFF, self._chance.randrange(64))).to_bytes(2, "big")

    def _command_id(self, octets: bytearray) -> None:
        octets[4:8] = self._chance.choice(IDS).to_bytes(4, "big")

    def _length(self, octets: bytearray) -> None:
        near = len(octets) + self._chance.randint(-20, 20)
        octets[:4] = self._chance.choice((*LENGTHS, max(near, 0))).to_bytes(4, "big")

    def _at(self, octets: bytearray) -> int:
        return self._chance.randrange(len(octets))


Read = Pdu | DecodeError


def framed(octets: bytes) -> tuple[list[bytes], FramingError | None]:
    """The frames of a stream that begins here; an impossible length ends it with the error that the peer is told."""
    try:
        return Framer().feed(octets), None
    except FramingError as error:
        broken = error
    at = sum(map(len, broken.frames))
    length = int.from_bytes(octets[at : at + 4], "big")
    assert not 16 <= length <= MAX_PDU
    assert broken.status is CommandStatus.ESME_RINVCMDLEN
    assert broken.sequence == (int.from_bytes(octets[at + 12 : at + 16], "big") if length >= 16 else 0)
    return broken.frames, broken


def codec(frame: bytes) -> Read:
    """What a frame is; a record survives being written and read again, and says what its content is."""
    command_id, sequence = int.from_bytes(frame[4:8], "big"), int.from_bytes(frame[12:16], "big")
    try:
        pdu: Read = decode(frame)
    except DecodeError as error:
        pdu = error
    assert (int(pdu.command_id), pdu.sequence) == (command_id, sequence)
    if isinstance(pdu, DecodeError):
        assert pdu.status in NAMED
        assert (pdu.status == CommandStatus.ESME_RINVCMDID) is (command_id not in BY_ID)
        return pdu
    again = decode(encode(pdu))
    assert decode(encode(again)) == again
    if isinstance(pdu, p.DeliverSm | p.DataSm):
        read(pdu)
    if isinstance(pdu, p.SubmitSm | p.DeliverSm | p.SubmitMulti | p.DataSm | p.ReplaceSm):
        assert len(message_of(pdu)) < len(frame)
    return pdu


class Owner:
    """Whoever runs a session: answers what it is asked, asks something now and then, and opens a new one at the end."""

    def __init__(self, side: Side, number: int) -> None:
        self._side = side
        self._chance = random.Random(number)
        self._now = 0.0
        self._session = self._fresh()
        self.answers = 0
        self.ended = 0

    def take(self, frame: bytes, meant: Read) -> None:
        """One whole PDU; `meant` is what the codec says of it."""
        events = self._session.receive(frame, self._now)
        answers = written_by(self._session)
        check_answers(meant, events, answers)
        self.answers += len(answers)
        self._go_on(events)

    def take_stream(self, octets: bytes, broken: FramingError | None) -> None:
        """A stream in pieces. An impossible length is answered with a generic_nack after what was asked before it, and
        the session is over.
        """
        session = self._session = self._fresh()
        at = self._chance.randint(0, len(octets))
        events = [*session.receive(octets[:at], self._now), *session.receive(octets[at:], self._now)]
        for event in events:  # which grow: what comes behind a bind waits for its answer
            if isinstance(event, RequestReceived):
                self._answer(event.pdu)
                events += session.tick(self._now)
        answers = written_by(session)
        if broken is not None:
            (end,) = [event for event in events if isinstance(event, MustClose)]
            assert session.state in OVER
            if end.reason == "bad command_length":  # and not an unbind before it
                assert answers[-1] == p.GenericNack(sequence=broken.sequence, status=CommandStatus.ESME_RINVCMDLEN)
            self.ended += end.reason == "bad command_length"
        assert all(is_response(answer.command_id) for answer in answers)
        self._go_on([])
        self._session = self._fresh()

    def _go_on(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, RequestReceived):
                self._answer(event.pdu)
        if self._chance.random() < 0.05:
            self._now += self._chance.choice((0.1, 10.0, 31.0))
            self._session.tick(self._now)
            self._ask()
        written_by(self._session)
        if self._session.state in OVER or self._chance.random() < 0.02:
            self._session.closed(self._now)
            self._session = self._fresh()

    def _answer(self, request: Pdu) -> None:
        session = self._session
        if isinstance(request, p.Bind) and session.state not in OVER:
            session.accept_bind(request, "smsc", self._now)
        elif request.response is not None:
            session.respond(request.response(sequence=request.sequence), self._now)

    def _ask(self) -> None:
        """So that responses find requests that wait for them, among them those with the corpus's numbers."""
        kinds = (p.SubmitSm, p.DataSm, p.QuerySm) if self._side is Side.ESME else (p.DeliverSm, p.DataSm)
        for _ in range(self._chance.randint(0, 12)):
            if self._session.state in BOUND and self._session.window_room:
                try:
                    self._session.send(self._chance.choice(kinds)(), self._now)
                except LocalProtocolError:  # not in this kind of bind
                    return
        if self._chance.random() < 0.05:
            self._session.unbind(self._now)

    def _fresh(self) -> Session:
        """Open, binding, or bound in one of the three ways."""
        session = Session(self._side)
        session.opened(self._now)
        bind = self._chance.choice((None, p.BindTransmitter, p.BindReceiver, p.BindTransceiver))
        if bind is None:
            return session
        if self._side is Side.SMSC:
            (event,) = session.receive(encode(bind(system_id="esme"), 1), self._now)
            assert isinstance(event, RequestReceived)
            self._session = session
            self._answer(event.pdu)
        else:
            sequence = session.send(bind(system_id="esme"), self._now)
            if self._chance.random() < 0.9:
                session.receive(encode(bind.response(system_id="smsc"), sequence), self._now)
        session.outgoing()
        return session


def written_by(session: Session) -> list[Pdu]:
    """What the session wrote can be read."""
    octets = session.outgoing()
    return [decode(frame) for frame in Framer().feed(octets)] if octets else []


def check_answers(meant: Read, events: list[Event], answers: list[Pdu]) -> None:
    """At most one answer, to this very PDU; none to a response, whatever is wrong with it (`spec/smpp.md` 1)."""
    rejected = [event.error for event in events if isinstance(event, PduRejected)]
    if is_response(meant.command_id):
        assert answers == []
        assert len(rejected) == isinstance(meant, DecodeError)
        return
    kind = BY_ID.get(meant.command_id)
    answering = p.GenericNack if kind is None else kind.response
    if isinstance(meant, DecodeError):
        assert [(error.status, error.sequence) for error in rejected] == [(meant.status, meant.sequence)]
        expected = [] if answering is None else [answering(sequence=meant.sequence, status=meant.status)]
        assert answers == expected
    elif rejected:
        (error,) = rejected
        assert error.status in (CommandStatus.ESME_RINVBNDSTS, CommandStatus.ESME_RALYBND)
        assert answers == ([] if answering is None else [answering(sequence=meant.sequence, status=error.status)])
    elif isinstance(meant, p.EnquireLink):
        assert answers == [p.EnquireLinkResp(sequence=meant.sequence)]
    elif isinstance(meant, p.Unbind):
        assert any(isinstance(event, UnbindReceived) for event in events)
        assert answers in ([], [p.UnbindResp(sequence=meant.sequence)])
    else:
        assert (events, answers) == ([RequestReceived(meant)], [])


def fuzz(count: int, number: int) -> dict[str, int]:
    """How many of `count` inputs held records, errors or an impossible length; what sessions answered and ended for."""
    mutated = Mutator(number)
    owners = [Owner(Side.SMSC, number), Owner(Side.ESME, number)]
    tally = {"records": 0, "errors": 0, "broken": 0}
    for done in range(count):
        octets = mutated()
        try:
            one(octets, owners, tally)
        except Exception as error:
            raise AssertionError(f"input {done} of {number}: {octets.hex()}") from error
    return {**tally, "answers": sum(o.answers for o in owners), "ended": sum(o.ended for o in owners)}


def one(octets: bytes, owners: list[Owner], tally: dict[str, int]) -> None:
    frames, broken = framed(octets)
    tally["broken"] += broken is not None
    for frame in frames:
        meant = codec(frame)
        tally["errors" if isinstance(meant, DecodeError) else "records"] += 1
        for owner in owners:
            owner.take(frame, meant)
    if broken is not None or not frames:
        for owner in owners:
            owner.take_stream(octets, broken)


def test_mutated_pdus() -> None:
    tally = fuzz(20_000, 1)
    assert min(tally.values()) > 1_000, tally


@pytest.mark.long
def test_a_million_mutated_pdus(capsys: pytest.CaptureFixture[str]) -> None:
    """In ten runs; after the first the process stays as large as it is."""
    tally: dict[str, int] = {}
    started = time.perf_counter()
    sizes = []
    for number in range(10):
        for name, value in fuzz(100_000, number).items():
            tally[name] = tally.get(name, 0) + value
        sizes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    rate = 1_000_000 / (time.perf_counter() - started)
    with capsys.disabled():
        print(f"\n1,000,000 mutated PDUs at {rate:,.0f}/s: {tally}, RSS {sizes[0]:,} to {sizes[-1]:,} KiB")  # noqa: T201
    assert sizes[-1] - sizes[0] < RSS_GROWTH_KIB


def test_an_announced_length_reserves_nothing() -> None:
    """16 octets that promise the largest PDU, again and again: what is kept is what came."""
    framer = Framer()
    header = MAX_PDU.to_bytes(4, "big") + bytes(12)
    assert framer.feed(header) == []
    assert len(framer._rest) == 16
    for octets in ((MAX_PDU + 1).to_bytes(4, "big"), (0xFFFFFFFF).to_bytes(4, "big"), bytes(4)):
        with pytest.raises(FramingError):
            Framer().feed(octets + bytes(12))


@pytest.mark.parametrize("side", Side)
def test_a_response_is_never_answered(side: Side) -> None:
    """Two sides that answered each other's mistakes would never stop."""
    for state in (State.OPEN, State.BOUND_TRX):
        owner = Owner(side, 7)
        while owner._session.state is not state:
            owner._session = owner._fresh()
        for kind in PDUS:
            if is_response(kind.command_id):
                frame = encode(kind(sequence=77)) + b"\xff" * 70
                frame = len(frame).to_bytes(4, "big") + frame[4:]
                owner._session.receive(frame, 0.0)
                assert owner._session.outgoing() == b""
