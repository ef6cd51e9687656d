"""Times of the v1 API: out `2015-02-12T09:58:20.323+0100`, always three digits and no colon (`spec/wire.md` (b)13)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from stentor.core.errors import InvalidField

_FORM = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*"
    r"(?:(Z|z)|([+-]?)([01]\d|2[0-3]):?([0-5]\d))?"
)

_DAY_MS = 86_400_000
_FIRST = date(1970, 1, 1)


class Times:
    """Prints times with one offset, e.g. `+0100`."""

    def __init__(self, utc_offset: str) -> None:
        minutes = int(utc_offset[1:3]) * 60 + int(utc_offset[3:5])
        self._zone = timezone(timedelta(minutes=-minutes if utc_offset[0] == "-" else minutes))
        self._ahead = -60_000 * minutes if utc_offset[0] == "-" else 60_000 * minutes
        self._offset = datetime.fromtimestamp(0, self._zone).strftime("%z")
        self.text: Callable[[int], str] = lru_cache(maxsize=1024)(self._text)

    def _text(self, milliseconds: int) -> str:
        """By arithmetic: an answer of statistics has ten thousand of them."""
        day, rest = divmod(milliseconds + self._ahead, _DAY_MS)
        second, rest = divmod(rest, 1000)
        return f"{_date(day)}T{_clock(second)}.{rest:03d}{self._offset}"

    def moment(self, milliseconds: int) -> datetime:
        """In the zone of the offset."""
        return datetime.fromtimestamp(milliseconds // 1000, self._zone)


@lru_cache(maxsize=1024)
def _date(day: int) -> str:
    """Of a day, counted from the first one of 1970."""
    return (_FIRST + timedelta(days=day)).isoformat()


@lru_cache(maxsize=4096)
def _clock(second: int) -> str:
    """Of a second, counted from midnight."""
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def read(field: str, text: str) -> int:
    """Milliseconds since 1970. The offset may be `+0100`, `+01:00`, `Z` or absent (UTC).

    A `+` of a query string that was not escaped arrives as a space and is taken for one.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise InvalidField(field, f"{text[:60]!r} is not a time such as 2015-07-07T17:00:00.000+01:00.")
    year, month, day, hour, minute, second, fraction, _, sign, hours, minutes = found.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        moment -= -offset if sign == "-" else offset
    except (ValueError, OverflowError) as error:
        raise InvalidField(field, f"{text[:60]!r} is not a time: {error}.") from None
    return int(moment.timestamp()) * 1000 + int(((fraction or "") + "000")[:3])
