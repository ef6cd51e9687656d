"""The hours of the week in which a message may be sent (004 "deliveryTimeWindow"). All times are UTC."""

from __future__ import annotations

import msgspec

from stentor.core.errors import InvalidField

DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
DAY_MINUTES = 24 * 60
LEAST_MINUTES = 60
_MINUTE_MS = 60_000
_DAY_MS = DAY_MINUTES * _MINUTE_MS
_THURSDAY = 3
"""The first day of 1970."""


class Window(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Some days, counted from Monday, each from one minute of the day until before another.

    A window whose end is not after its start goes on into the next day.
    """

    days: tuple[int, ...]
    start: int = 0
    end: int = DAY_MINUTES

    @property
    def minutes(self) -> int:
        return self.end - self.start if self.end > self.start else self.end - self.start + DAY_MINUTES


def checked(field: str, days: tuple[str, ...], start: int | None, end: int | None) -> Window:
    """The window of a request; `InvalidField` for days that are none and for less than an hour."""
    numbers = []
    for day in days:
        if day.upper() not in DAYS:
            raise InvalidField(f"{field}.days", f"{day[:20]!r} is not one of {', '.join(DAYS)}.")
        numbers.append(DAYS.index(day.upper()))
    if (start is None) != (end is None):
        raise InvalidField(field, "from and to go together.")
    window = Window(tuple(sorted(set(numbers))) or tuple(range(7)))
    if start is None or end is None:
        return window
    window = Window(window.days, start, end)
    if start == end or window.minutes < LEAST_MINUTES:
        raise InvalidField(field, f"must be at least {LEAST_MINUTES} minutes long.")
    return window


def opens(window: Window, now: int) -> int:
    """`now` while it is open, otherwise when it opens next; milliseconds since 1970."""
    today = now // _DAY_MS
    starts = []
    for day in range(today - 1, today + 8):
        if (day + _THURSDAY) % 7 in window.days:
            start = day * _DAY_MS + window.start * _MINUTE_MS
            if start <= now < start + window.minutes * _MINUTE_MS:
                return now
            starts.append(start)
    return min(start for start in starts if start > now)
