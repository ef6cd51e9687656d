"""An alarm when conversion falls: codes that nobody types in are asked for by somebody who earns by them.

A process is looked at by country: what came to its end in the last hour against the week before. Codes need a while to
be typed in, so runs are counted that began 10 minutes earlier than the ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from stentor.core.conversion import DAY_MS, Conversions, ConversionStore, Narrowed, Process, Selection
from stentor.core.ports import Clock
from stentor.core.rates import HOUR_MS, MINUTE_MS, Counted, spans

TYPED_MS = 10 * MINUTE_MS
_WEEK_MS = 7 * DAY_MS
_FEW, _FEW_BEFORE = 30, 100
"""Runs of the hour, and of the week before, that say nothing yet."""
_LEAST_EXPECTED = 20.0
"""Ends that the week lets expect: half of fewer is chance."""
_FALLEN, _RISEN = 0.5, 0.7
"""Of the usual share: when the alarm begins, and when it is over."""


class Count(msgspec.Struct, frozen=True):
    begun: int
    ended: int

    @property
    def share(self) -> float:
        return self.ended / self.begun if self.begun else 0.0

    def __str__(self) -> str:
        return f"{self.share:.0%} of {self.begun}"


class Alarm(msgspec.Struct, frozen=True):
    """Conversion of one process in one country (ISO 3166-1 alpha-2; empty: unknown) is far below what it was."""

    process: Process
    country: str
    hour: Count
    week: Count

    @property
    def said(self) -> str:
        return f"{self.hour} came to their end in the last hour, {self.week} in the week before"


def fallen(hour: Count, week: Count, *, already: bool) -> bool:
    """Whether the hour's share is so far below the week's. `already`: the alarm is on."""
    if hour.begun < _FEW or week.begun < _FEW_BEFORE or hour.begun * week.share < _LEAST_EXPECTED:
        return False
    return hour.share < week.share * (_RISEN if already else _FALLEN)


class ConversionWatch:
    """Looks at the processes that messages have begun lately. `name_of`: an account's name."""

    def __init__(
        self, *, store: ConversionStore, conversions: Conversions, clock: Clock, name_of: Callable[[int], str]
    ) -> None:
        self._store = store
        self._conversions = conversions
        self._clock = clock
        self._name_of = name_of
        self.alarms: dict[tuple[int, str], Alarm] = {}
        """By process and country."""

    def told(self) -> list[tuple[str, str]]:
        """What alarms say to people: about what, and how much."""
        return [
            (
                f"{one.process.name} of {self._name_of(one.process.account)} in {one.country or 'no known country'}",
                one.said,
            )
            for one in self.alarms.values()
        ]

    async def look(self) -> tuple[list[Alarm], list[Alarm]]:
        """Alarms that began, and those that are over. A process without a run in the last hour is left alone."""
        before, now = self.alarms, dict[tuple[int, str], Alarm]()
        for number in sorted(self._conversions.active | {process for process, _ in before}):
            process = self._store.process(number)
            ends = None if process is None else (process.tag("START_TAG"), process.tag("END_TAG"))
            if process is not None and ends is not None and ends[0] is not None and ends[1] is not None:
                for alarm in await self._fallen(process, (ends[0].id, ends[1].id), before):
                    now[number, alarm.country] = alarm
        self.alarms = now
        return [now[key] for key in now.keys() - before], [before[key] for key in before.keys() - now]

    async def _fallen(
        self, process: Process, tags: tuple[int, int], before: Mapping[tuple[int, str], Alarm]
    ) -> list[Alarm]:
        now = self._clock.now_ms()
        hour = await self._counts(process.id, tags, now - HOUR_MS, now)
        if not any(count.begun for count in hour.values()):
            self._conversions.active.discard(process.id)
            return []
        week = await self._counts(process.id, tags, now - HOUR_MS - _WEEK_MS, now - HOUR_MS)
        whole = Count(sum(one.begun for one in week.values()), sum(one.ended for one in week.values()))
        alarms = [Alarm(process, country, count, _usual(week.get(country), whole)) for country, count in hour.items()]
        return [one for one in alarms if fallen(one.hour, one.week, already=(process.id, one.country) in before)]

    async def _counts(self, process: int, tags: tuple[int, int], since: int, until: int) -> dict[str, Count]:
        begun = _by_country(await self._counted(process, tags, since - TYPED_MS, until - TYPED_MS))
        ended = _by_country(await self._counted(process, tags, since, until))
        return {
            country: Count(
                begun[country].starts if country in begun else 0, ended[country].ends if country in ended else 0
            )
            for country in {**begun, **ended}
        }

    async def _counted(self, process: int, tags: tuple[int, int], since: int, until: int) -> Sequence[Counted]:
        parts = spans(since, until, None, self._clock.now_ms() - self._conversions.keep_ms)
        return await self._store.counted(Selection(process, tags, parts, Narrowed(by="country")))


def _usual(country: Count | None, whole: Count) -> Count:
    """What is usual everywhere, where little is known of the country: it may be the first hour of its codes."""
    return whole if country is None or country.begun < _FEW_BEFORE else country


def _by_country(rows: Sequence[Counted]) -> dict[str, Counted]:
    return {row.of: row for row in rows}
