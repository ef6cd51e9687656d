"""The simulated network in process: the demo's default connector."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from stentor.connectors.simulated.alarm import Alarm
from stentor.connectors.simulated.behaviour import Step
from stentor.connectors.simulated.network import Agenda, Limit, Reaction, SimulatedNetwork
from stentor.connectors.smsc import answers
from stentor.core.assembly import InboundPart
from stentor.core.errors import StoreUnavailable
from stentor.core.ports import Clock, ConnectorState, Outcome, OutgoingPart, Upstream
from stentor.smpp.receipt import MessageState, Receipt
from stentor.text import data_coding_for, encode

_THROTTLE_REST_S = 1.0


class SimulatedConnector:
    """Implements `core.ports.Connector` with the answers and receipts of `behaviour.TABLE`."""

    whole_messages = False
    reference_bits = 8
    piece_form = "udh 8"
    on_uncertain = "resend"

    def __init__(
        self, name: str, *, delay: float, window: int, upstream: Upstream, clock: Clock, rate: float | None = None
    ) -> None:
        self.name = name
        self._window = window
        self._rate = rate
        self._limit = Limit()
        self._upstream = upstream
        self._clock = clock
        self._network = SimulatedNetwork(delay, clock.now_ms() << 16)
        self._agenda: Agenda[tuple[str, Step]] = Agenda()
        self._unsettled = 0
        self._submitted: list[OutgoingPart] = []
        self._resting: asyncio.TimerHandle | None = None
        self._taken = self._answered = self._throttled = 0
        self._alarm = Alarm(self._deliver)
        self._references = 0

    async def start(self) -> None:
        self._upstream.room(self.name)

    async def stop(self) -> None:
        self._alarm.cancel()
        if self._resting is not None:
            self._resting.cancel()

    def resume(self, unfinished: Iterable[tuple[str, str]]) -> None:
        """A phone network does not forget when the platform restarts: (id, recipient) taken before go on."""
        for upstream_id, recipient in unfinished:
            self._schedule(upstream_id, self._network.resume(recipient))

    def room(self) -> int:
        return 0 if self._resting else self._window - self._unsettled

    def trouble(self) -> str | None:
        return "throttled: the network answered ESME_RTHROTTLED" if self._resting else None

    def state(self) -> ConnectorState:
        return ConnectorState(
            name=self.name,
            trouble=self.trouble(),
            last_error="",
            sessions=1,
            bound=1,
            window=self._window,
            window_most=self._window,
            in_window=self._unsettled,
            round_trip_ms=None,
            rate=None,
            learned_rate=None,
            submitted=self._taken,
            answered=self._answered,
            throttled=self._throttled,
        )

    def submit(self, part: OutgoingPart) -> None:
        if not self._submitted:
            asyncio.get_running_loop().call_soon(self._answer)
        self._submitted.append(part)
        self._taken += 1
        self._unsettled += 1

    def settled(self, count: int) -> None:
        self._unsettled -= count

    async def from_phone(self, sender: str, recipient: str, text: str) -> int:
        """A phone writes: the parts of the text arrive, and are on disk when this returns. How many there were."""
        encoded = encode(text)
        self._references += 1
        reference = "" if len(encoded.parts) == 1 else f"8:{self._references % 256}"
        coding, now, total = data_coding_for(encoded.alphabet), self._clock.now_ms(), len(encoded.parts)
        parts = [
            InboundPart(self.name, sender, recipient, octets, coding, 0, now, b"", reference, total, number)
            for number, octets in enumerate(encoded.parts, start=1)
        ]
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._upstream.inbound(parts, kept.set_result)
        if not await kept:
            raise StoreUnavailable("the message could not be written down")
        return total

    def _answer(self) -> None:
        parts, self._submitted = self._submitted, []
        now = asyncio.get_running_loop().time()
        for part in parts:
            reaction = self._network.submit(part.message.recipient)
            if self._limit.exceeded(self._rate, now) or reaction.status in answers.THROTTLED:
                self._rest(part)
            else:
                self._answered += 1
                self._upstream.answered(_outcome(part, reaction))
                self._schedule(reaction.upstream_id, reaction.steps)

    def _rest(self, part: OutgoingPart) -> None:
        """Throttled like a real link: it rests a second, and the engine sends the same again, here or elsewhere."""
        self._throttled += 1
        self._unsettled -= 1
        if self._resting is None:
            self._resting = asyncio.get_running_loop().call_later(_THROTTLE_REST_S, self._rested)
        self._upstream.answered(Outcome(part, returned=True, said="throttled"))

    def _rested(self) -> None:
        self._resting = None
        self._upstream.room(self.name)

    def _schedule(self, upstream_id: str, steps: tuple[Step, ...]) -> None:
        now = asyncio.get_running_loop().time()
        for step in steps:
            self._agenda.add(now + step.after, (upstream_id, step))
        self._alarm.set(self._agenda.next())

    def _deliver(self) -> None:
        due = self._agenda.due(asyncio.get_running_loop().time() + 0.001)
        now = self._clock.now_ms()
        receipts = [answers.of_receipt(self.name, one, _receipt(one, step), now) for one, step in due]
        if receipts:
            self._upstream.receipts(receipts, lambda kept: None if kept else self._later(due))
        self._alarm.set(self._agenda.next())

    def _later(self, due: list[tuple[str, Step]]) -> None:
        """The platform could not keep the receipts: they come again, as from a real SMSC."""
        again = asyncio.get_running_loop().time() + _THROTTLE_REST_S
        for thing in due:
            self._agenda.add(again, thing)
        self._alarm.set(self._agenda.next())


def _outcome(part: OutgoingPart, reaction: Reaction) -> Outcome:
    return answers.refused(part, reaction.status) if reaction.status else Outcome(part, reaction.upstream_id)


def _receipt(upstream_id: str, step: Step) -> Receipt:
    error = step.error if step.state is not MessageState.DELIVERED else 0
    return Receipt(message_id=upstream_id, state=step.state, error=error, intermediate=step.intermediate)
