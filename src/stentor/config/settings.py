"""Every setting once: its name, type, default and meaning. `stentor config` prints this table."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the configuration file; an unknown name in it is an error."""


Text = Annotated[str, Meta(min_length=1)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]


class StorageSettings(_Section, frozen=True, kw_only=True):
    """Where messages are kept."""

    data: Annotated[Text, Meta(description="Folder of the embedded database. One program at a time uses it.")] = "data"


class HttpSettings(_Section, frozen=True, kw_only=True):
    """The HTTP API."""

    host: Annotated[Text, Meta(description="Address to listen on; 0.0.0.0 for every interface.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="Port to listen on; 0 takes a free one.")] = 8080
    tls_certificate: Annotated[
        str | None, Meta(description="PEM file with the certificate chain; with tls_key, the API speaks HTTPS.")
    ] = None
    tls_key: Annotated[str | None, Meta(description="PEM file with the private key.")] = None
    body_limit: Annotated[
        Annotated[int, Meta(ge=1024)], Meta(description="Largest request body in octets; more is answered 413.")
    ] = 10_485_760
    utc_offset: Annotated[
        Annotated[str, Meta(pattern=r"^[+-](0[0-9]|1[0-4])[0-5][0-9]$")],
        Meta(description="Offset of printed timestamps, e.g. +0100."),
    ] = "+0000"


class NotifySettings(_Section, frozen=True, kw_only=True):
    """Calls to customers' URLs with delivery reports."""

    allow: Annotated[
        tuple[str, ...],
        Meta(description='Networks that may be called besides public addresses, e.g. ["127.0.0.0/8", "10.1.0.0/16"].'),
    ] = ()
    per_host: Annotated[Positive, Meta(description="Calls to one host at a time.")] = 8
    reports_per_call: Annotated[Positive, Meta(description="Most reports in one call.")] = 100
    in_memory: Annotated[Positive, Meta(description="Reports held in memory; more wait on disk.")] = 20_000


class LogSettings(_Section, frozen=True, kw_only=True):
    """What the program says on stderr."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="Least severity shown.")] = "info"
    format: Annotated[Literal["text", "json"], Meta(description="One line each, for people or for machines.")] = "text"


class SimulatedSettings(_Section, frozen=True, kw_only=True, tag_field="type", tag="simulated"):
    """The built-in network: magic numbers choose what happens (docs/reference/simulated-network.md)."""

    name: Annotated[Text, Meta(description="Name that routes refer to.")] = "simulated"
    delay: Annotated[Annotated[float, Meta(ge=0)], Meta(description="Seconds until the delivery receipt.")] = 0.1
    window: Annotated[Positive, Meta(description="Parts in flight.")] = 100


class SmscSettings(_Section, frozen=True, kw_only=True, tag_field="type", tag="smsc"):
    """A link to an SMSC over SMPP 3.4."""

    name: Annotated[Text, Meta(description="Name that routes refer to.")]
    host: Annotated[Text, Meta(description="Address of the SMSC.")]
    port: Annotated[Port, Meta(description="Its port.")] = 2775
    system_id: Annotated[str, Meta(description="Login.")] = ""
    password: Annotated[str, Meta(description="Password.")] = ""
    system_type: Annotated[str, Meta(description="system_type of the bind, e.g. a route code.")] = ""
    bind: Annotated[
        Literal["transceiver", "separate"],
        Meta(description='"transceiver", or "separate" for a transmitter and a receiver per session.'),
    ] = "transceiver"
    sessions: Annotated[Positive, Meta(description="Sessions at the same time.")] = 1
    window: Annotated[Positive, Meta(description="Unanswered submit_sm per session.")] = 50
    rate: Annotated[
        float | None, Meta(description="Most submit_sm a second over all sessions; leave out for none.")
    ] = None
    tls: Annotated[bool, Meta(description="Speak TLS.")] = False
    tls_ca: Annotated[
        str | None, Meta(description="PEM file with the authority to trust; the system's by default.")
    ] = None
    tls_verify: Annotated[bool, Meta(description="Check the certificate and its name.")] = True
    enquire_link: Annotated[Seconds, Meta(description="Seconds of silence until enquire_link is sent.")] = 30.0
    response_timer: Annotated[Seconds, Meta(description="Seconds to wait for a response.")] = 30.0
    reconnect_max: Annotated[Seconds, Meta(description="Longest pause between two tries to connect.")] = 60.0
    throttle_pause: Annotated[
        Seconds, Meta(description="Seconds the link rests after ESME_RTHROTTLED or ESME_RMSGQFUL.")
    ] = 1.0
    long_messages: Annotated[
        Literal["udh", "sar", "payload"],
        Meta(description="How long messages travel: user data header, sar_* TLVs, or message_payload in one piece."),
    ] = "udh"
    reference_bits: Annotated[Literal[8, 16], Meta(description="Width of the concatenation reference.")] = 8
    packed: Annotated[bool, Meta(description="Send GSM text as packed septets instead of one a octet.")] = False
    id_form: Annotated[
        Literal["as_is", "hex_to_dec", "dec_to_hex"],
        Meta(description="How ids in receipts are spelt, compared with the ids of submit_sm_resp."),
    ] = "as_is"
    on_uncertain: Annotated[
        Literal["resend", "park"],
        Meta(description="A part whose answer was lost: send again, or leave it as unknown."),
    ] = "resend"
    service_type: Annotated[str, Meta(description="service_type of submit_sm.")] = ""
    register_intermediate: Annotated[bool, Meta(description="Ask for intermediate notifications too.")] = True


class RouteSettings(_Section, frozen=True, kw_only=True):
    """One routing rule. A condition left out holds for every message; the first rule that matches decides."""

    connector: Annotated[Text, Meta(description="Where matching messages go.")]
    name: Annotated[str | None, Meta(description="Name shown in histories; its number by default.")] = None
    account: Annotated[str | None, Meta(description="Only this account's messages.")] = None
    country: Annotated[str | None, Meta(description="Only to this country, e.g. CH.")] = None
    mcc_mnc: Annotated[str | None, Meta(description="Only to this network, e.g. 22801.")] = None
    prefix: Annotated[str | None, Meta(description="Only to numbers that start so, e.g. 4179.")] = None
    sender: Annotated[str | None, Meta(description="Only from this sender.")] = None


class PriceSettings(_Section, frozen=True, kw_only=True):
    """The price of one SMS. The network's price wins over the country's, and that over `*`."""

    price: Annotated[Text, Meta(description='Decimal in quotes, e.g. "0.0125".')]
    plan: Annotated[Text, Meta(description="Price list that accounts refer to.")] = "standard"
    where: Annotated[Text, Meta(description='MCC/MNC ("22801"), country ("CH"), or "*".')] = "*"


class AccountSettings(_Section, frozen=True, kw_only=True):
    """A customer. Its credit is paid in once, when the account is first seen."""

    name: Annotated[Text, Meta(description="Name of the account.")]
    users: Annotated[dict[str, str], Meta(description="Logins: name and password (or an Argon2id hash).")] = field(
        default_factory=dict
    )
    keys: Annotated[tuple[str, ...], Meta(description="API keys for `Authorization: App KEY`.")] = ()
    credit: Annotated[str, Meta(description='Opening credit, a decimal in quotes, e.g. "100".')] = "0"
    currency: Annotated[str, Meta(description="Currency of credit and prices.")] = "EUR"
    plan: Annotated[str, Meta(description="Price list.")] = "standard"
    senders: Annotated[tuple[str, ...] | None, Meta(description="Allowed senders; leave out for any.")] = None
    blocked_senders: Annotated[tuple[str, ...], Meta(description="Senders that are refused.")] = ()
    default_sender: Annotated[str | None, Meta(description="Sender of messages that name none.")] = None
    rate: Annotated[Annotated[float, Meta(gt=0)] | None, Meta(description="Most messages a second.")] = None
    accepted_status: Annotated[
        Literal[0, 7], Meta(description="Status of an accepted message: 0 MESSAGE_ACCEPTED or 7 PENDING_ENROUTE.")
    ] = 0


class Settings(_Section, frozen=True, kw_only=True):
    """The whole configuration file."""

    storage: StorageSettings = field(default_factory=StorageSettings)
    http: HttpSettings = field(default_factory=HttpSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    log: LogSettings = field(default_factory=LogSettings)
    connectors: tuple[SmscSettings | SimulatedSettings, ...] = ()
    routes: tuple[RouteSettings, ...] = ()
    prices: tuple[PriceSettings, ...] = ()
    accounts: tuple[AccountSettings, ...] = ()
