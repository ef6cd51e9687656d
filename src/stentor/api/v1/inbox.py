"""GET /sms/1/inbox/reports and GET /sms/1/inbox/logs (004 "Receiving messages", `spec/wire.md` A1, (b)5)."""

from __future__ import annotations

from msgspec import UNSET

from stentor.api.messages import JSON, XML, Request, Response, giving
from stentor.api.v1 import times
from stentor.api.v1.logs import WINDOW_MS
from stentor.api.v1.models import (
    InboundLogModel,
    InboundModel,
    InboxLogResponse,
    InboxResponse,
    encode_json,
    price_model,
)
from stentor.api.v1.reading import Filters
from stentor.api.v1.times import Times
from stentor.api.v1.xml import INBOX_LOGS, INBOX_REPORTS, answer
from stentor.api.xml.writing import write
from stentor.core.account import Account
from stentor.core.ids import INBOUND, Ids
from stentor.core.inbound import Inbound
from stentor.core.inbox import InboxFilter, InboxStore
from stentor.core.numbers import bare
from stentor.core.ports import Clock


class InboundRenderer:
    """Implements `core.inbox.InboxRenderer`."""

    def __init__(self, ids: Ids, printed: Times) -> None:
        self._ids = ids
        self._times = printed

    def item(self, inbound: Inbound, currency: str) -> InboundModel:
        return InboundModel(
            message_id=self._ids.public(inbound.id, INBOUND),
            from_=inbound.sender,
            to=inbound.recipient,
            text=inbound.text,
            clean_text=inbound.clean_text,
            keyword=inbound.keyword,
            received_at=self._times.text(inbound.received_at),
            sms_count=inbound.parts,
            price=price_model(inbound.price, currency),
            callback_data=UNSET if inbound.callback_data is None else inbound.callback_data,
        )

    def line(self, inbound: Inbound, currency: str) -> InboundLogModel:
        return InboundLogModel(
            message_id=self._ids.public(inbound.id, INBOUND),
            to=inbound.recipient,
            received_at=self._times.text(inbound.received_at),
            from_=inbound.sender,
            text=inbound.text,
            clean_text=inbound.clean_text,
            keyword=inbound.keyword or UNSET,
            sms_count=inbound.parts,
            price=price_model(inbound.price, currency),
            callback_data=UNSET if inbound.callback_data is None else inbound.callback_data,
        )

    def pushed(self, inbound: Inbound, account: Account, way: str) -> tuple[str, bytes]:
        """The same as the pull, one message at a time (`spec/wire.md` (b)5)."""
        body = InboxResponse(results=[self.item(inbound, account.currency)], message_count=1, pending_message_count=0)
        if way == "xml":
            return XML, write(INBOX_REPORTS.form(account), body)
        return JSON, encode_json(body)

    def moment(self, milliseconds: int) -> str:
        """As the API of 003 writes times, e.g. 2010/08/02 14:55:10."""
        date, _, time = self._times.text(milliseconds).partition("T")
        return f"{date.replace('-', '/')} {time[:8]}"


class InboxApi:
    def __init__(self, *, store: InboxStore, clock: Clock, ids: Ids, renderer: InboundRenderer) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._renderer = renderer

    async def pull(self, request: Request) -> Response:
        account = request.account
        found = await self._store.take(account.id, Filters(request, self._ids).limit())
        left = await self._store.pending(account.id)
        results = [self._renderer.item(one, account.currency) for one in found]
        body = InboxResponse(results=results, message_count=len(found), pending_message_count=left)
        return giving(answer(request, INBOX_REPORTS, body), found)

    async def logs(self, request: Request) -> Response:
        account = request.account
        found = await self._store.logs(account.id, self._wanted(Filters(request, self._ids)))
        results = [self._renderer.line(one, account.currency) for one in found]
        return answer(request, INBOX_LOGS, InboxLogResponse(results=results))

    def _wanted(self, filters: Filters) -> InboxFilter:
        oldest = self._clock.now_ms() - WINDOW_MS
        since, until = filters.one("receivedSince"), filters.one("receivedUntil")
        return InboxFilter(
            since=max(oldest, times.read("receivedSince", since)) if since else oldest,
            until=times.read("receivedUntil", until) if until else None,
            recipients=tuple(map(bare, filters.several("to"))),
            keyword=filters.one("keyword"),
            limit=filters.limit(),
        )
