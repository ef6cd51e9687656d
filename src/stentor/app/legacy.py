"""The legacy API put together."""

from __future__ import annotations

from collections.abc import Sequence

from stentor.api.auth import Authenticator
from stentor.api.legacy.asking import Asking
from stentor.api.legacy.command import CommandApi
from stentor.api.legacy.inbox import InboxApi
from stentor.api.legacy.login import Login
from stentor.api.legacy.lookups import LookupsApi
from stentor.api.legacy.reports import Renderer, ReportsApi
from stentor.api.legacy.routes import LegacyApi
from stentor.api.legacy.send import SendApi
from stentor.api.v1.inbox import InboundRenderer
from stentor.api.v1.times import Times
from stentor.app.foundation import Foundation
from stentor.core.lookup import Lookups
from stentor.core.message import Owed
from stentor.core.notify import V3_JSON, V3_XML
from stentor.core.submit import Submit
from stentor.engine.outboxes import Render


def rendering(v3: Renderer, others: Render) -> Render:
    """Reports in the words that each message's door asked for."""

    def render(batch: Sequence[Owed], notify_type: str) -> bytes:
        return v3.pushed(batch, notify_type) if notify_type in (V3_XML, V3_JSON) else others(batch, notify_type)

    return render


def legacy(
    foundation: Foundation,
    *,
    submit: Submit,
    authenticator: Authenticator,
    lookups: Lookups,
    renderer: Renderer,
    printed: Times,
) -> LegacyApi:
    store, ids, clock = foundation.store, foundation.ids, foundation.clock
    login = Login(authenticator)
    asking = Asking(login)
    moment = InboundRenderer(ids, printed).moment
    return LegacyApi(
        send=SendApi(submit=submit, login=login, clock=clock, store=store),
        reports=ReportsApi(asking=asking, store=store, clock=clock, ids=ids, renderer=renderer),
        inbox=InboxApi(asking=asking, store=foundation.inbox, ids=ids, moment=moment),
        lookups=LookupsApi(asking=asking, lookups=lookups),
        command=CommandApi(asking=asking, store=store),
    )
