"""The engine as connectors see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stentor.core.message import UpstreamReceipt
from stentor.core.ports import Outcome
from stentor.engine.dispatch import Dispatcher
from stentor.engine.receipts import Receipts


class EngineDoor:
    """Implements `core.ports.Upstream`."""

    def __init__(self, dispatcher: Dispatcher, receipts: Receipts) -> None:
        self.answered: Callable[[Outcome], None] = dispatcher.answered
        self.room: Callable[[str], None] = dispatcher.room
        self._receipts = receipts

    def receipts(self, receipts: Sequence[UpstreamReceipt], done: Callable[[bool], None]) -> None:
        self._receipts.arrived(receipts, done)
