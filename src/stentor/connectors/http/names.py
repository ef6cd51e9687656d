"""What a message is called at the other platform: its UUID, and another name after each refusal for now.

A customer's own id would not do, for two customers may choose the same, nor would our ids of digits, for the customers
of that platform and of others that send through it get the same ones. A refused message keeps its id there for ever,
so the next try needs a fresh one; the names of a message are always the same row, so that after a crash the same
question finds the same answers.
"""

from __future__ import annotations

from collections.abc import Callable

_MOST = 100_000


class Names:
    def __init__(self, public_id: Callable[[int], str], most: int = _MOST) -> None:
        self._public_id = public_id
        self._most = most
        self._refused: dict[int, int] = {}

    def of(self, message: int) -> str:
        tries = self._refused.get(message, 0)
        return f"{self._public_id(message)}.{tries + 1}" if tries else self._public_id(message)

    def refused(self, message: int) -> None:
        """That id is used up: it was refused for now."""
        self._refused[message] = self._refused.get(message, 0) + 1
        if len(self._refused) > self._most:
            del self._refused[next(iter(self._refused))]

    def forget(self, message: int) -> None:
        self._refused.pop(message, None)
