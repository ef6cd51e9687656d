"""What keeps a link from sending: why, for how long, and how it ends.

Pure: times are seconds of any clock, given by the caller.
"""

from __future__ import annotations

from typing import Literal

Kind = Literal["down", "throttled"]
_FIRST_S = 0.5


class Trouble:
    """`most`: the longest pause. Pauses double until an answer says that all is well.

    After "down" the next message goes alone (`on_trial`), so that what is still wrong costs one message its turn.
    """

    def __init__(self, most: float) -> None:
        self.words: str | None = None
        self.kind: Kind = "down"
        self.until = 0.0
        self.on_trial = True
        self.last = ""
        """What ended the last good time; empty since an answer came."""
        self._most = most
        self._pause = 0.0

    def down(self, why: str, now: float) -> None:
        """It lasts until a question is answered, which is asked after each pause."""
        self.words, self.kind, self.last = f"down: {why}", "down", why
        self.on_trial = True
        if now >= self.until:
            self._pause = min(self._most, max(_FIRST_S, 2 * self._pause))
            self.until = now + self._pause

    def throttled(self, why: str, seconds: float, now: float) -> None:
        """For so long; a link that is down stays so."""
        if self.words is None or self.kind == "throttled":
            self.words, self.kind = f"throttled: {why}", "throttled"
            self.until = max(self.until, now + min(seconds, self._most))

    def over(self) -> None:
        self.words = None

    def answered(self) -> None:
        """A message was taken, or refused for its own sake."""
        self.on_trial = False
        self._pause = 0.0
        self.last = ""
