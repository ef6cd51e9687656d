"""The rows of the legacy API in the table of routes, and what /openapi.json says of its parameters."""

from __future__ import annotations

from typing import Any

import msgspec

from stentor.api.legacy.command import CommandApi
from stentor.api.legacy.inbox import InboxApi
from stentor.api.legacy.lookups import LookupsApi
from stentor.api.legacy.reports import ReportsApi
from stentor.api.legacy.send import SendApi
from stentor.api.messages import JSON, XML, Handler
from stentor.api.route import Parameter, Route


class LegacyApi(msgspec.Struct, frozen=True):
    send: SendApi
    reports: ReportsApi
    inbox: InboxApi
    lookups: LookupsApi
    command: CommandApi


_LOGIN = (
    Parameter("user", "A user of the account; also `username`."),
    Parameter("password", "Its password; also `pass`."),
)
_APP = Parameter("appid", "Application of yours that takes the reports.")
_IDS = Parameter("messageid", "Only reports of these messages, with commas between their ids.")
_OUTPUT = Parameter("output", "`xml` or `json`; otherwise text.")

PLAIN = (
    *_LOGIN,
    Parameter("sender", "Sender of the message: 3 to 11 characters, or 3 to 14 digits."),
    Parameter("SMSText", "Text of the message."),
    Parameter("GSM", "Number in international format; several with commas between them.", required=True),
    Parameter("messageId", "Your id of the message; as many as numbers, with commas."),
    Parameter("IsFlash", "`1`: shown at once instead of stored."),
    Parameter("Type", "`longSMS`, `bookmark` for a link (WAP push), or `nSMS` for a notification."),
    Parameter("Bookmark", "The link of a bookmark."),
    Parameter("Binary", "Octets in hexadecimal instead of a text."),
    Parameter("DataCoding", "Data coding, 0 by default; 8 for Unicode, 240 for flash."),
    Parameter("Esmclass", "esm_class of the octets; 64 when they begin with a header."),
    Parameter("SrcTon", "Type of the sender, 0 to 6."),
    Parameter("SrcNpi", "Numbering plan of the sender."),
    Parameter("DestTon", "Type of the number, 0 to 6."),
    Parameter("DestNpi", "Numbering plan of the number."),
    Parameter("ValidityPeriod", "`HH:mm` that delivery may take, at most 48 hours."),
    Parameter("sendDateTime", "When to send, from now: `4d3h2m1s`."),
    Parameter("encoding", "Charset of the parameters; UTF-8 by default."),
    _APP,
    Parameter("pushurl", "URL for the delivery report, instead of the account's own."),
    Parameter("nopush", "`1`: the report is not pushed, and waits to be pulled."),
    Parameter("CampaignId", "Campaign that the message belongs to."),
    Parameter("output", "`json`: answer in JSON instead of XML."),
)
PULL = (*_LOGIN, _IDS, _APP)
FIRST_PULL = (*_LOGIN, _IDS)
INBOX = (
    *_LOGIN,
    Parameter("limit", "Most messages; 0, the default, for all (at most 1000 at a time)."),
    Parameter("output", "`xml`, the default, or `json`."),
)
COMMAND = (*_LOGIN, Parameter("cmd", "`CREDITS`: the credit that is left.", required=True), _OUTPUT)
LOOKUPS = (*_LOGIN, Parameter("destinations", "Numbers with semicolons between them.", required=True))
LOOKUP = (*_LOGIN, Parameter("destination", "One number.", required=True), _OUTPUT)


def rows(legacy: LegacyApi) -> tuple[Route, ...]:
    """Each finds the login itself, and says what is wrong in the words of its own."""
    tag, both, text = "Legacy API", ("GET", "POST"), "text/plain"
    send, reports, inbox, lookups, command = legacy.send, legacy.reports, legacy.inbox, legacy.lookups, legacy.command

    def row(path: str, handler: Handler, section: str, summary: str, method: str = "GET", **more: Any) -> Route:
        typed = {"answer": str, "answer_type": "text/csv", **more}
        return Route(method, path, handler, section, summary, tag, access="dialect", **typed)

    def two(path: str, handler: Handler, section: str, summary: str, **more: Any) -> tuple[Route, ...]:
        return tuple(row(path, handler, section, summary, method, **more) for method in both)

    answer: dict[str, Any] = {"answer_type": text}
    octets: dict[str, Any] = {"method": "POST", "body": str, "body_type": XML}
    return (
        row("/api/v3/sendsms/xml", send.xml, "003 §2.2.1", "Send messages in XML", **octets),
        row("/api/v3/sendsms/json", send.json, "003 §2.2.2", "Send messages in JSON", method="POST", body=dict),
        *two("/api/v3/sendsms/plain", send.plain, "003 §2.2.3", "Send one text with everything in the query string",
              also=("/api/v2/sendsms/plain",), query=PLAIN),
        *two("/api/sendsms/plain", send.first_plain, "wire.md A3", "The same, answered by an id or a negative number",
              query=PLAIN, **answer),
        row("/api/sendsms/xml", send.first_xml, "wire.md A3", "Send in XML, answered by a count", **octets),
        *two("/api/v3/dr/pull", reports.pull, "003 §2.4.2", "Take delivery reports: each one is given once",
              query=PULL, answer_type=XML, other_types=(text,)),
        row("/api/dlrpull", reports.first_pull, "wire.md (b)9", "The same with price and parts",
            query=FIRST_PULL, answer_type=XML, other_types=(text,)),
        row("/api/v2/command/inbox", inbox.pull, "003 §2.8.2", "Take messages that phones sent to your numbers",
            also=("/api/v3/command/inbox",), query=INBOX, answer_type=XML, other_types=(JSON, text)),
        row("/api/command", command.command, "003 §2.2.4.1", "Read the credit that is left",
            query=COMMAND, other_types=(JSON, XML), **answer),
        *two("/api/hlr", lookups.later, "003 §2.5", "Look numbers up; the results go to your URL",
              query=LOOKUPS, **answer),
        *two("/api/hlr/sync", lookups.at_once, "003 §2.7", "Look one number up now",
              query=LOOKUP, other_types=(JSON, XML), **answer),
    )  # fmt: skip
