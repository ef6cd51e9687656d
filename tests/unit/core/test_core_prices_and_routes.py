from __future__ import annotations

import pytest

from stentor.core.pricing import Price, PriceList
from stentor.core.routing import RoutingTable, Rule
from stentor.numbering import Network
from support.making import SWISS

SWISSCOM = Network("CH", "Switzerland", "41", "79", "Swisscom", "228", "01")
SUNRISE = Network("CH", "Switzerland", "41", "76", "Sunrise", "228", "02")
AMERICAN = Network("US", "United States", "1", "", "", "310", None)


def test_the_nearest_price_wins() -> None:
    prices = PriceList([Price("p", "*", 1), Price("p", "CH", 2), Price("p", "22801", 3), Price("q", "22802", 0)])
    assert prices.of("p", SWISSCOM) == 3
    assert prices.of("p", SUNRISE) == 2
    assert prices.of("p", AMERICAN) == 1
    assert prices.of("q", SUNRISE) == 0
    assert prices.of("q", SWISSCOM) is None
    assert prices.of("none", SWISSCOM) is None


def test_a_price_of_nothing_is_a_price() -> None:
    assert PriceList([Price("p", "*", 1), Price("p", "CH", 0)]).of("p", SWISSCOM) == 0


CONDITIONS = {
    "account": ("acme", "other"),
    "country": ("CH", "US"),
    "mcc_mnc": ("22801", "22802"),
    "prefix": ("4179", "4176"),
    "sender": ("Stentor", "Else"),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_each_condition(name: str) -> None:
    holds, fails = CONDITIONS[name]
    for value, expected in ((holds, True), (fails, False), (None, True)):
        rule = Rule(name="r", order=1, connector="c", **{name: value})
        assert rule.matches("acme", "Stentor", SWISS, SWISSCOM) is expected


def test_all_conditions_together() -> None:
    rule = Rule(name="r", order=1, connector="c", **{name: values[0] for name, values in CONDITIONS.items()})
    assert rule.matches("acme", "Stentor", SWISS, SWISSCOM)
    assert not rule.matches("acme", "Stentor", SWISS, SUNRISE)


def test_the_first_rule_that_matches_decides() -> None:
    table = RoutingTable(
        [
            Rule(name="rest", order=9, connector="c"),
            Rule(name="swiss", order=2, connector="b", country="CH"),
            Rule(name="otp", order=1, connector="a", sender="OTP"),
        ]
    )
    routed = [table.route("acme", sender, SWISS, network) for sender, network in
              (("OTP", AMERICAN), ("X", SWISSCOM), ("X", AMERICAN))]  # fmt: skip
    assert [rule.connector for rule in routed if rule] == ["a", "b", "c"]


def test_no_route() -> None:
    assert RoutingTable([Rule(name="r", order=1, connector="c", country="US")]).route("a", "s", SWISS, SWISSCOM) is None
    assert RoutingTable([]).route("a", "s", SWISS, SWISSCOM) is None


def test_why() -> None:
    assert Rule(name="r", order=1, connector="c").why() == "every message"
    assert Rule(name="r", order=1, connector="c", country="CH", sender="A").why() == "country CH and sender A"
