"""POST /admin/1/trigger/mo: a phone of the simulated network writes to a number."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from stentor.api.admin.models import encode
from stentor.api.bodies import decoded
from stentor.api.messages import Request, Response
from stentor.core.errors import Conflict
from stentor.core.numbers import Owner


class TriggerBody(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"sender": "from", "recipient": "to"}
):
    sender: Annotated[str, Meta(min_length=1, max_length=20, description="Number of the phone that writes.")]
    recipient: Annotated[str, Meta(min_length=1, max_length=20, description="Number or short code it writes to.")]
    text: Annotated[str, Meta(max_length=10_000, description="What it writes.")]
    connector: Annotated[
        str | None, Meta(description="Simulated connector it comes through; the first one by default.")
    ] = None


class Triggered(msgspec.Struct, frozen=True, rename={"sender": "from", "recipient": "to"}):
    """What became of it: the message is on disk."""

    sender: str
    recipient: str
    connector: str
    parts: int
    account: Annotated[str | None, Meta(description="Whose it is; null: nobody owns the number.")]
    keyword: str
    way: Annotated[str, Meta(description="How it goes there.")]


Write = Callable[[str | None, str, str, str], Awaitable[tuple[str, int, Owner]]]
"""Connector (or None), sender, recipient and text to the connector's name, how many parts, and whose it is."""


class TriggerApi:
    """`write` is None where no program runs."""

    def __init__(self, write: Write | None) -> None:
        self._write = write

    async def mo(self, request: Request) -> Response:
        body: TriggerBody = decoded(request.body, TriggerBody)
        if self._write is None:
            raise Conflict("no program runs here: start it first, e.g. with stentor demo")
        connector, parts, owner = await self._write(body.connector, body.sender, body.recipient, body.text)
        told = Triggered(body.sender, body.recipient, connector, parts, owner.account, owner.keyword, owner.way)
        return Response(200, encode(told))
