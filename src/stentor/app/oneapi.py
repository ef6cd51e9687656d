"""OneAPI and subscriptions put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stentor.api.auth import Authenticator
from stentor.api.oneapi.inbound import InboundApi
from stentor.api.oneapi.outbound import OutboundApi
from stentor.api.oneapi.profile import ProfileApi
from stentor.api.oneapi.rendering import OneApiRenderer
from stentor.api.oneapi.roaming import RoamingApi
from stentor.api.oneapi.routes import OneApi
from stentor.api.oneapi.subscriptions import SubscriptionsApi
from stentor.app.foundation import Foundation
from stentor.core.definitions import Change
from stentor.core.inbox import Inbox
from stentor.core.lookup import Lookups
from stentor.core.message import Owed
from stentor.core.notify import ONEAPI
from stentor.core.submit import Submit
from stentor.core.subscriptions import Subscriptions
from stentor.engine.moves import Mover
from stentor.engine.outboxes import Render
from stentor.storage.sqlite.subscriptions import SubscriptionRows


class OneApiDoor:
    def __init__(self, foundation: Foundation) -> None:
        self._foundation = foundation
        self._renderer = OneApiRenderer(foundation.ids)
        self.subscriptions = Subscriptions(
            store=SubscriptionRows(foundation.store.access),
            ids=foundation.ids,
            clock=foundation.clock,
            renderer=self._renderer,
        )

    def rendering(self, others: Render) -> Render:
        """Reports of messages that came through this door in its words."""

        def render(batch: Sequence[Owed], notify_type: str) -> bytes:
            return self._renderer.pushed(batch[0]) if notify_type == ONEAPI else others(batch, notify_type)

        return render

    def watch(self, mover: Mover, inbox: Inbox, soon: Callable[[], None]) -> None:
        """Subscriptions hear of moves and of messages from phones; `soon` is told when calls are owed."""
        mover.owed, mover.calls_wait = self.subscriptions.receipts, soon
        inbox.subscribed = self.subscriptions.inbound
        self.subscriptions.calls_wait = soon

    def follow(self, changes: Sequence[Change]) -> None:
        """An account that comes or goes has no subscriptions."""
        for change in changes:
            if change.kind == "account" and None in (change.before, change.after):
                self.subscriptions.forget((change.after or change.before).id)

    def api(self, *, submit: Submit, authenticator: Authenticator, lookups: Lookups) -> OneApi:
        store, ids, clock = self._foundation.store, self._foundation.ids, self._foundation.clock
        return OneApi(
            OutboundApi(submit=submit, store=store, ids=ids, clock=clock),
            SubscriptionsApi(self.subscriptions),
            InboundApi(store=self._foundation.inbox, renderer=self._renderer),
            RoamingApi(lookups=lookups, subscriptions=self.subscriptions, ids=ids, clock=clock),
            ProfileApi(store=store, authenticator=authenticator),
        )
