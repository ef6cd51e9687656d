"""The typed model of the v1 API: one for JSON now and for XML, names and order as the documents print them."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from stentor.catalogue import ERRORS, STATUSES, gsm_errors
from stentor.core import money

Scalar = str | int
"""Clients send numbers where the documents have strings; both are taken."""


class _Model(Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    pass


From = Annotated[
    Scalar | None,
    Meta(description="Sender: 3 to 11 characters, or a number of 3 to 14 digits.", examples=["InfoSMS"]),
]
Numbers = Annotated[
    Scalar | list[Scalar] | None,
    Meta(description="Number in international format, or a list of numbers.", examples=["41793026727"]),
]
BulkId = Annotated[
    Scalar | None, Meta(description="Your own id for the whole request; what is over 100 characters is cut.")
]
Body = Annotated[Scalar | None, Meta(description="Text of the message.", examples=["My first Infobip SMS"])]
MessageId = Annotated[str, Meta(description="Id of the message: yours if you gave one.")]
Recipient = Annotated[str, Meta(description="Number in international format.", examples=["41793026727"])]
SmsCount = Annotated[int, Meta(description="Parts that the text was split into.")]
Moment = Annotated[str, Meta(examples=["2015-02-12T09:58:20.323+0100"])]
ConversionRate = Annotated[float, Meta(description="Ends divided by beginnings; 0 when nothing began.")]
Network = Annotated[
    str, Meta(description="Network that the number belongs to: mobile country and network code.", examples=["22801"])
]


class Language(_Model, frozen=True, kw_only=True):
    language_code: str | None = None
    single_shift: bool | None = None
    locking_shift: bool | None = None


class TimeOfDay(_Model, frozen=True, kw_only=True):
    hour: int | str | None = None
    minute: int | str | None = None


class DeliveryTimeWindow(_Model, frozen=True, kw_only=True):
    days: Annotated[list[str] | str | None, Meta(description="`MONDAY` to `SUNDAY`; every day where left out.")] = None
    from_: Annotated[TimeOfDay | None, Meta(description="UTC; together with `to`, and at least an hour before it.")] = (
        msgspec.field(name="from", default=None)
    )
    to: Annotated[TimeOfDay | None, Meta(description="UTC; not after `from`: the next day.")] = None


class SingleRequest(_Model, frozen=True, kw_only=True):
    """One text for one or more numbers (004 "Sending SMS")."""

    from_: From = msgspec.field(name="from", default=None)
    to: Numbers = None
    text: Body = None
    bulk_id: BulkId = None


class MultiRequest(_Model, frozen=True, kw_only=True):
    """Messages with a text of their own (004 "Personalised SMS")."""

    messages: list[SingleRequest] | SingleRequest | None = None
    bulk_id: BulkId = None


class DestinationModel(_Model, frozen=True, kw_only=True):
    to: Numbers = None
    message_id: Annotated[Scalar | None, Meta(description="Your own id for the message, at most 100 characters.")] = (
        None
    )


class TrackingModel(_Model, frozen=True, kw_only=True):
    """What is measured of the messages (004 "URL shortening", 000 "Conversion tracking")."""

    track: Annotated[
        str | None, Meta(description="`SMS`: begin a conversion process; `URL`: the same, and shorten the URLs.")
    ] = None
    type: Annotated[
        Scalar | None, Meta(description="Your name of the process, at most 100 characters.", examples=["ONE_TIME_PIN"])
    ] = None
    process_key: Annotated[Scalar | None, Meta(description="Key of the process, instead of a type.")] = None
    base_url: Annotated[str | None, Meta(description="Domain of the short links, e.g. `http://eel.nu`.")] = None


class AdvancedMessage(_Model, frozen=True, kw_only=True):
    """One text with every parameter (004 "Text message with parameters")."""

    from_: From = msgspec.field(name="from", default=None)
    to: Annotated[
        Scalar | list[Scalar] | None, Meta(description="Number or numbers, where `destinations` is left out.")
    ] = None
    destinations: list[DestinationModel] | DestinationModel | None = None
    text: Body = None
    flash: Annotated[bool | None, Meta(description="Show it at once instead of storing it in the phone.")] = None
    notify: Annotated[bool | None, Meta(description="Taken for compatibility; reports are always made.")] = None
    intermediate_report: Annotated[
        bool | None, Meta(description="Report to `notifyUrl` too when delivery is delayed.")
    ] = None
    notify_url: Annotated[
        str | None,
        Meta(description="Your http or https URL that delivery reports are sent to, at most 2048 characters."),
    ] = None
    notify_content_type: Annotated[
        str | None, Meta(description="`application/json`, the default, or `application/xml`.")
    ] = None
    callback_data: Annotated[
        Scalar | None, Meta(description="Comes back in the delivery report; at most 4000 characters.")
    ] = None
    validity_period: Annotated[
        int | str | None, Meta(description="Minutes that delivery may take; more than 48 h is taken for 48 h.")
    ] = None
    send_at: Annotated[
        str | None,
        Meta(description="When to send, at most 180 days ahead.", examples=["2015-07-07T17:00:00.000+01:00"]),
    ] = None
    delivery_time_window: Annotated[
        DeliveryTimeWindow | None, Meta(description="Send in these hours of the week only.")
    ] = None
    campaign_id: Annotated[
        Scalar | None, Meta(description="Campaign that operators ask for (TLV 0x1456); at most 100 characters.")
    ] = None
    operator_client_id: Annotated[
        Scalar | None, Meta(description="Kept with the message and passed on over HTTP; at most 100 characters.")
    ] = None
    language: Annotated[Language | None, Meta(description="Send with the tables of a national language.")] = None
    transliteration: Annotated[
        str | None,
        Meta(description="`TURKISH`, `GREEK`, `CYRILLIC`, `CENTRAL_EUROPEAN` or `NON_UNICODE`: spell the text so."),
    ] = None
    tracking: Annotated[
        TrackingModel | None, Meta(description="Of the whole request, for clients that write it here.")
    ] = None


class BinaryModel(_Model, frozen=True, kw_only=True):
    """Octets to send instead of a text."""

    hex: Annotated[str, Meta(description="Two digits an octet, with or without spaces.", examples=["48 65 6c 6c"])] = ""
    data_coding: Annotated[int, Meta(description="data_coding of the octets, 8 for Unicode.")] = 0
    esm_class: Annotated[int, Meta(description="esm_class; 64: the octets begin with a user data header.")] = 0


class BinarySingleRequest(_Model, frozen=True, kw_only=True):
    """POST /sms/1/binary/single."""

    from_: From = msgspec.field(name="from", default=None)
    to: Annotated[Scalar | list[Scalar] | None, Meta(description="Number or numbers.")] = None
    binary: BinaryModel | None = None
    bulk_id: BulkId = None


class BinaryMultiRequest(_Model, frozen=True, kw_only=True):
    """POST /sms/1/binary/multi."""

    messages: list[BinarySingleRequest] | BinarySingleRequest | None = None
    bulk_id: BulkId = None


class BinaryAdvancedMessage(AdvancedMessage, frozen=True, kw_only=True):
    """Octets with every parameter."""

    binary: BinaryModel | None = None


class BinaryAdvancedRequest(_Model, frozen=True, kw_only=True):
    """POST /sms/1/binary/advanced."""

    bulk_id: BulkId = None
    messages: list[BinaryAdvancedMessage] | BinaryAdvancedMessage | None = None


class BulkRequest(_Model, frozen=True, kw_only=True):
    """PUT /sms/1/bulks."""

    send_at: Annotated[str | None, Meta(description="When to send instead, at most 180 days ahead.")] = None


class BulkResponse(_Model, frozen=True, kw_only=True):
    bulk_id: str
    send_at: Annotated[str, Meta(description="When it is due, or was sent.")]


class BulkStatusRequest(_Model, frozen=True, kw_only=True):
    """PUT /sms/1/bulks/status."""

    status: Annotated[str | None, Meta(description="`PAUSED`, `PENDING` (go on) or `CANCELED`.")] = None


class BulkStatusResponse(_Model, frozen=True, kw_only=True):
    bulk_id: str
    status: Annotated[str, Meta(description="`PENDING`, `PAUSED`, `PROCESSING`, `CANCELED` or `FINISHED`.")]


class PreviewRequest(_Model, frozen=True, kw_only=True):
    """POST /sms/1/preview."""

    text: Body = None
    language_code: Annotated[str | None, Meta(description="`TR`, `ES`, `PT` or another national language.")] = None
    transliteration: Annotated[str | None, Meta(description="A table as in sending.")] = None


class LanguageCode(_Model, frozen=True, kw_only=True):
    language_code: str


class PreviewConfiguration(_Model, frozen=True, kw_only=True):
    """What the preview used of what was asked for."""

    language: LanguageCode | UnsetType = UNSET
    transliteration: str | UnsetType = UNSET


class Preview(_Model, frozen=True, kw_only=True):
    text_preview: Annotated[str, Meta(description="The text as it will be sent.")]
    message_count: Annotated[int, Meta(description="Parts.")]
    characters_remaining: Annotated[int, Meta(description="Units left in the last part.")]
    configuration: PreviewConfiguration


class PreviewResponse(_Model, frozen=True, kw_only=True):
    original_text: str
    previews: list[Preview]


class AdvancedRequest(_Model, frozen=True, kw_only=True):
    bulk_id: BulkId = None
    messages: list[AdvancedMessage] | AdvancedMessage | None = None
    tracking: TrackingModel | None = None


class EndTagResponse(_Model, frozen=True, kw_only=True):
    process_key: Annotated[str, Meta(examples=["A37D448C1ACCA02FABA745522558326C"])]


class StatisticModel(_Model, frozen=True, kw_only=True):
    """Of one interval, and of one country, network or system where these are told apart."""

    interval_start: Moment
    country_code: Annotated[str, Meta(description="ISO code; empty when it is not known.")] | UnsetType = UNSET
    mcc_mnc: Network | UnsetType = UNSET
    os_type: Annotated[str, Meta(examples=["ANDROID"])] | UnsetType = UNSET
    start_count: Annotated[int, Meta(description="Times that the process began.")]
    end_count: Annotated[int, Meta(description="Times that it came to its end.")]
    conversion_rate: ConversionRate


class CumulativeModel(_Model, frozen=True, kw_only=True):
    start_count: int
    end_count: int
    conversion_rate: ConversionRate


class ConversionRateResponse(_Model, frozen=True, kw_only=True):
    statistics: list[StatisticModel]
    cumulative_statistics: CumulativeModel


class StatusModel(_Model, frozen=True, kw_only=True):
    """What became of a message; the groups are ACCEPTED, PENDING, UNDELIVERABLE, DELIVERED, EXPIRED and REJECTED."""

    group_id: int
    group_name: str
    id: int
    name: str
    description: str
    action: Annotated[str, Meta(description="What to do about it.")] | UnsetType = UNSET


class ErrorModel(_Model, frozen=True, kw_only=True):
    """Why a message was not delivered, in the words of the mobile network."""

    group_id: int
    group_name: str
    id: int
    name: str
    description: str
    permanent: Annotated[bool, Meta(description="Whether sending again is of no use.")]


class PriceModel(_Model, frozen=True, kw_only=True):
    price_per_message: Annotated[Decimal, Meta(description="Price of one part.")]
    currency: str


class SentMessage(_Model, frozen=True, kw_only=True):
    to: Recipient
    status: StatusModel
    sms_count: SmsCount | UnsetType = UNSET
    message_id: MessageId


class SendResponse(_Model, frozen=True, kw_only=True):
    bulk_id: Annotated[str, Meta(description="Id of the request, where it had more than one message.")] | UnsetType = (
        UNSET
    )
    messages: list[SentMessage]


class ReportModel(_Model, frozen=True, kw_only=True):
    """One delivery report, pulled or pushed (004 "Delivery reports")."""

    bulk_id: str
    message_id: MessageId
    to: Recipient
    sent_at: Moment
    done_at: Moment
    sms_count: SmsCount
    mcc_mnc: Network | UnsetType = UNSET
    price: PriceModel
    callback_data: Annotated[str, Meta(description="As given with the message.")] | UnsetType = UNSET
    status: StatusModel
    error: ErrorModel


class ReportResponse(_Model, frozen=True, kw_only=True):
    results: list[ReportModel]


class LogModel(_Model, frozen=True, kw_only=True):
    """One line of the log; it carries the network under both spellings."""

    # spec/wire.md (c)4
    bulk_id: str
    message_id: MessageId
    to: Recipient
    from_: str = msgspec.field(name="from")
    text: str
    sent_at: Moment
    done_at: Moment
    sms_count: SmsCount
    mccmnc: Network | UnsetType = UNSET
    mcc_mnc: Network | UnsetType = UNSET
    price: PriceModel
    status: StatusModel
    error: ErrorModel


class LogResponse(_Model, frozen=True, kw_only=True):
    results: list[LogModel]


class InboundModel(_Model, frozen=True, kw_only=True):
    """A message from a phone (004 "Received messages", `spec/wire.md` (b)5)."""

    message_id: Annotated[str, Meta(description="Id of the message.")]
    from_: Annotated[str, Meta(description="Who wrote: a number without the plus, or a name.")] = msgspec.field(
        name="from"
    )
    to: Annotated[str, Meta(description="The number or short code it was sent to.")]
    text: Annotated[str, Meta(description="The whole text; empty when there are only octets.")]
    clean_text: Annotated[str, Meta(description="The text without the keyword, if it has one.")]
    keyword: Annotated[str, Meta(description="The keyword, if the text begins with one; otherwise empty.")]
    received_at: Moment
    sms_count: Annotated[int, Meta(description="Parts that it was put together from.")]
    price: PriceModel
    callback_data: Annotated[str, Meta(description="As set for the number.")] | UnsetType = UNSET


class InboxResponse(_Model, frozen=True, kw_only=True):
    results: list[InboundModel]
    message_count: Annotated[int, Meta(description="How many messages this answer has.")]
    pending_message_count: Annotated[int, Meta(description="How many more wait to be pulled.")]


class InboundLogModel(_Model, frozen=True, kw_only=True):
    """One line of the log of received messages; without `keyword` when the message has none."""

    message_id: Annotated[str, Meta(description="Id of the message.")]
    to: Annotated[str, Meta(description="The number or short code it was sent to.")]
    received_at: Moment
    from_: Annotated[str, Meta(description="Who wrote.")] = msgspec.field(name="from")
    text: str
    clean_text: str
    keyword: str | UnsetType = UNSET
    sms_count: int
    price: PriceModel
    callback_data: str | UnsetType = UNSET


class InboxLogResponse(_Model, frozen=True, kw_only=True):
    results: list[InboundLogModel]


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
