"""Every refusal in the type that the request asks for, whoever refuses: server, handler or core (wire.md (b)2)."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from stentor.api import errors
from stentor.api.auth import Authenticator
from stentor.api.messages import Request, Response
from stentor.api.reading import Bodies
from stentor.api.route import Route
from stentor.api.router import Router
from stentor.api.server import HttpApi
from stentor.core.errors import Conflict, InvalidField, NotFound, StoreUnavailable, Throttled, Unauthorized
from stentor.core.rulebook import Rulebook
from support.making import book

RAISED: dict[int, Exception] = {
    400: InvalidField("text", 'is <not> & "good"\x00'),
    401: Unauthorized(),
    404: NotFound("nothing"),
    409: Conflict("there"),
    429: Throttled(1.0),
    500: RuntimeError("a fault of ours"),
    503: StoreUnavailable("disk full"),
}


async def _answered(error: Exception | None, *headers: tuple[bytes, bytes]) -> tuple[dict[bytes, bytes], int, bytes]:
    async def handler(_: Request) -> Response:
        if error is None:
            return errors.render(errors.UNAVAILABLE, "said by a handler")
        raise error

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b""}

    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    rulebook = Rulebook(book())
    api = HttpApi(
        Router((Route("GET", "/x", handler, "", "", "", access="public"),)), Authenticator(rulebook), Bodies(1024, 1024)
    )
    scope = {"type": "http", "method": "GET", "path": "/x", "raw_path": b"/x", "query_string": b"", "client": None}
    await api({**scope, "headers": list(headers)}, receive, send)
    start, body = sent
    return dict(start["headers"]), start["status"], body["body"]


@pytest.mark.parametrize("status", RAISED)
async def test_what_is_raised(status: int) -> None:
    plain_headers, plain_status, plain = await _answered(RAISED[status])
    headers, answered, body = await _answered(RAISED[status], (b"accept", b"application/xml"))
    assert (plain_status, answered) == (status, status)
    assert (plain_headers.pop(b"content-type"), headers.pop(b"content-type")) == (
        b"application/json",
        b"application/xml",
    )
    assert (int(plain_headers.pop(b"content-length")), int(headers.pop(b"content-length"))) == (len(plain), len(body))
    assert headers == plain_headers
    said = json.loads(plain)["requestError"]["serviceException"]
    read = {element.tag: element.text for element in ET.fromstring(body).iter() if not len(element)}
    assert read == {name: text.replace("\0", "\ufffd") for name, text in said.items()}


async def test_what_a_handler_says_itself() -> None:
    expected = (
        b"<ApiException><requestError><serviceException><messageId>SERVICE_UNAVAILABLE</messageId>"
        b"<text>said by a handler</text></serviceException></requestError></ApiException>"
    )
    for headers in ((b"accept", b"text/xml"),), ((b"content-type", b"application/xml"),):
        assert (await _answered(None, *headers))[1:] == (503, expected)
    assert (await _answered(None, (b"accept", b"application/json"), (b"content-type", b"text/xml")))[2][:1] == b"{"
