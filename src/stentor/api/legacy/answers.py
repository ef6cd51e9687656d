"""Answers to sending, in the words of each generation (003 §2.2.1.3, §2.2.2.3, `spec/wire.md` A3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape

import msgspec

from stentor.api.messages import Response
from stentor.catalogue.legacy import ResponseCode

CSV = "text/csv;charset=UTF-8"
"""What 003 prints above every answer."""
TEXT = "text/plain;charset=UTF-8"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NO_NUMBER = "000000000000"
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_encode = msgspec.json.Encoder().encode


class Result(msgspec.Struct, frozen=True):
    """What became of one recipient."""

    status: ResponseCode
    messageid: str = ""
    destination: str = ""

    @property
    def number(self) -> str:
        """Digits in any case: clients read a number there (`spec/wire.md` (b)10)."""
        digits = self.destination.strip().removeprefix("+")
        return digits if digits.isascii() and digits.isdigit() else _NO_NUMBER

    @property
    def good(self) -> bool:
        return self.status is ResponseCode.ALL_RECIPIENTS_PROCESSED


Written = Callable[[Sequence[Result]], tuple[str, bytes]]
"""Content type and body."""


def xml(results: Sequence[Result]) -> tuple[str, bytes]:
    """Line for line as long as the samples."""
    lines = "".join(
        f"<result>\n<status>{one.status}</status><messageid>{text(one.messageid)}</messageid>"
        f"<destination>{one.number}</destination></result>\n"
        for one in results
    )
    return CSV, f"{DECLARATION}<results>\n{lines}</results>\n".encode()


def json(results: Sequence[Result]) -> tuple[str, bytes]:
    """`status` is a text (`spec/wire.md` (b)10)."""
    rows = [
        _encode({"status": str(int(one.status)), "messageid": one.messageid, "destination": one.number})
        for one in results
    ]
    return CSV, b'{"results": [\n' + b",\n".join(rows) + b"\n]}"


def numbers(results: Sequence[Result]) -> tuple[str, bytes]:
    """The first generation of plain: a line for each recipient, its id or a negative code."""
    return TEXT, "\n".join(one.messageid if one.good else str(int(one.status)) for one in results).encode()


def text(value: str) -> str:
    """Inside an element."""
    return escape(_FORBIDDEN.sub("\ufffd", value))


def answer(written: tuple[str, bytes], status: int = 200) -> Response:
    headers = ((b"retry-after", b"5"),) if status in (429, 503) else ()
    return Response(status, written[1], written[0], headers)
