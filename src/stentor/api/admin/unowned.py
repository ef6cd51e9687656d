"""GET /admin/1/unowned: messages from phones to numbers that nobody owns."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from stentor.api.admin.models import encode
from stentor.api.admin.resources import limit_of
from stentor.api.admin.times import iso
from stentor.api.messages import Request, Response
from stentor.core.inbound import NOBODY, Inbound
from stentor.core.inbox import InboxFilter, InboxStore


class UnownedView(msgspec.Struct, frozen=True, rename={"sender": "from", "recipient": "to"}):
    at: Annotated[str, Meta(description="When it came.")]
    sender: Annotated[str, Meta(description="Who wrote.")]
    recipient: Annotated[str, Meta(description="The number that nobody owns.")]
    text: str
    parts: int
    connector: Annotated[str, Meta(description="Where it came in.")]


class Unowned(msgspec.Struct, frozen=True):
    """Newest first; they are kept for 48 hours."""

    results: list[UnownedView]


class UnownedApi:
    def __init__(self, inbox: InboxStore) -> None:
        self._inbox = inbox

    async def list(self, request: Request) -> Response:
        found = await self._inbox.logs(NOBODY, InboxFilter(since=0, limit=limit_of(request)))
        return Response(200, encode(Unowned([_view(one) for one in found])))


def _view(one: Inbound) -> UnownedView:
    return UnownedView(iso(one.received_at), one.sender, one.recipient, one.text, one.parts, one.connector)
