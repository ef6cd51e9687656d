from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.core.pricing import Price, PriceList
from stentor.core.routing import RoutingTable, Rule, Target
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


def rule(name: str = "r", order: int = 1, connector: str = "c", **conditions: Any) -> Rule:
    return Rule(name=name, order=order, targets=(Target(connector),), **conditions)


@pytest.mark.parametrize("name", CONDITIONS)
def test_each_condition(name: str) -> None:
    holds, fails = CONDITIONS[name]
    for value, expected in ((holds, True), (fails, False), (None, True)):
        conditions: dict[str, Any] = {name: value}
        one = rule(**conditions)
        assert (not [*one.failing("acme", "Stentor", SWISS, SWISSCOM)]) is expected
        assert (RoutingTable([one]).route("acme", "Stentor", SWISS, SWISSCOM) is one) is expected


def test_all_conditions_together() -> None:
    conditions: dict[str, Any] = {name: values[0] for name, values in CONDITIONS.items()}
    one = rule(**conditions)
    table = RoutingTable([one])
    assert table.route("acme", "Stentor", SWISS, SWISSCOM) is one
    assert table.route("acme", "Stentor", SWISS, SUNRISE) is None


def test_the_first_rule_that_matches_decides() -> None:
    table = RoutingTable([rule("rest", 9, "c"), rule("swiss", 2, "b", country="CH"), rule("otp", 1, "a", sender="OTP")])
    routed = [table.route("acme", sender, SWISS, network) for sender, network in
              (("OTP", AMERICAN), ("X", SWISSCOM), ("X", AMERICAN))]  # fmt: skip
    assert [one.targets[0].connector for one in routed if one] == ["a", "b", "c"]


def test_rules_of_one_order_go_by_name() -> None:
    table = RoutingTable([rule("b", 1, country="CH"), rule("a", 1), rule("c", 0, country="US")])
    assert [one.name for one in table.rules] == ["c", "a", "b"]
    assert table.route("acme", "X", SWISS, SWISSCOM) is table.rules[1]


def test_no_route() -> None:
    assert RoutingTable([rule(country="US")]).route("a", "s", SWISS, SWISSCOM) is None
    assert RoutingTable([]).route("a", "s", SWISS, SWISSCOM) is None


def test_a_network_that_is_unknown_matches_no_network() -> None:
    assert RoutingTable([rule(mcc_mnc="31001")]).route("a", "s", "12025550100", AMERICAN) is None


def test_where_a_rule_leads() -> None:
    table = RoutingTable([rule("swiss", 1, "b")])
    assert table.targets("swiss") == (Target("b"),)
    assert table.targets("gone") == ()


def test_why() -> None:
    assert rule().why() == "every message"
    assert rule(country="CH", sender="A").why() == "country CH and sender A"


def test_why_others_did_not_match() -> None:
    rules = [
        rule("a", 1, account="other", sender="OTP"),
        rule("b", 2, prefix="4176"),
        rule("c", 3, mcc_mnc="31001", country="US"),
        rule("d", 4, country="CH"),
        rule("e", 5),
    ]
    routing = RoutingTable(rules).explain("acme", "Stentor", SWISS, SWISSCOM)
    assert routing.rule is rules[3]
    assert [(one.rule.name, one.because) for one in routing.before] == [
        ("a", "account is acme, not other and sender is Stentor, not OTP"),
        ("b", f"{SWISS} does not start with 4176"),
        ("c", "country is CH, not US and network is 22801, not 31001"),
    ]
    nowhere = RoutingTable([rule("c", 1, mcc_mnc="31001")]).explain("acme", "Stentor", SWISS, AMERICAN)
    assert nowhere.rule is None
    assert nowhere.before[0].because == "network is unknown, not 31001"


RULES = st.lists(
    st.builds(
        rule,
        st.text("abc", min_size=1, max_size=2),
        st.integers(1, 9),
        account=st.sampled_from([None, None, "acme", "other"]),
        country=st.sampled_from([None, None, "CH", "US"]),
        mcc_mnc=st.sampled_from([None, None, "22801", "22802"]),
        prefix=st.sampled_from([None, None, "", "4", "41", "4179", "41793026727", "417930267270"]),
        sender=st.sampled_from([None, None, "Stentor", "OTP"]),
    ),
    max_size=30,
    unique_by=lambda one: one.name,
)


@given(
    RULES,
    st.sampled_from(["acme", "other"]),
    st.sampled_from(["Stentor", "OTP"]),
    st.sampled_from([SWISS, "41760000000", "4", "12025550100"]),
    st.sampled_from([SWISSCOM, SUNRISE, AMERICAN]),
)
def test_the_index_finds_what_trying_each_rule_finds(
    rules: list[Rule], account: str, sender: str, recipient: str, network: Network
) -> None:
    table = RoutingTable(rules)
    tried = [one for one in table.rules if not [*one.failing(account, sender, recipient, network)]]
    found = table.route(account, sender, recipient, network)
    assert found is (tried[0] if tried else None)
    assert table.explain(account, sender, recipient, network).rule is found
