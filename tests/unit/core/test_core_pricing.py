"""Whose list decides, and which line of it."""

from __future__ import annotations

from itertools import product

import pytest

from stentor.core.pricing import Price, PriceList
from stentor.numbering import Network

SWISSCOM = Network("CH", "Switzerland", "41", "79", "Swisscom", "228", "01")
SUNRISE = Network("CH", "Switzerland", "41", "76", "Sunrise", "228", "02")
UNKNOWN = Network("CH", "Switzerland", "41", "", "", "228", None)
SATELLITE = Network("", "Inmarsat", "870", "", "", None, None)

IN_ORDER = [(name, where) for name in ("@acme", "standard") for where in ("22801", "CH", "*")]
"""The lines that can decide for acme to Swisscom, the nearest first."""


@pytest.mark.parametrize("there", list(product((True, False), repeat=6)))
def test_the_own_list_goes_before_the_plan_and_the_network_before_the_country(there: tuple[bool, ...]) -> None:
    lines = [
        Price(*line, micros) for micros, (line, is_there) in enumerate(zip(IN_ORDER, there, strict=True)) if is_there
    ]
    prices = PriceList(reversed(lines))
    assert prices.found("standard", SWISSCOM, "acme") == (lines[0] if lines else None)


def test_a_price_of_nothing_in_the_own_list_is_a_price() -> None:
    prices = PriceList([Price("standard", "22801", 5), Price("@acme", "*", 0)])
    assert prices.of("standard", SWISSCOM, "acme") == 0
    assert prices.of("standard", SWISSCOM, "other") == 5
    assert prices.of("standard", SWISSCOM) == 5


def test_a_plan_is_not_the_own_list_of_an_account_of_its_name() -> None:
    prices = PriceList([Price("@gold", "*", 1), Price("gold", "*", 2)])
    assert prices.of("gold", SWISSCOM, "acme") == 2
    assert prices.of("gold", SWISSCOM, "gold") == 1


def test_what_is_not_known_of_a_network_matches_no_line() -> None:
    prices = PriceList([Price("standard", "22801", 1), Price("standard", "CH", 2)])
    assert prices.of("standard", UNKNOWN) == 2
    assert prices.of("standard", SATELLITE) is None
    prices.put(Price("standard", "*", 3))
    assert prices.of("standard", SATELLITE) == 3


def test_lines_come_change_and_go() -> None:
    prices = PriceList()
    assert prices.of("standard", SUNRISE) is None
    prices.put(Price("standard", "CH", 1))
    prices.put(Price("standard", "CH", 2))
    assert prices.of("standard", SUNRISE) == 2
    prices.drop(Price("standard", "CH", 2))
    prices.drop(Price("standard", "CH", 2))
    prices.drop(Price("none", "CH", 2))
    assert prices.of("standard", SUNRISE) is None
