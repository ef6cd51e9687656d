"""The states of a message and THE table of its moves.

A message's state follows from its status (004 "Statuses"): what is stored is the status, and the table below says
which event may lead from which state to which. Final states are never left.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from stentor.catalogue import STATUSES, StatusId, gsm_errors
from stentor.core.message import PartState


class State(Enum):
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    EXPIRED = "expired"
    REJECTED = "rejected"

    @property
    def final(self) -> bool:
        return self in FINAL


class Happening(Enum):
    """What can happen to a message after it was accepted."""

    DUE = "its time has come"
    CLOSED = "its time window is closed"
    TAKEN = "the upstream took every part"
    REFUSED_FOR_NOW = "the upstream refused it for now"
    PROGRESS = "an intermediate receipt came"
    DELIVERED = "every part was delivered"
    FAILED = "a part failed for good"
    EXPIRED = "its validity passed"
    REJECTED = "the platform gave it up before sending"


FINAL = frozenset({State.DELIVERED, State.UNDELIVERABLE, State.EXPIRED, State.REJECTED})

MOVES: dict[tuple[State, Happening], State] = {
    (State.SCHEDULED, Happening.DUE): State.QUEUED,
    (State.QUEUED, Happening.CLOSED): State.SCHEDULED,
    (State.SCHEDULED, Happening.EXPIRED): State.EXPIRED,
    (State.SCHEDULED, Happening.REJECTED): State.REJECTED,
    (State.QUEUED, Happening.TAKEN): State.SENT,
    (State.QUEUED, Happening.REFUSED_FOR_NOW): State.QUEUED,
    (State.QUEUED, Happening.PROGRESS): State.QUEUED,
    (State.QUEUED, Happening.DELIVERED): State.DELIVERED,
    (State.QUEUED, Happening.FAILED): State.UNDELIVERABLE,
    (State.QUEUED, Happening.EXPIRED): State.EXPIRED,
    (State.QUEUED, Happening.REJECTED): State.REJECTED,
    (State.SENT, Happening.PROGRESS): State.SENT,
    (State.SENT, Happening.DELIVERED): State.DELIVERED,
    (State.SENT, Happening.FAILED): State.UNDELIVERABLE,
    (State.SENT, Happening.EXPIRED): State.EXPIRED,
    (State.SENT, Happening.REJECTED): State.REJECTED,
}

_STATE_OF_STATUS = {
    StatusId.PENDING_ACCEPTED: State.SCHEDULED,
    StatusId.PENDING_TIME_VIOLATION: State.SCHEDULED,
    StatusId.PENDING_APPROVAL: State.SCHEDULED,
    StatusId.MESSAGE_ACCEPTED: State.QUEUED,
    StatusId.PENDING_ENROUTE: State.QUEUED,
    StatusId.PENDING_WAITING_DELIVERY: State.SENT,
}
_STATE_OF_GROUP = {
    "UNDELIVERABLE": State.UNDELIVERABLE,
    "DELIVERED": State.DELIVERED,
    "EXPIRED": State.EXPIRED,
    "REJECTED": State.REJECTED,
}
STATE_OF: dict[int, State] = {
    status.id: _STATE_OF_STATUS.get(StatusId(status.id)) or _STATE_OF_GROUP[status.group_name]
    for status in STATUSES.values()
}
_REACHABLE = {(start, end) for (start, _), end in MOVES.items()}
HELD_BACK = (StatusId.PENDING_ACCEPTED, StatusId.PENDING_TIME_VIOLATION)
"""Statuses of messages that wait for their time."""
VALIDITY_EXPIRED = 4101
"""The GSM error of a message whose validity passed: EC_VALIDITYEXPIRED."""
PENDING_STATUSES = tuple(status for status, state in STATE_OF.items() if state not in FINAL)


def is_final(status: int) -> bool:
    return STATE_OF[status] in FINAL


def allowed(current: int, following: int) -> bool:
    """Whether the table lets a message go from one status to another."""
    return (STATE_OF[current], STATE_OF[following]) in _REACHABLE


def aggregate(parts: Iterable[PartState], total: int) -> tuple[int, int] | None:
    """One status and error for a message of `total` parts; None while it is undecided.

    One part that failed decides at once, for the message can no longer be read; delivered needs every part, and is
    only "to operator" when one part is.
    """
    known = [part for part in parts if part.status is not None]
    for part in known:
        assert part.status is not None
        if STATE_OF[part.status] is not State.DELIVERED:
            return part.status, part.error
    if len(known) < total:
        return None
    to_handset = all(part.status == StatusId.DELIVERED_TO_HANDSET for part in known)
    status = StatusId.DELIVERED_TO_HANDSET if to_handset else StatusId.DELIVERED_TO_OPERATOR
    return status, gsm_errors.NO_ERROR.id
