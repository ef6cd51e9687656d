"""Messages for operators: the whole story of one, and forgetting those of a number."""

from __future__ import annotations

from stentor.api.admin.kinds import number
from stentor.api.admin.models import ErasedView, NumberBody, encode
from stentor.api.bodies import decoded
from stentor.api.messages import Request, Response
from stentor.core.administration import Administration
from stentor.core.ports import Store


class MessagesApi:
    def __init__(self, administration: Administration, store: Store) -> None:
        self._administration = administration
        self._store = store

    async def erase(self, request: Request) -> Response:
        """Final messages to and from the number, of all accounts; those under way stay."""
        body: NumberBody = decoded(request.body, NumberBody)
        erased = await self._store.erase(number(body.number))
        await self._administration.note(request.operator, f"messages of a number erased: {erased.messages}")
        return Response(200, encode(ErasedView(erased.messages, erased.left)))
