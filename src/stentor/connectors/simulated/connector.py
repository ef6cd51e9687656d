"""The simulated network in process: the demo's default connector."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from stentor.connectors.simulated.alarm import Alarm
from stentor.connectors.simulated.behaviour import Step
from stentor.connectors.simulated.network import Agenda, Reaction, SimulatedNetwork
from stentor.connectors.smsc import answers
from stentor.core.ports import Clock, Outcome, OutgoingPart, Upstream
from stentor.smpp.receipt import MessageState, Receipt

_THROTTLE_REST_S = 1.0


class SimulatedConnector:
    """Implements `core.ports.Connector` with the answers and receipts of `behaviour.TABLE`."""

    whole_messages = False
    reference_bits = 8
    on_uncertain = "resend"

    def __init__(self, name: str, *, delay: float, window: int, upstream: Upstream, clock: Clock) -> None:
        self.name = name
        self._window = window
        self._upstream = upstream
        self._clock = clock
        self._network = SimulatedNetwork(delay, clock.now_ms() << 16)
        self._agenda: Agenda[tuple[str, Step]] = Agenda()
        self._unsettled = 0
        self._submitted: list[OutgoingPart] = []
        self._throttled: list[OutgoingPart] = []
        self._resting = False
        self._alarm = Alarm(self._deliver)

    async def start(self) -> None:
        self._upstream.room(self.name)

    async def stop(self) -> None:
        self._alarm.cancel()

    def resume(self, unfinished: Iterable[tuple[str, str]]) -> None:
        """A phone network does not forget when the platform restarts: (id, recipient) taken before go on."""
        for upstream_id, recipient in unfinished:
            self._schedule(upstream_id, self._network.resume(recipient))

    def room(self) -> int:
        return 0 if self._resting else self._window - self._unsettled

    def submit(self, part: OutgoingPart) -> None:
        if not self._submitted:
            asyncio.get_running_loop().call_soon(self._answer)
        self._submitted.append(part)
        self._unsettled += 1

    def settled(self, count: int) -> None:
        self._unsettled -= count

    def _answer(self) -> None:
        parts, self._submitted = self._submitted, []
        for part in parts:
            reaction = self._network.submit(part.message.recipient)
            if reaction.status in answers.THROTTLED:
                self._rest(part)
            else:
                self._upstream.answered(_outcome(part, reaction))
                self._schedule(reaction.upstream_id, reaction.steps)

    def _rest(self, part: OutgoingPart) -> None:
        """Throttled like a real link: it rests a second and sends the same again."""
        self._throttled.append(part)
        if not self._resting:
            self._resting = True
            asyncio.get_running_loop().call_later(_THROTTLE_REST_S, self._again)

    def _again(self) -> None:
        self._resting = False
        parts, self._throttled = self._throttled, []
        self._submitted[:0] = parts
        self._answer()
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
