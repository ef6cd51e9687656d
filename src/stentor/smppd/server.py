"""All connections of customers: who is bound, whose time has come, and the way out (003 §3.1)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

import structlog

from stentor.core.rulebook import Rulebook
from stentor.smpp import Limits
from stentor.smpp.state import State
from stentor.smppd.binding import Binder, Logins
from stentor.smppd.connection import Connection, Enter, Requests
from stentor.smppd.deliver import Deliverer

log = structlog.get_logger()

_SWEEP_S = 0.2
_KINDS = {State.BOUND_TX: "transmitter", State.BOUND_RX: "receiver", State.BOUND_TRX: "transceiver"}


class SmppServer:
    """Implements `smppd.connection.House`. Listening is `app`'s: it brings connections by `welcome`."""

    def __init__(
        self,
        *,
        logins: Logins,
        rulebook: Rulebook,
        deliverer: Deliverer,
        requests: Requests,
        limits: Limits,
        window: int,
        response_patience: float = 5.0,
    ) -> None:
        self.limits = limits
        self.window = window
        self.deliverer = deliverer
        self.requests = requests
        self.binder = Binder(logins, rulebook, self.sessions_of)
        self.binds_refused: Counter[int] = Counter()
        self.pdus_refused: Counter[int] = Counter()
        self._patience = response_patience
        self._connections: set[Connection] = set()
        self._of: dict[int, set[Connection]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_SWEEP_S, self._sweep)

    async def stop(self) -> None:
        """Unbind everyone: what was asked is answered, what was delivered is acknowledged or comes again later."""
        if self._timer is not None:
            self._timer.cancel()
        for connection in list(self._connections):
            connection.leave()
        loop = asyncio.get_running_loop()
        late = loop.time() + self._patience
        while self._connections and loop.time() < late:  # noqa: ASYNC110 - only at the very end
            await asyncio.sleep(0.01)
        for connection in list(self._connections):
            connection.abort()
        await asyncio.sleep(0)
        await self.deliverer.stop()

    def welcome(self, enter: Enter) -> Connection:
        return Connection(self, enter)

    # Towards its connections

    def came(self, connection: Connection) -> None:
        self._connections.add(connection)

    def sessions_of(self, account: int) -> int:
        return len(self._of.get(account, ()))

    def bound(self, connection: Connection) -> None:
        assert connection.terms is not None
        self._of.setdefault(connection.terms.account, set()).add(connection)

    def gone(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if connection.terms is None:
            return
        account = connection.terms.account
        sessions = self._of.get(account, set())
        sessions.discard(connection)
        if not sessions:
            self._of.pop(account, None)

    def rejected(self, status: int) -> None:
        self.pdus_refused[status] += 1

    def refused_bind(self, status: int) -> None:
        self.binds_refused[status] += 1

    # For people and measurements

    @property
    def connected(self) -> int:
        return len(self._connections)

    def bound_by_kind(self) -> Counter[str]:
        counts = Counter(dict.fromkeys(_KINDS.values(), 0))
        for one in self.bound_by_account().values():
            counts.update(one)
        return counts

    def bound_by_account(self) -> dict[int, Counter[str]]:
        """By kind, for each account that has some."""
        return {account: _counted(sessions) for account, sessions in self._of.items()}

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_SWEEP_S, self._sweep)
        now = loop.time()
        for connection in [one for one in self._connections if one.due <= now]:
            connection.tick(now)


def _counted(sessions: Iterable[Connection]) -> Counter[str]:
    states = (connection.session.state for connection in sessions)
    return Counter(_KINDS[state] for state in states if state in _KINDS)
