"""Letters beyond ASCII and blanks in the first line of a request, as clients of 2014 write them into URLs (samples of
003 §2.2.3 too), percent-encoded.

The parser knows none of them (RFC 9112 §3.2). Where a request begins and ends is left to the parser alone: it says
that a line may begin, and what is rewritten (octets from 0x80 on, and blanks between the method and the version of a
line that came whole) ends no line.
"""

from __future__ import annotations

import enum
import re

_BLANKS = 2
"""In a request line."""
_BEYOND = re.compile(rb"[\x80-\xff]+")
_VERSION = b"HTTP/1."
_EMPTY = b"\r\n"
"""Of empty lines, which may stand before a request."""


class Line(enum.Enum):
    """What the next octet of a connection is."""

    BEFORE = enum.auto()
    """Nothing of a request line has come."""
    WITHIN = enum.auto()
    PAST = enum.auto()
    """Of a head or a body; where requests follow each other in one read, of whatever follows the first."""


def encoded(octets: bytes, line: Line) -> bytes:
    """The request line in them percent-encoded, the rest as it is."""
    if line is Line.PAST:
        return octets
    end = _end(octets, line)
    if line is Line.BEFORE and octets.count(b" ", 0, max(end, 0)) > _BLANKS:
        octets = _unblanked(octets[:end]) + octets[end:]
        end = _end(octets, line)
    if octets.isascii():
        return octets
    first = octets if end < 0 else octets[:end]
    return octets if first.isascii() else _BEYOND.sub(_escaped, first) + octets[len(first) :]


def after(octets: bytes, line: Line) -> Line:
    """Where a request stands that did not get beyond its head with these octets."""
    if line is Line.BEFORE and not octets.strip(_EMPTY):
        return line
    return Line.WITHIN if line is not Line.PAST and _end(octets, line) < 0 else Line.PAST


def _end(octets: bytes, line: Line) -> int:
    begin = len(octets) - len(octets.lstrip(_EMPTY)) if line is Line.BEFORE else 0
    return octets.find(b"\n", begin)


def _unblanked(line: bytes) -> bytes:
    method, _, rest = line.partition(b" ")
    target, _, version = rest.rpartition(b" ")
    if not version.startswith(_VERSION) or target.startswith(b" "):
        return line
    return b" ".join((method, target.replace(b" ", b"%20"), version))


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"%" + found[0].hex("%").upper().encode()
