"""From the queue to the networks: a lane per connector, accounts in turn, parts within the connector's window.

Reads as the life of a message between acceptance and the upstream's answer: `reserve` and `push` when it is accepted,
`_pump` to send, `answered` when the upstream spoke, `_flush` to write that down and free the window.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Literal, cast

import structlog

from stentor.catalogue import StatusId
from stentor.core import retry, settle
from stentor.core.errors import StoreUnavailable
from stentor.core.ids import Ids
from stentor.core.lifecycle import VALIDITY_EXPIRED
from stentor.core.message import Event, EventKind, Message, Move, SentPart
from stentor.core.ports import Claimed, Clock, Connector, Outcome, Store
from stentor.engine.encoding import parts_of
from stentor.engine.lanes import Flight, Lane
from stentor.engine.moves import Mover
from stentor.engine.receipts import Receipts

log = structlog.get_logger()

IN_MEMORY = 20_000
PER_ACCOUNT = 4_000
_REWRITE_AFTER_S = 0.5


class _Results:
    """Answers of one loop turn, written as one unit."""

    def __init__(self) -> None:
        self.sent: list[SentPart] = []
        self.events: list[Event] = []
        self.moves: list[tuple[Move, Message]] = []
        self.landed: list[Flight] = []
        self.count = 0


class Dispatcher:
    """Implements `core.ports.Handoff` towards acceptance, and the `answered` and `room` of `core.ports.Upstream`."""

    def __init__(self, *, store: Store, mover: Mover, receipts: Receipts, ids: Ids, clock: Clock) -> None:
        self._store = store
        self._mover = mover
        self._receipts = receipts
        self._ids = ids
        self._clock = clock
        self._connectors: dict[str, Connector] = {}
        self._lanes: dict[str, Lane] = {}
        self._flights: dict[int, Flight] = {}
        self._results: dict[str, _Results] = {}
        self._pumping: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def add(self, connector: Connector) -> None:
        self._connectors[connector.name] = connector
        self._lanes[connector.name] = Lane(connector.name, IN_MEMORY, PER_ACCOUNT)

    # Towards acceptance

    def reserve(self, connector: str, account: int) -> bool:
        lane = self._lanes.get(connector)
        return lane is not None and not self._stopping and lane.reserve(account)

    def release(self, connector: str, account: int) -> None:
        self._lanes[connector].release(account)

    def push(self, message: Message) -> None:
        self._lanes[message.connector].push(Flight(message))
        self._soon(message.connector)

    def spilled(self, connector: str, account: int) -> None:
        lane = self._lanes.get(connector)
        if lane is not None:
            lane.spilled(account)
            self._soon(connector)

    # Towards the connectors

    def room(self, connector: str) -> None:
        """A connector says this after each batch of answers: write them and fill its window without a detour."""
        self._flush(connector)
        self._pump(connector)

    def answered(self, outcome: Outcome) -> None:
        """One part's fate; what it means for the message is written at the end of this loop turn."""
        message = outcome.part.message
        flight = self._flights.get(message.id)
        if flight is None:
            return
        flight.unanswered -= 1
        results = self._results_of(message.connector)
        now = self._clock.now_ms()
        if outcome.uncertain:
            self._uncertain(flight, outcome, results, now)
        else:
            results.count += 1
            if outcome.upstream_id is not None:
                self._taken(flight, outcome, results, now)
            else:
                self._refused(flight, outcome, results, now)
        self._conclude(flight, results, now)

    async def wake(self) -> None:
        """Look on disk for due messages that no memory holds: at start, when their time comes, after refusals."""
        for connector, account in self._store.waiting(self._clock.now_ms()):
            self.spilled(connector, account)

    async def stop(self, patience: float = 10.0) -> None:
        """Send nothing new, wait for the answers under way and write them down."""
        self._stopping = True
        deadline = asyncio.get_running_loop().time() + patience
        while asyncio.get_running_loop().time() < deadline:
            if not self._tasks and not self._results and not any(f.unanswered for f in self._flights.values()):
                break
            await asyncio.sleep(0.01)

    @property
    def in_flight(self) -> int:
        return len(self._flights)

    # Sending

    def _soon(self, connector: str) -> None:
        if connector not in self._pumping:
            self._pumping.add(connector)
            asyncio.get_running_loop().call_soon(self._pump, connector)

    def _pump(self, name: str) -> None:
        self._pumping.discard(name)
        connector, lane = self._connectors[name], self._lanes[name]
        more = True
        while more and not self._stopping and (room := connector.room()) > 0:
            more = self._fill(connector, lane, room)
        for account, count in lane.hungry():
            lane.claiming(account, count)
            self._spawn(self._claim(lane, account, count))

    def _fill(self, connector: Connector, lane: Lane, room: int) -> bool:
        """Submit at most `room` parts; False when nothing waits any more."""
        now = self._clock.now_ms()
        while room > 0:
            flight = lane.next()
            if flight is None:
                return False
            if flight.message.id not in self._flights and not self._take_off(flight, connector):
                lane.done_sending(flight)
            elif flight.to_send and now >= flight.message.expires_at:
                self._overdue(flight)
            elif flight.to_send:
                room -= 1
                flight.unanswered += 1
                connector.submit(flight.to_send.popleft())
            if not flight.to_send:
                lane.done_sending(flight)
        return True

    def _take_off(self, flight: Flight, connector: Connector) -> bool:
        """Encode a message when its turn comes; False when its validity has passed."""
        message, now = flight.message, self._clock.now_ms()
        if now >= message.expires_at:
            results = self._results_of(message.connector)
            self._finish(flight, results, StatusId.EXPIRED_EXPIRED, VALIDITY_EXPIRED, now)
            self._land(flight, results)
            return False
        bits = cast("Literal[8, 16]", connector.reference_bits)
        public_id = message.client_id or self._ids.public(message.id)
        flight.load(parts_of(message, public_id, whole=connector.whole_messages, reference_bits=bits))
        self._flights[message.id] = flight
        return True

    def _overdue(self, flight: Flight) -> None:
        """Its validity passed before its other parts, or those to send again, could go out."""
        late = Outcome(
            flight.to_send[0], None, StatusId.EXPIRED_EXPIRED, VALIDITY_EXPIRED, said="its validity has passed"
        )
        results, now = self._results_of(flight.message.connector), self._clock.now_ms()
        self._refused(flight, late, results, now)
        self._conclude(flight, results, now)

    async def _claim(self, lane: Lane, account: int, count: int) -> None:
        claimed: list[Claimed] = []
        try:
            claimed = await self._store.claim(lane.name, account, self._clock.now_ms(), count)
        except StoreUnavailable as error:
            log.error("queue not readable", connector=lane.name, reason=str(error))
            lane.spilled(account)
        finally:
            lane.claimed(account, count, [Flight(c.message, c.sent, c.attempts) for c in claimed])
        if claimed:
            self._soon(lane.name)

    # Answers

    def _taken(self, flight: Flight, outcome: Outcome, results: _Results, now: int) -> None:
        part, message = outcome.part, flight.message
        flight.taken = True
        complete = not flight.to_send and not flight.unanswered and not flight.refusal
        upstream_id = outcome.upstream_id or ""
        results.sent.append(
            SentPart(message.id, part.number, part.total, message.connector, upstream_id, now, complete),
        )
        detail = f"part {part.number} of {part.total} to {message.connector}, which calls it {upstream_id}"
        results.events.append(Event(message.id, now, EventKind.SENT, detail))
        if complete:
            self._land(flight, results)

    def _refused(self, flight: Flight, outcome: Outcome, results: _Results, now: int) -> None:
        """The other parts are not sent any more. For good outweighs for now."""
        if not outcome.retry:
            event = Event(flight.message.id, now, EventKind.REJECTED, f"part {outcome.part.number}: {outcome.said}")
            results.events.append(event)
        flight.to_send.clear()
        self._lanes[flight.message.connector].done_sending(flight)
        if flight.refusal is None or (flight.refusal.retry and not outcome.retry):
            flight.refusal = outcome

    def _conclude(self, flight: Flight, results: _Results, now: int) -> None:
        """What a refusal means for the message, once all parts that went out are answered.

        Refused for now, it waits on disk for its next offer; parts that were taken are not sent again.
        """
        refusal = flight.refusal
        if refusal is None or flight.unanswered:
            return
        if refusal.retry:
            due = min(now + retry.next_offer(flight.attempts), flight.message.expires_at)
            why = f"part {refusal.part.number}: {refusal.said}; next offer in {(due - now) / 1000:.0f} s"
            postponed = settle.postpone(flight.message, refusal.error, now, due, why, self._mover.reporter)
            results.moves.append((postponed, flight.message))
        else:
            self._finish(flight, results, refusal.status, refusal.error, now)
        self._land(flight, results)

    def _uncertain(self, flight: Flight, outcome: Outcome, results: _Results, now: int) -> None:
        connector = self._connectors[flight.message.connector]
        event = Event(flight.message.id, now, EventKind.UNCERTAIN, f"part {outcome.part.number}: {outcome.said}")
        results.events.append(event)
        flight.taken = True
        if connector.on_uncertain == "park":
            unknown = f"unknown {flight.message.id} {outcome.part.number}"
            self._taken(flight, Outcome(part=outcome.part, upstream_id=unknown), results, now)
        elif flight.refusal is None:
            flight.again(outcome.part)
            self._lanes[connector.name].resume(flight)
            self._soon(connector.name)

    def _finish(self, flight: Flight, results: _Results, status: int, error: int, now: int) -> None:
        move = settle.finish(flight.message, status, error, now, self._mover.reporter, taken=flight.taken)
        results.moves.append((move, flight.message))

    def _land(self, flight: Flight, results: _Results) -> None:
        results.landed.append(flight)
        self._flights.pop(flight.message.id, None)

    # Writing down

    def _results_of(self, connector: str) -> _Results:
        results = self._results.get(connector)
        if results is None:
            results = self._results[connector] = _Results()
            asyncio.get_running_loop().call_soon(self._flush, connector)
        return results

    def _flush(self, connector: str) -> None:
        """Mostly parts were taken and nothing else; a full window is then filled again in this very turn."""
        results = self._results.pop(connector, None)
        if results is None:
            return
        if not results.moves:
            full = self._connectors[connector].room() <= 0
            writing = asyncio.ensure_future(self._store.sent(results.sent, results.events, urgent=full))
            if writing.done() and writing.exception() is None:
                self._written(connector, results)
                return
            self._spawn(self._write(connector, results, writing))
        else:
            self._spawn(self._write(connector, results, None))

    async def _write(self, connector: str, results: _Results, writing: asyncio.Future[None] | None) -> None:
        """What the upstream said must not be lost: while the disk refuses, the window stays closed and we try again."""
        while True:
            try:
                await (writing or self._store.sent(results.sent, results.events))
                if results.moves:
                    await self._mover.carry_out(results.moves)
            except StoreUnavailable as error:
                log.error("answers not recorded, trying again", reason=str(error))
                writing = None
                await asyncio.sleep(_REWRITE_AFTER_S)
            except Exception:
                log.exception("answers not recorded; what they belong to is sent again after a restart")
                break
            else:
                break
        self._written(connector, results)

    def _written(self, connector: str, results: _Results) -> None:
        self._receipts.sent((part.connector, part.upstream_id) for part in results.sent)
        lane = self._lanes[connector]
        for flight in results.landed:
            lane.release(flight.message.account)
        self._connectors[connector].settled(results.count)
        self._soon(connector)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def lanes(self) -> Iterable[Lane]:
        return self._lanes.values()
