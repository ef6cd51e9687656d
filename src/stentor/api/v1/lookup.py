"""POST /number/1/query and /number/1/notify, GET /number/1/logs (004 "Number lookup", `spec/wire.md` A1, (b)6)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET, UnsetType

from stentor.api.messages import JSON, XML, Request, Response
from stentor.api.v1.logs import wanted_of
from stentor.api.v1.lookup_models import (
    AskedModel,
    AskedResponse,
    LookupLogModel,
    LookupLogResponse,
    LookupModel,
    LookupResponse,
    NotifyRequest,
    PlaceModel,
    QueryRequest,
    lookup_price,
)
from stentor.api.v1.models import STATUS_MODELS, Scalar, encode_json, error_model
from stentor.api.v1.reading import BodyReader, Filters
from stentor.api.v1.times import Times
from stentor.api.v1.xml import LOOKUP, LOOKUP_ASYNC, LOOKUP_LOGS, answer
from stentor.api.xml.writing import write
from stentor.core.account import Account
from stentor.core.errors import InvalidField
from stentor.core.ids import LOOKUP as LOOKUP_ID
from stentor.core.ids import Ids, of_hex_id
from stentor.core.lookup import LookupFilter, LookupResult, Lookups, LookupStore, Place, Telling
from stentor.core.notify import MAX_URL, callable_url
from stentor.core.ports import Clock

DIALECT = "v1"
_QUERY, _NOTIFY = BodyReader(QueryRequest), BodyReader(NotifyRequest)


class LookupApi:
    def __init__(self, *, lookups: Lookups, store: LookupStore, ids: Ids, clock: Clock, printed: Times) -> None:
        self._lookups = lookups
        self._store = store
        self._ids = ids
        self._clock = clock
        self._times = printed
        lookups.renderers[DIALECT] = pushed

    async def query(self, request: Request) -> Response:
        numbers = _numbers(_QUERY.read(request).to)
        results = await self._lookups(request.account, numbers)
        return answer(
            request, LOOKUP, LookupResponse(bulk_id=self._bulk(results), results=[model_of(one) for one in results])
        )

    async def notify(self, request: Request) -> Response:
        body = _NOTIFY.read(request)
        numbers = _numbers(body.to)
        results = await self._lookups.later(request.account, numbers, _telling(body))
        asked = AskedResponse(bulk_id=self._bulk(results), results=[self._asked(one) for one in results])
        return answer(request, LOOKUP_ASYNC, asked)

    async def logs(self, request: Request) -> Response:
        filters = Filters(request, self._ids)
        common = wanted_of(filters, self._clock.now_ms())
        ids = tuple(number for one in filters.several("messageId") if (number := self._number(one)) is not None)
        found = await self._store.logs(
            request.account.id,
            LookupFilter(
                since=common.since,
                until=common.until,
                limit=common.limit,
                numbers=common.recipients,
                bulk_ids=common.bulk_ids,
                ids=ids if filters.one("messageId") else None,
                statuses=common.statuses,
                mcc=common.mcc,
                mnc=common.mnc,
            ),
        )
        lines = [self._line(one, request.account) for one in found]
        return answer(request, LOOKUP_LOGS, LookupLogResponse(results=lines))

    def _number(self, public: str) -> int | None:
        """Also of an id as /api/hlr gives them."""
        own = self._ids.number(public, LOOKUP_ID)
        return of_hex_id(public) if own is None else own

    def _bulk(self, results: Sequence[LookupResult]) -> str | UnsetType:
        return results[0].bulk if len(results) > 1 else UNSET

    def _asked(self, one: LookupResult) -> AskedModel:
        message_id = self._ids.public(one.id, LOOKUP_ID) if one.id else UNSET
        return AskedModel(to=one.to, status=STATUS_MODELS[one.status], message_id=message_id)

    def _line(self, one: LookupResult, account: Account) -> LookupLogModel:
        return LookupLogModel(
            bulk_id=one.bulk,
            message_id=self._ids.public(one.id, LOOKUP_ID),
            to=one.to,
            sent_at=self._times.text(one.sent_at),
            done_at=self._times.text(one.done_at),
            mcc_mnc=one.mcc_mnc or UNSET,
            price=lookup_price(one.price, account.currency),
            status=STATUS_MODELS[one.status],
            error=error_model(one.error),
        )


def model_of(one: LookupResult) -> LookupModel:
    """Other networks are told where they are others; the serving MSC where the phone roams."""
    roams = one.roaming is True
    place = _brief if one.found is not None and one.found.brief else _place
    return LookupModel(
        to=one.to,
        mcc_mnc=(one.mcc_mnc or UNSET) if one.found else UNSET,
        imsi=one.imsi or UNSET,
        original_network=place(one.original),
        ported=UNSET if one.ported is None else one.ported,
        ported_network=place(one.ported_to) if one.ported else UNSET,
        roaming=UNSET if one.roaming is None else one.roaming,
        roaming_network=place(one.roaming_in) if roams else UNSET,
        serving_msc=(one.serving_msc or UNSET) if roams else UNSET,
        status=STATUS_MODELS[one.status],
        error=error_model(one.error),
    )


def pushed(account: Account | None, results: Sequence[LookupResult], content_type: str) -> tuple[str, bytes]:
    """A call to a notifyUrl: as the answer to a query (`core.lookup.Renderer`)."""
    body = LookupResponse(results=[model_of(one) for one in results])
    if content_type == XML:
        return XML, write(LOOKUP.form(account), body)
    return JSON, encode_json(body)


def _place(place: Place | None) -> PlaceModel | UnsetType:
    if place is None:
        return UNSET
    return PlaceModel(
        network_name=place.network_name or UNSET,
        network_prefix=place.network_prefix or UNSET,
        country_name=place.country_name or UNSET,
        country_prefix=place.country_prefix or UNSET,
    )


def _brief(place: Place | None) -> PlaceModel | UnsetType:
    """As the sample of 004 "Number lookup"."""
    return _place(place and Place(network_prefix=place.network_prefix, country_prefix=place.country_prefix))


def _numbers(to: Scalar | list[Scalar] | None) -> list[str]:
    if to is None:
        return []
    return [str(one) for one in to] if isinstance(to, list) else [str(to)]


def _telling(body: NotifyRequest) -> Telling:
    if body.notify_url is None:
        raise InvalidField("notifyUrl", "may not be empty")
    if not callable_url(body.notify_url):
        reason = f"{body.notify_url[:100]!r} is not an http or https URL of at most {MAX_URL} characters."
        raise InvalidField("notifyUrl", reason)
    content_type = body.notify_content_type or JSON
    if content_type not in (JSON, XML):
        raise InvalidField("notifyContentType", f"{content_type[:60]!r} is not {JSON} or {XML}.")
    return Telling(body.notify_url, content_type, DIALECT)
