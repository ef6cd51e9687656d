"""The simulated network's memory: ids it gave, refusals it still owes, receipts that are due."""

from __future__ import annotations

import heapq
from typing import Generic, TypeVar

import msgspec

from stentor.connectors.simulated.behaviour import Behaviour, Step, behaviour
from stentor.smpp import CommandStatus

T = TypeVar("T")


class Reaction(msgspec.Struct, frozen=True, gc=False):
    """The network's answer to one submission: a command_status, and the id and steps when it is taken."""

    status: int
    upstream_id: str = ""
    steps: tuple[Step, ...] = ()
    overtakes: bool = False


class Limit:
    """At most so many a second, counted from each full second to the next; None: no limit."""

    def __init__(self) -> None:
        self._second = 0
        self._count = 0

    def exceeded(self, rate: float | None, now: float) -> bool:
        """Count one more; whether it is one too many. `now`: seconds of any clock."""
        if rate is None:
            return False
        if int(now) != self._second:
            self._second, self._count = int(now), 0
        self._count += 1
        return self._count > rate


class SimulatedNetwork:
    """Deterministic: the same numbers in the same order get the same answers. `first_id` keeps ids of runs apart."""

    def __init__(self, delay: float, first_id: int) -> None:
        self.delay = delay
        self._next_id = first_id
        self._refused: dict[str, int] = {}
        self._ordinary = behaviour("", delay)

    def submit(self, recipient: str) -> Reaction:
        does = self._ordinary if "99" not in recipient[-7:-4] else behaviour(recipient, self.delay)
        if does.status and self._refuses(recipient, does):
            return Reaction(does.status)
        self._next_id += 1
        return Reaction(CommandStatus.ESME_ROK, str(self._next_id), does.steps, does.overtakes)

    def resume(self, recipient: str) -> tuple[Step, ...]:
        """What is still to come for a message that was taken before a restart."""
        return behaviour(recipient, self.delay).steps

    def _refuses(self, recipient: str, does: Behaviour) -> bool:
        if does.refusals is None:
            return True
        times = self._refused.get(recipient, 0)
        if times >= does.refusals:
            self._refused.pop(recipient, None)
            return False
        self._refused[recipient] = times + 1
        return True


class Agenda(Generic[T]):
    """Things to do at their time, in order; times are any clock's seconds."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._count = 0

    def add(self, at: float, thing: T) -> None:
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, thing))

    def next(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> list[T]:
        things = []
        while self._heap and self._heap[0][0] <= now:
            things.append(heapq.heappop(self._heap)[2])
        return things

    def __len__(self) -> int:
        return len(self._heap)
