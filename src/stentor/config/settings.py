"""Every setting once: its name, type, default and meaning. `stentor config` prints this table."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from stentor.core.account import DEFAULT_CURRENCY, Terms
from stentor.core.devices import DEVICES_OF_AN_APPLICATION
from stentor.core.numbers import Number
from stentor.core.routing import MAX_PRIORITY, Target


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

    data: Annotated[
        Text,
        Meta(
            description="Folder of the embedded database, from where the program starts unless it begins with a slash. "
            "One program at a time uses it."
        ),
    ] = "data"
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
    bodies_limit: Annotated[
        Annotated[int, Meta(ge=1024)],
        Meta(
            description="Octets of large request bodies (over 64 KiB) in memory together; more are answered 503. "
            "One alone is always read."
        ),
    ] = 268_435_456
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


SMPP_PORT = 8888
"""Where the documents' customers look for SMPP."""


class SmppSettings(_Section, frozen=True, kw_only=True):
    """The SMPP server for customers."""

    enabled: Annotated[bool, Meta(description="Whether customers can connect over SMPP.")] = True
    host: Annotated[Text, Meta(description="Address to listen on; 0.0.0.0 for every interface.")] = "127.0.0.1"
    port: Annotated[
        Port | None,
        Meta(description="Port to listen on; 0 takes a free one. Left out: 8888, if no other program has it."),
    ] = None
    tls_port: Annotated[
        Port, Meta(description="Port for SMPP over TLS, open when there is a certificate; 0 takes a free one.")
    ] = 8887
    tls_certificate: Annotated[
        str | None, Meta(description="PEM file with the certificate chain; with tls_key, tls_port speaks TLS.")
    ] = None
    tls_key: Annotated[str | None, Meta(description="PEM file with the private key.")] = None
    connections: Annotated[Positive, Meta(description="Most connections at once; one more is closed.")] = 5_000
    connections_per_address: Annotated[
        Positive, Meta(description="Most connections of one address (of one /64 with IPv6).")
    ] = 500
    window: Annotated[
        Positive, Meta(description="Unanswered requests of one session after which it is not read for a while.")
    ] = 500
    session_init: Annotated[Seconds, Meta(description="Seconds from the connection to the bind.")] = 10.0
    enquire_link: Annotated[Seconds, Meta(description="Seconds of silence until enquire_link is sent.")] = 30.0
    response_timer: Annotated[
        Seconds, Meta(description="Seconds to wait for a response; an unanswered deliver_sm goes out again.")
    ] = 30.0
    inactivity: Annotated[
        Seconds | None, Meta(description="Seconds without a message until a session is unbound; left out: never.")
    ] = None


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


class LinkSettings(_Section, frozen=True, kw_only=True):
    """Short links in messages, and conversion tracking."""

    domain: Annotated[
        str, Meta(description='Where phones reach this program, e.g. "https://eel.nu"; empty: its own address.')
    ] = ""
    days: Annotated[
        Annotated[int, Meta(ge=1, le=3_650)],
        Meta(description="Days after which a link leads nowhere, and is forgotten with its clicks."),
    ] = 90
    log_days: Annotated[
        Annotated[int, Meta(ge=2, le=3_650)],
        Meta(description="Days that each start and end of a tracked process is kept; their counts stay."),
    ] = 90


class InboundSettings(_Section, frozen=True, kw_only=True):
    """Messages from phones."""

    wait: Annotated[
        Seconds, Meta(description="Seconds that parts of a long message wait for the others; then they go on without.")
    ] = 600.0


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
    packed: Annotated[
        bool, Meta(description="GSM text travels as packed septets instead of one an octet, both ways.")
    ] = False
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


class HttpLinkSettings(_Section, frozen=True, kw_only=True, tag_field="type", tag="http"):
    """Another platform of the same API: a Stentor, or the vendor's (docs/howto/chain-platforms.md)."""

    name: Annotated[Text, Meta(description="Name that routes refer to.")]
    url: Annotated[
        str,
        Meta(
            pattern=r"^https?://[^/?#@\s]+[^?#\s]*$",
            description="Address of that platform, e.g. https://api.example.com, with its prefix if it has one.",
        ),
    ]
    user: Annotated[str, Meta(description="Login there.")] = ""
    password: Annotated[str, Meta(description="Password there.")] = ""
    api_key: Annotated[str, Meta(description="API key there, instead of a login.")] = ""
    reports: Annotated[
        Literal["pull", "notify"],
        Meta(description='How delivery reports come: "pull" asks for them, "notify" has them sent to public_url.'),
    ] = "pull"
    public_url: Annotated[
        Annotated[str, Meta(pattern=r"^https?://[^/?#@\s]+[^?#\s]*$")] | None,
        Meta(description="Address of our own HTTP API as that platform reaches it; needed with notify."),
    ] = None
    on_uncertain: Annotated[
        Literal["resend", "hold"],
        Meta(
            description="A message whose answer was lost: send again here or by another target, or hold it for this"
            " platform, which knows whether it has it."
        ),
    ] = "resend"
    window: Annotated[
        Annotated[int, Meta(ge=1, le=100)], Meta(description="Requests at the same time, at most 100.")
    ] = 4
    batch: Annotated[Annotated[int, Meta(ge=1, le=1_000)], Meta(description="Most messages in one request.")] = 100
    rate: Annotated[
        Annotated[float, Meta(gt=0)] | None, Meta(description="Most messages a second; leave out for none.")
    ] = None
    response_timer: Annotated[Seconds, Meta(description="Seconds to wait for an answer.")] = 30.0
    retry_max: Annotated[
        Annotated[float, Meta(ge=0.1, le=86_400)], Meta(description="Longest pause between two tries while it is down.")
    ] = 30.0
    pull_every: Annotated[
        Annotated[float, Meta(ge=0.05, le=86_400)], Meta(description="Seconds between two pulls of reports.")
    ] = 2.0
    ask_after: Annotated[
        Seconds, Meta(description="Seconds without a final report until the log of that platform is asked.")
    ] = 300.0
    tls_ca: Annotated[
        str | None, Meta(description="PEM file with the authority to trust; the system's by default.")
    ] = None
    tls_verify: Annotated[bool, Meta(description="Check the certificate and its name.")] = True


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
    code: Annotated[
        str | None, Meta(description="Only from SMPP sessions with this route code: system_type R:CODE.")
    ] = None
    priority: Annotated[
        int,
        Meta(
            ge=0, le=MAX_PRIORITY, description="Of what waits for a connector the highest goes first, e.g. passwords."
        ),
    ] = 0


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
    currency: Annotated[str, Meta(description="Currency of credit and prices.")] = DEFAULT_CURRENCY
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


class _Resolver(_Section, frozen=True, kw_only=True, tag_field="type"):
    """Resolvers are asked in ascending order; the first that knows a number answers (docs/howto/look-up-numbers.md)."""

    name: Annotated[Text, Meta(description="Name in the audit log and in measures.")]
    order: Annotated[
        int | None, Meta(description="Resolvers are asked in ascending order; 10, 20, 30 ... as they stand by default.")
    ] = None
    account: Annotated[str | None, Meta(description="Only for this account's lookups.")] = None
    countries: Annotated[
        tuple[str, ...] | None, Meta(description="Only for numbers of these countries, ISO codes; leave out for any.")
    ] = None


class PortabilitySettings(_Resolver, frozen=True, kw_only=True, tag="portability"):
    """Answers from the imported file of ported numbers: `stentor portability import`."""

    name: Annotated[Text, Meta(description="Name in the audit log and in measures.")] = "portability"


class HttpResolverSettings(_Resolver, frozen=True, kw_only=True, tag="http"):
    """Asks another platform of the same API."""

    url: Annotated[
        str,
        Meta(
            pattern="^https?://[^/?#@]+(/[^?#@]*)?$",
            description="Address of that platform, e.g. https://api.example.com.",
        ),
    ]
    api: Annotated[
        Literal["v1", "v3"],
        Meta(description='"v1": POST URL/number/1/query; "v3": GET URL/api/hlr/sync, one number a request.'),
    ] = "v1"
    user: Annotated[str, Meta(description="Login there.")] = ""
    password: Annotated[str, Meta(description="Password there.")] = ""
    api_key: Annotated[str, Meta(description="API key there, instead of a login; v1 only.")] = ""
    answers: Annotated[
        Literal["hlr", "portability"],
        Meta(description='"hlr": also whether the phone is reachable; "portability": whose the number is, for a day.'),
    ] = "hlr"
    timeout: Annotated[
        Annotated[float, Meta(gt=0, le=60)], Meta(description="Seconds to wait; then the next resolver is asked.")
    ] = 5.0
    cache: Annotated[
        Annotated[int, Meta(ge=0, le=86_400)] | None,
        Meta(description="Seconds that an answer is good for: 60 by default, at most 300; with portability a day."),
    ] = None
    concurrency: Annotated[Annotated[int, Meta(ge=1, le=1_000)], Meta(description="Requests at a time.")] = 16
    per_request: Annotated[Annotated[int, Meta(ge=1, le=1_000)], Meta(description="Numbers in one request.")] = 100


class SmppResolverSettings(_Resolver, frozen=True, kw_only=True, tag="smpp"):
    """Asks another platform over SMPP, bound with system_type HLR: each submit_sm is a question."""

    host: Annotated[Text, Meta(description="Address of that platform.")]
    port: Annotated[Port, Meta(description="Its port.")] = 8888
    system_id: Annotated[str, Meta(description="Login there.")] = ""
    password: Annotated[str, Meta(description="Password there.")] = ""
    system_type: Annotated[str, Meta(description="system_type of the bind.")] = "HLR"
    sessions: Annotated[Annotated[int, Meta(ge=1, le=100)], Meta(description="Sessions at the same time.")] = 1
    window: Annotated[Positive, Meta(description="Most unanswered submit_sm per session.")] = 50
    tls: Annotated[bool, Meta(description="Speak TLS.")] = False
    tls_ca: Annotated[
        str | None, Meta(description="PEM file with the authority to trust; the system's by default.")
    ] = None
    tls_verify: Annotated[bool, Meta(description="Check the certificate and its name.")] = True
    timeout: Annotated[
        Annotated[float, Meta(gt=0, le=60)], Meta(description="Seconds to wait; then the next resolver is asked.")
    ] = 5.0
    cache: Annotated[Annotated[int, Meta(ge=0, le=300)], Meta(description="Seconds that an answer is good for.")] = 60
    concurrency: Annotated[
        Annotated[int, Meta(ge=1, le=10_000)], Meta(description="Numbers that may be asked for at a time.")
    ] = 1_000


class PlanSettings(_Resolver, frozen=True, kw_only=True, tag="plan"):
    """Answers from the numbering plan: to whom a number was first given, and nothing about its phone."""

    name: Annotated[Text, Meta(description="Name in the audit log and in measures.")] = "plan"


class SimulatedHlrSettings(_Resolver, frozen=True, kw_only=True, tag="simulated"):
    """The built-in HLR: magic numbers choose what it says (docs/reference/simulated-network.md)."""

    name: Annotated[Text, Meta(description="Name in the audit log and in measures.")] = "simulated"
    delay: Annotated[Annotated[float, Meta(ge=0, le=60)], Meta(description="Seconds until it answers.")] = 0.0
    timeout: Annotated[
        Annotated[float, Meta(gt=0, le=60)], Meta(description="Seconds to wait; then the next resolver is asked.")
    ] = 5.0


ResolverSettings = (
    HttpResolverSettings | SmppResolverSettings | PortabilitySettings | PlanSettings | SimulatedHlrSettings
)


class _Application(_Section, frozen=True, kw_only=True, tag_field="type"):
    """A push application: what scenarios and mobile applications call by its code."""

    name: Annotated[Text, Meta(description="Name in the audit log.")]
    code: Annotated[
        str,
        Meta(
            pattern="^[0-9a-z]{32}-[0-9a-z]{8}(-[0-9a-z]{4}){3}-[0-9a-z]{12}$",
            description="Application code: 32 digits or small letters, a hyphen, and a UUID.",
        ),
    ]
    account: Annotated[Text, Meta(description="Whose it is.")]
    title: Annotated[str, Meta(description="Its name as customers see it; the name by default.")] = ""
    description: Annotated[str, Meta(description="What it is.")] = ""
    rate: Annotated[
        Annotated[float, Meta(gt=0)] | None, Meta(description="Most push messages a second; more wait their turn.")
    ] = None
    binds_numbers: Annotated[
        bool, Meta(description="Whether a device may name its phone number; false: only operators do.")
    ] = True
    devices: Annotated[
        Positive, Meta(description="Most devices: anybody who has the code can register some; more are refused.")
    ] = DEVICES_OF_AN_APPLICATION


class SimulatedApplicationSettings(_Application, frozen=True, kw_only=True, tag="simulated"):
    """Its devices are those of the built-in push service (docs/reference/simulated-network.md)."""

    delay: Annotated[
        Annotated[float, Meta(ge=0, le=3_600)], Meta(description="Seconds until a device says that it has a message.")
    ] = 0.05


class PushApplicationSettings(_Application, frozen=True, kw_only=True, tag="push"):
    """Its devices are reached through FCM, APNs or both; what is left out is not set up."""

    fcm_account: Annotated[str, Meta(description="The service account's key file, its JSON as one text.")] = ""
    fcm_url: Annotated[str, Meta(pattern="^https://[^/?#@]+$", description="Where FCM is.")] = (
        "https://fcm.googleapis.com"
    )
    fcm_token_url: Annotated[
        str,
        Meta(
            pattern="^(https://[^/?#@]+(/[^?#]*)?)?$",
            description="Where its tokens come from; by default where the service account says.",
        ),
    ] = ""
    apns_key: Annotated[str, Meta(description="The signing key, the text of its .p8 file.")] = ""
    apns_key_id: Annotated[str, Meta(description="Its key id, 10 characters.")] = ""
    apns_team: Annotated[str, Meta(description="The team id, 10 characters.")] = ""
    apns_topic: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]*$", description="The bundle id of the application.")] = ""
    apns_url: Annotated[str, Meta(pattern="^https://[^/?#@]+$", description="Where APNs is.")] = (
        "https://api.push.apple.com"
    )
    ca_file: Annotated[
        str | None, Meta(description="PEM file of the authorities to trust; the usual ones by default.")
    ] = None


ApplicationSettings = SimulatedApplicationSettings | PushApplicationSettings


class NumberSettings(Number, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number or short code that phones write to: whose it is, and how its messages go there."""


class OperatorSettings(_Section, frozen=True, kw_only=True):
    """Someone who may call the management API, /admin/1/..."""

    name: Annotated[Text, Meta(description="Name, as the audit log shows it.")]
    token: Annotated[Text, Meta(description="Token for `Authorization: Bearer` (or sha256: and the token's digest).")]


class Settings(_Section, frozen=True, kw_only=True):
    """The whole configuration file."""

    storage: StorageSettings = field(default_factory=StorageSettings)
    http: HttpSettings = field(default_factory=HttpSettings)
    smpp: SmppSettings = field(default_factory=SmppSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    links: LinkSettings = field(default_factory=LinkSettings)
    inbound: InboundSettings = field(default_factory=InboundSettings)
    log: LogSettings = field(default_factory=LogSettings)
    connectors: tuple[SmscSettings | SimulatedSettings | HttpLinkSettings, ...] = ()
    routes: tuple[RouteSettings, ...] = ()
    prices: tuple[PriceSettings, ...] = ()
    accounts: tuple[AccountSettings, ...] = ()
    blocked: tuple[BlockedSettings, ...] = ()
    numbers: tuple[NumberSettings, ...] = ()
    operators: tuple[OperatorSettings, ...] = ()
    resolvers: tuple[ResolverSettings, ...] = ()
    applications: tuple[ApplicationSettings, ...] = ()
