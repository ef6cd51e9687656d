"""What an upstream's command_status or receipt means in our catalogue: two tables."""

from __future__ import annotations

import msgspec

from stentor.catalogue import StatusId
from stentor.core.lifecycle import VALIDITY_EXPIRED
from stentor.core.message import UpstreamReceipt
from stentor.core.ports import Outcome, OutgoingPart
from stentor.smpp import CommandStatus as S
from stentor.smpp.receipt import WORDS, MessageState, Receipt
from stentor.smpp.status import name_of


class Refusal(msgspec.Struct, frozen=True):
    """`retry`: offer it again later within its validity. `error` is the GSM code that reports carry meanwhile."""

    retry: bool
    error: int
    status: int = StatusId.UNDELIVERABLE_REJECTED_OPERATOR


THROTTLED = frozenset({S.ESME_RTHROTTLED, S.ESME_RMSGQFUL})
"""Not the message but the link is refused: it rests and sends again in order (`spec/smpp.md` 9)."""

_SYSTEM_FAILURE = 34
_UNEXPECTED_DATA = 36
_UNKNOWN_SUBSCRIBER = 1
_UNKNOWN_ERROR = 255
_INVALID_PDU = 4096
_NOT_SUBMITTED = 4102
_CANCELED = 4100

REFUSALS: dict[int, Refusal] = {
    S.ESME_RSYSERR: Refusal(True, _SYSTEM_FAILURE),
    S.ESME_RX_T_APPN: Refusal(True, _SYSTEM_FAILURE),
    S.ESME_RSUBMITFAIL: Refusal(True, _NOT_SUBMITTED),
    S.ESME_RINVBNDSTS: Refusal(True, _NOT_SUBMITTED),
    S.SYSTEM_ERROR_OR_CHANNEL_DISABLED: Refusal(True, _SYSTEM_FAILURE),
    S.ESME_RINVDSTADR: Refusal(False, _UNKNOWN_SUBSCRIBER),
    S.ESME_RINVSRCADR: Refusal(False, _UNEXPECTED_DATA),
    S.ESME_RINVMSGLEN: Refusal(False, _INVALID_PDU),
    S.ESME_RINVCMDLEN: Refusal(False, _INVALID_PDU),
    S.ESME_RINVESMCLASS: Refusal(False, _INVALID_PDU),
}
_OTHER = Refusal(False, _NOT_SUBMITTED)

FINAL_STATES: dict[MessageState, tuple[int, int]] = {
    MessageState.DELIVERED: (StatusId.DELIVERED_TO_HANDSET, 0),
    MessageState.EXPIRED: (StatusId.EXPIRED_EXPIRED, VALIDITY_EXPIRED),
    MessageState.DELETED: (StatusId.UNDELIVERABLE_NOT_DELIVERED, _CANCELED),
    MessageState.UNDELIVERABLE: (StatusId.UNDELIVERABLE_NOT_DELIVERED, _UNKNOWN_ERROR),
    MessageState.UNKNOWN: (StatusId.EXPIRED_UNKNOWN, _UNKNOWN_ERROR),
    MessageState.REJECTED: (StatusId.UNDELIVERABLE_REJECTED_OPERATOR, _UNKNOWN_ERROR),
}
"""Our status, and the error when the upstream names none. ENROUTE and ACCEPTED are no end."""


def refusal_of(command_status: int) -> Refusal:
    """Statuses that nobody listed are final: sending again what an SMSC does not want helps nobody."""
    return REFUSALS.get(command_status, _OTHER)


def refused_in_words(command_status: int) -> str:
    return f"refused with {name_of(command_status)} (0x{command_status:08X})"


def refused(part: OutgoingPart, command_status: int) -> Outcome:
    """The outcome of a part that was not taken, throttling apart; an answer of the wrong kind is the SMSC's trouble."""
    refusal = refusal_of(command_status or S.ESME_RSYSERR)
    said = refused_in_words(command_status)
    return Outcome(part, None, refusal.status, refusal.error, refusal.retry, said=said)


def unsendable(part: OutgoingPart, why: str) -> Outcome:
    """The outcome of a part that SMPP has no octets for: no link ever takes it."""
    return Outcome(part, status=StatusId.UNDELIVERABLE_REJECTED_OPERATOR, error=_INVALID_PDU, said=why)


def of_receipt(connector: str, upstream_id: str, receipt: Receipt, at: int) -> UpstreamReceipt:
    """A receipt in our numbers; `said` keeps the upstream's own words for the history."""
    status, otherwise = FINAL_STATES.get(receipt.state, (StatusId.PENDING_WAITING_DELIVERY, 0))
    final = receipt.state in FINAL_STATES and not receipt.intermediate
    error = receipt.error or otherwise
    if status == StatusId.DELIVERED_TO_HANDSET:
        error = 0
    words = f"{WORDS['spec'][receipt.state]} err {receipt.error if receipt.error is not None else '-'}"
    said = f"{'intermediate ' if receipt.intermediate else ''}receipt for {upstream_id}: {words}"
    return UpstreamReceipt(connector, upstream_id, status, error, at, final, said)
