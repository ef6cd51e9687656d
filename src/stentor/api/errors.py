"""Refusals as the v1 API spells them: `requestError` (`spec/wire.md` (b)2)."""

from __future__ import annotations

import msgspec

from stentor.api.messages import Response
from stentor.core.errors import InvalidField, Refusal, StoreUnavailable, Throttled, Unauthorized

_encode = msgspec.json.Encoder().encode


class ErrorKind(msgspec.Struct, frozen=True):
    status: int
    message_id: str
    text: str


UNAUTHORIZED = ErrorKind(401, "UNAUTHORIZED", "Invalid login details")
BAD_REQUEST = ErrorKind(400, "BAD_REQUEST", "Bad request")
NOT_FOUND = ErrorKind(404, "NOT_FOUND", "Requested URL not found")
METHOD_NOT_ALLOWED = ErrorKind(405, "METHOD_NOT_ALLOWED", "Method not allowed")
TOO_LARGE = ErrorKind(413, "PAYLOAD_TOO_LARGE", "Request body is too large")
UNSUPPORTED = ErrorKind(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Encoding is not supported")
TOO_MANY = ErrorKind(429, "TOO_MANY_REQUESTS", "Too many requests")
GENERAL = ErrorKind(500, "GENERAL_ERROR", "Something went wrong. Please contact support.")
UNAVAILABLE = ErrorKind(503, "SERVICE_UNAVAILABLE", "The message cannot be stored now. Please try again later.")


def render(kind: ErrorKind, text: str | None = None, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Response:
    exception = {"messageId": kind.message_id, "text": text or kind.text}
    return Response(kind.status, _encode({"requestError": {"serviceException": exception}}), headers=headers)


def of_refusal(refusal: Refusal) -> Response:
    """The answer to a request that the core refused as a whole."""
    if isinstance(refusal, InvalidField):
        return render(BAD_REQUEST, str(refusal))
    if isinstance(refusal, Unauthorized):
        return render(UNAUTHORIZED, headers=((b"www-authenticate", b'Basic realm="Stentor"'),))
    if isinstance(refusal, Throttled):
        seconds = max(1, round(refusal.retry_after + 0.5))
        return render(TOO_MANY, headers=((b"retry-after", b"%d" % seconds),))
    if isinstance(refusal, StoreUnavailable):
        return render(UNAVAILABLE, headers=((b"retry-after", b"5"),))
    return render(GENERAL)
