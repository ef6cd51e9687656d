"""Messages for operators: the whole story of one, and forgetting those of a number."""

from __future__ import annotations

from stentor.api.admin.kinds import number
from stentor.api.admin.models import ErasedView, NumberBody, encode
from stentor.api.bodies import decoded
from stentor.api.messages import Request, Response
from stentor.core.administration import Administration
from stentor.core.devices import DeviceStore
from stentor.core.errors import InvalidField
from stentor.core.inbox import InboxStore
from stentor.core.links import Links
from stentor.core.lookup import LookupStore
from stentor.core.numbers import bare, is_number
from stentor.core.omni.ports import OmniStore
from stentor.core.ports import Store


class MessagesApi:
    def __init__(
        self,
        administration: Administration,
        store: Store,
        short_links: Links,
        inbox: InboxStore,
        lookups: LookupStore,
        omni: OmniStore,
        devices: DeviceStore,
    ) -> None:
        self._administration = administration
        self._store = store
        self._short_links = short_links
        self._inbox = inbox
        self._lookups = lookups
        self._omni = omni
        self._devices = devices

    async def erase(self, request: Request) -> Response:
        """Final messages to and from the number and lookups of it, of all accounts; those under way stay."""
        body: NumberBody = decoded(request.body, NumberBody)
        wanted = _wanted(body.number)
        await self._short_links.erase(wanted)
        received, waiting = await self._inbox.erase(wanted)
        asked, pending = await self._lookups.erase(wanted)
        stepped, running = await self._omni.erase(wanted)
        await self._devices.untie(wanted)
        erased = await self._store.erase(wanted)
        gone = erased.messages + received + asked + stepped
        left = erased.left + waiting + pending + running
        await self._administration.note(request.operator, f"messages of a number erased: {gone}")
        return Response(200, encode(ErasedView(gone, left)))


def _wanted(text: str) -> str:
    """A short code is no phone number, and gets messages all the same."""
    try:
        return number(text)
    except InvalidField:
        if is_number(bare(text)):
            return bare(text)
        raise
