"""The typed model of the v1 API: one for JSON now and for XML, names and order as the documents print them."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

import msgspec
from msgspec import UNSET, Struct, UnsetType

from stentor.catalogue import ERRORS, STATUSES, gsm_errors
from stentor.core import money

Scalar = str | int
"""Clients send numbers where the documents have strings; both are taken."""


class _Model(Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    pass


class Language(_Model, frozen=True, kw_only=True):
    language_code: str | None = None
    single_shift: bool | None = None
    locking_shift: bool | None = None


class SingleRequest(_Model, frozen=True, kw_only=True):
    """POST /sms/1/text/single (004 "Sending SMS")."""

    from_: Scalar | None = msgspec.field(name="from", default=None)
    to: Scalar | list[Scalar] | None = None
    text: Scalar | None = None
    bulk_id: Scalar | None = None


class MultiRequest(_Model, frozen=True, kw_only=True):
    """POST /sms/1/text/multi (004 "Personalised SMS")."""

    messages: list[SingleRequest] | SingleRequest | None = None
    bulk_id: Scalar | None = None


class DestinationModel(_Model, frozen=True, kw_only=True):
    to: Scalar | list[Scalar] | None = None
    message_id: Scalar | None = None


class AdvancedMessage(_Model, frozen=True, kw_only=True):
    """One message of POST /sms/1/text/advanced (004 "Text message with parameters")."""

    from_: Scalar | None = msgspec.field(name="from", default=None)
    to: Scalar | list[Scalar] | None = None
    destinations: list[DestinationModel] | DestinationModel | None = None
    text: Scalar | None = None
    flash: bool | None = None
    notify: bool | None = None
    intermediate_report: bool | None = None
    notify_url: str | None = None
    notify_content_type: str | None = None
    callback_data: Scalar | None = None
    validity_period: int | str | None = None
    send_at: str | None = None


class AdvancedRequest(_Model, frozen=True, kw_only=True):
    bulk_id: Scalar | None = None
    messages: list[AdvancedMessage] | AdvancedMessage | None = None


class StatusModel(_Model, frozen=True, kw_only=True):
    group_id: int
    group_name: str
    id: int
    name: str
    description: str
    action: str | UnsetType = UNSET


class ErrorModel(_Model, frozen=True, kw_only=True):
    group_id: int
    group_name: str
    id: int
    name: str
    description: str
    permanent: bool


class PriceModel(_Model, frozen=True, kw_only=True):
    price_per_message: Decimal
    currency: str


class SentMessage(_Model, frozen=True, kw_only=True):
    to: str
    status: StatusModel
    sms_count: int | UnsetType = UNSET
    message_id: str


class SendResponse(_Model, frozen=True, kw_only=True):
    bulk_id: str | UnsetType = UNSET
    messages: list[SentMessage]


class ReportModel(_Model, frozen=True, kw_only=True):
    """One delivery report, pulled or pushed (004 "Delivery reports")."""

    bulk_id: str
    message_id: str
    to: str
    sent_at: str
    done_at: str
    sms_count: int
    mcc_mnc: str | UnsetType = UNSET
    price: PriceModel
    callback_data: str | UnsetType = UNSET
    status: StatusModel
    error: ErrorModel


class ReportResponse(_Model, frozen=True, kw_only=True):
    results: list[ReportModel]


class LogModel(_Model, frozen=True, kw_only=True):
    """One line of the log; it carries the network under both spellings (`spec/wire.md` (c)4)."""

    bulk_id: str
    message_id: str
    to: str
    from_: str = msgspec.field(name="from")
    text: str
    sent_at: str
    done_at: str
    sms_count: int
    mccmnc: str | UnsetType = UNSET
    mcc_mnc: str | UnsetType = UNSET
    price: PriceModel
    status: StatusModel
    error: ErrorModel


class LogResponse(_Model, frozen=True, kw_only=True):
    results: list[LogModel]


class BalanceResponse(_Model, frozen=True, kw_only=True):
    balance: Decimal
    currency: str


STATUS_MODELS = {
    status.id: StatusModel(
        group_id=status.group_id,
        group_name=status.group_name,
        id=status.id,
        name=status.name,
        description=status.description,
        action=status.action or UNSET,
    )
    for status in STATUSES.values()
}
_ERROR_MODELS = {
    error.id: ErrorModel(
        group_id=error.group_id,
        group_name=error.group_name,
        id=error.id,
        name=error.name,
        description=error.description,
        permanent=error.permanent,
    )
    for error in ERRORS.values()
}


def error_model(error: int) -> ErrorModel:
    return _ERROR_MODELS[gsm_errors.error(error).id]


@lru_cache(maxsize=4096)
def price_model(micros: int, currency: str) -> PriceModel:
    return PriceModel(price_per_message=Decimal(money.plain(micros)), currency=currency)


encode_json = msgspec.json.Encoder(decimal_format="number").encode
