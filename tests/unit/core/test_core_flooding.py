from __future__ import annotations

import pytest
from msgspec.structs import replace

from stentor.core.flooding import Flooding
from support.making import ACME, HOUR, OTHER, START, SWISS


def _refused(flooding: Flooding, account: object, numbers: list[str], now: int = START) -> list[bool]:
    return [flooding.refuses(account, number, now) is not None for number in numbers]  # type: ignore[arg-type]


def test_one_number_too_often_and_an_hour_later_again() -> None:
    account, flooding = replace(ACME, per_number=2), Flooding()
    assert _refused(flooding, account, [SWISS] * 3) == [False, False, True]
    assert _refused(flooding, replace(OTHER, per_number=2), [SWISS]) == [False]
    assert _refused(flooding, account, [SWISS] * 2, START + HOUR // 2) == [False, True]


def test_a_block_of_numbers_too_often() -> None:
    account, flooding = replace(ACME, per_block=3), Flooding()
    assert _refused(flooding, account, [f"4179302{n:04d}" for n in (1, 500, 9999, 77)]) == [False, False, False, True]
    assert _refused(flooding, account, ["41793030001"]) == [False]


@pytest.mark.parametrize("step", [1, -1])
def test_numbers_in_sequence(step: int) -> None:
    account, flooding = replace(ACME, sequence=3), Flooding()
    numbers = [str(41793026727 + step * n) for n in range(5)]
    assert _refused(flooding, account, numbers) == [False, False, False, True, True]
    assert _refused(flooding, account, ["41790000000", str(41793026727 + step * 5)]) == [False, False]


def test_what_is_remembered_is_bounded_and_a_clock_that_goes_back_gives_nothing() -> None:
    account, flooding = replace(ACME, per_number=1), Flooding(remembered=2)
    assert _refused(flooding, account, ["1", "2", "3"]) == [False] * 3
    assert _refused(flooding, account, ["3"], START - HOUR) == [True]
    assert _refused(flooding, account, ["1"]) == [False]
