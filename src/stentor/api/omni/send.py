"""Sending over a scenario: a request becomes one `OmniSubmission` (002 "Send OMNI message")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import UNSET

from stentor.api.messages import JSON, XML, Request, Response
from stentor.api.omni.models import (
    ChannelContent,
    OmniAdvancedRequest,
    OmniCommon,
    OmniDestinationModel,
    OmniResponse,
    OmniSentMessage,
    OmniTextRequest,
    ToModel,
    ToView,
)
from stentor.api.v1 import languages, times
from stentor.api.v1.models import STATUS_MODELS
from stentor.api.v1.reading import BodyReader, scalar
from stentor.api.v1.send import listed
from stentor.api.v1.xml import OMNI_SEND, answer
from stentor.core.account import Account
from stentor.core.errors import InvalidField
from stentor.core.omni.channels import CHANNELS, LONGEST_MS
from stentor.core.omni.records import To, Words
from stentor.core.omni.sending import MAX_TEXT, OmniAcceptance, OmniDestination, OmniSending, OmniSubmission

_MAX_DIGITS = 9
_UNITS_MS = {"SECONDS": 1_000, "MINUTES": 60_000, "HOURS": 3_600_000}
_advanced = BodyReader(OmniAdvancedRequest)
_text = BodyReader(OmniTextRequest)


class OmniSendApi:
    def __init__(self, sending: OmniSending) -> None:
        self._sending = sending

    async def advanced(self, request: Request) -> Response:
        """A text of its own for each channel."""
        body: OmniCommon = _advanced.read(request)
        given = ((channel, getattr(body, channel.block)) for channel in CHANNELS.values())
        said = {channel.name: words_of(channel.block, block) for channel, block in given if block is not None}
        words = {channel: one for channel, one in said.items() if one.text or one.options}
        return self._rendered(request, await self._sending(_submission(request.account, body, words)))

    async def text(self, request: Request) -> Response:
        """One text for every channel."""
        body = _text.read(request)
        text = scalar(body.text) or ""
        if not text:
            raise InvalidField("text", "may not be empty")
        if len(text) > MAX_TEXT:
            raise InvalidField("text", f"Length is limited to {MAX_TEXT} characters.")
        words = dict.fromkeys(CHANNELS, Words(text=text, subject=body.mail_subject or ""))
        return self._rendered(request, await self._sending(_submission(request.account, body, words)))

    @staticmethod
    def _rendered(request: Request, acceptance: OmniAcceptance) -> Response:
        messages = [
            OmniSentMessage(to=to_view(one.to), status=STATUS_MODELS[one.status], message_id=one.message_id)
            for one in acceptance.messages
        ]
        return answer(request, OMNI_SEND, OmniResponse(bulk_id=acceptance.bulk_id or UNSET, messages=messages))


def _submission(account: Account, body: OmniCommon, words: dict[str, Words]) -> OmniSubmission:
    given: list[OmniDestinationModel] = listed(body.destinations, "destinations")
    return OmniSubmission(
        account=account,
        destinations=[*_destinations(given)],
        words=words,
        scenario_key=scalar(body.scenario_key) or None,
        bulk_id=scalar(body.bulk_id),
        notify_url=body.notify_url or None,
        notify_type=notify_type(body.notify_content_type),
        callback_data=scalar(body.callback_data),
        intermediate=bool(body.intermediate_report),
        send_at=times.read("sendAt", body.send_at) if body.send_at else None,
        longest_ms=LONGEST_MS,
    )


def _destinations(given: Iterable[OmniDestinationModel]) -> Iterable[OmniDestination]:
    for one in given:
        yield OmniDestination(to_of(one.to or ToModel()), scalar(one.message_id) or None)


def to_of(given: ToModel) -> To:
    return To(
        phone_number=scalar(given.phone_number) or "",
        push_registration_id=scalar(given.push_registration_id) or "",
        email_address=given.email_address or "",
    )


def to_view(to: To) -> ToView:
    return ToView(
        phone_number=to.phone_number or UNSET,
        push_registration_id=to.push_registration_id or UNSET,
        email_address=to.email_address or UNSET,
    )


def notify_type(given: str | None) -> str:
    chosen = given or JSON
    if chosen not in (JSON, XML):
        raise InvalidField("notifyContentType", f"{chosen[:60]!r} is not {JSON} or {XML}.")
    return chosen


def words_of(block: str, given: ChannelContent, unit: str = "MINUTES") -> Words:
    """`unit`: of a validity that names none."""
    return Words(
        text=scalar(given.text) or "",
        subject=given.subject or "",
        validity_ms=validity(block, given.validity_period, given.validity_period_time_unit or unit),
        shift=languages.shift(f"{block}.language", given.language),
        transliteration=languages.transliteration(f"{block}.transliteration", given.transliteration),
        options=options_of(given.custom_payload, given.notification_options),
    )


def options_of(custom_payload: dict[str, Any] | None, notification: dict[str, Any] | None) -> dict[str, Any]:
    """What only push knows; in XML every value is a text."""
    shown = {name: _typed(name, value) for name, value in (notification or {}).items()}
    return {name: value for name, value in (("customPayload", custom_payload), ("notificationOptions", shown)) if value}


def _typed(name: str, value: Any) -> Any:
    if name.endswith("Enabled") and value in ("true", "false"):
        return value == "true"
    number = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS
    return int(value) if name == "badge" and number else value


def validity(block: str, given: int | str | None, unit: str) -> int | None:
    if given is None or given == "":
        return None
    if unit.upper() not in _UNITS_MS:
        raise InvalidField(f"{block}.validityPeriodTimeUnit", f"{unit[:40]!r} is not one of {', '.join(_UNITS_MS)}.")
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InvalidField(f"{block}.validityPeriod", f"{text[:40]!r} is not a whole number.")
    return int(text) * _UNITS_MS[unit.upper()]
