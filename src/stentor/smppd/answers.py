"""The command_status that answers a request (003 §4.3, SMPP 3.4 §5.1.3)."""

from __future__ import annotations

from stentor.catalogue import STATUSES, StatusId
from stentor.core.errors import InvalidField, NotFound, Refusal, StoreUnavailable, Throttled
from stentor.smpp import CommandStatus


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: CommandStatus, why: str = "") -> None:
        super().__init__(why or status.name)
        self.status = status


_OF_STATUS: dict[int, CommandStatus] = {
    StatusId.REJECTED_NETWORK: CommandStatus.NETWORK_NOT_COVERED,
    StatusId.REJECTED_NOT_ENOUGH_CREDITS: CommandStatus.ESME_RUNKNOWNERR,
    StatusId.REJECTED_PREPAID_PACKAGE_EXPIRED: CommandStatus.ESME_RUNKNOWNERR,
    StatusId.REJECTED_SOURCE: CommandStatus.ESME_RINVSRCADR,
    StatusId.REJECTED_SENDER: CommandStatus.ESME_RINVSRCADR,
    StatusId.REJECTED_DUPLICATE_MESSAGE_ID: CommandStatus.ESME_RINVMSGID,
    StatusId.REJECTED_SYSTEM_ERROR: CommandStatus.SYSTEM_ERROR_OR_CHANNEL_DISABLED,
    StatusId.REJECTED_ROUTE_NOT_AVAILABLE: CommandStatus.SYSTEM_ERROR_OR_CHANNEL_DISABLED,
    StatusId.REJECTED_NOT_REACHABLE: CommandStatus.SYSTEM_ERROR_OR_CHANNEL_DISABLED,
    StatusId.REJECTED_PREFIX_MISSING: CommandStatus.ESME_RINVDSTADR,
    StatusId.REJECTED_DESTINATION: CommandStatus.ESME_RINVDSTADR,
    StatusId.REJECTED_DESTINATION_INVALID: CommandStatus.ESME_RINVDSTADR,
    StatusId.MISSING_TO: CommandStatus.ESME_RINVDSTADR,
    StatusId.REJECTED_INVALID_UDH: CommandStatus.ESME_RINVESMCLASS,
    StatusId.REJECTED_MESSAGE_TOO_LONG: CommandStatus.ESME_RINVMSGLEN,
}


def of_status(status: int) -> CommandStatus:
    """What became of a message, as the answer to its submit_sm."""
    if not STATUSES[status].final:
        return CommandStatus.ESME_ROK
    return _OF_STATUS.get(status, CommandStatus.ESME_RSUBMITFAIL)


def of_refusal(refusal: Exception) -> CommandStatus:
    """A refusal of the core; what is none is our own trouble."""
    match refusal:
        case Refused():
            return refusal.status
        case Throttled():
            return CommandStatus.ESME_RTHROTTLED
        case StoreUnavailable():
            return CommandStatus.ESME_RSYSERR
        case NotFound():
            return CommandStatus.ESME_RINVMSGID
        case InvalidField() | Refusal():
            return CommandStatus.ESME_RSUBMITFAIL
    return CommandStatus.ESME_RSYSERR
