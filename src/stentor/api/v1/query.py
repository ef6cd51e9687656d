"""GET and POST /sms/1/text/query: one message with everything in the query string (`spec/wire.md` A1)."""

from __future__ import annotations

from stentor.api.messages import Request, Response
from stentor.api.route import Parameter
from stentor.api.v1.models import AdvancedMessage, Language
from stentor.api.v1.send import outgoing_of, rendered
from stentor.api.v1.xml import SINGLE
from stentor.core.errors import InvalidField
from stentor.core.submit import Submission, Submit
from stentor.core.tracking import tracking

QUERY = (
    Parameter("username", "Login, where there is no Authorization header."),
    Parameter("password", "Password of the login."),
    Parameter("from", "Sender of the message."),
    Parameter("to", "Number. Repeat it, or separate numbers by commas.", list[str], required=True),
    Parameter("text", "Text of the message."),
    Parameter("bulkId", "Id for all messages of the request."),
    Parameter("flash", "`true`: show it at once instead of storing it.", bool),
    Parameter("transliteration", "A table as in `text/advanced`."),
    Parameter("languageCode", "`TR`, `ES`, `PT` or another national language."),
    Parameter("intermediateReport", "`true`: report to `notifyUrl` when delivery is delayed.", bool),
    Parameter("notifyUrl", "URL for delivery reports."),
    Parameter("notifyContentType", "`application/json`, the default, or `application/xml`."),
    Parameter("callbackData", "Comes back in the delivery report."),
    Parameter("validityPeriod", "Minutes that delivery may take."),
    Parameter("sendAt", "When to send, as in `text/advanced`."),
    Parameter("track", "`SMS` or `URL`: measure conversion, as `tracking` of `text/advanced` does."),
    Parameter("trackingType", "Name of the conversion process."),
    Parameter("processKey", "Key of the conversion process, instead of its name."),
)


class QueryApi:
    def __init__(self, submit: Submit) -> None:
        self._submit = submit

    async def send(self, request: Request) -> Response:
        given = request.parameters()
        one = {name: values[-1] for name, values in given.items()}
        numbers = [piece for value in given.get("to", ()) for piece in value.split(",") if piece.strip()]
        code = one.get("languageCode")
        message = AdvancedMessage(
            from_=one.get("from"),
            to=[*numbers],
            text=one.get("text"),
            flash=_flag("flash", one.get("flash")),
            intermediate_report=_flag("intermediateReport", one.get("intermediateReport")),
            notify_url=one.get("notifyUrl"),
            notify_content_type=one.get("notifyContentType"),
            callback_data=one.get("callbackData"),
            validity_period=one.get("validityPeriod"),
            send_at=_time(one.get("sendAt")),
            language=Language(language_code=code) if code else None,
            transliteration=one.get("transliteration"),
        )
        outgoing = outgoing_of(message, 0)
        tracked = tracking(track=one.get("track"), type_=one.get("trackingType"), process_key=one.get("processKey"))
        acceptance = await self._submit(Submission(request.account, (outgoing,), one.get("bulkId"), tracked))
        return rendered(request, SINGLE, acceptance, with_bulk=len(acceptance.messages) > 1 or "bulkId" in one)


def _flag(field: str, text: str | None) -> bool | None:
    if text is None:
        return None
    if text.lower() not in ("true", "false"):
        raise InvalidField(field, f"{text[:40]!r} is not true or false.")
    return text.lower() == "true"


def _time(text: str | None) -> str | None:
    """A bare `+` of an offset comes as a space."""
    return text.replace(" ", "+") if text else None
