"""Messages from phones, pulled (`spec/wire.md` (b)11)."""

from __future__ import annotations

from stentor.api.messages import Request, Response, giving
from stentor.api.oneapi.models import InboundMessageList, InboundMessages
from stentor.api.oneapi.rendering import OneApiRenderer
from stentor.api.oneapi.resources import answer, limit
from stentor.core.inbox import InboxStore

_BATCH = 100


class InboundApi:
    def __init__(self, *, store: InboxStore, renderer: OneApiRenderer) -> None:
        self._store = store
        self._renderer = renderer

    async def pull(self, request: Request) -> Response:
        """Whatever the registration is called: it does not matter since long (client of Java)."""
        account = request.account.id
        found = await self._store.take(account, limit(request, "maxBatchSize", _BATCH))
        messages = InboundMessages(
            inbound_sms_message=[self._renderer.received(one) for one in found],
            number_of_messages_in_this_batch=len(found),
            total_number_of_pending_messages=await self._store.pending(account),
        )
        return giving(answer(InboundMessageList(inbound_sms_message_list=messages)), found)
