"""Damaged PDUs: whatever comes, the answer is a record, a DecodeError or a FramingError."""

from __future__ import annotations

import random

import pytest
from pair import Pair
from smpp_cases import CASES

from stentor.smpp import DecodeError, Framer, FramingError, LocalProtocolError, Session, Side, decode, encode
from stentor.smpp import pdu as p
from stentor.smpp.events import RequestReceived
from stentor.smpp.receipt import read

FRAMES = [octets for octets, _ in CASES.values()]
INTERESTING = b"\x00\x01\x04\x05\x21\x7f\x80\xfe\xff"


def damaged(chance: random.Random) -> bytes:
    """One of the cases with some octets changed, cut out or put in; its length mostly made right again."""
    octets = bytearray(chance.choice(FRAMES))
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(4, len(octets) + 1)
        action = chance.randrange(4)
        if action == 0:
            octets[at:at] = bytes(chance.choices(INTERESTING, k=chance.randint(1, 20)))
        elif action == 1:
            del octets[at : at + chance.randint(1, 8)]
        else:
            octets[at : at + 1] = bytes([chance.choice(INTERESTING) if action == 2 else chance.randrange(256)])
    if chance.random() < 0.95:
        octets[:4] = len(octets).to_bytes(4, "big")
    return bytes(octets)


def fuzz_codec(count: int) -> None:
    chance = random.Random(34)
    for _ in range(count):
        octets = damaged(chance)
        try:
            frames = Framer().feed(octets)
        except FramingError:
            continue
        for frame in frames:
            try:
                pdu = decode(frame)
            except DecodeError:
                continue
            if isinstance(pdu, p.DeliverSm | p.DataSm):
                read(pdu)
            assert decode(encode(pdu)) == decode(encode(decode(encode(pdu))))


def fuzz_session(count: int) -> None:
    chance = random.Random(43)
    for side in Side:
        pair = Pair.bound()
        session = pair.smsc if side is Side.SMSC else pair.esme
        for now in range(count // 2):
            for event in session.receive(damaged(chance), now):
                if isinstance(event, RequestReceived) and event.pdu.response is not None:
                    session.respond(event.pdu.response(sequence=event.pdu.sequence), now)
            session.outgoing()
            if session.state.value in ("unbound", "unbinding"):
                session = _again(side)


def _again(side: Side) -> Session:
    pair = Pair.bound()
    return pair.smsc if side is Side.SMSC else pair.esme


def test_damaged_pdus() -> None:
    fuzz_codec(20_000)


def test_damaged_streams() -> None:
    fuzz_session(5_000)


@pytest.mark.long
def test_a_million_damaged_pdus() -> None:
    fuzz_codec(1_000_000)


@pytest.mark.long
def test_very_many_damaged_streams() -> None:
    fuzz_session(200_000)


def test_local_mistakes_are_told_from_the_peers() -> None:
    with pytest.raises(LocalProtocolError):
        Session(Side.ESME).send(p.SubmitSm(), 0.0)
