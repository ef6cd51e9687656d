"""Steps in the words of 002."""

from __future__ import annotations

from msgspec import UNSET

from stentor.api.messages import XML
from stentor.api.omni.models import OmniLogModel, OmniReportModel, OmniReportsResponse
from stentor.api.v1.models import STATUS_MODELS, encode_json, error_model, price_model
from stentor.api.v1.times import Times
from stentor.api.v1.xml import OMNI_REPORTS
from stentor.api.xml.writing import write
from stentor.core.ids import Ids
from stentor.core.omni.records import Attempt, OmniMessage, OmniReport, words_of
from stentor.core.rulebook import Rulebook


class OmniRenderer:
    def __init__(self, ids: Ids, times: Times, rulebook: Rulebook) -> None:
        self._ids = ids
        self._times = times
        self._rulebook = rulebook

    def report(self, one: OmniReport) -> OmniReportModel:
        message, step = one.message, one.attempt
        return OmniReportModel(
            bulk_id=message.bulk or UNSET,
            message_id=self.message_id(message),
            to=step.recipient,
            sent_at=self._times.text(step.sent_at),
            done_at=self._times.text(step.done_at),
            message_count=step.count,
            mcc_mnc=step.mcc_mnc or UNSET,
            price=price_model(step.price, self._rulebook.directory.currency(message.account)),
            callback_data=UNSET if message.callback_data is None else message.callback_data,
            status=STATUS_MODELS[step.status],
            error=error_model(step.error),
            channel=step.channel,
        )

    def log(self, one: OmniReport) -> OmniLogModel:
        message, step = one.message, one.attempt
        return OmniLogModel(
            bulk_id=message.bulk or UNSET,
            message_id=self.message_id(message),
            to=step.recipient,
            from_=step.sender,
            text=words_of(message.words)[step.channel].text,
            sent_at=self._times.text(step.sent_at),
            done_at=self._times.text(step.done_at),
            message_count=step.count,
            mcc_mnc=step.mcc_mnc or UNSET,
            price=price_model(step.price, self._rulebook.directory.currency(message.account)),
            status=STATUS_MODELS[step.status],
            channel=step.channel,
        )

    def pushed(self, message: OmniMessage, step: Attempt) -> bytes:
        """The body of a call to a notifyUrl: the same as the pull."""
        body = OmniReportsResponse(results=[self.report(OmniReport(message, step))])
        if message.notify_type != XML:
            return encode_json(body)
        return write(OMNI_REPORTS.form(self._rulebook.directory.accounts.get(message.account)), body)

    def message_id(self, message: OmniMessage) -> str:
        return message.client_id or self._ids.public(message.id)
