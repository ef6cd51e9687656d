"""`deliveryTimeWindow` as v1 writes it (`spec/wire.md` A1)."""

from __future__ import annotations

from stentor.api.v1.models import DeliveryTimeWindow, TimeOfDay
from stentor.core.errors import InvalidField
from stentor.core.window import Window, checked

_HOURS, _MINUTES = 24, 60


def window(field: str, given: DeliveryTimeWindow | None) -> Window | None:
    if given is None:
        return None
    days = (given.days,) if isinstance(given.days, str) else tuple(given.days or ())
    return checked(field, days, _minute_of_day(f"{field}.from", given.from_), _minute_of_day(f"{field}.to", given.to))


def _minute_of_day(field: str, time: TimeOfDay | None) -> int | None:
    if time is None:
        return None
    return _part(f"{field}.hour", time.hour, _HOURS) * _MINUTES + _part(f"{field}.minute", time.minute, _MINUTES)


def _part(field: str, value: int | str | None, below: int) -> int:
    try:
        number = int(value or 0)
    except ValueError:
        number = -1
    if not 0 <= number < below:
        raise InvalidField(field, f"{str(value)[:20]!r} is not a number from 0 to {below - 1}.")
    return number
