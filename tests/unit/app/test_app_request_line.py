"""Raw letters in a request line are percent-encoded, wherever reads cut it, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.app.request_line import Line, after, encoded

HEAD = b"GET /x?a=\xc4\x8d&b=\xe8 HTTP/1.1\r\nX: \xe9\r\n"
CLEAN = b"GET /x?a=%C4%8D&b=%E8 HTTP/1.1\r\nX: \xe9\r\n"


def _read(octets: bytes, cut: int) -> bytes:
    """As a connection gives them to the parser, in two reads."""
    first, rest = octets[:cut], octets[cut:]
    return encoded(first, Line.BEFORE) + encoded(rest, after(first, Line.BEFORE))


@pytest.mark.parametrize("before", [b"", b"\r\n", b"\r\n\r\n"])
def test_wherever_it_is_cut(before: bytes) -> None:
    for cut in range(len(before + HEAD) + 1):
        assert _read(before + HEAD, cut) == before + CLEAN, cut


WORDS = st.sampled_from([b"GET", b" ", b"  ", b"/x?a=b", b"HTTP/1.1", b"\r\n", b"\n", b"\xe9", b":"])


@given(st.binary() | st.lists(WORDS).map(b"".join), st.sampled_from(Line))
def test_what_ends_things_stays(octets: bytes, line: Line) -> None:
    """Line ends, colons and everything else of ASCII but blanks: the parser finds the same ends with it and without."""
    rewritten = b"% 0123456789ABCDEF"
    ascii_only = bytes(octet for octet in encoded(octets, line) if octet not in rewritten and octet < 0x80)
    assert ascii_only == bytes(octet for octet in octets if octet not in rewritten and octet < 0x80)
    assert line is not Line.PAST or encoded(octets, line) == octets


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"GET /x?a=b  c &d HTTP/1.1\r\nX: a b c\r\n", b"GET /x?a=b%20%20c%20&d HTTP/1.1\r\nX: a b c\r\n"),
        (b"\r\nGET /x?a= \xe8 HTTP/1.0\n", b"\r\nGET /x?a=%20%E8 HTTP/1.0\n"),
        (b"GET /x?a= b", b"GET /x?a= b"),
        (b"GET  / HTTP/1.1\r\n", b"GET  / HTTP/1.1\r\n"),
        (b"GET /a b HTTP/2.0\r\n", b"GET /a b HTTP/2.0\r\n"),
        (b"GET / HTTP/1.1\r\nGET /a b HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nGET /a b HTTP/1.1\r\n"),
    ],
)
def test_blanks(octets: bytes, expected: bytes) -> None:
    assert encoded(octets, Line.BEFORE) == expected


@pytest.mark.parametrize(
    ("octets", "line", "expected"),
    [
        (b"", Line.BEFORE, Line.BEFORE),
        (b"\r\n", Line.BEFORE, Line.BEFORE),
        (b"GET", Line.BEFORE, Line.WITHIN),
        (b"\r", Line.WITHIN, Line.WITHIN),
        (b"\nX: y", Line.WITHIN, Line.PAST),
        (b"GET / HTTP/1.1\r\n", Line.BEFORE, Line.PAST),
        (b"GET", Line.PAST, Line.PAST),
    ],
)
def test_where_it_stands(octets: bytes, line: Line, expected: Line) -> None:
    assert after(octets, line) is expected
