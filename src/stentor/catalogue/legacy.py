"""The words and numbers of the legacy API: response values, report statuses, lookup results (003 §2.3 to §2.6)."""

from enum import IntEnum
from typing import Final

import msgspec

from stentor.catalogue.statuses import STATUSES, GroupId, StatusId


class ResponseCode(IntEnum):
    """The `status` of each result of a send request (003 §2.3, table 4)."""

    ALL_RECIPIENTS_PROCESSED = 0
    SEND_ERROR = -1
    NOT_ENOUGH_CREDITS = -2
    NETWORK_NOTCOVERED = -3
    INVALID_USER_OR_PASS = -5
    MISSING_DESTINATION_ADDRESS = -6
    MISSING_USERNAME = -10
    MISSING_PASSWORD = -11
    INVALID_DESTINATION_ADDRESS = -13
    SYNTAX_ERROR = -22
    ERROR_PROCESSING = -23
    COMMUNICATION_ERROR = -26
    INVALID_SENDDATETIME = -27
    INVALID_DELIVERY_REPORT_PUSH_URL = -28
    INVALID_CLIENT_APPID = -30
    DUPLICATE_MESSAGEID = -33
    SENDER_NOT_ALLOWED = -34
    GENERAL_ERROR = -99


class Response(msgspec.Struct, frozen=True):
    value: int
    name: str
    description: str


RESPONSES: Final[dict[int, Response]] = {
    int(code): Response(int(code), code.name, description)
    for code, description in (
        (ResponseCode.ALL_RECIPIENTS_PROCESSED, "Request was successful (all recipients)"),
        (ResponseCode.SEND_ERROR, "Error in processing the request"),
        (ResponseCode.NOT_ENOUGH_CREDITS, "Not enough credits on a specific account"),
        (ResponseCode.NETWORK_NOTCOVERED, "Targeted network is not covered on specific account"),
        (ResponseCode.INVALID_USER_OR_PASS, "Username or password is invalid"),
        (ResponseCode.MISSING_DESTINATION_ADDRESS, "Destination address is missing in the request"),
        (ResponseCode.MISSING_USERNAME, "Username is missing in the request"),
        (ResponseCode.MISSING_PASSWORD, "Password is missing in the request"),
        (ResponseCode.INVALID_DESTINATION_ADDRESS, "Number is not recognized by the platform"),
        (ResponseCode.SYNTAX_ERROR, "Incorrect XML format, caused by syntax error"),
        (ResponseCode.ERROR_PROCESSING, "General error, reasons may vary"),
        (ResponseCode.COMMUNICATION_ERROR, "General API error, reasons may vary"),
        (ResponseCode.INVALID_SENDDATETIME, "Invalid scheduling parameter"),
        (ResponseCode.INVALID_DELIVERY_REPORT_PUSH_URL, "Invalid PushURL in the request"),
        (ResponseCode.INVALID_CLIENT_APPID, "Invalid APPID in the request"),
        (ResponseCode.DUPLICATE_MESSAGEID, "Duplicated MessageID in the request"),
        (ResponseCode.SENDER_NOT_ALLOWED, "Sender name is not allowed"),
        (ResponseCode.GENERAL_ERROR, "Error in processing request, reasons may vary"),
    )
}

_REFUSED: Final[dict[int, ResponseCode]] = {
    StatusId.REJECTED_NOT_ENOUGH_CREDITS: ResponseCode.NOT_ENOUGH_CREDITS,
    StatusId.REJECTED_PREPAID_PACKAGE_EXPIRED: ResponseCode.NOT_ENOUGH_CREDITS,
    StatusId.REJECTED_NETWORK: ResponseCode.NETWORK_NOTCOVERED,
    StatusId.REJECTED_ROUTE_NOT_AVAILABLE: ResponseCode.NETWORK_NOTCOVERED,
    StatusId.MISSING_TO: ResponseCode.MISSING_DESTINATION_ADDRESS,
    StatusId.REJECTED_PREFIX_MISSING: ResponseCode.INVALID_DESTINATION_ADDRESS,
    StatusId.REJECTED_DESTINATION_INVALID: ResponseCode.INVALID_DESTINATION_ADDRESS,
    StatusId.REJECTED_INVALID_UDH: ResponseCode.ERROR_PROCESSING,
    StatusId.REJECTED_MESSAGE_TOO_LONG: ResponseCode.ERROR_PROCESSING,
    StatusId.REJECTED_SYSTEM_ERROR: ResponseCode.COMMUNICATION_ERROR,
    StatusId.REJECTED_DUPLICATE_MESSAGE_ID: ResponseCode.DUPLICATE_MESSAGEID,
    StatusId.REJECTED_SOURCE: ResponseCode.SENDER_NOT_ALLOWED,
    StatusId.REJECTED_SENDER: ResponseCode.SENDER_NOT_ALLOWED,
}


def response_of(status: int) -> ResponseCode:
    """The response value of an answer's status: our reading, since no document maps them. What else refuses is -1."""
    if not STATUSES[status].final:
        return ResponseCode.ALL_RECIPIENTS_PROCESSED
    return _REFUSED.get(status, ResponseCode.SEND_ERROR)


# 003 §2.4, table 8
REPORT_STATUSES: Final[dict[str, str]] = {
    "NOT_SENT": "The message is queued but cannot be submitted to the SMSC (possible reason: SMSC connection is down)",
    "SENT": "The message was sent over a route that does not support delivery reports",
    "NOT_DELIVERED": "The message could not be delivered",
    "DELIVERED": "The message was successfully delivered to the recipient",
    "NOT_ALLOWED": "The client has no authorization to send to the specified network (the message will not be charged)",
    "INVALID_DESTINATION_ADDRESS": "Invalid/incorrect GSM recipient",
    "INVALID_SOURCE_ADDRESS": "Incorrect/invalid/not allowed source address (sender name)",
    "ROUTE_NOT_AVAILABLE": "Routing that is not available for the account",
    "NOT_ENOUGH_CREDITS": "No available credits on the account to send the message",
    "REJECTED": "Message has been rejected, reasons may vary",
    "INVALID_MESSAGE_FORMAT": "The message has an invalid format",
}

# The whole body of GET dr/pull when there are no reports to give. 003 §2.4 prints the codes after list bullets, as
# "- 5": they are the negative ones of the send request.
NO_DATA: Final = "NO_DATA"
PULL_ERRORS: Final = (
    ResponseCode.INVALID_USER_OR_PASS,
    ResponseCode.MISSING_USERNAME,
    ResponseCode.MISSING_PASSWORD,
)

# The `stat` of a number lookup (003 §2.5).
LOOKUP_STATUSES: Final[dict[str, str]] = {
    "DELIVRD": "executed fine",
    "UNDELIV": "error",
    "UNKNOWN": "any other error (no credits etc)",
    "REJECTD": "network disallowed on the account level; not charged",
}


def lookup_stat(status: int) -> str:
    """The `stat` of a lookup's status."""
    group = STATUSES[status].group_id
    if group == GroupId.DELIVERED:
        return "DELIVRD"
    if group == GroupId.UNDELIVERABLE:
        return "UNDELIV"
    return "REJECTD" if status == StatusId.REJECTED_NETWORK else "UNKNOWN"
