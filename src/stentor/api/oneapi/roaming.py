"""Roaming status of a phone (HLR), answered at once or pushed to a notifyURL (`spec/wire.md` A4, (b)11)."""

from __future__ import annotations

import msgspec

from stentor.api.messages import Request, Response
from stentor.api.oneapi.models import RoamingAnswer
from stentor.api.oneapi.reading import bare_address
from stentor.api.oneapi.refusals import Missing
from stentor.api.oneapi.rendering import LookupWish, lookup_pushed, roaming
from stentor.api.oneapi.resources import answer, flag, one, required
from stentor.core.errors import InvalidField
from stentor.core.ids import Ids
from stentor.core.lookup import Lookups, Telling
from stentor.core.notify import MAX_URL, ONEAPI, callable_url
from stentor.core.ports import Clock
from stentor.core.submit import MAX_CALLBACK_DATA
from stentor.core.subscriptions import Subscriptions


class RoamingApi:
    def __init__(self, *, lookups: Lookups, subscriptions: Subscriptions, ids: Ids, clock: Clock) -> None:
        self._lookups = lookups
        self._subscriptions = subscriptions
        self._ids = ids
        self._clock = clock
        lookups.renderers[ONEAPI] = lookup_pushed

    async def status(self, request: Request) -> Response:
        number = bare_address(required(request, "address"))
        if not number:
            raise Missing("address")
        notify = one(request, "notifyURL")
        if notify is not None:
            return await self._later(request, number, notify)
        account = request.account
        results = await self._lookups(account, [number])
        await self._subscriptions.tell_lookups(account.id, results)
        extended = flag(request, "includeExtendedData")
        return answer(RoamingAnswer(roaming=roaming(results[0], extended=extended, callback_data=None)))

    async def _later(self, request: Request, number: str, notify: str) -> Response:
        if not callable_url(notify):
            shown = f"{notify[:100]!r} is not an http or https URL of at most {MAX_URL} characters."
            raise InvalidField("notifyURL", shown)
        data = one(request, "callbackData")
        if data is not None and len(data) > MAX_CALLBACK_DATA:
            raise InvalidField("callbackData", f"Length is limited to {MAX_CALLBACK_DATA} characters.")
        unique = self._ids.take(self._clock.now_ms())[0]
        wish = LookupWish(unique, flag(request, "includeExtendedData"), data)
        telling = Telling(notify, msgspec.json.encode(wish).decode(), ONEAPI)
        correlator = one(request, "clientCorrelator")
        (result,) = await self._lookups.later(request.account, [number], telling, bulk_id=correlator)
        if not result.pending:
            await self._subscriptions.tell_url(notify, result, data)
        return Response(200, b"{}")
