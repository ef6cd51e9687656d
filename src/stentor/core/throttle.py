"""The rate at which an account may send: a token bucket per account, with one second's worth of burst."""

from __future__ import annotations

from math import ceil

from stentor.core.account import Account
from stentor.core.errors import Throttled


class Buckets:
    """A request is let in while the bucket is not empty; a large one then leaves it in debt."""

    def __init__(self) -> None:
        self._levels: dict[int, tuple[float, int]] = {}

    def allowed(self, account: Account, messages: int, now: int) -> int:
        """How many of so many messages a request may have and leave no debt."""
        rate = account.rate
        if rate is None:
            return messages
        return max(0, min(messages, ceil(self._level(account.id, rate, now))))

    def spend(self, account: Account, messages: int, now: int) -> None:
        """Raises `Throttled` with the seconds until the account may send again."""
        rate = account.rate
        if rate is None:
            return
        level = self._level(account.id, rate, now)
        if level <= 0:
            self._levels[account.id] = (level, now)
            raise Throttled(max(-level / rate, 0.001))
        self._levels[account.id] = (level - messages, now)

    def _level(self, account: int, rate: float, now: int) -> float:
        level, at = self._levels.get(account, (rate, now))
        return min(max(rate, 1.0), level + rate * max(now - at, 0) / 1000)
