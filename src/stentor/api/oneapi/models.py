"""The typed model of OneAPI, names and order as 001 and the tests of its clients print them. Times are epoch ms."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

Scalar = str | int


class _Model(Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    pass


Url = Annotated[str, Meta(description="Where it is found again.")]
_NotifyUrl = Annotated[str | None, Meta(description="http or https URL that is called.")]
_CallbackData = Annotated[Scalar | None, Meta(description="Comes back with each call, as it is.")]
_Correlator = Annotated[
    Scalar | None, Meta(description="Your own id of the request; what is over 100 characters is cut.")
]


class InitTagInfo(_Model, frozen=True, kw_only=True):
    """The tag of a process that the message is logged at (001 "InitTagInfo")."""

    process_key: str | None = None
    tag: Annotated[str | None, Meta(description="Name of the tag; the process's START tag by default.")] = None


class UrlTrackInfo(_Model, frozen=True, kw_only=True):
    """URLs in the text become short links that are counted (001 "TrackInfo")."""

    process_key: str | None = None
    type: Annotated[str | None, Meta(description="Name of the process, instead of its key.")] = None
    base_url: Annotated[str | None, Meta(description="Domain of the links.")] = None


class TrackInfo(_Model, frozen=True, kw_only=True):
    init_tag_info: InitTagInfo | None = None
    url_track_info: UrlTrackInfo | None = None


class LanguageModel(_Model, frozen=True, kw_only=True):
    language_code: Annotated[str | None, Meta(description="`TR`, `ES`, `PT` or another national language.")] = None
    use_locking_shift: bool | None = None
    use_single_shift: bool | None = None


class SendRequest(_Model, frozen=True, kw_only=True):
    """One text for one or more numbers (001 "Send SMS messages"), as JSON or as a form."""

    sender_address: Annotated[Scalar | None, Meta(description="Sender; by default the one in the path.")] = None
    address: Annotated[
        Scalar | list[Scalar] | None, Meta(description="Number in international format, or a list of them.")
    ] = None
    message: Annotated[Scalar | None, Meta(description="Text of the message.")] = None
    client_correlator: _Correlator = None
    notify_url: _NotifyUrl = field(name="notifyURL", default=None)
    callback_data: _CallbackData = None
    language: LanguageModel | None = None
    track_info: TrackInfo | None = None


class ResourceReference(_Model, frozen=True, kw_only=True):
    resource_url: Url = field(name="resourceURL")


class SendResult(_Model, frozen=True, kw_only=True):
    """What became of one number (001 "SendMessageResult")."""

    message_status: Annotated[str, Meta(description="`MessageAccepted` or `MessageNotSent`.")]
    message_id: str
    sender_address: str
    destination_address: str
    price: Decimal
    error_message_id: Annotated[str | None, Meta(description="Name of the status that refused it.")] = None
    conversion_track_flag: bool | None = None
    conversion_track_key: str | None = None
    process_log_key: Annotated[str | None, Meta(description="Its passage through the tracked process.")] = None


class SendAnswer(_Model, frozen=True, kw_only=True):
    resource_reference: ResourceReference
    client_correlator: str
    send_message_results: list[SendResult]
    url_tracking_process_key: str | None = None


class DeliveryInfo(_Model, frozen=True, kw_only=True):
    address: str
    delivery_status: Annotated[
        str,
        Meta(
            description="`DeliveredToTerminal`, `DeliveredToNetwork`, `MessageWaiting`, `DeliveryUncertain` or"
            " `DeliveryImpossible`."
        ),
    ]


class DeliveryInfos(_Model, frozen=True, kw_only=True):
    delivery_info: list[DeliveryInfo]
    resource_url: Url = field(name="resourceURL")


class DeliveryInfoList(_Model, frozen=True, kw_only=True):
    delivery_info_list: DeliveryInfos


class Notification(_Model, frozen=True, kw_only=True):
    delivery_info: DeliveryInfo
    callback_data: str


class DeliveryInfoNotification(_Model, frozen=True, kw_only=True):
    """The push of a delivery status."""

    delivery_info_notification: Notification


class DeliveryReport(_Model, frozen=True, kw_only=True):
    message_id: str
    sent_date: int
    done_date: int
    status: str


class DeliveryReportList(_Model, frozen=True, kw_only=True):
    """Reports that are taken: each one is given once."""

    delivery_report_list: list[DeliveryReport]


class SubscribeRequest(_Model, frozen=True, kw_only=True):
    """A wish to be called, as JSON or as a form."""

    notify_url: _NotifyUrl = field(name="notifyURL", default=None)
    callback_data: _CallbackData = None
    criteria: Annotated[
        Scalar | None, Meta(description="Only texts that begin with this word, in capitals or not.")
    ] = None
    sender_address: Annotated[Scalar | None, Meta(description="Only messages of this sender.")] = None
    destination_address: Annotated[Scalar | None, Meta(description="The number that phones write to.")] = None
    client_correlator: _Correlator = None


class CallbackReference(_Model, frozen=True, kw_only=True):
    callback_data: str | None
    notify_url: str = field(name="notifyURL")


class ReceiptSubscription(_Model, frozen=True, kw_only=True):
    callback_reference: CallbackReference
    resource_url: Url = field(name="resourceURL")


class Subscribed(_Model, frozen=True, kw_only=True):
    delivery_receipt_subscription: ReceiptSubscription


class SubscribedInbound(_Model, frozen=True, kw_only=True):
    resource_reference: ResourceReference


class SubscriptionLine(_Model, frozen=True, kw_only=True):
    subscription_id: str
    sender_address: str
    criteria: str | None
    notify_url: str
    callback_data: str | None


class SubscriptionList(_Model, frozen=True, kw_only=True):
    delivery_receipt_subscriptions: list[SubscriptionLine]


class SubscriptionOne(_Model, frozen=True, kw_only=True):
    delivery_receipt_subscription: SubscriptionLine


class InboundLine(_Model, frozen=True, kw_only=True):
    subscription_id: str
    notify_url: str = field(name="notifyURL")
    callback_data: str | None
    criteria: str | None
    destination_address: str
    notification_format: str = "JSON"


class InboundSubscription(_Model, frozen=True, kw_only=True):
    subscription: InboundLine


class InboundSubscriptions(_Model, frozen=True, kw_only=True):
    subscriptions: list[InboundLine]


class InboundMessage(_Model, frozen=True, kw_only=True):
    date_time: int
    destination_address: str
    message_id: str | None
    message: str
    resource_url: str | None = field(name="resourceURL", default=None)
    sender_address: str
    mo_session_id: int = 0


class InboundMessages(_Model, frozen=True, kw_only=True):
    """Also the push of one message: this object without a root."""

    inbound_sms_message: list[InboundMessage] = field(name="inboundSMSMessage")
    number_of_messages_in_this_batch: int
    total_number_of_pending_messages: int
    resource_url: str | None = field(name="resourceURL", default=None)
    callback_data: str | None = None


class InboundMessageList(_Model, frozen=True, kw_only=True):
    inbound_sms_message_list: InboundMessages = field(name="inboundSMSMessageList")


class MccMnc(_Model, frozen=True, kw_only=True):
    mcc: str
    mnc: str


class ExtendedData(_Model, frozen=True, kw_only=True):
    """Everything that the account's package shows of the number."""

    destination_address: str
    status_id: int
    done_time: int
    price_per_message: Decimal
    mcc_mnc: str | None
    serving_msc: str | None
    censored_serving_msc: str | None
    gsm_error_code: int
    original_network_name: str | None
    ported_network_name: str | None
    serving_hlr: str | None
    imsi: str | None
    original_network_prefix: str | None
    original_country_prefix: str | None
    original_country_name: str | None
    is_number_ported: bool | None
    ported_network_prefix: str | None
    ported_country_prefix: str | None
    ported_country_name: str | None
    number_in_roaming: bool | None


class Roaming(_Model, frozen=True, kw_only=True):
    address: str
    current_roaming: Annotated[
        str | None,
        Meta(description="`NotRoaming`, `DomesticRoaming` or `InternationalRoaming`; null where it is not known."),
    ]
    serving_mcc_mnc: MccMnc | None
    resource_url: str | None = field(name="resourceURL", default=None)
    retrieval_status: Annotated[str, Meta(description="`Retrieved`, `NotRetrieved` or `Error`.")]
    extended_data: ExtendedData | None
    callback_data: str | None


class RoamingAnswer(_Model, frozen=True, kw_only=True):
    roaming: Roaming


class RoamingNotification(_Model, frozen=True, kw_only=True):
    """The push of a roaming status."""

    terminal_roaming_status_list: RoamingAnswer


class LoginRequest(_Model, frozen=True, kw_only=True):
    username: Scalar | None = None
    password: Scalar | None = None


class LoginModel(_Model, frozen=True, kw_only=True):
    verified: bool
    ib_auth_cookie: Annotated[str, Meta(description="For `Authorization: IBSSO ...`, until a day after its last use.")]


class LoginAnswer(_Model, frozen=True, kw_only=True):
    login: LoginModel


class Profile(_Model, frozen=True, kw_only=True):
    """The account. What no account of this platform has is null."""

    id: int
    username: str
    forename: str | None = None
    surname: str | None = None
    street: str | None = None
    city: str | None = None
    zip_code: str | None = None
    telephone: str | None = None
    gsm: str | None = None
    fax: str | None = None
    email: str | None = None
    msn: str | None = None
    skype: str | None = None
    country_id: int | None = None
    timezone_id: int | None = None
    primary_language_id: int | None = None
    secondary_language_id: int | None = None
    enabled: bool = True


class CurrencyModel(_Model, frozen=True, kw_only=True):
    id: int
    currency_name: str
    symbol: str


class BalanceAnswer(_Model, frozen=True, kw_only=True):
    balance: Decimal
    currency: CurrencyModel


class LogLine(_Model, frozen=True, kw_only=True):
    send_date_time: int
    message_id: str
    sms_count: int
    mcc: str | None
    mnc: str | None
    country_code: str | None
    destination_address: str
    sender: str
    price_per_message: Decimal
    client_metadata: str | None
    message_text: str
    status: str


class Logs(_Model, frozen=True, kw_only=True):
    from_: int = field(name="from")
    to: int
    has_more_logs: bool
    logs: list[LogLine]


class ServiceException(_Model, frozen=True, kw_only=True):
    text: str
    message_id: str
    variables: list[str]


class RequestError(_Model, frozen=True, kw_only=True):
    service_exception: ServiceException
    policy_exception: None = None


class OneApiRefused(_Model, frozen=True, kw_only=True):
    request_error: RequestError


encode = msgspec.json.Encoder(decimal_format="number").encode
