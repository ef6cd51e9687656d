"""THE table of names in the v1 API's XML: one row for each answer, for both generations of names.

An account says which it wants (`xml_names`): "2015" is what the text of that year prints for each endpoint, "later" is
what came after (`spec/xml.md` 1 and 4, `spec/wire.md` (b)3). Which an answer is in, JSON or XML, says the request.

A new endpoint needs a row here, its line in docs/reference/xml.md, and `return answer(request, ROW, model)` in its
handler. Requests need nothing, because `reading.BodyReader` reads both; /openapi.json names both types by itself, and
refusals are in the right one by themselves. A push is `write(ROW.form(account), model)`. Members of a model are texts,
numbers, booleans, models and lists of these: the keys of a dictionary would be names that customers choose.
"""

from __future__ import annotations

import msgspec

from stentor.api.messages import XML, Request, Response
from stentor.api.negotiation import wants_xml
from stentor.api.v1.models import encode_json
from stentor.api.xml.writing import Form, write
from stentor.core.account import Account


class Names(msgspec.Struct, frozen=True):
    of_2015: Form
    later: Form

    def form(self, account: Account | None) -> Form:
        return self.later if account is not None and account.xml_names == "later" else self.of_2015


def _names(of_2015: Form | str, later: str) -> Names:
    printed = Form(of_2015) if isinstance(of_2015, str) else of_2015
    return Names(printed, Form(later, "singular"))


SINGLE = _names("SMSResponse", "smsResponse")
"""text/single and everything of binary."""
SEND = _names("SendSMSResponse", "smsResponse")
"""text/multi and text/advanced."""
REPORTS = _names(Form("SMSReportResponse", "flat"), "reportResponse")
PUSHED_REPORTS = _names(Form("reportResponse", "flat"), "reportResponse")
LOGS = _names(Form("SMSLogsResponse", decimals=4), "smsLogsResponse")
BALANCE = _names("AccountBalance", "AccountBalance")
BULK = _names("BulkResponse", "BulkResponse")
BULK_STATUS = _names("BulkStatusResponse", "BulkStatusResponse")
PREVIEW = _names("PreviewResponse", "PreviewResponse")
INBOX_REPORTS = _names("MOReportResponse", "reportResponse")
"""The pull and the push of received messages."""
INBOX_LOGS = _names("MOLogsResponse", "MOLogsResponse")
LOOKUP = _names("NCResponse", "ncResponse")
"""number/1/query, and the push of number/1/notify."""
LOOKUP_LOGS = _names("NCLogsResponse", "ncLogsResponse")
LOOKUP_ASYNC = _names("NCResponseAsync", "ncResponseAsync")
END_TAG = _names("EndTagResponse", "EndTagResponse")
CONVERSION_RATE = _names("ConversionRateResponse", "ConversionRateResponse")

SCENARIO = _names(Form("scenario", "singular"), "scenario")
SCENARIOS = _names(Form("scenariosResponse", "singular"), "scenariosResponse")
OMNI_SEND = _names(Form("omniResponse", "singular"), "omniResponse")
OMNI_REPORTS = _names(Form("omniReportsResponse", "singular"), "omniReportsResponse")
"""The pull, also of push messages, and the push to a notifyUrl."""
OMNI_LOGS = _names(Form("omniLogsResponse", "singular"), "omniLogsResponse")
PUSH_SEND = _names(Form("pushResponse", "singular"), "pushResponse")


def answer(request: Request, names: Names, model: msgspec.Struct) -> Response:
    if wants_xml(request.headers):
        return Response(200, write(names.form(request.caller), model), XML)
    return Response(200, encode_json(model))
