"""Number lookup as typed values, names and order as the documents print them (004 "Number lookup")."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from stentor.api.v1.models import ErrorModel, Moment, Network, Recipient, Scalar, StatusModel
from stentor.core import money


class _Model(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    pass


_Numbers = Annotated[
    Scalar | list[Scalar] | None,
    Meta(description="Number in international format, or a list of numbers.", examples=[["41793026727"]]),
]


class QueryRequest(_Model, frozen=True, kw_only=True):
    """POST /number/1/query."""

    to: _Numbers = None


class NotifyRequest(_Model, frozen=True, kw_only=True):
    """POST /number/1/notify."""

    to: _Numbers = None
    notify_url: Annotated[
        str | None, Meta(description="Your http or https URL that the results are sent to, at most 2048 characters.")
    ] = None
    notify_content_type: Annotated[
        str | None, Meta(description="`application/json`, the default, or `application/xml`.")
    ] = None


class PlaceModel(_Model, frozen=True, kw_only=True):
    """A network; names are in the package `full` only."""

    network_name: Annotated[str, Meta(examples=["Swisscom"])] | UnsetType = UNSET
    network_prefix: Annotated[str, Meta(description="National destination code.", examples=["79"])] | UnsetType = UNSET
    country_name: Annotated[str, Meta(examples=["Switzerland"])] | UnsetType = UNSET
    country_prefix: Annotated[str, Meta(description="Country code.", examples=["41"])] | UnsetType = UNSET


class LookupModel(_Model, frozen=True, kw_only=True):
    """What was found about one number; what is not known, or not in your package, is left out."""

    to: Recipient
    mcc_mnc: Network | UnsetType = UNSET
    imsi: (
        Annotated[str, Meta(description="Of a phone that can be reached.", examples=["228012120181810"])] | UnsetType
    ) = UNSET
    original_network: PlaceModel | UnsetType = UNSET
    ported: Annotated[bool, Meta(description="Whether it belongs to another network than at first.")] | UnsetType = (
        UNSET
    )
    ported_network: PlaceModel | UnsetType = UNSET
    roaming: Annotated[bool, Meta(description="Whether the phone is in another network than its own.")] | UnsetType = (
        UNSET
    )
    roaming_network: PlaceModel | UnsetType = UNSET
    serving_msc: Annotated[str, Meta(description="Address of the exchange that a roaming phone is at.")] | UnsetType = (
        msgspec.field(name="servingMSC", default=UNSET)
    )
    status: StatusModel
    error: ErrorModel


class LookupResponse(_Model, frozen=True, kw_only=True):
    bulk_id: Annotated[str, Meta(description="Id of the request, where it had more than one number.")] | UnsetType = (
        UNSET
    )
    results: list[LookupModel]


class AskedModel(_Model, frozen=True, kw_only=True):
    """One number of an asynchronous request; what is no number has no messageId."""

    to: Recipient
    status: StatusModel
    message_id: Annotated[str, Meta(description="Id of the lookup, for /number/1/logs.")] | UnsetType = UNSET


class AskedResponse(_Model, frozen=True, kw_only=True):
    bulk_id: Annotated[str, Meta(description="Id of the request, where it had more than one number.")] | UnsetType = (
        UNSET
    )
    results: list[AskedModel]


class LookupPriceModel(_Model, frozen=True, kw_only=True):
    price_per_lookup: Annotated[Decimal, Meta(description="Price of the lookup.")]
    currency: str


class LookupLogModel(_Model, frozen=True, kw_only=True):
    """One line of the log of lookups (`spec/wire.md` A1)."""

    bulk_id: str
    message_id: Annotated[str, Meta(description="Id of the lookup.")]
    to: Recipient
    sent_at: Moment
    done_at: Moment
    mcc_mnc: Network | UnsetType = UNSET
    price: LookupPriceModel
    status: StatusModel
    error: ErrorModel


class LookupLogResponse(_Model, frozen=True, kw_only=True):
    results: list[LookupLogModel]


@lru_cache(maxsize=4096)
def lookup_price(micros: int, currency: str) -> LookupPriceModel:
    return LookupPriceModel(price_per_lookup=Decimal(money.plain(micros)), currency=currency)
