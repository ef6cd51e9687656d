"""The one place where moves are carried out: written, and their reports handed to the notifier."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from stentor.core.ids import Ids
from stentor.core.message import Message, Move, Owed
from stentor.core.ports import Clock, Store
from stentor.core.settle import Reporter
from stentor.engine.notify import Notifier


class Mover:
    def __init__(self, store: Store, notifier: Notifier, ids: Ids, clock: Clock) -> None:
        self._store = store
        self._notifier = notifier
        self.reporter = Reporter(lambda: ids.take(clock.now_ms())[0])

    async def carry_out(self, moves: Sequence[tuple[Move, Message]], drop_held: Sequence[int] = ()) -> None:
        """Write the moves; a report whose first attempt is made at once is written with that attempt counted."""
        ready = [(self._with_attempt(move), message) for move, message in moves]
        try:
            happened = await self._store.move([move for move, _ in ready], drop_held)
        except BaseException:
            self._settle(ready, [False] * len(ready))
            raise
        self._settle(ready, happened)

    def _with_attempt(self, move: Move) -> Move:
        report = move.report
        if report is None or report.url is None or not self._notifier.reserve(report.url):
            return move
        return replace(move, report=replace(report, attempts=1))

    def _settle(self, moves: Sequence[tuple[Move, Message]], happened: Sequence[bool]) -> None:
        for (move, message), done in zip(moves, happened, strict=True):
            report = move.report
            if report is None or report.url is None:
                continue
            if done and report.attempts:
                self._notifier.push(Owed(report, replace(message, price=0) if move.refund else message))
            elif report.attempts:
                self._notifier.release(report.url)
