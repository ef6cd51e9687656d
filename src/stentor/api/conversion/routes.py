"""The rows of the conversion rate API in THE table of routes (`api.routes`)."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from stentor.api.conversion.models import (
    AverageRate,
    AverageTime,
    IntervalRates,
    KindRates,
    LogList,
    LogModel,
    LogRequest,
    ProcessList,
    ProcessModel,
    ProcessRequest,
    TagList,
    TagModel,
    TagRequest,
)
from stentor.api.conversion.processes import ProcessesApi
from stentor.api.conversion.statistics import UNITS, StatisticsApi
from stentor.api.messages import Handler
from stentor.api.route import Parameter, Route
from stentor.core.browsers import OS_TYPES
from stentor.core.rates import GRANULATIONS

_ROOT = "/conversion-rate/process"
_TIME = "a time such as 2015-02-22T17:42:05.390+0100; without an offset it is UTC"
_KEY = Parameter("key", "Key of the process.")
_TAG = Parameter("tag", "Key of the tag.")
_LOG = Parameter("log", "Key of the passage: `key` of its logs.")


def _choice(*values: str) -> Any:
    return Annotated[str, Meta(extra_json_schema={"enum": list(values)})]


_TAGS = (
    Parameter("start-tag", "Name or key of the tag that counts as start; by default the START tag."),
    Parameter("end-tag", "Name or key of the tag that counts as end; by default the END tag."),
)
_RANGE = (
    Parameter("from", f"Count from {_TIME}; by default 30 days before `to`."),
    Parameter("to", f"Count up to {_TIME}; by default now."),
)
_END_RANGE = (
    Parameter("end-tag-from", "The same for the end tag; by default `from`."),
    Parameter("end-tag-to", "The same for the end tag; by default `to`."),
)
_FILTERS = (
    Parameter("country-code", "Only this country: two letters of ISO 3166-1."),
    Parameter("mcc", "Only phones of this mobile country code, e.g. 228."),
    Parameter("mnc", "Only phones of this mobile network code, e.g. 01; needs mcc."),
    Parameter("os-type", "Only this operating system.", _choice(*OS_TYPES)),
)
_UNIT = (Parameter("time-unit", "What average times are told in; SECONDS by default.", _choice(*UNITS)),)
_GRANULATION = (Parameter("granulation", "Length of an interval; DAY by default.", _choice(*GRANULATIONS)),)


class ConversionApi(msgspec.Struct, frozen=True):
    processes: ProcessesApi
    statistics: StatisticsApi


def _row(method: str, path: str, handler: Handler, section: str, summary: str, **more: Any) -> Route:
    """With and without /1 in front: 001 writes both."""
    whole = _ROOT + path
    return Route(method, f"/1{whole}", handler, f"001 {section}", summary, "Conversion rate", also=(whole,), **more)


def rows(api: ConversionApi) -> tuple[Route, ...]:
    return (*_processes(api.processes), *_statistics(api.statistics))


def _processes(api: ProcessesApi) -> tuple[Route, ...]:
    made, steps = "Setup the tracking process", "Setup the tracking process steps (tags)"
    logged = "Add new conversion rate log"
    at, of_tag = {"at": (_KEY,)}, {"at": (_KEY, _TAG)}
    return (
        _row("POST", "", api.make, made, "Define a process", body=ProcessRequest, answer=ProcessModel,
             refusals=(409,)),
        _row("GET", "", api.list, made, "List processes, those that messages began too", answer=ProcessList),
        _row("GET", "/{key}", api.show, made, "Show a process", answer=ProcessModel, **at),
        _row("PUT", "/{key}", api.describe, made, "Call a process another name", body=ProcessRequest,
             answer=ProcessModel, **at),
        _row("POST", "/{key}/tag", api.add_tag, steps, "Add a tag to a process", body=TagRequest, answer=TagModel,
             refusals=(409,), **at),
        _row("GET", "/{key}/tag", api.tags, steps, "List the tags of a process", answer=TagList, **at),
        _row("GET", "/{key}/tag/{tag}", api.tag, steps, "Show a tag", answer=TagModel, **of_tag),
        _row("PUT", "/{key}/tag/{tag}", api.describe_tag, steps, "Call a tag another name", body=TagRequest,
             answer=TagModel, refusals=(409,), **of_tag),
        _row("POST", "/{key}/log", api.log, logged, "Log that somebody came to a tag", body=LogRequest,
             answer=LogModel, **at),
        _row("GET", "/{key}/log/{log}", api.logs, logged, "Read the logs of a passage", at=(_KEY, _LOG),
             answer=LogList),
    )  # fmt: skip


def _statistics(api: StatisticsApi) -> tuple[Route, ...]:
    section = "Conversion rate and statistics"
    base, more = (*_TAGS, *_RANGE), (*_FILTERS, *_UNIT)

    def row(name: str, handler: Handler, summary: str, query: tuple[Parameter, ...], answer: Any) -> Route:
        return _row("GET", f"/{{key}}/statistics/{name}", handler, section, summary, at=(_KEY,), query=query,
                    answer=answer)  # fmt: skip

    by_day = (*base, *_FILTERS, *_GRANULATION)
    return (
        row("average-conversion-rate", api.average, "Read how many of a process's starts came to their end",
            (*base, *_END_RANGE, *more), AverageRate),
        row("conversion-rate", api.by_interval, "The same by day", by_day, IntervalRates),
        row("granulated-conversion-rate", api.by_interval, "The same by intervals of another length", by_day,
            IntervalRates),
        row("conversion-rate-by-countries", api.by_country, "The same by country", (*base, *more), KindRates),
        row("conversion-rate-by-networks", api.by_network, "The same by mobile network", (*base, *more), KindRates),
        row("conversion-rate-by-oses", api.by_system, "The same by operating system", (*base, *more), KindRates),
        row("average-conversion-time", api.time, "Read how long it takes from one tag to the other",
            (*base, *_END_RANGE, *more), AverageTime),
    )  # fmt: skip
