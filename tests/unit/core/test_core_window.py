"""Delivery time windows: when they are open, and when they open next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.core.errors import InvalidField
from stentor.core.window import DAYS, Window, checked, opens

WORK = Window((0, 1, 2, 3, 4), 9 * 60, 17 * 60)
NIGHT = Window((4,), 22 * 60, 6 * 60)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("window", "now", "opening"),
    [
        (WORK, "2026-11-23T09:00:00", "2026-11-23T09:00:00"),  # a Monday
        (WORK, "2026-11-23T16:59:59.999", "2026-11-23T16:59:59.999"),
        (WORK, "2026-11-23T17:00:00", "2026-11-24T09:00:00"),
        (WORK, "2026-11-23T08:59:59.999", "2026-11-23T09:00:00"),
        (WORK, "2026-11-27T17:00:00", "2026-11-30T09:00:00"),
        (WORK, "2026-11-29T12:00:00", "2026-11-30T09:00:00"),
        (NIGHT, "2026-11-27T22:00:00", "2026-11-27T22:00:00"),
        (NIGHT, "2026-11-28T05:59:00", "2026-11-28T05:59:00"),
        (NIGHT, "2026-11-28T06:00:00", "2026-12-04T22:00:00"),
        (Window((6,)), "2026-11-22T23:59:59", "2026-11-22T23:59:59"),
        (Window((6,)), "2026-11-23T00:00:00", "2026-11-29T00:00:00"),
    ],
)
def test_opens(window: Window, now: str, opening: str) -> None:
    assert opens(window, at(now)) == at(opening)


@given(
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(1, 23 * 60),
    st.integers(1_700_000_000_000, 1_900_000_000_000),
)
def test_it_opens_within_a_week_and_is_open_then(days: set[int], start: int, length: int, now: int) -> None:
    window = Window(tuple(sorted(days)), start, (start + length) % 1440)
    opening = opens(window, now)
    assert now <= opening <= now + 7 * 86_400_000
    assert opens(window, opening) == opening
    if opening > now:
        assert opens(window, opening - 1) == opening


def test_a_request_is_checked() -> None:
    assert checked("w", ("monday", "FRIDAY", "MONDAY"), 540, 1020) == Window((0, 4), 540, 1020)
    assert checked("w", (), None, None) == Window(tuple(range(7)))
    assert len(DAYS) == 7


@pytest.mark.parametrize(
    ("days", "start", "end", "words"),
    [
        (("FUNDAY",), None, None, "'FUNDAY' is not one of MONDAY"),
        (("MONDAY",), 540, None, "go together"),
        (("MONDAY",), 540, 540, "60 minutes"),
        (("MONDAY",), 540, 599, "60 minutes"),
        (("MONDAY",), 1439, 30, "60 minutes"),
    ],
)
def test_what_is_no_window(days: tuple[str, ...], start: int | None, end: int | None, words: str) -> None:
    with pytest.raises(InvalidField, match=words):
        checked("w", days, start, end)
