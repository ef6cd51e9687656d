"""Messages whose answer was lost: the other platform may have them, and only it can say."""

from __future__ import annotations

from stentor.core.ports import OutgoingPart


class Doubtful:
    def __init__(self) -> None:
        self._known: set[int] = set()
        self._held: list[OutgoingPart] = []

    def __contains__(self, part: OutgoingPart) -> bool:
        """Its answer was lost once, and since then it was not answered."""
        return part.message.id in self._known

    def hold(self, part: OutgoingPart) -> None:
        self._known.add(part.message.id)
        self._held.append(part)

    def forget(self, part: OutgoingPart) -> None:
        self._known.discard(part.message.id)

    def all(self) -> list[OutgoingPart]:
        """To be asked about again: none is held any more."""
        held, self._held = self._held, []
        return held

    def older(self, now_ms: int) -> list[OutgoingPart]:
        """Those whose validity has passed."""
        older = [part for part in self._held if part.message.expires_at <= now_ms]
        if older:
            self._held = [part for part in self._held if part.message.expires_at > now_ms]
        return older
