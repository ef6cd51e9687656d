"""The stream, cut where the network likes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpp_cases import CASES

from stentor.smpp import Framer, FramingError

FRAMES = [octets for octets, _ in CASES.values()]
STREAM = b"".join(FRAMES)


def chunks(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


@given(st.lists(st.integers(min_value=0)))
def test_any_cut_gives_the_same_frames(cuts: list[int]) -> None:
    framer = Framer()
    assert [frame for chunk in chunks(STREAM, cuts) for frame in framer.feed(chunk)] == FRAMES


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_octet_by_octet(kind: type[bytes]) -> None:
    framer = Framer()
    assert [frame for at in range(len(STREAM)) for frame in framer.feed(kind(STREAM[at : at + 1]))] == FRAMES


def test_the_largest_pdu() -> None:
    octets = (100).to_bytes(4, "big") + bytes(96)
    assert Framer(max_pdu=100).feed(octets) == [octets]


@pytest.mark.parametrize("length", [0, 1, 15])
def test_too_short_has_no_sequence_number(length: int) -> None:
    with pytest.raises(FramingError) as caught:
        Framer().feed(FRAMES[0] + length.to_bytes(4, "big") + bytes(11) + b"\7")
    assert (caught.value.sequence, caught.value.frames, caught.value.status) == (0, [FRAMES[0]], 2)


@pytest.mark.parametrize("length", [101, 70_000, 0xFFFFFFFF])
@given(st.lists(st.integers(0, 40)))
def test_too_long_is_refused_at_its_header(length: int, cuts: list[int]) -> None:
    framer = Framer(max_pdu=100)
    stream = FRAMES[0] + length.to_bytes(4, "big") + bytes.fromhex("00000004 00000000 00000007")
    frames: list[bytes] = []
    with pytest.raises(FramingError) as caught:
        frames.extend(frame for chunk in chunks(stream, cuts) for frame in framer.feed(chunk))
    assert caught.value.sequence == 7
    assert frames + caught.value.frames == [FRAMES[0]]


def test_nothing_follows_a_broken_stream() -> None:
    framer = Framer()
    with pytest.raises(FramingError):
        framer.feed(bytes(16))
    assert framer.feed(STREAM) == []


def test_a_web_browser_is_refused() -> None:
    with pytest.raises(FramingError):
        Framer().feed(b"GET / HTTP/1.1\r\nHost: smsc\r\n\r\n")
