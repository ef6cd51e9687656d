"""Answers to sending, in the words of each generation (003 §2.2.1.3, §2.2.2.3, `spec/wire.md` A3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

import msgspec

from stentor.api import errors
from stentor.api.messages import Response
from stentor.catalogue.legacy import ResponseCode
from stentor.core.errors import Refusal

CSV = "text/csv;charset=UTF-8"
"""What 003 prints above every answer."""
TEXT = "text/plain;charset=UTF-8"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NO_NUMBER = "000000000000"
_LONGEST = 18
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CR = {"\r": "&#13;"}
"""Which a parser would take for a line feed."""
_IN_QUOTES = {**_CR, '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_encode = msgspec.json.Encoder().encode


class Result(msgspec.Struct, frozen=True):
    """What became of one recipient."""

    status: ResponseCode
    messageid: str = ""
    """Empty where it was refused."""
    destination: str = ""
    given: str = ""
    """The client's own id."""

    @property
    def number(self) -> str:
        """Digits in any case: clients read a number of 64 bits there (`spec/wire.md` (b)10)."""
        digits = self.destination.strip().removeprefix("+")
        return digits if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST else _NO_NUMBER

    @property
    def good(self) -> bool:
        return self.status is ResponseCode.ALL_RECIPIENTS_PROCESSED


Written = Callable[[Sequence[Result]], tuple[str, bytes]]
"""Content type and body."""


def xml(results: Sequence[Result]) -> tuple[str, bytes]:
    """Line for line as long as the samples; a client's own id is there of what was refused too (003 §2.2.1.3)."""
    lines = [
        f"<result>\n<status>{one.status}</status><messageid>{text(one.messageid or one.given)}</messageid>"
        f"<destination>{one.number}</destination></result>\n"
        for one in results
    ]
    return CSV, f"{DECLARATION}<results>\n{''.join(lines)}</results>\n".encode()


def json(results: Sequence[Result]) -> tuple[str, bytes]:
    """`status` is a text, and what was refused has no id (`spec/wire.md` (b)10). As long as the samples, which have the
    line ends of Windows here.
    """
    rows = [
        _encode({"status": str(int(one.status)), "messageid": one.messageid, "destination": one.number})
        for one in results
    ]
    return CSV, b'{"results": [\r\n' + b",\r\n".join(rows) + b"\r\n]}"


def numbers(results: Sequence[Result]) -> tuple[str, bytes]:
    """The first generation of plain: a line for each recipient, its id or a negative code. Its clients on Windows take
    the first line by their own line end.
    """
    return TEXT, "\r\n".join(one.messageid if one.good else str(int(one.status)) for one in results).encode()


def text(value: str) -> str:
    """Inside an element."""
    return value if value.isalnum() else escape(_FORBIDDEN.sub("\ufffd", value), _CR)


def attribute(value: str) -> str:
    """Between double quotes: clients look for them with patterns. Line ends and tabs stay what they are."""
    return escape(_FORBIDDEN.sub("\ufffd", value), _IN_QUOTES)


class Http(NamedTuple):
    """The status and the headers of an answer whose body has the words of its dialect."""

    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = ()


FINE = Http()
FAULT = Http(500)


def of_refusal(refusal: Refusal) -> Http:
    """429 or 503, and when to try again."""
    refused = errors.of_refusal(refusal)
    return Http(refused.status, refused.headers)


def answer(written: tuple[str, bytes], http: Http = FINE) -> Response:
    return Response(http.status, written[1], written[0], http.headers)
