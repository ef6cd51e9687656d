"""Subscriptions to receipts, to messages from phones and to lookups (`spec/wire.md` A4, (b)11)."""

from __future__ import annotations

from collections.abc import Sequence

from stentor.api.messages import Request, Response
from stentor.api.oneapi import reading
from stentor.api.oneapi.models import (
    CallbackReference,
    InboundLine,
    InboundSubscription,
    InboundSubscriptions,
    ReceiptSubscription,
    ResourceReference,
    Subscribed,
    SubscribedInbound,
    SubscribeRequest,
    SubscriptionLine,
    SubscriptionList,
    SubscriptionOne,
)
from stentor.api.oneapi.refusals import Missing
from stentor.api.oneapi.resources import answer, limit, readings, url
from stentor.api.v1.reading import scalar
from stentor.core.numbers import bare
from stentor.core.subscriptions import MAX_SUBSCRIPTIONS, Kind, Subscription, Subscriptions

_PATHS: dict[Kind, str] = {"receipt": "outbound", "inbound": "inbound", "lookup": "hlr"}


class SubscriptionsApi:
    def __init__(self, subscriptions: Subscriptions) -> None:
        self._all = subscriptions

    async def to_receipts(self, request: Request) -> Response:
        body = reading.read(request, SubscribeRequest)
        sender = scalar(body.sender_address) or request.at.get("sender") or ""
        made = await self._subscribe(request, "receipt", body, reading.bare_address(sender))
        return answer(self._subscribed(request, made), 201)

    async def to_lookups(self, request: Request) -> Response:
        made = await self._subscribe(request, "lookup", reading.read(request, SubscribeRequest), "")
        return answer(self._subscribed(request, made), 201)

    async def to_inbound(self, request: Request) -> Response:
        body = reading.read(request, SubscribeRequest)
        address = reading.bare_address(scalar(body.destination_address) or "")
        if not address:
            raise Missing("destinationAddress")
        made = await self._subscribe(request, "inbound", body, address)
        reference = ResourceReference(resource_url=self._url(request, made))
        return answer(SubscribedInbound(resource_reference=reference), 201)

    async def receipts(self, request: Request) -> Response:
        sender = request.at.get("sender")
        senders = () if sender is None else [bare(reading.bare_address(one)) for one in readings(sender)]
        return self._listed(request, "receipt", senders)

    async def receipt(self, request: Request) -> Response:
        found = self._all.find(request.account.id, request.at["id"], ("receipt",))
        return answer(SubscriptionOne(delivery_receipt_subscription=self._line(found)))

    async def lookups(self, request: Request) -> Response:
        return self._listed(request, "lookup")

    async def lookup(self, request: Request) -> Response:
        """A list of one, as the Java client reads it."""
        found = self._all.find(request.account.id, request.at["id"], ("lookup",))
        return answer(SubscriptionList(delivery_receipt_subscriptions=[self._line(found)]))

    async def inbound(self, request: Request) -> Response:
        """Page by page where a client asks so, as that of Java does."""
        size = limit(request, "pageSize", MAX_SUBSCRIPTIONS)
        first = (limit(request, "page", 1) - 1) * size
        found = self._all.of(request.account.id, "inbound")[first : first + size]
        return answer(InboundSubscriptions(subscriptions=[self._inbound_line(one) for one in found]))

    async def inbound_one(self, request: Request) -> Response:
        found = self._all.find(request.account.id, request.at["id"], ("inbound",))
        return answer(InboundSubscription(subscription=self._inbound_line(found)))

    async def remove(self, request: Request) -> Response:
        """Of any kind: the PHP client ends inbound subscriptions at the path of the others."""
        found = self._all.find(request.account.id, request.at["id"], ("receipt", "inbound", "lookup"))
        await self._all.unsubscribe(found)
        return Response(204)

    async def _subscribe(self, request: Request, kind: Kind, body: SubscribeRequest, address: str) -> Subscription:
        if not body.notify_url:
            raise Missing("notifyURL")
        return await self._all.subscribe(
            request.account.id,
            kind,
            url=body.notify_url,
            address=address,
            criteria=scalar(body.criteria) or "",
            data=scalar(body.callback_data),
        )

    def _listed(self, request: Request, kind: Kind, senders: Sequence[str] = ()) -> Response:
        """All of them, or those of senders."""
        found = [one for one in self._all.of(request.account.id, kind) if not senders or one.address in senders]
        return answer(SubscriptionList(delivery_receipt_subscriptions=[self._line(one) for one in found]))

    def _subscribed(self, request: Request, made: Subscription) -> Subscribed:
        reference = CallbackReference(callback_data=made.callback_data, notify_url=made.url)
        where = self._url(request, made)
        return Subscribed(
            delivery_receipt_subscription=ReceiptSubscription(callback_reference=reference, resource_url=where)
        )

    def _url(self, request: Request, made: Subscription) -> str:
        return url(request, _PATHS[made.kind], "subscriptions", self._all.public(made))

    def _line(self, one: Subscription) -> SubscriptionLine:
        return SubscriptionLine(
            subscription_id=self._all.public(one),
            sender_address=one.address,
            criteria=one.criteria or None,
            notify_url=one.url,
            callback_data=one.callback_data,
        )

    def _inbound_line(self, one: Subscription) -> InboundLine:
        return InboundLine(
            subscription_id=self._all.public(one),
            notify_url=one.url,
            callback_data=one.callback_data,
            criteria=one.criteria or None,
            destination_address=one.address,
        )
