"""What goes over the wire to another platform, and what comes back: v1 of the API in JSON, as 004 prints it.

What is read is read leniently: the other platform need not be a Stentor.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from stentor.core.content import UDHI, Extra, read
from stentor.core.message import Message
from stentor.text import segments
from stentor.text.national import LANGUAGES

TEXT_PATH = "/sms/1/text/advanced"
BINARY_PATH = "/sms/1/binary/advanced"
REPORTS_PATH = "/sms/1/reports"
LOGS_PATH = "/sms/1/logs"
BALANCE_PATH = "/account/1/balance"
MOST_ASKED = 100
"""Ids in one question to the log, which stand in its URL."""
MOST_RESULTS = 1_000
"""`limit` of reports and logs at most (`spec/wire.md` A1)."""
_MINUTE_MS = 60_000
_CODES = {language: code for code, language in LANGUAGES.items()}
_JSON = "application/json"


class _Model(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    pass


class To(_Model, frozen=True, kw_only=True):
    to: str
    message_id: str


class Language(_Model, frozen=True, kw_only=True, omit_defaults=False):
    language_code: str
    single_shift: bool
    locking_shift: bool


class Binary(_Model, frozen=True, kw_only=True, omit_defaults=False):
    hex: str
    data_coding: int
    esm_class: int


class Sent(_Model, frozen=True, kw_only=True):
    """One message of a request (004 "Text message with parameters")."""

    from_: str = msgspec.field(name="from", default="")
    destinations: tuple[To, ...]
    text: str | None = None
    binary: Binary | None = None
    language: Language | None = None
    flash: bool = False
    intermediate_report: bool = False
    notify_url: str | None = None
    notify_content_type: str | None = None
    callback_data: str | None = None
    validity_period: int = 0
    campaign_id: str | None = None
    operator_client_id: str | None = None


class SendRequest(_Model, frozen=True, kw_only=True):
    messages: list[Sent]


Id = str | int


class Status(_Model, frozen=True, kw_only=True):
    id: int | None = None
    group_id: int | None = None
    group_name: str | None = None
    name: str | None = None
    description: str | None = None


class Error(_Model, frozen=True, kw_only=True):
    id: int | None = None
    name: str | None = None


class Answered(_Model, frozen=True, kw_only=True):
    """What became of one message of a request."""

    message_id: Id | None = None
    status: Status | None = None


class SendAnswer(_Model, frozen=True, kw_only=True):
    messages: list[Answered]


class Report(_Model, frozen=True, kw_only=True):
    """A delivery report, or a line of the log."""

    message_id: Id
    status: Status
    error: Error | None = None

    @property
    def id(self) -> str:
        return str(self.message_id)


class _Balance(_Model, frozen=True, kw_only=True):
    balance: float


class _Results(_Model, frozen=True, kw_only=True):
    results: list[msgspec.Raw]


class _Exception(_Model, frozen=True, kw_only=True):
    text: str | None = None
    message_id: str | None = None


class _Error(_Model, frozen=True, kw_only=True):
    service_exception: _Exception


class _Refused(_Model, frozen=True, kw_only=True):
    request_error: _Error


_encode = msgspec.json.Encoder().encode
_answers = msgspec.json.Decoder(SendAnswer, strict=False).decode
_results = msgspec.json.Decoder(_Results).decode
_report = msgspec.json.Decoder(Report, strict=False).decode
_balance = msgspec.json.Decoder(_Balance, strict=False).decode
_refused = msgspec.json.Decoder(_Refused).decode


class Unreadable(Exception):
    """An answer that is not what the API says."""


def body(messages: Iterable[tuple[Message, str]], notify_url: str | None, now: int) -> bytes:
    """A request with these messages, each under the id that it has there."""
    return _encode(SendRequest(messages=[_sent(message, known_as, notify_url, now) for message, known_as in messages]))


def _sent(message: Message, known_as: str, notify_url: str | None, now: int) -> Sent:
    given: dict[str, Any] = {"text": message.text}
    if message.extra is not None:
        extra = read(message.extra)
        if extra.data:
            given = {"binary": _binary(extra)}
        elif extra.shift is not None:
            shift = extra.shift
            code = _CODES[shift.language]
            given["language"] = Language(language_code=code, single_shift=shift.single, locking_shift=shift.locking)
        given["campaign_id"] = extra.campaign or None
        given["operator_client_id"] = extra.operator_client or None
    return Sent(
        from_=message.sender,
        destinations=(To(to=message.recipient, message_id=known_as),),
        flash=bool(message.flash),
        intermediate_report=bool(message.intermediate),
        notify_url=notify_url,
        notify_content_type=None if notify_url is None else _JSON,
        callback_data=message.callback_data,
        validity_period=max(1, -(-(message.expires_at - now) // _MINUTE_MS)),
        **given,
    )


def _binary(extra: Extra) -> Binary:
    """Elements of a header travel as a header; what is too long with it is refused there."""
    data, esm_class = extra.data, extra.esm_class
    if extra.elements and not esm_class & UDHI:
        data, esm_class = segments.udh(0, 1, 1, elements=extra.elements) + data, esm_class | UDHI
    return Binary(hex=data.hex(), data_coding=extra.data_coding, esm_class=esm_class)


def is_binary(message: Message) -> bool:
    return message.extra is not None and bool(read(message.extra).data)


def answers(octets: bytes) -> list[Answered]:
    try:
        return _answers(octets).messages
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from None


def reports(octets: bytes) -> tuple[list[Report], int]:
    """Those that can be read, and how many cannot: reports are given once, so one bad must not cost the others."""
    try:
        raw = _results(octets).results
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from None
    found = []
    for one in raw:
        try:
            found.append(_report(one))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
    return found, len(raw) - len(found)


def balance(octets: bytes) -> float:
    """What is left there; more than nothing when the answer does not say."""
    try:
        return _balance(octets).balance
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return 1.0


def refusal(octets: bytes) -> str:
    """What a `requestError` says, short; empty when the body is none."""
    try:
        exception = _refused(octets).request_error.service_exception
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    text = exception.text or exception.message_id or ""
    return "".join(letter if letter.isprintable() else " " for letter in text[:200])
