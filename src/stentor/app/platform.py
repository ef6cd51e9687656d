"""The platform: its parts made, wired, started and stopped in order."""

from __future__ import annotations

from pathlib import Path

import msgspec
import structlog

from stentor.api.auth import Authenticator
from stentor.api.routes import Router, table
from stentor.api.server import HttpApi
from stentor.api.v1.account import AccountApi
from stentor.api.v1.logs import LogsApi
from stentor.api.v1.rendering import Renderer
from stentor.api.v1.reports import ReportsApi
from stentor.api.v1.send import SendApi
from stentor.api.v1.times import Times
from stentor.app.books import book_of
from stentor.app.calling import CallerOnDemand
from stentor.app.clock import SystemClock
from stentor.app.web import WebServer
from stentor.config import Settings, SimulatedSettings, SmscSettings
from stentor.connectors.simulated.connector import SimulatedConnector
from stentor.connectors.smsc.connector import SmscConnector
from stentor.connectors.smsc.options import SmscOptions
from stentor.core.ids import Ids
from stentor.core.ports import Connector
from stentor.core.rulebook import Rulebook
from stentor.core.submit import Submit
from stentor.engine.address import AddressPolicy
from stentor.engine.dispatch import Dispatcher
from stentor.engine.moves import Mover
from stentor.engine.notify import Notifier, NotifyLimits
from stentor.engine.receipts import Receipts
from stentor.engine.timekeeper import Timekeeper
from stentor.engine.upstream import EngineDoor
from stentor.numbering import lookup
from stentor.storage.sqlite import SqliteStore

log = structlog.get_logger()


class Platform:
    """One node on the embedded store. `start` returns when it serves; `stop` drains and loses nothing."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.store = SqliteStore(Path(settings.storage.data), self.clock)
        self.ids = Ids(self.store.secret(), last=self.store.largest_id())
        wide = frozenset(c.name for c in settings.connectors if getattr(c, "reference_bits", 8) == 16)
        self.rulebook = Rulebook(self.store.book(), wide)
        renderer = Renderer(self.ids, Times(settings.http.utc_offset), self.rulebook)
        self.notifier = Notifier(
            store=self.store,
            clock=self.clock,
            caller=CallerOnDemand(AddressPolicy(settings.notify.allow)),
            render=renderer.pushed,
            limits=msgspec.convert(settings.notify, NotifyLimits, from_attributes=True),
        )
        mover = Mover(self.store, self.notifier, self.ids, self.clock)
        self.receipts = Receipts(store=self.store, mover=mover, ids=self.ids, clock=self.clock)
        self.dispatcher = Dispatcher(
            store=self.store, mover=mover, receipts=self.receipts, ids=self.ids, clock=self.clock
        )
        self.timekeeper = Timekeeper(
            store=self.store,
            clock=self.clock,
            mover=mover,
            dispatcher=self.dispatcher,
            receipts=self.receipts,
            notifier=self.notifier,
        )
        self.connectors = [self._connector(one) for one in settings.connectors]
        for connector in self.connectors:
            self.dispatcher.add(connector)
        self._authenticator = Authenticator(self.rulebook)
        self._web = WebServer(self._api(renderer), settings)

    @property
    def http_url(self) -> str:
        host = f"[{self._web.host}]" if ":" in self._web.host else self._web.host
        return f"{self._web.scheme}://{host}:{self._web.port}"

    async def start(self) -> None:
        await self.store.define(book_of(self.settings, self.store.book()))
        self.rulebook.load(self.store.book())
        lookup("1")  # loads the numbering plan now rather than in the first request
        self.receipts.start()
        for connector in self.connectors:
            if isinstance(connector, SimulatedConnector):
                connector.resume((upstream_id, to) for upstream_id, _, to in self.store.unfinished(connector.name))
            await connector.start()
        self.timekeeper.start()
        await self._web.start()
        log.info("started", http=self.http_url, data=self.settings.storage.data)

    async def stop(self) -> None:
        """Doors first, then what is in the windows, then reports, then the store."""
        await self._web.stop()
        await self.timekeeper.stop()
        await self.dispatcher.stop()
        for connector in self.connectors:
            await connector.stop()
        await self.receipts.stop()
        await self.notifier.stop()
        self._authenticator.close()
        await self.store.close()
        log.info("stopped")

    def _api(self, renderer: Renderer) -> HttpApi:
        submit = Submit(
            rulebook=self.rulebook, store=self.store, handoff=self.dispatcher, ids=self.ids, clock=self.clock
        )
        routes = table(
            SendApi(submit),
            ReportsApi(store=self.store, clock=self.clock, ids=self.ids, renderer=renderer),
            LogsApi(store=self.store, clock=self.clock, ids=self.ids, renderer=renderer),
            AccountApi(self.store),
        )
        return HttpApi(Router(routes), self._authenticator, self.settings.http.body_limit)

    def _connector(self, settings: SmscSettings | SimulatedSettings) -> Connector:
        door = EngineDoor(self.dispatcher, self.receipts)
        if isinstance(settings, SmscSettings):
            return SmscConnector(msgspec.convert(settings, SmscOptions, from_attributes=True), door, self.clock)
        return SimulatedConnector(
            settings.name, delay=settings.delay, window=settings.window, upstream=door, clock=self.clock
        )
