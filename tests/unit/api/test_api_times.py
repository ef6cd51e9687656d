"""Times as the v1 API prints them."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.api.v1 import times
from stentor.api.v1.times import Times

OFFSETS = {text: Times(text) for text in ("+0000", "+0100", "+0545", "-0330", "-1200", "+1400")}


@given(st.integers(0, 250_000_000_000_000), st.sampled_from(sorted(OFFSETS)))
def test_what_is_printed_is_read_back(milliseconds: int, offset: str) -> None:
    text = OFFSETS[offset].text(milliseconds)
    assert times.read("from", text) == milliseconds
    moment = OFFSETS[offset].moment(milliseconds)
    assert text == f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}{offset}"
    assert datetime.fromisoformat(text) is not None


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(-1, "1969-12-31T23:59:59.999+0000"), (-62_135_596_800_000, "0001-01-01T00:00:00.000+0000")],
)
def test_before_1970(milliseconds: int, text: str) -> None:
    assert OFFSETS["+0000"].text(milliseconds) == text
