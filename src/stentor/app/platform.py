"""The platform: its parts made, wired, started and stopped in order."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import structlog

from stentor.api.auth import Authenticator
from stentor.api.chained import ChainedApi
from stentor.api.legacy.reports import Renderer as V3Renderer
from stentor.api.reading import Bodies
from stentor.api.route import Route
from stentor.api.router import Router
from stentor.api.routes import table
from stentor.api.server import HttpApi
from stentor.api.tail import TailApi
from stentor.api.v1.account import AccountApi
from stentor.api.v1.binary import BinaryApi
from stentor.api.v1.bulks import BulksApi
from stentor.api.v1.logs import LogsApi
from stentor.api.v1.query import QueryApi
from stentor.api.v1.rendering import Renderer
from stentor.api.v1.reports import ReportsApi
from stentor.api.v1.send import SendApi
from stentor.api.v1.times import Times
from stentor.app.chaining import Chaining
from stentor.app.foundation import Foundation
from stentor.app.inbox import Receiving
from stentor.app.legacy import legacy, rendering
from stentor.app.local import LocalServer
from stentor.app.local_socket import local_operator
from stentor.app.lookups import NumberLookup
from stentor.app.notifying import Notifying
from stentor.app.observing import Observing
from stentor.app.omni import Omni
from stentor.app.oneapi import OneApiDoor
from stentor.app.smpp import Smpp
from stentor.app.upstreams import Upstreams
from stentor.app.web import WebServer
from stentor.config import Settings
from stentor.core.bulks import Bulks
from stentor.core.definitions import Change
from stentor.core.submit import Submit
from stentor.engine.dispatch import Dispatcher
from stentor.engine.moves import Mover
from stentor.engine.notify import NotifyLimits
from stentor.engine.receipts import Receipts
from stentor.engine.timekeeper import Timekeeper
from stentor.engine.turns import Turns
from stentor.engine.upstream import EngineDoor
from stentor.numbering import lookup

log = structlog.get_logger()


class Platform:
    """One node on the embedded store. `start` returns when it serves; `stop` drains and loses nothing."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._running = False
        self._observing = Observing()
        self._foundation = Foundation(settings, self._follow, self._observing.feed.publish)
        self.store = self._foundation.store
        self.clock = self._foundation.clock
        self.ids = self._foundation.ids
        self.rulebook = self._foundation.rulebook
        self.tracking = self._foundation.tracking
        self._observing.log_moves(settings, self.ids)
        self._observing.alarms = self.tracking.watch.told
        self._times = Times(settings.http.utc_offset)
        self._renderer = Renderer(self.ids, self._times, self.rulebook)
        self._v3_renderer = V3Renderer(self.ids, self._times.moment)
        self.oneapi = OneApiDoor(self._foundation)
        self._make_engine()
        self._submit = Submit(
            rulebook=self.rulebook,
            store=self.store,
            handoff=self.dispatcher,
            ids=self.ids,
            clock=self.clock,
            turns=Turns(self.clock),
            tracker=self.tracking.tracker,
        )
        self._authenticator = Authenticator(self.rulebook, settings.http.login_failures)
        self.smpp = self._made_smpp()
        self.omni = self._made_omni()
        router, bodies = Router(self._routes()), Bodies(settings.http.body_limit, settings.http.bodies_limit)
        self._web = WebServer(HttpApi(router, self._authenticator, bodies, requests=self._observing.requests), settings)
        self._local = LocalServer(
            HttpApi(router, self._authenticator, bodies, local_operator=local_operator), self._foundation.folder
        )

    @property
    def http_url(self) -> str:
        host = f"[{self._web.host}]" if ":" in self._web.host else self._web.host
        return f"{self._web.scheme}://{host}:{self._web.port}"

    async def start(self) -> None:
        await self._foundation.defining.start(self.settings)
        self._running = True
        lookup("1")  # loads the numbering plan now rather than in the first request
        self.receipts.start()
        self.receiving.arrivals.start()
        await self.upstreams.start(self.rulebook.book)
        await self.number_lookup.start()
        await self.omni.start()
        self.timekeeper.start()
        self.tracking.start(self.http_url, self.notifying.calls.soon)
        await self._web.start()
        await self.smpp.start()
        await self._local.start()
        self._observing.started()
        log.info("started", http=self.http_url, smpp=self.smpp.address, data=self.settings.storage.data)

    async def stop(self) -> None:
        """Doors first, then what is in the windows, then reports, then the store."""
        self._observing.stopping()
        await self._local.stop()
        await self._web.stop()
        await self.smpp.stop()
        await self.timekeeper.stop()
        await self.omni.stop()
        await self.dispatcher.stop()
        await self.upstreams.stop()
        await self.receipts.stop()
        await self.receiving.arrivals.stop()
        await self.tracking.stop()
        await self.number_lookup.stop()
        await self.notifying.stop()
        self._authenticator.close()
        self._observing.close()
        await self.store.close()
        log.info("stopped")

    def _make_engine(self) -> None:
        settings, store, ids, clock = self.settings, self.store, self.ids, self.clock
        self.notifying = Notifying(
            store=store,
            calls=store.calls,
            clock=clock,
            render=self.oneapi.rendering(rendering(self._v3_renderer, self._renderer.pushed)),
            settings=settings.notify,
            limits=msgspec.convert(settings.notify, NotifyLimits, from_attributes=True),
        )
        self.notifier = self.notifying.reports
        mover = self._mover = Mover(store, self.notifier, ids, clock)
        self.receipts = Receipts(store=store, mover=mover, ids=ids, clock=clock)
        self.dispatcher = Dispatcher(
            store=store,
            mover=mover,
            receipts=self.receipts,
            clock=clock,
            targets_of=self.rulebook.targets,
        )
        self.rulebook.choice.trouble = self.dispatcher.trouble
        self.timekeeper = Timekeeper(
            store=store,
            clock=clock,
            mover=mover,
            dispatcher=self.dispatcher,
            receipts=self.receipts,
            notifier=self.notifier,
            directory=self.rulebook.directory,
            more=((0.5, self.notifying.calls.tick),),
        )
        self._chaining = Chaining(ids, store.secret())
        self.receiving = Receiving(
            self._foundation,
            printed=self._times,
            wait=settings.inbound.wait,
            publish=self._observing.feed.publish,
            connectors=lambda: self.upstreams.connectors,
        )
        self.receiving.inbox.calls_wait = self.notifying.calls.soon
        self.oneapi.watch(mover, self.receiving.inbox, self.notifying.calls.soon)
        self.number_lookup = NumberLookup(
            self._foundation, turns=Turns(clock), printed=self._times, soon=self.notifying.calls.soon
        )
        self.timekeeper.duties += (*self.receiving.duties, *self.tracking.duties, *self.number_lookup.duties)
        door = EngineDoor(self.dispatcher, self.receipts, self.receiving.arrivals)
        self.upstreams = Upstreams(self.dispatcher, door, store, clock, self._chaining)

    def _made_smpp(self) -> Smpp:
        made = Smpp(
            self.settings,
            store=self.store,
            ids=self.ids,
            clock=self.clock,
            rulebook=self.rulebook,
            submit=self._submit,
            logins=self._authenticator,
            mover=self._mover,
            inbound=self.receiving.rows,
            lookups=self.number_lookup.lookups,
        )
        self.timekeeper.duties += made.duties
        self._observing.sessions = made.sessions
        self.receiving.inbox.sessions_wait = made.inbound_wait
        self.number_lookup.background.sessions_wait = made.lookups_wait
        return made

    def _made_omni(self) -> Omni:
        made = Omni(
            self._foundation,
            submit=self._submit,
            mover=self._mover,
            printed=self._times,
            called=self.notifying.calls.soon,
            login_failures=self.settings.http.login_failures,
        )
        self.timekeeper.duties += made.duties
        return made

    def _routes(self) -> tuple[Route, ...]:
        store, ids, clock = self.store, self.ids, self.clock
        submit = self._submit
        bulks = Bulks(store=store, clock=clock, carry_out=self._mover.carry_out, reporter=self._mover.reporter)
        operations = self._observing.join(
            store=store,
            clock=clock,
            dispatcher=self.dispatcher,
            notifier=self.notifying,
            connectors=self.upstreams.connectors.values,
            connections=lambda: self._web.guests.connected,
            authenticator=self._authenticator,
            settings=self.settings,
            receiving=self.receiving,
            tracked=lambda: (
                *self.tracking.readings(),
                *self.number_lookup.readings(),
                *self.smpp.readings(),
                *self.omni.readings(),
            ),
        )
        return table(
            send=SendApi(submit),
            binary=BinaryApi(submit),
            query=QueryApi(submit),
            bulks=BulksApi(bulks, self._times),
            reports=ReportsApi(store=store, clock=clock, ids=ids, renderer=self._renderer),
            logs=LogsApi(store=store, clock=clock, ids=ids, renderer=self._renderer),
            account=AccountApi(store),
            inbox=self.receiving.api,
            lookup=self.number_lookup.api,
            operations=operations,
            tail=TailApi(feed=self._observing.feed, rulebook=self.rulebook, ids=ids, clock=clock),
            admin=self._foundation.admin(self._observing.vitals, self.receiving.write),
            chained=ChainedApi(self._chaining),
            redirect=self.tracking.redirects(),
            conversions=self.tracking.conversion(self._times),
            legacy=legacy(
                self._foundation,
                submit=submit,
                authenticator=self._authenticator,
                lookups=self.number_lookup.lookups,
                renderer=self._v3_renderer,
                printed=self._times,
            ),
            conversion=self.tracking.rates(self._times),
            oneapi=self.oneapi.api(
                submit=submit, authenticator=self._authenticator, lookups=self.number_lookup.lookups
            ),
            omni=self.omni.doors,
        )

    async def _follow(self, changes: Sequence[Change]) -> None:
        """Connectors of the start are made by `start`."""
        self.oneapi.follow(changes)
        if self._running:
            await self.upstreams.follow(changes)
            await self.number_lookup.follow(changes)
            await self.omni.follow(changes)
