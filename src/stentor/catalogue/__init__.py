"""Every code that we ever answer with, as data."""

from stentor.catalogue.gsm_errors import (
    ERROR_GROUPS,
    ERRORS,
    NO_ERROR,
    ErrorGroup,
    ErrorGroupId,
    GsmError,
    error,
    is_permanent,
)
from stentor.catalogue.legacy import (
    LOOKUP_STATUSES,
    NO_DATA,
    PULL_ERRORS,
    REPORT_STATUSES,
    RESPONSES,
    Response,
    ResponseCode,
    lookup_stat,
    response_of,
)
from stentor.catalogue.statuses import GROUPS, STATUSES, Group, GroupId, Status, StatusId

__all__ = [
    "ERRORS",
    "ERROR_GROUPS",
    "GROUPS",
    "LOOKUP_STATUSES",
    "NO_DATA",
    "NO_ERROR",
    "PULL_ERRORS",
    "REPORT_STATUSES",
    "RESPONSES",
    "STATUSES",
    "ErrorGroup",
    "ErrorGroupId",
    "Group",
    "GroupId",
    "GsmError",
    "Response",
    "ResponseCode",
    "Status",
    "StatusId",
    "error",
    "is_permanent",
    "lookup_stat",
    "response_of",
]
