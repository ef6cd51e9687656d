"""What watches the platform: the feed, what is counted, the log of moves, /health, /ready and /metrics."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace

from stentor.api.auth import Authenticator
from stentor.api.operations import OperationsApi
from stentor.app.exposition import Reading
from stentor.app.health import Health
from stentor.app.inbox import Receiving
from stentor.app.metrics import Metrics, Parts
from stentor.app.move_log import MoveLog
from stentor.app.notifying import Notifying
from stentor.app.pulse import Pulse
from stentor.config import Settings
from stentor.core.diagnosis import AccountSessions, Vitals
from stentor.core.feed import Feed
from stentor.core.ids import Ids
from stentor.core.ports import Clock, Connector
from stentor.core.tally import Requests, Tally
from stentor.engine.dispatch import Dispatcher
from stentor.storage.sqlite import SqliteStore

_LOGGING = ("debug", "info")
"""Levels that show the log of moves."""


class Observing:
    """Made before the store, which publishes to its feed, and joined to the other parts by `join`."""

    def __init__(self) -> None:
        self.feed = Feed()
        self.requests = Requests()
        self._tally = Tally()
        self._pulse = Pulse()
        self._move_log: MoveLog | None = None
        self._health: Health | None = None
        self._metrics: Metrics | None = None
        self.sessions: Callable[[], Sequence[AccountSessions] | None] = lambda: None
        """SMPP sessions of customers; None: they cannot connect so."""
        self.alarms: Callable[[], Sequence[tuple[str, str]]] = lambda: ()
        """Conversion that fell."""
        self.feed.watch(self._tally.count)

    def log_moves(self, settings: Settings, ids: Ids) -> None:
        if settings.log.moves and settings.log.level in _LOGGING:
            self._move_log = MoveLog(ids, sys.stderr.buffer, settings.log.format)
            self.feed.watch(self._move_log)

    def join(
        self,
        *,
        store: SqliteStore,
        clock: Clock,
        dispatcher: Dispatcher,
        notifier: Notifying,
        connectors: Callable[[], Iterable[Connector]],
        connections: Callable[[], int],
        authenticator: Authenticator,
        settings: Settings,
        receiving: Receiving,
        tracked: Callable[[], Iterable[Reading]],
    ) -> OperationsApi:
        folder = Path(settings.storage.data)
        self._health = Health(store, folder, connectors, clock)
        self._metrics = Metrics(
            Parts(
                clock=clock,
                tally=self._tally,
                requests=self.requests,
                feed=self.feed,
                pulse=self._pulse,
                health=self._health,
                store=store,
                folder=folder,
                dispatcher=dispatcher,
                notifier=notifier,
                connectors=connectors,
                connections=connections,
                tracked=tracked,
                receiving=receiving,
            )
        )
        return OperationsApi(
            readiness=self._health.readiness,
            metrics=self._metrics.text,
            operator=authenticator.operator,
            metrics_allow=settings.http.metrics_allow,
        )

    async def vitals(self) -> Vitals:
        """Only while the platform runs: `join` was called."""
        assert self._metrics is not None
        return replace(await self._metrics.vitals(), sessions=self.sessions(), alarms=self.alarms())

    def started(self) -> None:
        self._pulse.start()
        if self._health is not None:
            self._health.phase = "serving"

    def stopping(self) -> None:
        self._pulse.stop()
        if self._health is not None:
            self._health.phase = "stopping"

    def close(self) -> None:
        if self._move_log is not None:
            self._move_log.flush()
        if self._metrics is not None:
            self._metrics.close()
