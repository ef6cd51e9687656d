"""Connectors made of their definitions, and kept as they are defined while the platform runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import structlog

from stentor.app.chaining import Chaining
from stentor.config import HttpLinkSettings, SmscSettings, settings_of
from stentor.connectors.http.connector import HttpConnector
from stentor.connectors.simulated.connector import SimulatedConnector
from stentor.connectors.smsc.connector import SmscConnector
from stentor.connectors.smsc.options import SmscOptions
from stentor.core.definitions import Book, Change, Link
from stentor.core.ports import Clock, Connector, Store, Upstream
from stentor.engine.dispatch import Dispatcher

log = structlog.get_logger()


def wide(book: Book) -> Callable[[str], bool]:
    """Whether a connector's long messages carry 16-bit references."""

    def of(name: str) -> bool:
        link = book.get("connector", name)
        return link is not None and link.options.get("reference_bits") == 16

    return of


class Upstreams:
    """One connector for each that is defined."""

    def __init__(
        self, dispatcher: Dispatcher, upstream: Upstream, store: Store, clock: Clock, chaining: Chaining
    ) -> None:
        self._dispatcher = dispatcher
        self._upstream = upstream
        self._store = store
        self._clock = clock
        self._chaining = chaining
        self.connectors: dict[str, Connector] = {}
        chaining.connectors = self.connectors

    async def start(self, book: Book) -> None:
        for link in book.of("connector").values():
            self._dispatcher.add(self._made(link))
        for connector in self.connectors.values():
            await self._started(connector)

    async def stop(self) -> None:
        for connector in self.connectors.values():
            await connector.stop()

    async def follow(self, changes: Sequence[Change]) -> None:
        """What was changed is drained, stopped and made anew; what went is drained and stopped."""
        for change in changes:
            if change.kind != "connector":
                continue
            if change.after is None:
                await self._dispatcher.remove(change.key)
                del self.connectors[change.key]
            elif change.before is None:
                self._dispatcher.add(self._made(change.after))
                await self._started(self.connectors[change.key])
            else:
                await self._dispatcher.replace(self._made(change.after))
                await self._started(self.connectors[change.key])
            log.info("connector changed", connector=change.key, gone=change.after is None)

    def _made(self, link: Link) -> Connector:
        settings = settings_of(link)
        made: Connector
        if isinstance(settings, SmscSettings):
            options = msgspec.convert(settings, SmscOptions, from_attributes=True)
            made = SmscConnector(options, self._upstream, self._clock)
        elif isinstance(settings, HttpLinkSettings):
            made = self._chaining.made(settings, self._upstream, self._clock)
        else:
            made = SimulatedConnector(
                settings.name,
                delay=settings.delay,
                window=settings.window,
                rate=settings.rate,
                upstream=self._upstream,
                clock=self._clock,
            )
        self.connectors[link.name] = made
        return made

    async def _started(self, connector: Connector) -> None:
        if isinstance(connector, SimulatedConnector):
            unfinished = self._store.unfinished(connector.name)
            connector.resume((upstream_id, to) for upstream_id, _, to in unfinished)
        if isinstance(connector, HttpConnector):
            connector.reports.resume(upstream_id for upstream_id, _, _ in self._store.unfinished(connector.name))
        await connector.start()
