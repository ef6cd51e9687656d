"""Sending over v1: the three requests become one `Submission`, its `Acceptance` becomes the documents' answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import UNSET

from stentor.api.messages import JSON, XML, Request, Response
from stentor.api.v1 import languages, times, windows
from stentor.api.v1.models import (
    STATUS_MODELS,
    AdvancedMessage,
    AdvancedRequest,
    DestinationModel,
    MultiRequest,
    Scalar,
    SendResponse,
    SentMessage,
    SingleRequest,
    TrackingModel,
)
from stentor.api.v1.reading import BodyReader, scalar
from stentor.api.v1.xml import SEND, SINGLE, Names, answer
from stentor.catalogue import StatusId
from stentor.core.content import Extra
from stentor.core.errors import InvalidField
from stentor.core.submit import Acceptance, Accepted, Destination, Outgoing, Submission, Submit, check_count
from stentor.core.tracking import Tracking, tracking

_MINUTE_MS = 60_000
_MAX_NAME = 100
_single = BodyReader(SingleRequest)
_multi = BodyReader(MultiRequest)
_advanced = BodyReader(AdvancedRequest)


class SendApi:
    def __init__(self, submit: Submit) -> None:
        self._submit = submit

    async def single(self, request: Request) -> Response:
        """One text to one or more numbers; one number gets no bulkId (004 "Sending SMS")."""
        body = _single.read(request)
        check_count(count_of(body.to))
        outgoing = _outgoing_of_single(body)
        acceptance = await self._submit(Submission(request.account, (outgoing,), scalar(body.bulk_id)))
        return rendered(request, SINGLE, acceptance, with_bulk=len(acceptance.messages) > 1)

    async def multi(self, request: Request) -> Response:
        """A text of its own for each message (004 "Personalised SMS")."""
        body = _multi.read(request)
        given: list[SingleRequest] = listed(body.messages, "messages")
        check_count(sum(count_of(message.to) for message in given))
        messages = [_outgoing_of_single(message) for message in given]
        acceptance = await self._submit(Submission(request.account, messages, scalar(body.bulk_id)))
        with_bulk = len(acceptance.messages) > 1 or body.bulk_id is not None
        return rendered(request, SEND, acceptance, with_bulk=with_bulk)

    async def advanced(self, request: Request) -> Response:
        """Every parameter of 004; always answers a bulkId."""
        body = _advanced.read(request)
        given: list[AdvancedMessage] = listed(body.messages, "messages")
        check_count(sum(map(destination_count, given)))
        given, tracked = _tracked(given, body.tracking)
        messages = [outgoing_of(message, n) for n, message in enumerate(given)]
        acceptance = await self._submit(Submission(request.account, messages, scalar(body.bulk_id), tracked))
        return rendered(request, SEND, acceptance, with_bulk=True)


def _tracked(
    given: list[AdvancedMessage], wanted: TrackingModel | None
) -> tuple[list[AdvancedMessage], Tracking | None]:
    """The messages, and what is tracked of them; the sample of 004 "URL shortening" has it as one of the messages."""
    if wanted is None:
        wanted = next((message.tracking for message in given if message.tracking is not None), None)
    if wanted is None:
        return given, None
    given = [one for one in given if one.tracking is None or one != AdvancedMessage(tracking=one.tracking)]
    if not given:
        raise InvalidField("messages", "may not be empty")
    return given, tracking(
        track=wanted.track, type_=scalar(wanted.type), process_key=scalar(wanted.process_key), base_url=wanted.base_url
    )


def listed(value: object, field: str) -> list:  # type: ignore[type-arg]
    """A list, or the one item that a client sent instead of a list of one."""
    items = value if isinstance(value, list) else [value] if value is not None else []
    if not items:
        raise InvalidField(field, "may not be empty")
    check_count(len(items))
    return items


def numbers_of(to: Scalar | list[Scalar] | None) -> Iterable[str]:
    if isinstance(to, list):
        return map(str, to) if to else ("",)
    return ("" if to is None else str(to),)


def count_of(to: Scalar | list[Scalar] | None) -> int:
    return len(to) if isinstance(to, list) else 1


def destination_count(message: AdvancedMessage) -> int:
    given = message.destinations
    if isinstance(given, list):
        return sum(count_of(one.to) for one in given) or 1
    return count_of(message.to if given is None else given.to)


def _outgoing_of_single(body: SingleRequest) -> Outgoing:
    return Outgoing(
        destinations=[Destination(to) for to in numbers_of(body.to)],
        text=scalar(body.text) or "",
        sender=scalar(body.from_),
    )


def outgoing_of(body: AdvancedMessage, position: int) -> Outgoing:
    where = f"messages[{position}]"
    notify_type = body.notify_content_type or JSON
    if notify_type not in (JSON, XML):
        raise InvalidField(f"{where}.notifyContentType", f"{notify_type[:60]!r} is not {JSON} or {XML}.")
    return Outgoing(
        destinations=_destinations(body),
        text=scalar(body.text) or "",
        extra=_extra(where, body),
        transliteration=languages.transliteration(f"{where}.transliteration", body.transliteration),
        sender=scalar(body.from_),
        flash=bool(body.flash),
        intermediate=bool(body.intermediate_report),
        notify_url=body.notify_url or None,
        notify_type=notify_type,
        callback_data=scalar(body.callback_data),
        send_at=times.read(f"{where}.sendAt", body.send_at) if body.send_at else None,
        validity_ms=_validity(f"{where}.validityPeriod", body.validity_period),
    )


def _extra(where: str, body: AdvancedMessage) -> Extra:
    return Extra(
        shift=languages.shift(f"{where}.language", body.language),
        window=windows.window(f"{where}.deliveryTimeWindow", body.delivery_time_window),
        campaign=_named(f"{where}.campaignId", body.campaign_id),
        operator_client=_named(f"{where}.operatorClientId", body.operator_client_id),
    )


def _named(field: str, value: Scalar | None) -> str:
    name = scalar(value) or ""
    if len(name) > _MAX_NAME:
        raise InvalidField(field, f"Length is limited to {_MAX_NAME} characters.")
    return name


def _validity(field: str, minutes: int | str | None) -> int | None:
    """Minutes; what is over 48 h is cut to that (004 "Validity period")."""
    if minutes is None or minutes == "":
        return None
    try:
        value = int(minutes)
    except ValueError:
        value = -1
    if value <= 0:
        raise InvalidField(field, f"{str(minutes)[:40]!r} is not a positive number of minutes.")
    return min(value, 48 * 60) * _MINUTE_MS


def _destinations(body: AdvancedMessage) -> Sequence[Destination]:
    given = body.destinations
    if given is None:
        return [Destination(to) for to in numbers_of(body.to)]
    if isinstance(given, DestinationModel):
        given = [given]
    if len(given) == 0:
        return [Destination("")]
    return [Destination(to, scalar(one.message_id) or None) for one in given for to in numbers_of(one.to)]


def rendered(request: Request, names: Names, acceptance: Acceptance, *, with_bulk: bool) -> Response:
    messages = [_sent(accepted) for accepted in acceptance.messages]
    body = SendResponse(bulk_id=acceptance.bulk_id if with_bulk else UNSET, messages=messages)
    return answer(request, names, body)


def _sent(accepted: Accepted) -> SentMessage:
    """A scheduled message has no smsCount (`spec/wire.md` (c)5)."""
    counted = accepted.status != StatusId.PENDING_ACCEPTED
    return SentMessage(
        to=accepted.to,
        status=STATUS_MODELS[accepted.status],
        sms_count=accepted.parts if counted else UNSET,
        message_id=accepted.message_id,
    )
