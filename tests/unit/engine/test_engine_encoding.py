from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.engine.encoding import parts_of
from stentor.text import segments
from stentor.text.datacoding import Alphabet
from support.making import message

ALPHABET = st.sampled_from("ab€[\u4f60\U0001f600\u00e9")
TEXTS = st.one_of(st.text(ALPHABET, max_size=600), st.integers(0, 500).map(lambda n: "a" * n))


@given(TEXTS, st.sampled_from([8, 16]), st.booleans())
def test_as_many_parts_as_were_counted(text: str, bits: Literal[8, 16], flash: bool) -> None:  # noqa: FBT001
    one = message(text=text, flash=flash)
    counted = segments.encode(text, reference_bits=bits)
    parts = parts_of(one, whole=False, reference_bits=bits)
    assert len(parts) == counted.count
    assert [part.number for part in parts] == list(range(1, counted.count + 1))
    assert {part.total for part in parts} == {counted.count}
    assert "".join(segments.decode(part.octets, counted.alphabet) for part in parts) == text
    assert {part.reference for part in parts} == {parts[0].reference}
    assert parts[0].reference < 1 << bits


@given(TEXTS)
def test_whole(text: str) -> None:
    parts = parts_of(message(text=text), whole=True, reference_bits=8)
    assert [(part.number, part.total) for part in parts] == [(1, 1)]
    assert segments.decode(parts[0].octets, segments.encode(text).alphabet) == text


@pytest.mark.parametrize(
    ("text", "flash", "coding"), [("a", False, 0), ("a", True, 240), ("\u4f60", False, 8), ("\u4f60", True, 24)]
)
def test_data_coding(text: str, coding: int, *, flash: bool) -> None:
    (part,) = parts_of(message(text=text, flash=flash), whole=False, reference_bits=8)
    assert part.data_coding == coding


def test_messages_in_a_row_have_different_references() -> None:
    references = {parts_of(message(), whole=False, reference_bits=8)[0].reference for _ in range(200)}
    assert len(references) == 200
    assert Alphabet.GSM7.single == 160
