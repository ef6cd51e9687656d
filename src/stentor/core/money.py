"""Amounts of money as whole millionths of the currency unit ("micros"), so that sums are exact.

0.01 EUR is 10_000. Documents print prices as plain decimals (`spec/wire.md` (c)19).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache

MICROS = 1_000_000
_HUNDREDTH = MICROS // 100
LARGEST = 1_000_000_000
"""Units in one amount: thousands of such amounts still add up within 64 bits."""


def parse(text: str | float | Decimal) -> int:
    """Micros of a decimal such as `"0.0125"`; `ValueError` for what is finer than a millionth or over `LARGEST`."""
    try:
        amount = Decimal(str(text))
    except InvalidOperation:
        raise ValueError(f"{str(text)[:40]!r} is not an amount; write a decimal such as 0.01") from None
    if not amount.is_finite() or amount.copy_abs() > LARGEST:
        raise ValueError(f"{str(text)[:40]!r} is not finite, or more than an amount may be, {LARGEST:,}")
    micros = amount * MICROS
    if micros != micros.to_integral_value():
        raise ValueError(f"{str(text)[:40]!r} has more than 6 decimals")
    return int(micros)


def hundredths(micros: int) -> int:
    """The price multiplied by 100 and rounded: "for compatibility reasons" a whole number (003 §3.2 table 14)."""
    return (micros + _HUNDREDTH // 2) // _HUNDREDTH


@lru_cache(maxsize=4096)
def plain(micros: int) -> str:
    """Plain decimal text without exponent or trailing zeros: 10_000 is `0.01`, 0 is `0`."""
    sign = "-" if micros < 0 else ""
    whole, rest = divmod(abs(micros), MICROS)
    decimals = f"{rest:06d}".rstrip("0")
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"
