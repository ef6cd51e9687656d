"""Price lists as CSV: the forms that spreadsheets write, and mistakes told with their line."""

from __future__ import annotations

import pytest

from stentor.api.admin.prices import lines
from stentor.core.errors import InvalidField
from stentor.core.pricing import Price

WANTED = [Price("own", "22801", 12_500), Price("own", "CH", 10_000)]


@pytest.mark.parametrize(
    "body",
    [
        b"where,price\n22801,0.0125\nch,0.01\n",
        b"where,price\r\n22801,0.0125\r\n\r\nCH,0.01",
        b"where,price\r22801,0.0125\rCH,0.01\r",
        b"\xef\xbb\xbfPrice;Name;MCCMNC\n0.0125;Swisscom;22801\n0.01;Switzerland;CH\n",
        b'where\tprice\n"22801"\t"0.0125"\nCH\t0.01\n',
    ],
    ids=["plain", "Windows", "old Mac", "spreadsheet", "tabs and quotes"],
)
def test_what_spreadsheets_write(body: bytes) -> None:
    assert list(lines("own", body)) == WANTED


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"", "line 1"),
        (b"\xff", "body"),
        (b"22801,0.01\n", "line 1"),
        (b"where,price\nCH\n", "line 2"),
        (b"where,price\nCH,0.01\nDE,x\n", "line 3"),
        (b"where,price\nCH,-1\n", "line 2"),
        (b"where,price\nCH,1e999999\n", "line 2"),
        (b"where,price\nCH,1\nch,2\n", "line 3"),
        (b'where,price\n"' + b"x" * 200_000 + b'",1\n', "line 2"),
    ],
    ids=["empty", "no text", "no header", "short", "no amount", "below nothing", "huge", "twice", "field too long"],
)
def test_a_mistake_is_told_with_its_line(body: bytes, line: str) -> None:
    with pytest.raises(InvalidField) as refused:
        list(lines("own", body))
    assert refused.value.field == line
