"""The query parameters of v1 as /openapi.json describes them (004 "Delivery reports", "SMS logs")."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from stentor.api.route import Parameter
from stentor.catalogue import STATUSES

_Limit = Annotated[int, Meta(ge=1, examples=[50])]
_BULK = Parameter("bulkId", "Only these requests. Repeat it, or separate ids by commas.", list[str])
_MESSAGE = Parameter("messageId", "Only these messages. Repeat it, or separate ids by commas.", list[str])
_LIMIT = Parameter("limit", "Most results; 50 by default, more than 1000 is taken for 1000.", _Limit)
_GROUPS = dict.fromkeys(status.group_name for status in STATUSES.values())
_Group = Annotated[str, Meta(extra_json_schema={"enum": list(_GROUPS)})]
_TIME = "a time such as 2015-02-22T17:42:05.390+0100; without an offset it is UTC."

INBOX_REPORTS = (_LIMIT,)
INBOX_LOGS = (
    Parameter("to", "Only messages to these numbers. Repeat it, or separate numbers by commas.", list[str]),
    Parameter("keyword", "Only messages with this keyword; `NO_KEYWORD`: those without one."),
    Parameter("receivedSince", f"Only messages received at or after {_TIME}"),
    Parameter("receivedUntil", f"Only messages received at or before {_TIME}"),
    _LIMIT,
)
REPORTS = (_BULK, _MESSAGE, _LIMIT)
LOGS = (
    Parameter("from", "Only messages of this sender."),
    Parameter("to", "Only messages to these numbers. Repeat it, or separate numbers by commas.", list[str]),
    _BULK,
    _MESSAGE,
    Parameter("generalStatus", "Only messages whose status is of this group.", _Group),
    Parameter("sentSince", f"Only messages sent at or after {_TIME}"),
    Parameter("sentUntil", f"Only messages sent at or before {_TIME}"),
    _LIMIT,
    Parameter("mcc", "Only messages to networks of this mobile country code, e.g. 228."),
    Parameter("mnc", "Only messages to this mobile network code, e.g. 01; needs mcc."),
)
LOOKUP_LOGS = (
    Parameter("to", "Only lookups of these numbers. Repeat it, or separate numbers by commas.", list[str]),
    _BULK,
    Parameter("messageId", "Only these lookups. Repeat it, or separate ids by commas.", list[str]),
    Parameter("generalStatus", "Only lookups whose status is of this group.", _Group),
    Parameter("sentSince", f"Only lookups asked for at or after {_TIME}"),
    Parameter("sentUntil", f"Only lookups asked for at or before {_TIME}"),
    _LIMIT,
    Parameter("mcc", "Only numbers of networks with this mobile country code, e.g. 228."),
    Parameter("mnc", "Only numbers of this mobile network code, e.g. 01; needs mcc."),
)
