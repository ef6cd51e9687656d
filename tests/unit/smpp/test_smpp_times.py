"""SMPP 3.4 §7.1.1."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.smpp.times import InvalidTime, absolute, full_year, parse, relative

NOW = datetime(2024, 7, 30, 12, 0, 0, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("240730120000000+", utc(2024, 7, 30, 12)),
        ("240730120000008+", utc(2024, 7, 30, 10)),
        ("240730120000008-", utc(2024, 7, 30, 14)),
        ("240730120000023+", utc(2024, 7, 30, 6, 15)),
        ("240730120000548+", utc(2024, 7, 30, 0, 0, 0, 500_000)),
        ("371231235959000+", utc(2037, 12, 31, 23, 59, 59)),
        ("380101000000000+", utc(1938, 1, 1)),
        ("240229000000000+", utc(2024, 2, 29)),
        ("000000000100000R", utc(2024, 7, 30, 12, 1)),
        ("000002000000000R", utc(2024, 8, 1, 12)),
        ("000100000000000R", utc(2024, 8, 30, 12)),
        ("000700000000000R", utc(2025, 2, 28, 12)),
        ("010000000000000R", utc(2025, 7, 30, 12)),
        ("000000000000999R", utc(2024, 7, 30, 12, 0, 0, 900_000)),
        # 003 §3.1: 7 years, 6 months, 5 days, 4 hours, 3 minutes, 2 seconds and a tenth
        ("070605040302100R", utc(2032, 2, 4, 16, 3, 2, 100_000)),
        ("991231235959000R", utc(2124, 8, 31, 11, 59, 59)),
    ],
)
def test_parse(text: str, moment: datetime) -> None:
    parsed = parse(text, NOW)
    assert parsed == moment
    assert parsed.tzinfo is UTC


def test_the_empty_time() -> None:
    assert parse("", NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        *("1", "24073012000000+", "2407301200000000+", "240730120000000", "240730120000000Z", "24073012000000 +"),
        *("241330120000000+", "240230120000000+", "240730240000000+", "240730126000000+", "240730120060000+"),
        *("240730120000049+", "001300000000000R", "000032000000000R", "000000240000000R", "000000006000000R"),
        *("000000000060000R", "24073012000000\u0660+", "240730120000000+\n", "-40730120000000+", "240730120000000r"),
    ],
)
def test_bad_times(text: str) -> None:
    with pytest.raises(InvalidTime):
        parse(text, NOW)


def test_absolute() -> None:
    zone = timezone(timedelta(hours=5, minutes=45))
    assert absolute(utc(2024, 7, 30, 12, 0, 1, 250_000)) == "240730120001200+"
    assert absolute(datetime(2024, 7, 30, 12, tzinfo=zone)) == "240730120000023+"
    assert absolute(datetime(2024, 7, 30, 12, tzinfo=timezone(timedelta(hours=-3)))) == "240730120000012-"
    assert absolute(datetime(2024, 7, 30, 12, tzinfo=timezone(timedelta(minutes=7)))) == "240730115300000+"
    for moment in (utc(2038, 1, 1), utc(1937, 1, 1), datetime(2024, 1, 1)):  # noqa: DTZ001
        with pytest.raises(InvalidTime):
            absolute(moment)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "000000000000000R"),
        (0.1, "000000000001000R"),
        (59.5, "000000000100000R"),
        (3661, "000000010101000R"),
        (48 * 3600, "000002000000000R"),
        (31 * 86400 + 86399, "000031235959000R"),
    ],
)
def test_relative(seconds: float, text: str) -> None:
    assert relative(seconds) == text


@pytest.mark.parametrize("seconds", [-1, 32 * 86400, 32 * 86400 - 0.5, float("nan"), float("inf")])
def test_bad_relative(seconds: float) -> None:
    with pytest.raises(InvalidTime):
        relative(seconds)


@given(st.integers(0, 32 * 86400 - 1))
def test_relative_round_trip(seconds: int) -> None:
    assert parse(relative(seconds), NOW) == NOW + timedelta(seconds=seconds)


@given(
    st.datetimes(datetime(1938, 1, 3), datetime(2037, 12, 30)),  # noqa: DTZ001
    st.integers(-48, 48),
)
def test_absolute_round_trip(moment: datetime, quarters: int) -> None:
    aware = moment.replace(
        microsecond=moment.microsecond // 100_000 * 100_000, tzinfo=timezone(quarters * timedelta(minutes=15))
    )
    assert parse(absolute(aware), NOW) == aware


@given(st.text(max_size=20))
def test_any_text(text: str) -> None:
    with suppress(InvalidTime):
        parse(text, NOW)


def test_full_year() -> None:
    assert [full_year(year) for year in (0, 37, 38, 99)] == [2000, 2037, 1938, 1999]
