"""What is wrong with a request or a message, as a response value (003 §2.3)."""

from __future__ import annotations

from stentor.catalogue.legacy import ResponseCode
from stentor.core.errors import InvalidField

_OF_FIELD = {
    "notifyUrl": ResponseCode.INVALID_DELIVERY_REPORT_PUSH_URL,
    "sendAt": ResponseCode.INVALID_SENDDATETIME,
    "appid": ResponseCode.INVALID_CLIENT_APPID,
    "campaignId": ResponseCode.ERROR_PROCESSING,
}


class Wrong(Exception):
    def __init__(self, code: ResponseCode) -> None:
        super().__init__(code.name)
        self.code = code


def by_field(refusal: InvalidField) -> Wrong:
    """The core names a field; what it names nothing for is -99."""
    return Wrong(_OF_FIELD.get(refusal.field, ResponseCode.GENERAL_ERROR))
