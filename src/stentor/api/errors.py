"""Refusals as the v1 API spells them: `requestError`, in JSON or XML (`spec/wire.md` (b)2)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from stentor.api.messages import XML, Response
from stentor.api.route import Access
from stentor.api.xml.writing import Form, write
from stentor.core.errors import Conflict, InvalidField, NotFound, Refusal, StoreUnavailable, Throttled, Unauthorized

_encode = msgspec.json.Encoder().encode
_FORM = Form("ApiException")


class ServiceException(msgspec.Struct, frozen=True, rename="camel"):
    message_id: Annotated[str, msgspec.Meta(description="Which refusal it is.", examples=["BAD_REQUEST"])]
    text: Annotated[str, msgspec.Meta(description="What was wrong; `[field : reason]` where one value was.")]


class RequestError(msgspec.Struct, frozen=True, rename="camel"):
    service_exception: ServiceException


class Refused(msgspec.Struct, frozen=True, rename="camel"):
    """A request that was refused as a whole."""

    request_error: RequestError


class Refusing(Response, kw_only=True):
    """An answer that refuses, in JSON until it is known what the client reads."""

    refused: Refused

    def in_xml(self) -> Response:
        return Response(self.status, write(_FORM, self.refused), XML, self.headers)


class ErrorKind(msgspec.Struct, frozen=True):
    status: int
    message_id: str
    text: str


UNAUTHORIZED = ErrorKind(401, "UNAUTHORIZED", "Invalid login details")
BAD_REQUEST = ErrorKind(400, "BAD_REQUEST", "Bad request")
NOT_FOUND = ErrorKind(404, "NOT_FOUND", "Requested URL not found")
GONE = ErrorKind(410, "GONE", "It is no longer there")
CONFLICT = ErrorKind(409, "CONFLICT", "It is there already")
METHOD_NOT_ALLOWED = ErrorKind(405, "METHOD_NOT_ALLOWED", "Method not allowed")
TOO_LARGE = ErrorKind(413, "PAYLOAD_TOO_LARGE", "Request body is too large")
UNSUPPORTED = ErrorKind(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Encoding is not supported")
TOO_MANY = ErrorKind(429, "TOO_MANY_REQUESTS", "Too many requests")
GENERAL = ErrorKind(500, "GENERAL_ERROR", "Something went wrong. Please contact support.")
UNAVAILABLE = ErrorKind(503, "SERVICE_UNAVAILABLE", "The message cannot be stored now. Please try again later.")

KINDS = {
    kind.status: kind
    for kind in (
        BAD_REQUEST,
        UNAUTHORIZED,
        NOT_FOUND,
        METHOD_NOT_ALLOWED,
        CONFLICT,
        GONE,
        TOO_LARGE,
        UNSUPPORTED,
        TOO_MANY,
        GENERAL,
        UNAVAILABLE,
    )
}


def render(kind: ErrorKind, text: str | None = None, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Response:
    body = Refused(RequestError(ServiceException(kind.message_id, text or kind.text)))
    return Refusing(kind.status, _encode(body), headers=headers, refused=body)


def unauthorized(access: Access) -> Response:
    scheme = b"Bearer" if access == "admin" else b"Basic"
    return render(UNAUTHORIZED, headers=((b"www-authenticate", b'%b realm="Stentor"' % scheme),))


def of_refusal(refusal: Refusal) -> Response:
    """The answer to a request that the core refused as a whole."""
    if isinstance(refusal, InvalidField):
        return render(BAD_REQUEST, str(refusal))
    if isinstance(refusal, NotFound):
        return render(NOT_FOUND, str(refusal))
    if isinstance(refusal, Conflict):
        return render(CONFLICT, str(refusal))
    if isinstance(refusal, Unauthorized):
        return unauthorized("account")
    if isinstance(refusal, Throttled):
        seconds = max(1, round(refusal.retry_after + 0.5))
        return render(TOO_MANY, headers=((b"retry-after", b"%d" % seconds),))
    if isinstance(refusal, StoreUnavailable):
        return render(UNAVAILABLE, headers=((b"retry-after", b"5"),))
    return render(GENERAL)
