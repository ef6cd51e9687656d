from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.core.money import hundredths, parse, plain


@pytest.mark.parametrize(
    ("text", "micros"),
    [("0", 0), ("1", 1_000_000), ("0.01", 10_000), ("0.000001", 1), ("-2.5", -2_500_000), ("1e-6", 1), (0.1, 100_000)],
)
def test_parse(text: str | float, micros: int) -> None:
    assert parse(text) == micros


NONE = ["", "x", "0.0000001", "NaN", "sNaN", "inf", "-Infinity", "1,5", "0x1"]
NONE += ["1e-999999", "1000000000.000001", "-1000000001", "1e300000", "1e999999", "1e9999999999999999999"]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|decimals"):
        parse(text)


def test_the_largest_amount() -> None:
    assert parse("1000000000") == -parse("-1e9") == 10**15


@pytest.mark.parametrize(
    ("micros", "text"),
    [(0, "0"), (10_000, "0.01"), (1, "0.000001"), (-1, "-0.000001"), (1_000_000, "1"), (10_500_000, "10.5")],
)
def test_plain(micros: int, text: str) -> None:
    assert plain(micros) == text


@pytest.mark.parametrize(
    ("micros", "whole"), [(0, 0), (1_000_000, 100), (10_000, 1), (5_000, 1), (4_999, 0), (14_999, 1), (15_000, 2)]
)
def test_hundredths(micros: int, whole: int) -> None:
    assert hundredths(micros) == whole


@given(st.integers(-(10**15), 10**15))
def test_there_and_back(micros: int) -> None:
    assert parse(plain(micros)) == micros
    assert Decimal(plain(micros)) * 1_000_000 == micros
    assert "E" not in plain(micros)
