"""An SMSC that counts: every submit_sm of one read is answered in one write, receipts leave in batches.

`python -m bench.smsc '{"round_trip": 0.02}'` prints its port and answers `report`, `reset` and `phones` on stdin;
`phones` lets so many phones write as the option of that name says.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections import deque
from typing import cast

import msgspec
import uvloop

from bench import asked
from stentor.smpp import Framer, Pdu, decode, encode
from stentor.smpp.pdu import Bind, DeliverSm, SubmitSm
from stentor.smpp.receipt import ESM_CLASS_RECEIPT, MessageState, Receipt, tlvs_of
from stentor.smpp.receipt import format as receipt_text

_DELIVER_SM_RESP = b"\x80\x00\x00\x05"
_RECEIPT_EVERY_S = 0.01
_LEARNING = 0.05
"""Timers come late, a millisecond and more: answers are set as much earlier as the last ones were late."""
_FIRST_ID = 1_000_000_000
_ID, _NUMBER, _SEQUENCE = b"0000000000", b"41790000000", 0x7B7B7B7B
_ANSWER = struct.Struct(">IIII10sB")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """`port` 0: a free one. `receipt_delay` None: no receipts. `window`: deliver_sm without an answer per session."""

    port: int = 0
    round_trip: float = 0.0
    receipt_delay: float | None = 0.1
    window: int = 500
    phones: int = 0
    number: str = "7000"
    """That they write to."""


class Counted(msgspec.Struct):
    """`first` and `last`: monotonic seconds of the first and of the newest unique message."""

    submits: int = 0
    unique: int = 0
    duplicates: int = 0
    first: float = 0.0
    last: float = 0.0
    receipts: int = 0
    settled: int = 0
    """Receipts, and messages from phones, that the platform answered."""
    answered: float = 0.0
    """When it answered the newest of them."""
    round_trip_ms: float = 0.0
    began: float = 0.0
    """When phones began to write."""


class Smsc:
    def __init__(self, given: Options) -> None:
        self.options = given
        self.counted = Counted()
        self.round_trips: deque[float] = deque(maxlen=1000)
        self._seen: set[str] = set()
        self._next_id = _FIRST_ID
        self.to_come = 0
        """Messages from phones that are not sent yet."""
        self.phones = 0
        self.sessions: list[Session] = []

    def write(self) -> Counted:
        """Phones write, as fast as they are answered."""
        self.to_come = self.options.phones
        self.counted.began = time.monotonic()
        for session in self.sessions:
            session.send_inbound()
        return self.counted

    def take(self, destination: str, now: float) -> bytes:
        """Count a message; its upstream id."""
        counted = self.counted
        counted.submits += 1
        if destination in self._seen:
            counted.duplicates += 1
        else:
            self._seen.add(destination)
            counted.unique += 1
            counted.first = counted.first or now
            counted.last = now
        self._next_id += 1
        return b"%d" % self._next_id

    def report(self) -> Counted:
        if self.round_trips:
            self.counted.round_trip_ms = 1000 * sum(self.round_trips) / len(self.round_trips)
        return self.counted

    def reset(self) -> Counted:
        self.counted = Counted()
        self._seen.clear()
        return self.counted


class Session(asyncio.Protocol):
    def __init__(self, smsc: Smsc) -> None:
        self._smsc = smsc
        self._framer = Framer()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._answers: deque[tuple[float, bytes]] = deque()
        self._round_trip = smsc.options.round_trip
        self._receipts: deque[tuple[float, bytes, bytes]] = deque()
        self._unanswered = 0
        self._sequence = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._smsc.sessions.append(self)
        if self._smsc.options.receipt_delay is not None:
            self._timer = self._loop.call_later(_RECEIPT_EVERY_S, self._send_receipts)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        self._transport = None
        self._smsc.sessions.remove(self)
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        answers = []
        for frame in self._framer.feed(data):
            if frame[4:8] == _DELIVER_SM_RESP:
                self._unanswered -= 1
                self._smsc.counted.settled += 1
                self._smsc.counted.answered = now
                continue
            pdu = decode(frame)
            if isinstance(pdu, SubmitSm):
                answers.append(self._submit(pdu, now))
            elif pdu.response is not None:
                answers.append(_answer(pdu))
        self.send_inbound()
        if not answers:
            return
        if self._smsc.options.round_trip:
            self._answers.append((now, b"".join(answers)))
            self._loop.call_later(self._round_trip, self._send_answers)
        else:
            self._write(b"".join(answers))

    def _submit(self, pdu: SubmitSm, now: float) -> bytes:
        upstream_id = self._smsc.take(pdu.destination_addr, now)
        delay = self._smsc.options.receipt_delay
        if delay is not None and pdu.registered_delivery & 1:
            self._receipts.append((now + delay, upstream_id, pdu.destination_addr.encode()))
        return _ANSWER.pack(_ANSWER.size, SubmitSm.response.command_id, 0, pdu.sequence, upstream_id, 0)

    def _send_answers(self) -> None:
        """The oldest read's."""
        came, answers = self._answers.popleft()
        took = time.monotonic() - came
        self._round_trip -= _LEARNING * (took - self._smsc.options.round_trip)
        self._smsc.round_trips.append(took)
        self._write(answers)

    def _send_receipts(self) -> None:
        self._timer = self._loop.call_later(_RECEIPT_EVERY_S, self._send_receipts)
        now = time.monotonic()
        out = []
        while self._receipts and self._receipts[0][0] <= now and self._unanswered < self._smsc.options.window:
            _, upstream_id, number = self._receipts.popleft()
            self._sequence += 1
            self._unanswered += 1
            out.append(_RECEIPT % (self._sequence.to_bytes(4, "big"), number, upstream_id, upstream_id))
        if out:
            self._smsc.counted.receipts += len(out)
            self._write(b"".join(out))

    def send_inbound(self) -> None:
        """Messages from phones, while there is room for them."""
        smsc, out = self._smsc, []
        while smsc.to_come and self._unanswered < smsc.options.window:
            smsc.to_come -= 1
            smsc.phones += 1
            self._sequence += 1
            self._unanswered += 1
            sender = b"%011d" % (41_790_000_000 + smsc.phones)
            out.append(_INBOUND % (self._sequence.to_bytes(4, "big"), sender))
        if out:
            self._write(b"".join(out))

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)


def _answer(pdu: Pdu) -> bytes:
    assert pdu.response is not None
    if isinstance(pdu, Bind):
        return encode(pdu.response(sequence=pdu.sequence, system_id="bench"))
    return encode(pdu.response(sequence=pdu.sequence))


def _receipt_template() -> bytes:
    """deliver_sm with holes for sequence_number, number, and the id in the text and in its TLV."""
    said = Receipt(
        message_id=_ID.decode(), state=MessageState.DELIVERED, submit_date="2601010000", done_date="2601010000"
    )
    pdu = DeliverSm(
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr=_NUMBER.decode(),
        dest_addr_ton=5,
        destination_addr="InfoSMS",
        esm_class=ESM_CLASS_RECEIPT,
        short_message=receipt_text(said, words="spec", dlvrd="dlvrd").encode(),
        tlvs=tlvs_of(said),
    )
    template = encode(pdu, _SEQUENCE).replace(b"%", b"%%")
    for hole in (_SEQUENCE.to_bytes(4, "big"), _NUMBER, _ID):
        template = template.replace(hole, b"%b")
    return template


_RECEIPT = _receipt_template()
_INBOUND = b""


def _inbound_template(number: str) -> bytes:
    """deliver_sm with holes for sequence_number and the phone's number."""
    pdu = DeliverSm(
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr=_NUMBER.decode(),
        dest_addr_ton=1,
        destination_addr=number,
        short_message=b"QUIZ the answer is Paris",
    )
    template = encode(pdu, _SEQUENCE).replace(b"%", b"%%")
    for hole in (_SEQUENCE.to_bytes(4, "big"), _NUMBER):
        template = template.replace(hole, b"%b")
    return template


async def main(given: Options) -> None:
    global _INBOUND  # noqa: PLW0603 - the number is an option
    _INBOUND = _inbound_template(given.number)
    smsc = Smsc(given)
    server = await asyncio.get_running_loop().create_server(lambda: Session(smsc), "127.0.0.1", given.port)
    asked.say(server.sockets[0].getsockname()[1])
    await asked.answer({"report": smsc.report, "reset": smsc.reset, "phones": smsc.write})


if __name__ == "__main__":
    chosen = asked.options(Options)
    # uvloop's timers are whole milliseconds from a cached time: too coarse for a round trip.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop if chosen.round_trip else uvloop.new_event_loop) as runner:
        runner.run(main(chosen))
