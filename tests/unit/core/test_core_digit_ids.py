"""Ids of 18 digits for the legacy API (`spec/domain.md` 6)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.core.ids import BULK, Ids, first_at
from support.making import START

SECRET = b"s" * 32


def given_by(ids: Ids, now: int, count: int = 1) -> list[str]:
    return [ids.public(number) for number in ids.take_in_digits(now, count)]


def test_what_they_are_made_of() -> None:
    assert given_by(Ids(SECRET, node=7), START + 42, 2) == ["075061515064004200", "075061515064004201"]


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 500)), max_size=20))
def test_they_are_unique_and_ascend_whatever_the_clock_does(steps: list[tuple[int, int]]) -> None:
    ids, now, given_ids = Ids(SECRET), START, []
    for step, count in steps:
        now += step
        given_ids += given_by(ids, now, count)
        ids.take(now, count)
    assert all(re.fullmatch(r"\d{18}", one) for one in given_ids)
    assert given_ids == sorted(set(given_ids))


def test_they_follow_the_numbers_of_before_a_restart() -> None:
    before = Ids(SECRET)
    last = before.take(START + 60_000)[-1]
    assert given_by(Ids(SECRET, last=last), START) > given_by(Ids(SECRET), START + 59_000)


@given(st.integers(0, 10 * 365 * 86_400_000), st.integers(1, 250), st.integers(0, 7))
def test_there_and_back(later: int, count: int, node: int) -> None:
    ids = Ids(SECRET, node)
    numbers = ids.take_in_digits(START + later, count)
    assert [*numbers] == sorted(set(numbers))
    assert [ids.number(ids.public(number)) for number in numbers] == [*numbers]


def test_numbers_of_both_kinds_ascend_together() -> None:
    ids, numbers = Ids(SECRET), []
    for count in (1, 3, 250, 1):
        numbers += [*ids.take(START, count), *ids.take_in_digits(START, count)]
    assert numbers == sorted(set(numbers))
    assert [len(ids.public(number)) for number in (*ids.take(START), *ids.take_in_digits(START))] == [36, 18]


@pytest.mark.parametrize("text", ["09" + "5" * 16, "005023015064004200", "005061525064004200", "٠٠5061515064004200"])
def test_not_ours(text: str) -> None:
    assert Ids(SECRET, last=first_at(START)).number(text) is None


def test_digits_are_of_the_ten_years_that_end_with_the_next() -> None:
    number = Ids(SECRET).take_in_digits(START)[0]
    text = Ids(SECRET).public(number)
    nine, ten = (first_at(START + years * 366 * 86_400_000) for years in (8, 9))
    assert Ids(SECRET, last=nine).number(text) == number
    assert Ids(SECRET, last=ten).number(text) != number


def test_only_messages_are_shown_so() -> None:
    ids = Ids(SECRET)
    number = ids.take_in_digits(START)[0]
    assert ids.number(ids.public(number, BULK), BULK) == number


def test_another_platform_takes_them_by_a_name_that_no_other_installation_gives() -> None:
    """Two platforms make the same digits in the same millisecond, and may send to a third by the same account."""
    near, other = Ids(SECRET), Ids(b"t" * 32)
    (number,) = near.take_in_digits(START)
    assert near.public(number) == other.public(number)
    assert len({near.keyed(number), other.keyed(number), near.public(number)}) == 3
    assert (near.number(near.keyed(number)), other.number(near.keyed(number))) == (number, None)
    plain = near.take(START)[0]
    assert near.keyed(plain) == near.public(plain)
