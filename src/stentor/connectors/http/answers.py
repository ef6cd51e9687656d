"""What another platform's statuses mean in our catalogue: ids we know as they are, others by their group."""

from __future__ import annotations

from enum import Enum, auto

from stentor.catalogue import ERRORS, STATUSES, GroupId, StatusId
from stentor.connectors.http.wire import Report, Status
from stentor.core.lifecycle import VALIDITY_EXPIRED
from stentor.core.message import UpstreamReceipt

_UNKNOWN_ERROR = 255
_SYSTEM_FAILURE = 34

_BY_GROUP: dict[GroupId, StatusId] = {
    GroupId.ACCEPTED: StatusId.PENDING_WAITING_DELIVERY,
    GroupId.PENDING: StatusId.PENDING_WAITING_DELIVERY,
    GroupId.UNDELIVERABLE: StatusId.UNDELIVERABLE_NOT_DELIVERED,
    GroupId.DELIVERED: StatusId.DELIVERED_TO_HANDSET,
    GroupId.EXPIRED: StatusId.EXPIRED_UNKNOWN,
    GroupId.REJECTED: StatusId.REJECTED_NOT_SENT,
}
"""For an id that no table of ours has."""
_ERROR_BY_GROUP = {GroupId.UNDELIVERABLE: _UNKNOWN_ERROR, GroupId.EXPIRED: VALIDITY_EXPIRED}
"""Where the other platform names none."""


class Verdict(Enum):
    """What an answer to a message means for the link."""

    TAKEN = auto()
    KNOWN = auto()
    """Its id was used before: it was taken or refused then, and the log there knows which."""
    NO_CREDIT = auto()
    LATER = auto()
    REFUSED = auto()


_VERDICTS = {
    StatusId.REJECTED_DUPLICATE_MESSAGE_ID: Verdict.KNOWN,
    StatusId.REJECTED_NOT_ENOUGH_CREDITS: Verdict.NO_CREDIT,
    StatusId.REJECTED_PREPAID_PACKAGE_EXPIRED: Verdict.NO_CREDIT,
    StatusId.REJECTED_SYSTEM_ERROR: Verdict.LATER,
}
RETRY_ERROR = {Verdict.NO_CREDIT: 0, Verdict.LATER: _SYSTEM_FAILURE}
"""The GSM code that intermediate reports carry meanwhile; our credit there is no customer's business."""


def group_of(said: Status | None) -> GroupId | None:
    """The name counts before the number: 004 prints PENDING with groupId 3 (`spec/wire.md` (c)2)."""
    if said is None:
        return None
    name = (said.group_name or "").upper()
    if name in GroupId.__members__:
        return GroupId[name]
    if said.group_id is not None and said.group_id in set(GroupId):
        return GroupId(said.group_id)
    known = STATUSES.get(-1 if said.id is None else said.id)
    return None if known is None else GroupId(known.group_id)


def status_of(said: Status | None) -> int:
    group = group_of(said)
    if said is None or group is None:
        return StatusId.PENDING_WAITING_DELIVERY
    known = STATUSES.get(-1 if said.id is None else said.id)
    return known.id if known is not None and known.group_id == group else _BY_GROUP[group]


def verdict_of(said: Status | None) -> Verdict:
    group = group_of(said)
    if group in (None, GroupId.ACCEPTED, GroupId.PENDING, GroupId.DELIVERED):
        return Verdict.TAKEN
    return _VERDICTS.get(StatusId(status_of(said)), Verdict.REFUSED)


def error_of(report: Report) -> int:
    group = group_of(report.status)
    given = report.error.id if report.error is not None else None
    if group is GroupId.DELIVERED:
        return 0
    if not given:
        return 0 if group is None else _ERROR_BY_GROUP.get(group, 0)
    return given if given in ERRORS else _UNKNOWN_ERROR


def is_final(report: Report) -> bool:
    return group_of(report.status) not in (None, GroupId.ACCEPTED, GroupId.PENDING)


def receipt(connector: str, report: Report, at: int) -> UpstreamReceipt:
    """A report in our numbers; `said` keeps the other platform's own words for the history."""
    final = is_final(report)
    said = f"{'' if final else 'intermediate '}report for {report.id}: {in_words(report.status)}"
    if report.error is not None and report.error.id:
        said += f", error {report.error.id} {_short(report.error.name)}".rstrip()
    return UpstreamReceipt(connector, report.id, status_of(report.status), error_of(report), at, final, said)


def in_words(said: Status | None) -> str:
    if said is None:
        return "no status"
    return f"{_short(said.name) or _short(said.group_name) or 'status'} ({said.id})"


def _short(text: str | None) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in (text or "")[:60])
