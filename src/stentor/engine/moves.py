"""The one place where moves are carried out: written, and their reports handed to the notifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec.structs import replace

from stentor.core.calls import Call
from stentor.core.ids import Ids
from stentor.core.message import Message, Move, Owed
from stentor.core.omni.flow import is_target
from stentor.core.ports import Clock, Store
from stentor.core.sessions import is_session
from stentor.core.settle import Reporter


class Reports(Protocol):
    """Where durable reports are handed on in memory; those that have no place there are taken from disk later."""

    def reserve(self, url: str) -> bool: ...

    def release(self, url: str) -> None: ...

    def push(self, item: Owed) -> None: ...


class Mover:
    """`sessions` takes the reports of SMPP sessions, `scenarios` those of steps, `notifier` those of URLs."""

    def __init__(
        self, store: Store, notifier: Reports, ids: Ids, clock: Clock, sessions: Reports | None = None
    ) -> None:
        self._store = store
        self._notifier = notifier
        self.sessions = sessions
        self.scenarios: Reports | None = None
        self.owed: Callable[[Move, Message], Sequence[Call]] = _nothing
        """What subscriptions are owed for a move."""
        self.calls_wait: Callable[[], None] = lambda: None
        """Told when calls to URLs were written."""
        self.reporter = Reporter(lambda: ids.take(clock.now_ms())[0])

    async def carry_out(self, moves: Sequence[tuple[Move, Message]], drop_held: Sequence[int] = ()) -> None:
        """Write the moves; a report whose first attempt is made at once is written with that attempt counted."""
        ready = [(self._with_calls(self._with_attempt(move), message), message) for move, message in moves]
        try:
            happened = await self._store.move([move for move, _ in ready], drop_held)
        except BaseException:
            self._settle(ready, [False] * len(ready))
            raise
        self._settle(ready, happened)
        if any(move.calls for move, _ in ready):
            self.calls_wait()

    def _with_calls(self, move: Move, message: Message) -> Move:
        calls = self.owed(move, message)
        return replace(move, calls=tuple(calls)) if calls else move

    def _with_attempt(self, move: Move) -> Move:
        report = move.report
        if report is None or report.url is None:
            return move
        reports = self._of(report.url)
        if reports is None or not reports.reserve(report.url):
            return move
        return replace(move, report=replace(report, attempts=1))

    def _settle(self, moves: Sequence[tuple[Move, Message]], happened: Sequence[bool]) -> None:
        for (move, message), done in zip(moves, happened, strict=True):
            report = move.report
            if report is None or report.url is None or not report.attempts:
                continue
            reports = self._of(report.url)
            assert reports is not None
            if done:
                reports.push(Owed(report, _moved(move, message)))
            else:
                reports.release(report.url)

    def _of(self, url: str) -> Reports | None:
        if is_target(url):
            return self.scenarios
        return self.sessions if is_session(url) else self._notifier


def _moved(move: Move, message: Message) -> Message:
    """As it is on disk now: those who watch are told where it stands when its report is called."""
    status = message.status if move.status is None else move.status
    price = 0 if move.refund else message.price
    return replace(message, status=status, error=move.error, done_at=move.at, price=price)


def _nothing(_: Move, __: Message) -> Sequence[Call]:
    return ()
