"""The typed model of the conversion rate API, names and order as 001 prints them; one for JSON and XML."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from stentor.api.v1.xml import Names
from stentor.api.xml.writing import Form

Scalar = str | int


class _Model(Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    pass


Key = Annotated[str, Meta(description="32 hexadecimal digits.", examples=["47A3614FB229EBEA88ED45E72BB07D3E"])]
Moment = Annotated[str, Meta(examples=["2015-03-19T09:21:57.934+0100"])]


class ProcessRequest(_Model, frozen=True, kw_only=True):
    name: Annotated[str | None, Meta(description="At most 100 characters.")] = None
    description: Annotated[str | None, Meta(description="At most 1000 characters.")] = None


class ProcessModel(_Model, frozen=True, kw_only=True):
    key: Key
    name: str
    time_added: Moment
    process_type: Annotated[str, Meta(description="`USER_DEFINED`, `DEFAULT`, `TRACKING` or `SYSTEM`.")]
    description: str


class ProcessList(_Model, frozen=True, kw_only=True):
    processes: list[ProcessModel]


class TagRequest(_Model, frozen=True, kw_only=True):
    name: Annotated[str | None, Meta(description="By default what its type is called.")] = None
    description: str | None = None
    process_tag_type: Annotated[
        str | None, Meta(description="`START_TAG`, `END_TAG` or `UNDEFINED`, which is the default.")
    ] = None


class TagModel(_Model, frozen=True, kw_only=True):
    key: Key
    name: str
    description: str
    process_tag_type: str


class TagList(_Model, frozen=True, kw_only=True):
    tags: list[TagModel]


class LogRequest(_Model, frozen=True, kw_only=True):
    """Somebody came to a tag (001 "Add new conversion rate log")."""

    process_log_key: Annotated[
        Scalar | None, Meta(description="Whose passage it is: from an answer, or your own; a new one where left out.")
    ] = None
    process_tag_key: Annotated[
        Scalar | None,
        Meta(description="Key or name of the tag; the START tag for a new passage, else the END tag."),
    ] = None
    country_code: Annotated[str | None, Meta(description="Country: two letters of ISO 3166-1.", examples=["US"])] = None
    os_type: Annotated[str | None, Meta(description="Operating system.", examples=["ANDROID"])] = None


class LogModel(_Model, frozen=True, kw_only=True):
    process_key: Key
    account_key: Key
    key: Annotated[str, Meta(description="The passage through the process.")]
    tag: str | None = None
    process_tag_key: Key
    time_added: Annotated[str, Meta(description="When that tag was logged first.")]
    country_code: str | None
    os_type: str | None
    add_count: Annotated[int, Meta(description="How often it was logged; statistics count it once.")]


class LogList(_Model, frozen=True, kw_only=True):
    logs: list[LogModel]


class TimeFrame(_Model, frozen=True, kw_only=True):
    from_: Moment = field(name="from")
    to: Moment


class RateStats(_Model, frozen=True, kw_only=True):
    start_count: int
    end_count: int
    conversion_rate: Annotated[float, Meta(description="Ends divided by starts; 0 without starts.")]


class TimeStats(_Model, frozen=True, kw_only=True):
    time: int
    time_unit: str


class AverageRate(_Model, frozen=True, kw_only=True):
    """001 "Get average conversion rate for tags"."""

    start_tag: str | None
    end_tag: str | None
    start_tag_time_frame: TimeFrame
    end_tag_time_frame: TimeFrame
    conversion_rate_stats: RateStats
    average_conversion_time: TimeStats


class AverageTime(_Model, frozen=True, kw_only=True):
    start_tag: str | None
    end_tag: str | None
    average_conversion_time: TimeStats


class IntervalRate(_Model, frozen=True, kw_only=True):
    start_time_frame: TimeFrame
    end_time_frame: TimeFrame | None = None
    conversion_rate_stats: RateStats


class IntervalRates(_Model, frozen=True, kw_only=True):
    """001 "Get conversion rate by date"."""

    conversion_rates: list[IntervalRate]
    granulation: str


class KindRate(_Model, frozen=True, kw_only=True):
    country_code: str | UnsetType = UNSET
    mcc_mnc: str | UnsetType = UNSET
    os_type: str | UnsetType = UNSET
    conversion_rate_stats: RateStats
    average_conversion_time: TimeStats


class KindRates(_Model, frozen=True, kw_only=True):
    conversion_rates: list[KindRate]
    time_frame: TimeFrame


def _named(root: str) -> Names:
    return Names(Form(root), Form(root, "singular"))


PROCESS, PROCESSES = _named("Process"), _named("Processes")
TAG, TAGS = _named("ProcessTag"), _named("ProcessTags")
LOG, LOGS = _named("ProcessLog"), _named("ProcessLogs")
RATES = _named("ConversionRates")
"""Of every statistic."""
