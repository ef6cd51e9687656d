"""Two sessions joined in memory: what one writes the other reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stentor.smpp import Limits, Pdu, Session, Side
from stentor.smpp import pdu as p
from stentor.smpp.events import Bound, Event, RequestReceived

if TYPE_CHECKING:
    from collections.abc import Sequence


class Pair:
    """An SMSC and an ESME with a connection between them, opened at `now` = 0."""

    def __init__(self, smsc: Limits = Limits(), esme: Limits = Limits()) -> None:  # noqa: B008 - frozen
        self.smsc = Session(Side.SMSC, smsc)
        self.esme = Session(Side.ESME, esme)
        self.smsc.opened(0.0)
        self.esme.opened(0.0)

    def to_smsc(self, now: float = 0.0) -> list[Event]:
        """Carry what the ESME wrote; what the SMSC made of it."""
        return self.smsc.receive(self.esme.outgoing(), now)

    def to_esme(self, now: float = 0.0) -> list[Event]:
        return self.esme.receive(self.smsc.outgoing(), now)

    def bind(self, request: p.Bind, now: float = 0.0) -> list[Event]:
        """The ESME binds, the SMSC accepts."""
        self.esme.send(request, now)
        (event,) = self.to_smsc(now)
        assert isinstance(event, RequestReceived)
        assert isinstance(event.pdu, p.Bind)
        self.smsc.accept_bind(event.pdu, "smsc", now)
        return self.to_esme(now)

    @classmethod
    def bound(
        cls,
        request: p.Bind = p.BindTransceiver(system_id="esme"),  # noqa: B008 - frozen
        smsc: Limits = Limits(),  # noqa: B008 - frozen
        esme: Limits = Limits(),  # noqa: B008 - frozen
    ) -> Pair:
        pair = cls(smsc, esme)
        (event,) = pair.bind(request)
        assert isinstance(event, Bound)
        return pair


def requests(events: Sequence[Event]) -> list[Pdu]:
    """The PDUs of the requests among the events, which must be all there are."""
    found = []
    for event in events:
        assert isinstance(event, RequestReceived), event
        found.append(event.pdu)
    return found
