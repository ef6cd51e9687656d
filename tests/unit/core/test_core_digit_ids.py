"""Ids of 18 digits for the legacy API (`spec/domain.md` 6)."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from stentor.core.ids import Ids
from support.making import START

SECRET = b"s" * 32


def test_what_they_are_made_of() -> None:
    first, second = Ids(SECRET, node=7).digits(START + 42, 2)
    assert (first, second) == ("075061515064004200", "075061515064004201")


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 500)), max_size=20))
def test_they_are_unique_and_ascend_whatever_the_clock_does(steps: list[tuple[int, int]]) -> None:
    ids, now, given_ids = Ids(SECRET), START, []
    for step, count in steps:
        now += step
        given_ids += ids.digits(now, count)
    assert all(re.fullmatch(r"\d{18}", one) for one in given_ids)
    assert given_ids == sorted(set(given_ids))


def test_they_follow_the_numbers_of_before_a_restart() -> None:
    before = Ids(SECRET)
    last = before.take(START + 60_000)[-1]
    assert Ids(SECRET, last=last).digits(START)[0] > Ids(SECRET).digits(START + 59_000)[0]
