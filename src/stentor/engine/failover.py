"""Where a message goes when its connector is in trouble: to another target of its rule that is well and has room."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from stentor.core.choice import Shares
from stentor.core.content import encoded
from stentor.core.message import Message
from stentor.core.ports import Connector
from stentor.core.routing import Target
from stentor.engine.lanes import Flight
from stentor.engine.outlets import Outlet, Outlets
from stentor.text import segments

TargetsOf = Callable[[str], Sequence[Target]]
"""Where the rule of that name leads now."""


class Failover:
    def __init__(self, outlets: Outlets, targets_of: TargetsOf) -> None:
        self._outlets = outlets
        self._targets_of = targets_of
        self._shares = Shares()

    def other(self, flight: Flight, without: Collection[str]) -> Outlet | None:
        """An outlet besides those, with a place reserved in its lane."""
        return Doors(self, without).choose(flight)

    def open(self, rule: str, without: Collection[str]) -> tuple[Sequence[Target], list[Outlet | None]] | None:
        """The rule's targets, and the outlets of those that are well; None when none is."""
        targets = self._targets_of(rule)
        found = [None if target.connector in without else self._well(target.connector) for target in targets]
        return (targets, found) if any(found) else None

    def _well(self, connector: str) -> Outlet | None:
        outlet = self._outlets.get(connector)
        return outlet if outlet is not None and outlet.trouble() is None else None

    def next(self, flight: Flight, targets: Sequence[Target], outlets: Sequence[Outlet | None]) -> Outlet | None:
        """By weight among those that can take it; weight 0 in their order."""
        usable = [outlet is not None and _takes(outlet, flight) for outlet in outlets]
        target = self._shares.next(flight.message.rule, targets, usable)
        return None if target is None else self._outlets[target.connector]


class Doors:
    """For many messages at one time: what is open to a rule is looked up once."""

    def __init__(self, failover: Failover, without: Collection[str]) -> None:
        self._failover = failover
        self._without = without
        self._open: dict[str, tuple[Sequence[Target], list[Outlet | None]] | None] = {}

    def choose(self, flight: Flight) -> Outlet | None:
        """An outlet with a place reserved in its lane, or None: the message stays."""
        rule = flight.message.rule
        if rule not in self._open:
            self._open[rule] = self._failover.open(rule, self._without)
        found = self._open[rule]
        if found is None:
            return None
        outlet = self._failover.next(flight, *found)
        if outlet is not None:
            outlet.lane(flight.lane.priority).reserve_adopted(flight.message.account)
        return outlet


def _takes(outlet: Outlet, flight: Flight) -> bool:
    """Parts of one message go by two connectors only when both mark them alike."""
    connector = outlet.connector
    if connector is None or not outlet.lane(flight.lane.priority).adopts(flight.message.account):
        return False
    if flight.message.parts == 1:
        return True
    if flight.sent or flight.unanswered:
        return connector.piece_form == flight.form
    return connector.whole_messages or _as_many(flight.message, connector)


def _as_many(message: Message, connector: Connector) -> bool:
    """16-bit references leave less room: no more parts are sent than the customer was told and charged."""
    if connector.reference_bits == 8:
        return True
    try:
        return encoded(message.text, message.extra, 16).count <= message.parts
    except segments.TooLong:
        return False
