"""Messages and reports in the words of v1."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from stentor.api.messages import XML
from stentor.api.v1.models import (
    STATUS_MODELS,
    LogModel,
    ReportModel,
    ReportResponse,
    encode_json,
    error_model,
    price_model,
)
from stentor.api.v1.times import Times
from stentor.api.v1.xml import PUSHED_REPORTS
from stentor.api.xml.writing import write
from stentor.core.ids import Ids
from stentor.core.message import Message, Owed
from stentor.core.rulebook import Rulebook


class Renderer:
    def __init__(self, ids: Ids, times: Times, rulebook: Rulebook) -> None:
        self._ids = ids
        self._times = times
        self._rulebook = rulebook

    def report(self, owed: Owed) -> ReportModel:
        message, report = owed.message, owed.report
        return ReportModel(
            bulk_id=message.bulk,
            message_id=self._message_id(message),
            to=message.recipient,
            sent_at=self._times.text(message.sent_at),
            done_at=self._times.text(report.done_at),
            sms_count=message.parts,
            mcc_mnc=message.mcc_mnc or UNSET,
            price=price_model(message.price, self._rulebook.directory.currency(message.account)),
            callback_data=UNSET if message.callback_data is None else message.callback_data,
            status=STATUS_MODELS[report.status],
            error=error_model(report.error),
        )

    def log(self, message: Message) -> LogModel:
        network = message.mcc_mnc or UNSET
        return LogModel(
            bulk_id=message.bulk,
            message_id=self._message_id(message),
            to=message.recipient,
            from_=message.sender,
            text=message.text,
            sent_at=self._times.text(message.sent_at),
            done_at=self._times.text(message.done_at),
            sms_count=message.parts,
            mccmnc=network,
            mcc_mnc=network,
            price=price_model(message.price, self._rulebook.directory.currency(message.account)),
            status=STATUS_MODELS[message.status],
            error=error_model(message.error),
        )

    def pushed(self, batch: Sequence[Owed], content_type: str) -> bytes:
        """The body of a call to a notifyUrl: the same as the pull (004 "Delivery reports on a notify URL")."""
        body = ReportResponse(results=[self.report(owed) for owed in batch])
        if content_type != XML:
            return encode_json(body)
        account = self._rulebook.directory.accounts.get(batch[0].message.account)
        return write(PUSHED_REPORTS.form(account), body)

    def _message_id(self, message: Message) -> str:
        return message.client_id or self._ids.public(message.id)
