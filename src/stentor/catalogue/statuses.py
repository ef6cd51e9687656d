"""What became of a message: the status table of every interface (004 "Status groups", "Statuses").

`smpp_stat` and `v3_status` say the same in SMPP delivery receipts (003 §3.1) and in the legacy API (003 §2.4.1, table 8). No
document maps them: these two columns are our reading.
"""
# ruff: noqa: E501 - one status a line

from enum import IntEnum
from typing import Final

import msgspec


class GroupId(IntEnum):
    ACCEPTED = 0
    PENDING = 1
    UNDELIVERABLE = 2
    DELIVERED = 3
    EXPIRED = 4
    REJECTED = 5


class StatusId(IntEnum):
    MESSAGE_ACCEPTED = 0
    PENDING_TIME_VIOLATION = 1
    DELIVERED_TO_OPERATOR = 2
    PENDING_WAITING_DELIVERY = 3
    UNDELIVERABLE_REJECTED_OPERATOR = 4
    DELIVERED_TO_HANDSET = 5
    REJECTED_NETWORK = 6
    PENDING_ENROUTE = 7
    REJECTED_PREFIX_MISSING = 8
    UNDELIVERABLE_NOT_DELIVERED = 9
    REJECTED_DND = 10
    REJECTED_SOURCE = 11
    REJECTED_NOT_ENOUGH_CREDITS = 12
    REJECTED_SENDER = 13
    REJECTED_DESTINATION = 14
    EXPIRED_EXPIRED = 15
    REJECTED_NOT_REACHABLE = 16
    REJECTED_PREPAID_PACKAGE_EXPIRED = 17
    REJECTED_DESTINATION_NOT_REGISTERED = 18
    REJECTED_ROUTE_NOT_AVAILABLE = 19
    REJECTED_FLOODING_FILTER = 20
    REJECTED_SYSTEM_ERROR = 21
    EXPIRED_UNKNOWN = 22
    REJECTED_DUPLICATE_MESSAGE_ID = 23
    REJECTED_INVALID_UDH = 24
    REJECTED_MESSAGE_TOO_LONG = 25
    PENDING_ACCEPTED = 26
    PENDING_APPROVAL = 27
    REJECTED_NOT_SENT = 28
    EXPIRED_DLR_UNKNOWN = 29
    DELIVERED = 30
    UNDELIVERABLE_NOT_SENT = 31
    MISSING_TO = 51
    REJECTED_DESTINATION_INVALID = 52  # the document calls 14 and 52 by one name


class Group(msgspec.Struct, frozen=True):
    id: int
    name: str
    description: str


class Status(msgspec.Struct, frozen=True):
    id: int
    group_id: int
    group_name: str
    name: str
    description: str
    action: str | None
    """What the customer can do about it; left out of answers when there is nothing."""
    final: bool
    """Nothing will change it any more."""
    smpp_stat: str
    v3_status: str


GROUPS: Final[dict[int, Group]] = {
    int(row[0]): Group(int(row[0]), row[0].name, row[1])
    for row in (
        (GroupId.ACCEPTED, "Message is accepted."),
        (GroupId.PENDING, "Message is in pending status."),
        (GroupId.UNDELIVERABLE, "Message is undeliverable."),
        (GroupId.DELIVERED, "Message is delivered."),
        (GroupId.EXPIRED, "Message is expired."),
        (GroupId.REJECTED, "Message is rejected."),
    )
}

# fmt: off
_ROWS: Final = (
    (StatusId.MESSAGE_ACCEPTED, GroupId.ACCEPTED, "Message accepted", None, "ACCEPTD", "NOT_SENT"),
    (StatusId.PENDING_TIME_VIOLATION, GroupId.PENDING, "Time window violation", None, "ACCEPTD", "NOT_SENT"),
    (StatusId.DELIVERED_TO_OPERATOR, GroupId.DELIVERED, "Message delivered to operator", None, "DELIVRD", "DELIVERED"),
    (StatusId.PENDING_WAITING_DELIVERY, GroupId.PENDING, "Message sent, waiting for delivery report", None, "ACCEPTD", "NOT_SENT"),
    (StatusId.UNDELIVERABLE_REJECTED_OPERATOR, GroupId.UNDELIVERABLE, "Message rejected by operator", None, "UNDELIV", "NOT_DELIVERED"),
    (StatusId.DELIVERED_TO_HANDSET, GroupId.DELIVERED, "Message delivered to handset", None, "DELIVRD", "DELIVERED"),
    (StatusId.REJECTED_NETWORK, GroupId.REJECTED, "Network is forbidden", "Contact account manager", "REJECTD", "NOT_ALLOWED"),
    (StatusId.PENDING_ENROUTE, GroupId.PENDING, "Message sent to next instance", None, "ACCEPTD", "NOT_SENT"),
    (StatusId.REJECTED_PREFIX_MISSING, GroupId.REJECTED, "Number prefix missing", None, "REJECTD", "INVALID_DESTINATION_ADDRESS"),
    (StatusId.UNDELIVERABLE_NOT_DELIVERED, GroupId.UNDELIVERABLE, "Message sent not delivered", None, "UNDELIV", "NOT_DELIVERED"),
    (StatusId.REJECTED_DND, GroupId.REJECTED, "Destination on DND list", None, "REJECTD", "REJECTED"),
    (StatusId.REJECTED_SOURCE, GroupId.REJECTED, "Invalid Source address", None, "REJECTD", "INVALID_SOURCE_ADDRESS"),
    (StatusId.REJECTED_NOT_ENOUGH_CREDITS, GroupId.REJECTED, "Not enough credits", None, "REJECTD", "NOT_ENOUGH_CREDITS"),
    (StatusId.REJECTED_SENDER, GroupId.REJECTED, "By Sender", "Remove sender from blacklist", "REJECTD", "INVALID_SOURCE_ADDRESS"),
    (StatusId.REJECTED_DESTINATION, GroupId.REJECTED, "By Destination", "Remove destination from blacklist", "REJECTD", "REJECTED"),
    (StatusId.EXPIRED_EXPIRED, GroupId.EXPIRED, "Message expired", None, "EXPIRED", "NOT_DELIVERED"),
    (StatusId.REJECTED_NOT_REACHABLE, GroupId.REJECTED, "Network not reachable", None, "REJECTD", "NOT_SENT"),
    (StatusId.REJECTED_PREPAID_PACKAGE_EXPIRED, GroupId.REJECTED, "Prepaid package expired", "Top-up your account to extend the validity period", "REJECTD", "NOT_ENOUGH_CREDITS"),
    (StatusId.REJECTED_DESTINATION_NOT_REGISTERED, GroupId.REJECTED, "Destination not registered", None, "REJECTD", "REJECTED"),
    (StatusId.REJECTED_ROUTE_NOT_AVAILABLE, GroupId.REJECTED, "Route not available", "Contact account manager", "REJECTD", "ROUTE_NOT_AVAILABLE"),
    (StatusId.REJECTED_FLOODING_FILTER, GroupId.REJECTED, "Rejected flooding", "Stop spamming", "REJECTD", "REJECTED"),
    (StatusId.REJECTED_SYSTEM_ERROR, GroupId.REJECTED, "System error", "Try again", "REJECTD", "REJECTED"),
    (StatusId.EXPIRED_UNKNOWN, GroupId.EXPIRED, "Unknown Reason", None, "EXPIRED", "NOT_DELIVERED"),
    (StatusId.REJECTED_DUPLICATE_MESSAGE_ID, GroupId.REJECTED, "Rejected duplicate message ID", None, "REJECTD", "REJECTED"),
    (StatusId.REJECTED_INVALID_UDH, GroupId.REJECTED, "Rejected invalid UDH", None, "REJECTD", "INVALID_MESSAGE_FORMAT"),
    (StatusId.REJECTED_MESSAGE_TOO_LONG, GroupId.REJECTED, "Rejected message too long", None, "REJECTD", "INVALID_MESSAGE_FORMAT"),
    (StatusId.PENDING_ACCEPTED, GroupId.PENDING, "Pending Accepted", None, "ACCEPTD", "NOT_SENT"),
    (StatusId.PENDING_APPROVAL, GroupId.PENDING, "Pending Approval", None, "ACCEPTD", "NOT_SENT"),
    (StatusId.REJECTED_NOT_SENT, GroupId.REJECTED, "Rejected Not Sent", None, "REJECTD", "NOT_SENT"),
    (StatusId.EXPIRED_DLR_UNKNOWN, GroupId.EXPIRED, "Expired DLR Unknown", None, "EXPIRED", "NOT_DELIVERED"),
    (StatusId.DELIVERED, GroupId.DELIVERED, "MO forwarded and action completed", None, "DELIVRD", "DELIVERED"),
    (StatusId.UNDELIVERABLE_NOT_SENT, GroupId.UNDELIVERABLE, "Message not sent", None, "UNDELIV", "NOT_SENT"),
    (StatusId.MISSING_TO, GroupId.REJECTED, "Missing to.", "Check to parameter.", "REJECTD", "INVALID_DESTINATION_ADDRESS"),
    (StatusId.REJECTED_DESTINATION_INVALID, GroupId.REJECTED, "Invalid destination address.", "Check to parameter.", "REJECTD", "INVALID_DESTINATION_ADDRESS"),
)
# fmt: on


def _status(row: tuple[StatusId, GroupId, str, str | None, str, str]) -> Status:
    status, group, description, action, smpp_stat, v3_status = row
    named = StatusId.REJECTED_DESTINATION if status is StatusId.REJECTED_DESTINATION_INVALID else status
    return Status(
        id=int(status),
        group_id=int(group),
        group_name=group.name,
        name=named.name,
        description=description,
        action=action,
        final=group not in {GroupId.ACCEPTED, GroupId.PENDING},
        smpp_stat=smpp_stat,
        v3_status=v3_status,
    )


STATUSES: Final[dict[int, Status]] = {int(row[0]): _status(row) for row in _ROWS}
