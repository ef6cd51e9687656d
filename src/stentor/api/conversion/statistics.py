"""Statistics of a process over HTTP (001 "Conversion rate and statistics").

Two of them have paths in the document; the others are known by their titles, and their paths are ours
(docs/decisions/0005-where-the-documents-are-silent.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast

from msgspec import UNSET
from msgspec.structs import replace

from stentor.api.aside import Aside
from stentor.api.conversion.models import (
    RATES,
    AverageRate,
    AverageTime,
    IntervalRate,
    IntervalRates,
    KindRate,
    KindRates,
    RateStats,
    TimeFrame,
    TimeStats,
)
from stentor.api.conversion.processes import country, system
from stentor.api.messages import Request, Response
from stentor.api.v1 import times
from stentor.api.v1.times import Times
from stentor.api.v1.xml import answer
from stentor.core.conversion import Aggregation, Narrowed, Tag
from stentor.core.errors import InvalidField
from stentor.core.processes import Asked, Average, Frame, Processes, Rate
from stentor.core.rates import GRANULATIONS, Unit

UNITS = {"SECONDS": 1_000, "MINUTES": 60_000, "HOURS": 3_600_000, "DAYS": 86_400_000}
"""Milliseconds of each (001 "TimeStats")."""


class StatisticsApi:
    def __init__(self, processes: Processes, printed: Times) -> None:
        self._processes = processes
        self._times = printed
        self._aside = Aside()

    async def average(self, request: Request) -> Response:
        found = await self._average(request)
        return answer(
            request,
            RATES,
            AverageRate(
                start_tag=_name(found.start),
                end_tag=_name(found.end),
                start_tag_time_frame=self._frame(found.rate.frame),
                end_tag_time_frame=self._frame(found.end_frame),
                conversion_rate_stats=_stats(found.rate),
                average_conversion_time=_time(request, found.rate),
            ),
        )

    async def time(self, request: Request) -> Response:
        found = await self._average(request)
        start, end, time = _name(found.start), _name(found.end), _time(request, found.rate)
        return answer(request, RATES, AverageTime(start_tag=start, end_tag=end, average_conversion_time=time))

    async def by_interval(self, request: Request) -> Response:
        unit = cast("Unit", _one_of(request, "granulation", GRANULATIONS) or "DAY")
        rates = await self._processes.by_interval(request.account.id, request.at["key"], _asked(request), unit)
        return await self._aside.write(len(rates), partial(self._intervals, request, unit, rates))

    def _intervals(self, request: Request, unit: Unit, rates: Sequence[Rate]) -> Response:
        lines = [
            IntervalRate(start_time_frame=self._frame(one.frame), conversion_rate_stats=_stats(one)) for one in rates
        ]
        return answer(request, RATES, IntervalRates(conversion_rates=lines, granulation=unit))

    async def by_country(self, request: Request) -> Response:
        return await self._by(request, "country")

    async def by_network(self, request: Request) -> Response:
        return await self._by(request, "network")

    async def by_system(self, request: Request) -> Response:
        return await self._by(request, "os")

    async def _average(self, request: Request) -> Average:
        return await self._processes.average(request.account.id, request.at["key"], _asked(request))

    async def _by(self, request: Request, kind: Aggregation) -> Response:
        asked = _asked(request)
        asked = replace(asked, narrowed=replace(asked.narrowed, by=kind))
        frame, rates = await self._processes.by_kind(request.account.id, request.at["key"], asked)
        lines = [
            KindRate(
                country_code=one.of if kind == "country" else UNSET,
                mcc_mnc=one.of if kind == "network" else UNSET,
                os_type=one.of if kind == "os" else UNSET,
                conversion_rate_stats=_stats(one),
                average_conversion_time=_time(request, one),
            )
            for one in rates
        ]
        return answer(request, RATES, KindRates(conversion_rates=lines, time_frame=self._frame(frame)))

    def _frame(self, frame: Frame) -> TimeFrame:
        return TimeFrame(from_=self._times.text(frame.since), to=self._times.text(frame.until))


def _stats(rate: Rate) -> RateStats:
    return RateStats(start_count=rate.start_count, end_count=rate.end_count, conversion_rate=rate.rate)


def _name(tag: Tag | None) -> str | None:
    return None if tag is None else tag.name


def _time(request: Request, rate: Rate) -> TimeStats:
    unit = _one_of(request, "time-unit", tuple(UNITS)) or "SECONDS"
    return TimeStats(time=round(rate.time_ms / UNITS[unit]), time_unit=unit)


def _asked(request: Request) -> Asked:
    mcc, mnc = _value(request, "mcc"), _value(request, "mnc")
    if mnc is not None and mcc is None:
        raise InvalidField("mnc", "needs mcc.")
    return Asked(
        start_tag=_value(request, "start-tag"),
        end_tag=_value(request, "end-tag"),
        since=_moment(request, "from"),
        until=_moment(request, "to"),
        end_since=_moment(request, "end-tag-from"),
        end_until=_moment(request, "end-tag-to"),
        narrowed=Narrowed(
            mcc=mcc,
            mnc=mnc,
            country=country(_value(request, "country-code")),
            os=system("os-type", _value(request, "os-type")),
        ),
    )


def _value(request: Request, name: str) -> str | None:
    """Of the query string, by its name as 001 writes it or as `startTag`."""
    given = request.parameters()
    first, *rest = name.split("-")
    values = given.get(name) or given.get(first + "".join(map(str.capitalize, rest))) or []
    return values[-1].strip() or None if values else None


def _moment(request: Request, name: str) -> int | None:
    text = _value(request, name)
    return None if text is None else times.read(name, text)


def _one_of(request: Request, name: str, known: tuple[str, ...]) -> str | None:
    text = (_value(request, name) or "").upper()
    if not text:
        return None
    if text not in known:
        raise InvalidField(name, f"{text[:40]!r} is not one of {', '.join(known)}.")
    return text
