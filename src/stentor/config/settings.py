"""Every setting once: its name, type, default and meaning. `stentor config` prints this table."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from stentor.core.account import Terms
from stentor.core.routing import Target


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the configuration file; an unknown name in it is an error."""


Text = Annotated[str, Meta(min_length=1)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
DIGEST = "sha256:"
"""Precedes the SHA-256 of a key or token that stands in a file instead of it."""


class StorageSettings(_Section, frozen=True, kw_only=True):
    """Where messages are kept."""

    data: Annotated[Text, Meta(description="Folder of the embedded database. One program at a time uses it.")] = "data"
    key_file: Annotated[
        str | None, Meta(description="File with the key that seals secrets; stentor.key in the data folder by default.")
    ] = None


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
    head_limit: Annotated[
        Annotated[int, Meta(ge=1024)], Meta(description="Largest head of a request in octets; more is answered 431.")
    ] = 65_536
    connections: Annotated[
        Positive,
        Meta(
            description="Most connections at once; one more is answered 503. The process's open files may allow fewer."
        ),
    ] = 5_000
    connections_per_address: Annotated[
        Positive,
        Meta(description="Most connections of one address (of one /64 with IPv6); proxies are not counted so."),
    ] = 500
    head_timer: Annotated[
        Seconds,
        Meta(description="Seconds from the first octet of a request to the end of its head; and to the first octet."),
    ] = 10.0
    idle_timer: Annotated[
        Seconds, Meta(description="Seconds that an idle connection is kept for the next request.")
    ] = 75.0
    transfer_timer: Annotated[
        Seconds, Meta(description="Seconds for a body to come, or for an answer to be read; what moves gets more.")
    ] = 30.0
    transfer_rate: Annotated[
        Positive, Meta(description="Octets that earn a body or an answer one second on top of transfer_timer.")
    ] = 1_024
    transfer_max: Annotated[Seconds, Meta(description="Seconds after which no body or answer gets more.")] = 600.0
    handshake_timer: Annotated[Seconds, Meta(description="Seconds for a TLS handshake.")] = 10.0
    login_failures: Annotated[
        Positive,
        Meta(
            description="Wrong logins a minute for one name from one address; more are answered 429. An address may"
            " have 5 times as many over all names, a name 50 times as many from all addresses."
        ),
    ] = 20
    proxies: Annotated[
        tuple[str, ...],
        Meta(description='Networks of your reverse proxies, whose X-Forwarded-For is believed, e.g. ["10.0.0.0/8"].'),
    ] = ()
    metrics_allow: Annotated[
        tuple[str, ...],
        Meta(description="Networks that may read /metrics without an operator's token."),
    ] = ("127.0.0.0/8", "::1/128")
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
    calls: Annotated[
        Positive, Meta(description="Calls at a time over all hosts; one account has at most half of them.")
    ] = 160
    reports_per_call: Annotated[Positive, Meta(description="Most reports in one call.")] = 100
    in_memory: Annotated[Positive, Meta(description="Reports held in memory; more wait on disk.")] = 20_000


class LogSettings(_Section, frozen=True, kw_only=True):
    """What the program says on stderr."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="Least severity shown.")] = "info"
    format: Annotated[Literal["text", "json"], Meta(description="One line each, for people or for machines.")] = "text"
    moves: Annotated[
        bool,
        Meta(description="One line of level info for each step of a message, with its messageId, without its text."),
    ] = True


class SimulatedSettings(_Section, frozen=True, kw_only=True, tag_field="type", tag="simulated"):
    """The built-in network: magic numbers choose what happens (docs/reference/simulated-network.md)."""

    name: Annotated[Text, Meta(description="Name that routes refer to.")] = "simulated"
    delay: Annotated[
        Annotated[float, Meta(ge=0, le=86_400)], Meta(description="Seconds until the delivery receipt.")
    ] = 0.1
    window: Annotated[Positive, Meta(description="Parts in flight.")] = 100
    rate: Annotated[
        Annotated[float, Meta(gt=0)] | None, Meta(description="Parts a second it takes; more are throttled.")
    ] = None


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
    sessions: Annotated[
        Annotated[int, Meta(ge=1, le=100)], Meta(description="Sessions at the same time, at most 100.")
    ] = 1
    window: Annotated[Positive, Meta(description="Most unanswered submit_sm per session.")] = 50
    rate: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Most submit_sm a second over all sessions; leave out for none."),
    ] = None
    tls: Annotated[bool, Meta(description="Speak TLS.")] = False
    tls_ca: Annotated[
        str | None, Meta(description="PEM file with the authority to trust; the system's by default.")
    ] = None
    tls_verify: Annotated[bool, Meta(description="Check the certificate and its name.")] = True
    enquire_link: Annotated[Seconds, Meta(description="Seconds of silence until enquire_link is sent.")] = 30.0
    response_timer: Annotated[Seconds, Meta(description="Seconds to wait for a response.")] = 30.0
    reconnect_max: Annotated[
        Annotated[float, Meta(ge=0.1, le=86_400)], Meta(description="Longest pause between two tries to connect.")
    ] = 60.0
    throttle_pause: Annotated[
        Seconds, Meta(description="Longest rest of the link after ESME_RTHROTTLED or ESME_RMSGQFUL, in seconds.")
    ] = 1.0
    slow_after: Annotated[
        Seconds,
        Meta(
            description="Seconds without an answer, while one is due, after which messages with another way go there;"
            " keep it well above the usual round trip."
        ),
    ] = 0.7
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

    connector: Annotated[str | None, Meta(description="Where matching messages go.")] = None
    targets: Annotated[
        tuple[Target, ...],
        Meta(
            description='Or several connectors with their shares, e.g. [{connector = "a", weight = 70},'
            ' {connector = "b", weight = 30}, {connector = "c", weight = 0}]; 0: only when no other is available.'
        ),
    ] = ()
    name: Annotated[str | None, Meta(description="Name shown in histories; its number by default.")] = None
    order: Annotated[
        int | None, Meta(description="Rules are tried in ascending order; 10, 20, 30 ... as they stand by default.")
    ] = None
    account: Annotated[str | None, Meta(description="Only this account's messages.")] = None
    country: Annotated[str | None, Meta(description="Only to this country, e.g. CH.")] = None
    mcc_mnc: Annotated[str | None, Meta(description="Only to this network, e.g. 22801.")] = None
    prefix: Annotated[str | None, Meta(description="Only to numbers that start so, e.g. 4179.")] = None
    sender: Annotated[str | None, Meta(description="Only from this sender.")] = None


class PriceSettings(_Section, frozen=True, kw_only=True):
    """The price of one SMS. The network's price wins over the country's, and that over `*`."""

    price: Annotated[Text, Meta(description='Decimal in quotes, e.g. "0.0125".')]
    plan: Annotated[Text, Meta(description="Price list that accounts refer to.")] = "standard"
    account: Annotated[
        str | None, Meta(description="Instead of a plan: the own list of this account, which goes before its plan.")
    ] = None
    where: Annotated[Text, Meta(description='MCC/MNC ("22801"), country ("CH"), or "*".')] = "*"


class KeySettings(_Section, frozen=True, kw_only=True):
    """An API key that has a name."""

    key: Annotated[Text, Meta(description="The key, or sha256: and its digest.")]
    name: Annotated[str, Meta(description="What it is for.")] = ""


class AccountSettings(Terms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer. Its credit is paid in once, when the account is first seen."""

    # How long these may be is told with the account's name, when the record is checked (`core.consistency`).
    name: Annotated[Text, Meta(description="Name of the account.")]
    currency: Annotated[str, Meta(description="Currency of credit and prices.")] = "EUR"
    plan: Annotated[str, Meta(description="Price list.")] = "standard"
    users: Annotated[dict[str, str], Meta(description="Logins: name and password (or an Argon2id hash).")] = field(
        default_factory=dict
    )
    keys: Annotated[
        tuple[Text | KeySettings, ...],
        Meta(
            description='API keys for `Authorization: App KEY` (or sha256: and the key\'s digest), or {key = "KEY",'
            ' name = "what for"}.'
        ),
    ] = ()
    credit: Annotated[str, Meta(description='Opening credit, a decimal in quotes, e.g. "100".')] = "0"


class BlockedSettings(_Section, frozen=True, kw_only=True):
    """A number that gets no messages."""

    number: Annotated[Text, Meta(description="Number in international form, digits only.")]
    account: Annotated[Text, Meta(description='The account that may not send to it, or "*" for any.')] = "*"


class OperatorSettings(_Section, frozen=True, kw_only=True):
    """Someone who may call the management API, /admin/1/..."""

    name: Annotated[Text, Meta(description="Name, as the audit log shows it.")]
    token: Annotated[Text, Meta(description="Token for `Authorization: Bearer` (or sha256: and the token's digest).")]


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
    blocked: tuple[BlockedSettings, ...] = ()
    operators: tuple[OperatorSettings, ...] = ()
