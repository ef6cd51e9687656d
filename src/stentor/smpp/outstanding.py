"""Our requests that wait for their responses (SMPP 3.4 §2.5.2, §2.7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from .pdu import PDUS, Bind, EnquireLink, GenericNack, Pdu, Unbind

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SEQUENCE = 0x7FFFFFFF
# What takes a place in the window: a full one must not keep the link check or the goodbye from going out.
COUNTED: frozenset[type[Pdu]] = frozenset(
    pdu for pdu in PDUS if pdu.response is not None and not issubclass(pdu, Bind | Unbind | EnquireLink)
)


class Sent(msgspec.Struct, frozen=True):
    """One request of ours."""

    request: type[Pdu]
    context: Any
    at: float


class Outstanding:
    """Sequence numbers and what was sent under them, oldest first: time only grows, so the dict is the timer queue."""

    def __init__(self) -> None:
        self._sent: dict[int, Sent] = {}
        self._last = 0
        self.counted = 0

    def next_sequence(self) -> int:
        """1 to 0x7FFFFFFF and round again (SMPP 3.4 §5.1.4), past those still in use."""
        sequence = self._last
        while True:
            sequence = sequence + 1 if sequence < MAX_SEQUENCE else 1
            if sequence not in self._sent:
                self._last = sequence
                return sequence

    def add(self, sequence: int, request: type[Pdu], context: object, now: float) -> None:
        self._sent[sequence] = Sent(request, context, now)
        if request in COUNTED:
            self.counted += 1

    def take(self, response: Pdu) -> Sent | None:
        """What the response answers, now settled; None when it answers nothing or something else."""
        sent = self._sent.get(response.sequence)
        if sent is None or (type(response) is not sent.request.response and type(response) is not GenericNack):
            return None
        return self.drop(response.sequence)

    def waits_for(self, sequence: int, response: type[Pdu] | None) -> bool:
        """Whether the request under this number waits for this kind of response."""
        sent = self._sent.get(sequence)
        return sent is not None and sent.request.response is response

    def drop(self, sequence: int) -> Sent:
        sent = self._sent.pop(sequence)
        if sent.request in COUNTED:
            self.counted -= 1
        return sent

    def oldest(self) -> float | None:
        """When the oldest of them was sent."""
        for sent in self._sent.values():
            return sent.at
        return None

    def overdue(self, timer: float, now: float) -> list[int]:
        """The sequence numbers of all that have waited for as long as the timer runs."""
        found = []
        for sequence, sent in self._sent.items():
            if sent.at + timer > now:
                break
            found.append(sequence)
        return found

    def holds(self, kinds: frozenset[type[Pdu]]) -> bool:
        """Whether one of these is among them; those outside the window are few and asked for rarely."""
        return len(self._sent) > self.counted and any(sent.request in kinds for sent in self._sent.values())

    def __iter__(self) -> Iterator[int]:
        return iter(list(self._sent))
