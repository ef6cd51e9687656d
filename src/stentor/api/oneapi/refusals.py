"""Refusals as OneAPI spells them: `variables` is always a list (`spec/wire.md` (b)2)."""

from __future__ import annotations

import re

from stentor.api.errors import BAD_REQUEST, Refusing
from stentor.api.messages import Response
from stentor.api.oneapi.models import OneApiRefused, RequestError, ServiceException, encode
from stentor.core.errors import InvalidField

INVALID = "SVC0002"
"""GSMA's word for a value that is missing or wrong."""
_MISSING = "Request URI missing required component(s): "
_OF_A_FIELD = re.compile(r"\[(\w+(?:\.\w+|\[\d+\])*) : ")


class Missing(InvalidField):
    """A parameter without which nothing can be done."""

    def __init__(self, field: str) -> None:
        super().__init__(field, _MISSING + field)


def spelt(refusing: Response) -> Response:
    """For `Route.refused`."""
    if not isinstance(refusing, Refusing):
        return refusing
    told = refusing.refused.request_error.service_exception
    found = _OF_A_FIELD.match(told.text)
    field = found[1] if found else ""
    missing = f"[{field} : {_MISSING}{field}]"
    exception = ServiceException(
        text=_MISSING + field if told.text == missing else told.text,
        message_id=INVALID if refusing.status == BAD_REQUEST.status else told.message_id,
        variables=[field],
    )
    body = encode(OneApiRefused(request_error=RequestError(service_exception=exception)))
    return Response(refusing.status, body, headers=refusing.headers)
