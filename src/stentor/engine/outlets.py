"""What dispatch keeps for each connector: the connector, its lanes, and answers that are to be written down."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from stentor.core.message import Event, Message, Move, SentPart
from stentor.core.ports import Connector
from stentor.engine.lanes import Flight, Lane


class Results:
    """Answers of one loop turn, written as one unit."""

    __slots__ = ("connector", "count", "events", "landed", "moves", "sent")

    def __init__(self, connector: Connector | None) -> None:
        self.connector = connector
        self.sent: list[SentPart] = []
        self.events: list[Event] = []
        self.moves: list[tuple[Move, Message]] = []
        self.landed: list[Flight] = []
        self.count = 0


class Outlet:
    """`connector` None: there is none of that name, and what waits for it waits for other targets of its rule.

    `closed`: why nothing new is submitted, while a connector is replaced or removed. `lanes`: one for each priority in
    use, the highest first. `in_memory` and `per_account` bound each of them.
    """

    __slots__ = ("_bounds", "changing", "closed", "connector", "lanes", "name", "pumping", "results")

    def __init__(self, name: str, in_memory: int, per_account: int) -> None:
        self.name = name
        self._bounds = (in_memory, per_account)
        self.lanes: tuple[Lane, ...] = (Lane(name, in_memory, per_account),)
        self.connector: Connector | None = None
        self.closed: str | None = None
        self.results: Results | None = None
        self.pumping = False
        self.changing = asyncio.Lock()

    def lane(self, priority: int) -> Lane:
        """The one of that priority, made when there is none."""
        for lane in self.lanes:
            if lane.priority == priority:
                return lane
        made = Lane(self.name, *self._bounds, priority)
        self.lanes = tuple(sorted((*self.lanes, made), key=_highest_first))
        return made

    def next(self) -> Flight | None:
        """The message to send a part of."""
        for lane in self.lanes:
            flight = lane.next()
            if flight is not None:
                return flight
        return None

    @property
    def waiting(self) -> bool:
        """Whether anything is to be sent."""
        return any(lane.waiting for lane in self.lanes)

    def trouble(self) -> str | None:
        if self.connector is None:
            return no_such(self.name)
        return self.closed or self.connector.trouble()

    def room(self) -> int:
        return 0 if self.connector is None or self.closed is not None else self.connector.room()


class Outlets:
    """By name. `in_memory` and `per_account` bound each lane."""

    def __init__(self, in_memory: int, per_account: int) -> None:
        self._named: dict[str, Outlet] = {}
        self._bounds = (in_memory, per_account)

    def get(self, name: str) -> Outlet | None:
        return self._named.get(name)

    def __getitem__(self, name: str) -> Outlet:
        return self._named[name]

    def __iter__(self) -> Iterator[Outlet]:
        return iter(self._named.values())

    def made(self, name: str) -> Outlet:
        """The outlet of that name, made when there is none."""
        outlet = self._named.get(name)
        if outlet is None:
            outlet = self._named[name] = Outlet(name, *self._bounds)
        return outlet

    def trouble(self, name: str) -> str | None:
        """Why that connector cannot be used now, in words; None: it can."""
        outlet = self._named.get(name)
        return no_such(name) if outlet is None else outlet.trouble()


def _highest_first(lane: Lane) -> int:
    return -lane.priority


def no_such(name: str) -> str:
    return f"down: no connector is called {name}"
