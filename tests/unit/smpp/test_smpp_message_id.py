"""Upstreams' message ids in their various forms."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.smpp.message_id import Form, normal


@pytest.mark.parametrize(
    ("message_id", "form", "expected"),
    [
        ("00AB", "as_is", "00AB"),
        (" 00AB ", "as_is", "00AB"),
        ("00AB", "hex_to_dec", "171"),
        ("0171", "dec_to_hex", "ab"),
        ("not-hex", "hex_to_dec", "not-hex"),
        ("1_0", "hex_to_dec", "1_0"),
        ("12ab", "dec_to_hex", "12ab"),
        ("\u0663", "dec_to_hex", "\u0663"),
        ("", "dec_to_hex", ""),
    ],
)
def test_forms(message_id: str, form: Form, expected: str) -> None:
    assert normal(message_id, form) == expected


def test_zeros_and_case() -> None:
    assert normal("000AB0", strip_zeros=True) == "AB0"
    assert normal("000", strip_zeros=True) == "0"
    assert normal("", strip_zeros=True) == ""
    assert normal("00Ab", fold_case=True) == "00ab"
    assert normal("171", "dec_to_hex", strip_zeros=True, fold_case=True) == normal(
        "00AB", fold_case=True, strip_zeros=True
    )


@given(st.integers(0, 10**20))
def test_the_two_conversions_undo_each_other(number: int) -> None:
    assert normal(normal(str(number), "dec_to_hex"), "hex_to_dec") == str(number)


@given(st.text(max_size=70).filter(lambda text: not set(text.strip()) <= set(string.hexdigits)))
def test_what_is_no_number_stays_as_it_is(message_id: str) -> None:
    assert normal(message_id, "hex_to_dec") == normal(message_id, "dec_to_hex") == message_id.strip()
