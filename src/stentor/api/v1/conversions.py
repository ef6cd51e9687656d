"""/ct/1: ends of processes, and their conversion rates (000 "Conversion tracking", `spec/wire.md` A1, (b)7)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, cast

from msgspec import UNSET, Meta

from stentor.api.aside import Aside
from stentor.api.messages import Request, Response
from stentor.api.route import Parameter
from stentor.api.v1 import times
from stentor.api.v1.models import ConversionRateResponse, CumulativeModel, EndTagResponse, StatisticModel
from stentor.api.v1.times import Times
from stentor.api.v1.xml import CONVERSION_RATE, END_TAG, answer
from stentor.core.browsers import OS_TYPES, OsType
from stentor.core.conversion import Aggregation, Conversions, Narrowed, Question
from stentor.core.errors import InvalidField
from stentor.core.rates import GRANULATIONS, Statistic, Unit

_AGGREGATIONS: dict[str, Aggregation] = {"bycountry": "country", "bynetwork": "network", "byostype": "os"}
_NAMES = ("byCountry", "byNetwork", "byOsType")
_Aggregation = Annotated[str, Meta(extra_json_schema={"enum": list(_NAMES)})]
_TIME = "a time such as 2015-02-22T17:42:05.390+0100; without an offset it is UTC"


PROCESS_KEY = Parameter("processKey", "Key of the process, as `/ct/1/log/end/{messageId}` answers it.")
MESSAGE_ID = Parameter("messageId", "Id of the message: yours if you gave one.")
AGGREGATION = Parameter("aggregation", "What is told apart.", _Aggregation)
QUERY = (
    Parameter("aggrType", "What is told apart.", _Aggregation),
    Parameter("since", f"Count from {_TIME}; by default a day before `until`."),
    Parameter("until", f"Count up to {_TIME}; by default now."),
    Parameter("intervalGranulation", "Count by intervals of this length.",
              Annotated[str, Meta(extra_json_schema={"enum": list(GRANULATIONS)})]),
    Parameter("tagKeys", "Keys of the tags to compare, `START:END`; by default those of beginning and end."),
    Parameter("mcc", "Only phones of this mobile country code, e.g. 228."),
    Parameter("mnc", "Only phones of this mobile network code, e.g. 01; needs mcc."),
    Parameter("osType", "Only phones with this operating system.",
              Annotated[str, Meta(extra_json_schema={"enum": list(OS_TYPES)})]),
)  # fmt: skip


class ConversionsApi:
    def __init__(self, conversions: Conversions, shown: Times) -> None:
        self._conversions = conversions
        self._times = shown
        self._aside = Aside()

    async def end(self, request: Request) -> Response:
        process = await self._conversions.end(request.account.id, request.at["messageId"])
        return answer(request, END_TAG, EndTagResponse(process_key=process.key))

    async def rate(self, request: Request) -> Response:
        question = _question(request)
        found, total = await self._conversions.rate(request.account.id, request.at["processKey"], question)
        by = question.narrowed.by
        return await self._aside.write(len(found), partial(self._rates, request, by, found, total))

    def _rates(
        self, request: Request, by: Aggregation | None, found: Sequence[Statistic], total: Statistic
    ) -> Response:
        cumulative = CumulativeModel(
            start_count=total.start_count, end_count=total.end_count, conversion_rate=total.rate
        )
        statistics = [self._model(one, by) for one in found]
        body = ConversionRateResponse(statistics=statistics, cumulative_statistics=cumulative)
        return answer(request, CONVERSION_RATE, body)

    def _model(self, one: Statistic, by: Aggregation | None) -> StatisticModel:
        return StatisticModel(
            interval_start=self._times.text(one.start),
            country_code=one.of if by == "country" else UNSET,
            mcc_mnc=one.of if by == "network" else UNSET,
            os_type=one.of if by == "os" else UNSET,
            start_count=one.start_count,
            end_count=one.end_count,
            conversion_rate=one.rate,
        )


def _question(request: Request) -> Question:
    given = {name: values[-1].strip() for name, values in request.parameters().items()}
    aggregation = request.at.get("aggregation") or given.get("aggrType")
    if given.get("mnc") and not given.get("mcc"):
        raise InvalidField("mnc", "needs mcc.")
    system = _one_of("osType", given.get("osType"), OS_TYPES)
    return Question(
        narrowed=Narrowed(
            by=_aggregation(aggregation),
            mcc=given.get("mcc") or None,
            mnc=given.get("mnc") or None,
            os=cast("OsType | None", system),
        ),
        since=times.read("since", given["since"]) if given.get("since") else None,
        until=times.read("until", given["until"]) if given.get("until") else None,
        granulation=cast("Unit | None", _one_of("intervalGranulation", given.get("intervalGranulation"), GRANULATIONS)),
        tag_keys=_pair(given.get("tagKeys")),
    )


def _aggregation(given: str | None) -> Aggregation | None:
    if not given:
        return None
    found = _AGGREGATIONS.get(given.lower())
    if found is None:
        raise InvalidField("aggrType", f"{given[:40]!r} is not one of {', '.join(_NAMES)}.")
    return found


def _one_of(field: str, given: str | None, known: tuple[str, ...]) -> str | None:
    wanted = (given or "").upper().replace(" ", "_")
    if not wanted:
        return None
    if wanted not in known:
        raise InvalidField(field, f"{wanted[:40]!r} is not one of {', '.join(known)}.")
    return wanted


def _pair(given: str | None) -> tuple[str, str] | None:
    if not given:
        return None
    first, colon, second = given.partition(":")
    if not (first and colon and second):
        raise InvalidField("tagKeys", f"{given[:80]!r} is not two keys with a colon between them.")
    return first, second
