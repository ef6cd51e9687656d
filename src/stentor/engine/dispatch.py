"""From the queue to the networks: lanes per connector by priority, accounts in turn, parts within its window.

Reads as the life of a message between acceptance and the upstream's answer: `reserve` and `push` when it is accepted,
`_pump` to send, `answered` when the upstream spoke. `engine.recording` writes that down and frees the window;
`engine.relief` lets messages leave a connector in trouble for the next of their rule.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Literal, cast

import structlog
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core import content, retry, settle
from stentor.core.errors import StoreUnavailable
from stentor.core.lifecycle import VALIDITY_EXPIRED
from stentor.core.message import Event, EventKind, Message, SentPart
from stentor.core.ports import Claimed, Clock, Connector, Outcome, Store
from stentor.core.window import opens
from stentor.engine.encoding import parts_of
from stentor.engine.failover import Failover, TargetsOf
from stentor.engine.lanes import Flight, Lane
from stentor.engine.moves import Mover
from stentor.engine.outlets import Outlet, Outlets, Results
from stentor.engine.receipts import Receipts
from stentor.engine.recording import Recorder
from stentor.engine.relief import Relief

log = structlog.get_logger()

IN_MEMORY = 20_000
PER_ACCOUNT = 4_000
_DRAIN_S = 5.0


class Dispatcher:
    """Implements `core.ports.Handoff` towards acceptance, and the `answered` and `room` of `core.ports.Upstream`."""

    def __init__(
        self,
        *,
        store: Store,
        mover: Mover,
        receipts: Receipts,
        clock: Clock,
        targets_of: TargetsOf = lambda _: (),
    ) -> None:
        self._store = store
        self._mover = mover
        self._clock = clock
        self._outlets = Outlets(IN_MEMORY, PER_ACCOUNT)
        self._recorder = Recorder(store=store, mover=mover, receipts=receipts, written=self._soon)
        self._failover = Failover(self._outlets, targets_of)
        self._relief = Relief(
            self._outlets,
            self._failover,
            divert=self._divert,
            expire=self._expire,
            soon=self._soon,
            now_ms=clock.now_ms,
        )
        self._flights: dict[int, Flight] = {}
        self._claims: set[asyncio.Task[None]] = set()
        self._stopping = False

    # Which connectors there are

    def add(self, connector: Connector) -> None:
        """One that is new; whoever adds it starts it."""
        self._outlets.made(connector.name).connector = connector

    async def replace(self, connector: Connector) -> None:
        """Another takes the place and the messages of the one of its name; whoever brings it starts it."""
        outlet = self._outlets.made(connector.name)
        async with outlet.changing:
            await self._retire(outlet, "down: it is being replaced")
            outlet.connector, outlet.closed = connector, None
            self._soon(outlet)

    async def remove(self, name: str) -> None:
        """What still waits for it goes to other targets of its rule, or waits for one of that name."""
        outlet = self._outlets.get(name)
        if outlet is None:
            return
        async with outlet.changing:
            await self._retire(outlet, "down: it is being removed")
            outlet.connector = outlet.closed = None
            self._soon(outlet)

    async def _retire(self, outlet: Outlet, why: str) -> None:
        """Submit nothing new, wait for the answers under way; what is unanswered when it stops is uncertain."""
        connector = outlet.connector
        if connector is None:
            return
        outlet.closed = why
        self._soon(outlet)
        await _until(lambda: not self._busy(outlet), _DRAIN_S)
        await connector.stop()

    def _busy(self, outlet: Outlet) -> bool:
        if outlet.results is not None:
            return True
        return any(flight.unanswered and flight.lane in outlet.lanes for flight in self._flights.values())

    def trouble(self, connector: str) -> str | None:
        """Why it cannot be used now, in words; None: it can."""
        return self._outlets.trouble(connector)

    def connectors(self) -> Iterable[Connector]:
        return [outlet.connector for outlet in self._outlets if outlet.connector is not None]

    # Towards acceptance

    def reserve(self, connector: str, account: int, priority: int = 0) -> bool:
        outlet = self._outlets.get(connector)
        return outlet is not None and not self._stopping and outlet.lane(priority).reserve(account)

    def release(self, connector: str, account: int, priority: int = 0) -> None:
        self._outlets[connector].lane(priority).release(account)

    def push(self, message: Message, priority: int = 0) -> None:
        outlet = self._outlets[message.connector]
        outlet.lane(priority).push(Flight(message))
        self._soon(outlet)

    def spilled(self, connector: str, account: int, priority: int = 0) -> None:
        outlet = self._outlets.get(connector)
        if outlet is not None:
            outlet.lane(priority).spilled(account)
            self._soon(outlet)

    # Towards the connectors

    def room(self, connector: str) -> None:
        """A connector says this after each batch of answers: write them and fill its window without a detour."""
        outlet = self._outlets[connector]
        self._recorder.flush(outlet)
        self._pump(outlet)

    def answered(self, outcome: Outcome) -> None:
        """One part's fate; what it means for the message is written at the end of this loop turn."""
        message = outcome.part.message
        flight = self._flights.get(message.id)
        if flight is None:
            return
        flight.unanswered -= 1
        now = self._clock.now_ms()
        if outcome.returned:
            self._send_again(flight, outcome)
            self._conclude(flight, now)
            return
        results = self._recorder.results_of(self._outlets[message.connector])
        if outcome.uncertain:
            self._uncertain(flight, outcome, results, now)
        else:
            results.count += 1
            if outcome.upstream_id is not None:
                self._taken(flight, outcome, results, now)
            else:
                self._refused(flight, outcome, results, now)
        self._conclude(flight, now)

    async def wake(self) -> None:
        """Look on disk for due messages that no memory holds: at start, when their time comes, after refusals."""
        for connector, account, priority in self._store.waiting(self._clock.now_ms()):
            outlet = self._outlets.made(connector)
            outlet.lane(priority).spilled(account)
            self._soon(outlet)

    async def stop(self, patience: float = 10.0) -> None:
        """Send nothing new, wait for the answers under way and write them down."""
        self._stopping = True
        self._relief.stop()
        await _until(self._drained, patience)

    @property
    def in_flight(self) -> int:
        return len(self._flights)

    def held(self) -> dict[str, int]:
        """Messages in memory, by connector."""
        return {outlet.name: sum(lane.held for lane in outlet.lanes) for outlet in self._outlets}

    def _drained(self) -> bool:
        if self._claims or self._recorder.writing or any(outlet.results is not None for outlet in self._outlets):
            return False
        return not any(flight.unanswered for flight in self._flights.values())

    # Sending

    def _soon(self, outlet: Outlet) -> None:
        if not outlet.pumping:
            outlet.pumping = True
            asyncio.get_running_loop().call_soon(self._pump, outlet)

    def _pump(self, outlet: Outlet) -> None:
        outlet.pumping = False
        more = not self._stopping
        while more and (room := outlet.room()) > 0:
            trouble = outlet.trouble()
            more = self._fill(outlet, room) if trouble is None else self._fill_slow(outlet, room, trouble)
        for lane in outlet.lanes:
            for account, count in lane.hungry():
                lane.claiming(account, count)
                task = asyncio.get_running_loop().create_task(self._claim(outlet, lane, account, count))
                self._claims.add(task)
                task.add_done_callback(self._claims.discard)
        if outlet.waiting and outlet.trouble() is not None:
            self._relief.needed()

    def _fill_slow(self, outlet: Outlet, room: int, trouble: str) -> bool:
        """A connector in trouble that has room yet gets what has no other way."""
        first = outlet.next()
        if first is None:
            return False
        other = self._failover.other(first, (outlet.name,))
        if other is None:
            return self._fill(outlet, min(room, len(first.to_send) or 1))
        first.lane.done_sending(first)
        self._divert(first, other, f"{outlet.name} is {trouble}")
        return True

    def _fill(self, outlet: Outlet, room: int) -> bool:
        """Submit at most `room` parts; False when nothing waits any more."""
        connector, now = cast("Connector", outlet.connector), self._clock.now_ms()
        while room > 0:
            flight = outlet.next()
            if flight is None:
                return False
            if flight.message.id not in self._flights and not self._take_off(flight, connector):
                continue
            if flight.to_send and now >= flight.message.expires_at:
                self._expire(flight)
            elif flight.to_send:
                room -= 1
                flight.unanswered += 1
                connector.submit(flight.to_send.popleft())
            if not flight.to_send:
                flight.lane.done_sending(flight)
        return True

    def _take_off(self, flight: Flight, connector: Connector) -> bool:
        """Encode a message when its turn comes; False when it does not go out here."""
        now = self._clock.now_ms()
        late = now >= flight.message.expires_at
        if not late and flight.message.extra is not None and self._held_back(flight, now):
            return False
        home = self._home(flight, connector) if flight.sent else None
        if not late and home is None:
            self._load(flight, connector)
            self._flights[flight.message.id] = flight
            return True
        flight.lane.done_sending(flight)
        if late or home is None:
            self._expire(flight)
        else:
            home.lane(flight.lane.priority).reserve_adopted(flight.message.account)
            self._divert(flight, home, "its other parts went there")
        return False

    def _held_back(self, flight: Flight, now: int) -> bool:
        """Whether its time window is closed: it waits on disk until it opens. What was begun is sent to its end."""
        message = flight.message
        window = content.read(message.extra or "{}").window
        opening = now if window is None or flight.sent else opens(window, now)
        if opening == now:
            return False
        flight.lane.done_sending(flight)
        results = self._recorder.results_of(self._outlets[message.connector])
        results.moves.append((settle.hold_back(message, now, opening), message))
        self._land(flight, results)
        return True

    def _home(self, flight: Flight, connector: Connector) -> Outlet | None:
        """The outlet that took parts of it before a retry or a crash, if this one marks parts differently."""
        return self._outlets[flight.sent_by] if flight.form not in ("", connector.piece_form) else None

    def _load(self, flight: Flight, connector: Connector) -> None:
        message = flight.message
        bits = cast("Literal[8, 16]", connector.reference_bits)
        parts = parts_of(message, whole=connector.whole_messages, reference_bits=bits)
        flight.load(parts, connector.piece_form)

    def _expire(self, flight: Flight) -> None:
        """Its validity passed before its turn came, or before those of its parts could go out that are still here."""
        results, now = self._recorder.results_of(self._outlets[flight.message.connector]), self._clock.now_ms()
        if flight.to_send:
            said = "its validity has passed"
            late = Outcome(flight.to_send[0], None, StatusId.EXPIRED_EXPIRED, VALIDITY_EXPIRED, said=said)
            self._refused(flight, late, results, now)
            self._conclude(flight, now)
        else:
            self._finish(flight, results, StatusId.EXPIRED_EXPIRED, VALIDITY_EXPIRED, now)
            self._land(flight, results)

    async def _claim(self, outlet: Outlet, lane: Lane, account: int, count: int) -> None:
        flights: list[Flight] = []
        try:
            claimed = await self._store.claim(lane.name, account, self._clock.now_ms(), count, lane.priority)
            flights = [self._claimed(one, lane.name) for one in claimed]
        except StoreUnavailable as error:  # the next `wake` looks again: not each answer and receipt meanwhile
            log.error("queue not readable", connector=lane.name, reason=str(error))
        finally:
            lane.claimed(account, count, flights)
        if flights:
            self._soon(outlet)

    def _claimed(self, one: Claimed, connector: str) -> Flight:
        message = one.message if one.message.connector == connector else replace(one.message, connector=connector)
        flight = Flight(message, one.sent, one.attempts)
        sender = self._outlets.get(one.sent_by)
        if sender is not None and sender.connector is not None:
            flight.sent_by, flight.form = sender.name, sender.connector.piece_form
        return flight

    # Answers

    def _taken(self, flight: Flight, outcome: Outcome, results: Results, now: int) -> None:
        part, message = outcome.part, outcome.part.message
        flight.taken = True
        if part.total > 1:
            flight.sent |= {part.number}
        complete = not flight.to_send and not flight.unanswered and not flight.refusal
        upstream_id = outcome.upstream_id or ""
        results.sent.append(
            SentPart(message.id, part.number, part.total, message.connector, upstream_id, now, complete),
        )
        detail = f"part {part.number} of {part.total} to {message.connector}, which calls it {upstream_id}"
        status = StatusId.PENDING_WAITING_DELIVERY if complete else None
        results.events.append(Event(message.id, now, EventKind.SENT, detail, message, status))
        if complete:
            self._land(flight, results)

    def _refused(self, flight: Flight, outcome: Outcome, results: Results, now: int) -> None:
        """The other parts are not sent any more. For good outweighs for now."""
        message = outcome.part.message
        if not outcome.retry:
            detail = f"part {outcome.part.number}: {outcome.said}"
            results.events.append(Event(message.id, now, EventKind.REJECTED, detail, message))
        flight.to_send.clear()
        flight.lane.done_sending(flight)
        if flight.refusal is None or (flight.refusal.retry and not outcome.retry):
            flight.refusal = outcome

    def _conclude(self, flight: Flight, now: int) -> None:
        """What a refusal means for the message, once all parts that went out are answered.

        Refused for now, another target of its rule gets it at once; when all have refused it, it waits on disk for its
        next offer. Parts that were taken are not sent again.
        """
        refusal = flight.refusal
        if refusal is None or flight.unanswered:
            return
        results = self._recorder.results_of(self._outlets[flight.message.connector])
        why = f"part {refusal.part.number}: {refusal.said}"
        if not refusal.retry:
            self._finish(flight, results, refusal.status, refusal.error, now)
        elif self._offered_elsewhere(flight, refusal, why):
            return
        else:
            due = min(now + retry.next_offer(flight.attempts), flight.message.expires_at)
            why += f"; next offer in {(due - now) / 1000:.0f} s"
            postponed = settle.postpone(flight.message, refusal.error, now, due, why, self._mover.reporter)
            results.moves.append((postponed, flight.message))
        self._land(flight, results)

    def _uncertain(self, flight: Flight, outcome: Outcome, results: Results, now: int) -> None:
        message = outcome.part.message
        detail = f"part {outcome.part.number}: {outcome.said}"
        results.events.append(Event(message.id, now, EventKind.UNCERTAIN, detail, message))
        flight.taken = True
        connector = results.connector
        if connector is not None and connector.on_uncertain == "park":
            unknown = f"unknown {message.id} {outcome.part.number}"
            self._taken(flight, Outcome(part=outcome.part, upstream_id=unknown), results, now)
        else:
            self._send_again(flight, outcome)

    def _send_again(self, flight: Flight, outcome: Outcome) -> None:
        if flight.refusal is None:
            flight.again(outcome.part)
            flight.lane.resume(flight)
            self._soon(self._outlets[flight.message.connector])

    def _finish(self, flight: Flight, results: Results, status: int, error: int, now: int) -> None:
        move = settle.finish(flight.message, status, error, now, self._mover.reporter, taken=flight.taken)
        results.moves.append((move, flight.message))

    def _land(self, flight: Flight, results: Results) -> None:
        results.landed.append(flight)
        self._flights.pop(flight.message.id, None)

    # Failover

    def _offered_elsewhere(self, flight: Flight, refusal: Outcome, why: str) -> bool:
        flight.tried |= {refusal.part.message.connector}
        other = None if self._stopping else self._failover.other(flight, without=flight.tried)
        if other is None:
            return False
        flight.refusal = None
        self._divert(flight, other, why)
        return True

    def _divert(self, flight: Flight, other: Outlet, why: str) -> None:
        """Hand a message over to another lane, where a place is reserved for it."""
        before, now = flight.message, self._clock.now_ms()
        detail = f"from {before.connector} to {other.name}: {why}"
        self._recorder.results_of(other).events.append(Event(before.id, now, EventKind.DIVERTED, detail, before))
        flight.lane.release(before.account)
        flight.belongs_to(other.name)
        if before.id in self._flights and not flight.unanswered:
            self._load(flight, cast("Connector", other.connector))
        other.lane(flight.lane.priority).adopt(flight)
        self._soon(other)


async def _until(done: Callable[[], bool], patience: float) -> None:
    """Wait until it is so, or for so many seconds."""
    deadline = asyncio.get_running_loop().time() + patience
    while not done():
        if asyncio.get_running_loop().time() >= deadline:
            break
        await asyncio.sleep(0.01)
