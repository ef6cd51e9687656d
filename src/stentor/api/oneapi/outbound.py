"""Sending, and what became of it (001 "Send SMS messages ...", `spec/wire.md` A4, (b)11)."""

from __future__ import annotations

from decimal import Decimal

from stentor.api.messages import Request, Response, giving
from stentor.api.oneapi import reading
from stentor.api.oneapi.models import (
    DeliveryInfo,
    DeliveryInfoList,
    DeliveryInfos,
    DeliveryReport,
    DeliveryReportList,
    LanguageModel,
    LogLine,
    Logs,
    ResourceReference,
    SendAnswer,
    SendRequest,
    SendResult,
    TrackInfo,
)
from stentor.api.oneapi.refusals import Missing
from stentor.api.oneapi.rendering import word
from stentor.api.oneapi.resources import answer, limit, one, readings, url
from stentor.api.v1 import languages, times
from stentor.api.v1.logs import WINDOW_MS
from stentor.api.v1.models import Language
from stentor.api.v1.reading import Filters, scalar
from stentor.catalogue import STATUSES
from stentor.core import money
from stentor.core.content import Extra
from stentor.core.errors import InvalidField, NotFound
from stentor.core.ids import RUN, Ids, short_number
from stentor.core.lifecycle import is_final
from stentor.core.message import Message, Owed
from stentor.core.notify import ONEAPI
from stentor.core.ports import Clock, LogFilter, ReportFilter, Store
from stentor.core.submit import (
    MAX_BULK_ID,
    MAX_DESTINATIONS,
    Acceptance,
    Accepted,
    Destination,
    Outgoing,
    Submission,
    Submit,
    check_count,
)
from stentor.core.tracking import Tracking, tracking
from stentor.numbering import lookup

_REPORTS, _LOGS = 50, 1_000
_INFOS = "deliveryInfos"
"""The end of a resourceURL in answers to JSON (001). Clients that send forms take its last part for the correlator."""
_NAMES = {"to": "address", "notifyUrl": "notifyURL", "tag": "trackInfo.initTagInfo.tag"}
"""What the core calls by other names."""
_CODES = {"SP": "ES"}
"""What the client of Java calls Spanish."""


class OutboundApi:
    def __init__(self, *, submit: Submit, store: Store, ids: Ids, clock: Clock) -> None:
        self._submit = submit
        self._store = store
        self._ids = ids
        self._clock = clock

    async def send(self, request: Request) -> Response:
        """The correlator is the bulkId of its messages: what is asked of it later is asked of them."""
        body = reading.read(request, SendRequest)
        sender = reading.bare_address(scalar(body.sender_address) or request.at["sender"])
        correlator = _cut(scalar(body.client_correlator) or "") or self._correlator()
        try:
            tracked = _tracked(body.track_info)
            submission = Submission(request.account, (_outgoing(body, sender),), correlator, tracked)
            acceptance = await self._submit(submission)
        except InvalidField as refusal:
            raise InvalidField(_named(refusal.field, body.track_info), refusal.reason) from None
        body_ = self._answer(request, acceptance, sender, tracked)
        return answer(body_, 201 if reading.is_form(request) else 200)

    async def infos(self, request: Request) -> Response:
        """How it stands with each message of a request, as often as one likes."""
        correlator, messages = await self._meant(request, MAX_DESTINATIONS)
        if not messages:
            raise NotFound("Request not found")
        infos = [DeliveryInfo(address=one.recipient, delivery_status=word(one.status)) for one in messages[::-1]]
        sender = request.at.get("sender", messages[0].sender)
        where = url(request, "outbound", sender, "requests", correlator, _INFOS)
        return answer(DeliveryInfoList(delivery_info_list=DeliveryInfos(delivery_info=infos, resource_url=where)))

    async def _meant(self, request: Request, most: int) -> tuple[str, list[Message]]:
        """The correlator that the path means, and the last messages of it, the last one first."""
        since = self._clock.now_ms() - WINDOW_MS
        asked = request.at["correlator"]
        for correlator in filter(None, map(_cut, readings(asked))):
            wanted = LogFilter(since=since, limit=most, bulk_ids=(correlator,))
            messages = await self._store.logs(request.account.id, wanted)
            if messages:
                return correlator, messages
        return _cut(asked) or asked, []

    async def reports(self, request: Request) -> Response:
        """Take reports, of one request or of any: each is given once."""
        most = limit(request, "limit", _REPORTS)
        bulks = ((await self._meant(request, 1))[0],) if "correlator" in request.at else ()
        wanted = ReportFilter(limit=most, bulk_ids=bulks)
        owed = await self._store.take_reports(request.account.id, wanted, self._clock.now_ms())
        return giving(answer(DeliveryReportList(delivery_report_list=[self._report(one) for one in owed])), owed)

    async def logs(self, request: Request) -> Response:
        now = self._clock.now_ms()
        since, until = one(request, "from"), one(request, "to")
        wanted = LogFilter(
            since=max(now - WINDOW_MS, times.read("from", since)) if since else now - WINDOW_MS,
            until=times.read("to", until) if until else None,
            limit=_LOGS + 1,
            messages=Filters(request, self._ids).messages(),
        )
        found = await self._store.logs(request.account.id, wanted)
        lines = [self._line(one) for one in found[:_LOGS]]
        return answer(Logs(from_=wanted.since, to=wanted.until or now, has_more_logs=len(found) > _LOGS, logs=lines))

    def _correlator(self) -> str:
        return short_number(self._ids.take(self._clock.now_ms())[0])

    def _answer(self, request: Request, acceptance: Acceptance, sender: str, tracked: Tracking | None) -> SendAnswer:
        tail = () if reading.is_form(request) else (_INFOS,)
        where = url(request, "outbound", sender, "requests", acceptance.bulk_id, *tail)
        by_url = tracked is not None and tracked.track == "URL"
        return SendAnswer(
            resource_reference=ResourceReference(resource_url=where),
            client_correlator=acceptance.bulk_id,
            send_message_results=[self._result(one, sender, acceptance.process) for one in acceptance.messages],
            url_tracking_process_key=acceptance.process if by_url else None,
        )

    def _result(self, accepted: Accepted, sender: str, process: str | None) -> SendResult:
        refused = is_final(accepted.status)
        number = None if refused or process is None else self._ids.number(accepted.message_id)
        return SendResult(
            message_status="MessageNotSent" if refused else "MessageAccepted",
            message_id=accepted.message_id,
            sender_address=sender,
            destination_address=accepted.to,
            price=Decimal(money.plain(accepted.price)),
            error_message_id=STATUSES[accepted.status].name if refused else None,
            process_log_key=None if number is None else self._ids.public(number, RUN),
        )

    def _report(self, owed: Owed) -> DeliveryReport:
        message, report = owed.message, owed.report
        return DeliveryReport(
            message_id=self._message_id(message),
            sent_date=message.sent_at,
            done_date=report.done_at,
            status=word(report.status),
        )

    def _line(self, message: Message) -> LogLine:
        codes, network = message.mcc_mnc, lookup(message.recipient)
        return LogLine(
            send_date_time=message.sent_at,
            message_id=self._message_id(message),
            sms_count=message.parts,
            mcc=codes[:3] if codes else None,
            mnc=codes[3:] if codes else None,
            country_code=network.country_code if network else None,
            destination_address=message.recipient,
            sender=message.sender,
            price_per_message=Decimal(money.plain(message.price)),
            client_metadata=message.callback_data,
            message_text=message.text,
            status=word(message.status),
        )

    def _message_id(self, message: Message) -> str:
        return message.client_id or self._ids.public(message.id)


def _cut(correlator: str) -> str:
    """As it is kept: a client may ask for all that it sent."""
    return correlator.strip()[:MAX_BULK_ID]


def _outgoing(body: SendRequest, sender: str) -> Outgoing:
    given = body.address if isinstance(body.address, list) else [body.address or ""]
    numbers = [reading.bare_address(piece) for text in given for piece in str(text).split(",") if piece.strip()]
    if not numbers:
        raise Missing("address")
    check_count(len(numbers))
    spoken = body.language
    language = None if spoken is None else _language(spoken)
    return Outgoing(
        destinations=[Destination(number) for number in numbers],
        text=scalar(body.message) or "",
        extra=Extra(shift=languages.shift("language", language)),
        sender=sender,
        notify_url=body.notify_url or None,
        notify_type=ONEAPI,
        callback_data=scalar(body.callback_data),
    )


def _named(field: str, track_info: TrackInfo | None) -> str:
    """As the client wrote it."""
    of, _, name = field.partition(".")
    if of != "tracking":
        return _NAMES.get(field, field)
    by_url = track_info is not None and track_info.url_track_info is not None
    return f"trackInfo.{'urlTrackInfo' if by_url else 'initTagInfo'}.{name}"


def _language(spoken: LanguageModel) -> Language:
    code = spoken.language_code
    return Language(
        language_code=_CODES.get(code or "", code),
        locking_shift=spoken.use_locking_shift,
        single_shift=spoken.use_single_shift,
    )


def _tracked(given: TrackInfo | None) -> Tracking | None:
    """Short links where they are asked for; else the tag that a message begins with."""
    if given is None:
        return None
    first, links = given.init_tag_info, given.url_track_info
    keys = [one.process_key for one in (links, first) if one is not None and one.process_key]
    if links is None and not keys:
        return None
    if len({key.strip().upper() for key in keys}) > 1:
        told = f"{keys[1][:60]!r} is not that of urlTrackInfo: a message goes through one process."
        raise InvalidField("trackInfo.initTagInfo.processKey", told)
    return tracking(
        track="SMS" if links is None else "URL",
        type_=links.type if links else None,
        process_key=keys[0] if keys else None,
        base_url=links.base_url if links else None,
        tag=(first.tag or None) if first else None,
    )
