"""Messages from phones: the use case, what brings and forgets them, and the simulated phone, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from stentor.api.v1.inbox import InboundRenderer, InboxApi
from stentor.api.v1.times import Times
from stentor.app.foundation import Foundation
from stentor.connectors.simulated.connector import SimulatedConnector
from stentor.core.errors import Conflict, NotFound
from stentor.core.inbox import Inbox
from stentor.core.message import Event
from stentor.core.numbers import Owner
from stentor.core.ports import Connector
from stentor.engine.forgetting import Forgetting
from stentor.engine.inbox import Arrivals
from stentor.engine.timekeeper import Duty

_LOOK_S, _FORGET_S = 5.0, 60.0


class Receiving:
    """`publish`: to the live feed. `connectors`: where a phone may write through."""

    def __init__(
        self,
        foundation: Foundation,
        *,
        printed: Times,
        wait: float,
        publish: Callable[[Sequence[Event]], None],
        connectors: Callable[[], Mapping[str, Connector]],
    ) -> None:
        ids, clock = foundation.ids, foundation.clock
        renderer = InboundRenderer(ids, printed)
        self.rows = foundation.inbox
        self.inbox = Inbox(
            store=self.rows,
            rulebook=foundation.rulebook,
            ids=ids,
            clock=clock,
            renderer=renderer,
            wait_ms=int(wait * 1000),
            publish=publish,
        )
        self.arrivals = Arrivals(self.inbox)
        self.api = InboxApi(store=self.rows, clock=clock, ids=ids, renderer=renderer)
        self._connectors = connectors
        forgetting = Forgetting(self.rows.holders, self.rows.purge, foundation.rulebook.directory, clock)
        self.duties: tuple[Duty, ...] = ((_LOOK_S, self.arrivals.expire), (_FORGET_S, forgetting.forget))

    async def write(self, connector: str | None, sender: str, recipient: str, text: str) -> tuple[str, int, Owner]:
        """A phone of a simulated network writes; what became of it."""
        through = self._simulated(connector)
        parts = await through.from_phone(sender, recipient, text)
        return through.name, parts, self.inbox.owner(recipient, text)

    def _simulated(self, name: str | None) -> SimulatedConnector:
        for connector in self._connectors().values():
            if isinstance(connector, SimulatedConnector) and name in (None, connector.name):
                return connector
        if name is not None:
            raise NotFound(f"No simulated connector is called {name[:60]!r}")
        raise Conflict("no connector is a simulated one: make one with stentor connector add NAME --type simulated")
