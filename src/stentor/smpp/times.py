"""The time format of SMPP 3.4 §7.1.1: "YYMMDDhhmmsstnnp", 16 characters.

With p = "+" or "-" it is an absolute time, nn quarter hours ahead of or behind UTC; with p = "R" a time from now, of
which the specification ignores t and nn. The platform's documents count the tenth (003 §3.1), and so does `parse`.
"""

from __future__ import annotations

import calendar
import math
import re
from datetime import UTC, datetime, timedelta, timezone

_PATTERN = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([-+R])", re.ASCII)
_PIVOT = 38  # 00-37 is 2000-2037, 38-99 is 1938-1999
_QUARTER = timedelta(minutes=15)
_MAX_QUARTERS = 48
_MOST_RELATIVE = (99, 12, 31, 23, 59, 59)


class InvalidTime(ValueError):
    """Not a time of §7.1.1."""


def full_year(year: int) -> int:
    """The year that two digits mean (SMPP 3.4 appendix C)."""
    return year + (2000 if year < _PIVOT else 1900)


def parse(text: str, now: datetime) -> datetime | None:
    """The moment in UTC, `now` (aware) being the start of relative times; None for the empty text."""
    if not text:
        return None
    found = _PATTERN.fullmatch(text)
    if found is None:
        raise InvalidTime(f"{text!r} is not YYMMDDhhmmsstnnp")
    *numbers, tenth, quarters = map(int, found.groups()[:8])
    try:
        if found[9] == "R":
            return _from_now(numbers, tenth, now)
        return _absolute(numbers, tenth, quarters if found[9] == "+" else -quarters)
    except (ValueError, OverflowError) as error:
        raise InvalidTime(f"{text!r}: {error}") from None


def _absolute(numbers: list[int], tenth: int, quarters: int) -> datetime:
    if abs(quarters) > _MAX_QUARTERS:
        raise InvalidTime("more than 48 quarter hours from UTC")
    year, *rest = numbers
    zone = timezone(quarters * _QUARTER)
    moment = datetime(full_year(year), *rest, tzinfo=zone)  # type: ignore[misc,arg-type]
    return (moment + timedelta(milliseconds=100 * tenth)).astimezone(UTC)


def _from_now(numbers: list[int], tenth: int, now: datetime) -> datetime:
    if any(number > most for number, most in zip(numbers, _MOST_RELATIVE, strict=True)):
        raise InvalidTime("a part is out of range")
    years, months, days, hours, minutes, seconds = numbers
    rest = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=100 * tenth)
    return _add_months(now.astimezone(UTC), 12 * years + months) + rest


def _add_months(moment: datetime, months: int) -> datetime:
    """The same day some months on, or that month's last: a month from 31 January ends in February."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def absolute(moment: datetime) -> str:
    """An aware moment as an absolute time, in its own offset from UTC."""
    offset = moment.utcoffset()
    if offset is None:
        raise InvalidTime("an absolute time needs its offset from UTC")
    quarters, odd = divmod(abs(offset), _QUARTER)
    if odd or quarters > _MAX_QUARTERS:
        return absolute(moment.astimezone(UTC))
    if not 1900 + _PIVOT <= moment.year < 2000 + _PIVOT:
        raise InvalidTime(f"{moment.year} does not fit in two digits")
    sign = "-" if offset < timedelta(0) else "+"
    return f"{moment:%y%m%d%H%M%S}{moment.microsecond // 100_000}{quarters:02}{sign}"


def relative(seconds: float) -> str:
    """So many seconds from now, rounded up, as a relative time.

    Months and years have no fixed length, so 31 days is the most; beyond that `absolute` is exact.
    """
    if not 0 <= seconds < 32 * 86400:
        raise InvalidTime(f"{seconds} seconds is not 0 to 31 days")
    minutes, second = divmod(math.ceil(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days > _MOST_RELATIVE[2]:
        raise InvalidTime(f"{seconds} seconds is not 0 to 31 days")
    return f"0000{days:02}{hour:02}{minute:02}{second:02}000R"
