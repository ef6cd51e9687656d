"""Whether an SMSC answers too late to be given messages that have another way; `now` is an argument."""

from __future__ import annotations

_FIRST_TRIAL_S = 1.0
_LONGEST_S = 30.0
_WEIGHT = 0.25


class Lateness:
    """Late once nothing is answered for `after` seconds while parts wait, or answers take so long on average.

    Well again once a part sent since then is answered in time. Where messages have another way, none may come by: so
    after a pause of 1, 2, 4 ... 30 seconds it is on trial, which is well until the next part goes out, which decides.
    """

    def __init__(self, after: float) -> None:
        self._after = after
        self._since: float | None = None
        self._answered_at = float("-inf")
        self._average = 0.0
        self._pause = _FIRST_TRIAL_S
        self._next_trial = 0.0
        self.on_trial = False
        self.seconds = 0.0
        """How long answers took when it was found late."""

    @property
    def late(self) -> bool:
        return self._since is not None and not self.on_trial

    def look(self, oldest: float | None, now: float, *, room: bool = True) -> None:
        """`oldest`: when the oldest of the parts was sent that are not answered; None: there is none.

        `room`: one more could go out now, as a trial needs.
        """
        if oldest is not None and now - max(oldest, self._answered_at) >= self._after:
            self._too_late(max(oldest, self._answered_at), now)
        self.on_trial = self._since is not None and room and now >= self._next_trial

    def again(self, now: float) -> None:
        """A new session: its first part decides."""
        self._next_trial = min(self._next_trial, now)

    def submitted(self, now: float) -> None:
        """A part went out on trial."""
        self.on_trial = False
        self._pause = min(self._pause * 2, _LONGEST_S)
        self._next_trial = now + self._pause

    def answered(self, round_trip: float, now: float) -> None:
        self._answered_at = now
        if self._since is not None and round_trip < self._after and now - round_trip >= self._since:
            self._since, self.on_trial, self._pause = None, False, _FIRST_TRIAL_S
            self._average = round_trip
        self._average += (round_trip - self._average) * _WEIGHT
        if self._average >= self._after:
            self._too_late(now - self._average, now)

    def _too_late(self, start: float, now: float) -> None:
        self.seconds = now - start
        if self._since is None:
            self._since = now
            self._next_trial = now + self._pause
