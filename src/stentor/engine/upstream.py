"""The engine as connectors see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stentor.core.assembly import InboundPart
from stentor.core.message import UpstreamReceipt
from stentor.core.ports import Outcome
from stentor.engine.dispatch import Dispatcher
from stentor.engine.inbox import Arrivals
from stentor.engine.receipts import Receipts


class EngineDoor:
    """Implements `core.ports.Upstream`."""

    def __init__(self, dispatcher: Dispatcher, receipts: Receipts, arrivals: Arrivals | None = None) -> None:
        self.answered: Callable[[Outcome], None] = dispatcher.answered
        self.room: Callable[[str], None] = dispatcher.room
        self._receipts = receipts
        self._arrivals = arrivals

    def receipts(self, receipts: Sequence[UpstreamReceipt], done: Callable[[bool], None]) -> None:
        self._receipts.arrived(receipts, done)

    def inbound(self, parts: Sequence[InboundPart], done: Callable[[bool], None]) -> None:
        """Where nobody takes messages from phones, none is kept."""
        if self._arrivals is None:
            done(False)
        else:
            self._arrivals.arrived(parts, done)
