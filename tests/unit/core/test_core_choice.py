"""Shares by weight, and what is chosen when connectors are in trouble."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.core.choice import Choice, Shares
from stentor.core.content import Content
from stentor.core.planning import Planner
from stentor.core.routing import Rule, Target
from stentor.core.rulebook import Rulebook
from support.making import ACME, SWISS, book


def rule(*targets: tuple[str, int], name: str = "r") -> Rule:
    return Rule(name=name, order=1, targets=tuple(Target(*target) for target in targets))


def chosen(choice: Choice, one: Rule, times: int) -> list[str]:
    return [choice.of(one)[0] for _ in range(times)]


def test_seven_and_three_of_every_ten() -> None:
    choice, one = Choice(), rule(("a", 70), ("b", 30))
    for _ in range(3):
        assert Counter(chosen(choice, one, 10)) == {"a": 7, "b": 3}


def test_shares_are_well_mixed() -> None:
    assert chosen(Choice(), rule(("a", 2), ("b", 1)), 6) == ["a", "b", "a", "a", "b", "a"]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=5).filter(any))
def test_every_round_is_exact(weights: list[int]) -> None:
    choice, one = Choice(), rule(*((str(place), weight) for place, weight in enumerate(weights)))
    counted = Counter(chosen(choice, one, sum(weights)))
    assert counted == {str(place): weight for place, weight in enumerate(weights) if weight}


def test_weight_0_only_when_no_other_is_available() -> None:
    troubles: dict[str, str] = {}
    choice, one = Choice(troubles.get), rule(("a", 1), ("b", 0), ("c", 0))
    assert choice.of(one) == ("a", "a")
    troubles["a"] = "down: link lost"
    assert choice.of(one) == ("b", "b, for a is down: link lost")
    troubles["b"] = "throttled"
    assert choice.of(one) == ("c", "c, for a is down: link lost and b is throttled")


def test_the_others_share_what_one_would_have_had() -> None:
    troubles = {"a": "down"}
    choice, one = Choice(troubles.get), rule(("a", 50), ("b", 25), ("c", 25))
    assert Counter(chosen(choice, one, 10)) == {"b": 5, "c": 5}
    troubles.clear()
    assert Counter(chosen(choice, one, 8)) == {"a": 4, "b": 2, "c": 2}


def test_when_none_is_available_it_waits_by_weight() -> None:
    choice, one = Choice(lambda _: "down"), rule(("a", 1), ("b", 1), ("c", 0))
    assert choice.of(one) == ("a", "a, though a is down and b is down and c is down")
    assert chosen(choice, one, 3) == ["b", "a", "b"]


def test_a_single_target_waits_for_itself() -> None:
    one = rule(("a", 1))
    assert Choice().of(one) == ("a", "a")
    assert Choice(lambda _: "throttled").of(one) == ("a", "a, though a is throttled")


def test_only_targets_of_weight_0() -> None:
    assert chosen(Choice(), rule(("a", 0), ("b", 0)), 3) == ["a", "a", "a"]
    assert chosen(Choice(lambda _: "down"), rule(("a", 0), ("b", 0)), 2) == ["a", "a"]


@pytest.mark.parametrize(("weights", "said"), [((70, 30), " (weight 70 of 100)"), ((1, 0), "")])
def test_the_share_is_told(weights: tuple[int, int], said: str) -> None:
    assert Choice().of(rule(("a", weights[0]), ("b", weights[1]))) == ("a", f"a{said}")


def test_rules_have_shares_of_their_own_and_new_targets_begin_anew() -> None:
    shares, both = Shares(), [True, True]
    one, other = rule(("a", 1), ("b", 1)).targets, rule(("b", 1), ("c", 1)).targets
    first = [shares.next(name, targets, both) for name, targets in (("r", one), ("s", one), ("r", other))]
    assert [target.connector for target in first if target] == ["a", "a", "b"]


def test_none_is_usable() -> None:
    assert Shares().next("r", rule(("a", 1), ("b", 0)).targets, [False, False]) is None


def test_a_plan_says_which_target_and_why() -> None:
    both = rule(("net", 1), ("wide", 0), name="all")
    rulebook = Rulebook(book(both), wide=lambda connector: connector == "wide")
    troubles: dict[str, str] = {}
    rulebook.choice.trouble = troubles.get
    planner = Planner(rulebook, ACME, "Stentor", Content("a" * 306))
    plan = planner.plan(SWISS)
    assert (plan.connector, plan.rule, plan.parts) == ("net", "all", 2)
    assert plan.reason.startswith("rule 'all' (every message) leads to net; CH ")
    troubles["net"] = "down: link lost"
    plan = planner.plan(SWISS)
    assert (plan.connector, plan.parts) == ("wide", 3)
    assert plan.reason.startswith("rule 'all' (every message) leads to wide, for net is down: link lost; CH ")
