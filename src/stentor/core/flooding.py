"""Signs of fraud in what an account sends: one number or block of numbers too often, and numbers one after another.

A pumped campaign calls for thousands of one-time passwords to a block of numbers that somebody earns by. What is
refused has status 20 REJECTED_FLOODING_FILTER. The counts are kept in memory: a restart forgets the last hour.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from stentor.core.account import Account

_HOUR_MS = 3_600_000
_REMEMBERED = 200_000
_BLOCK_DIGITS = 4


class Flooding:
    """A bucket for each number and block that an account with limits sent to; the oldest are forgotten."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._remembered = remembered
        self._buckets: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()
        self._runs: dict[int, tuple[int, int]] = {}

    def refuses(self, account: Account, recipient: str, now: int) -> str | None:
        """Why the message is refused, or None; times are milliseconds."""
        if account.sequence is not None and self._run(account.id, int(recipient)) > account.sequence:
            return f"the {account.sequence} numbers before were in sequence too"
        if account.per_number is not None and not self._spend((account.id, recipient), account.per_number, now):
            return f"more than {account.per_number} messages an hour to {recipient}"
        block = recipient[:-_BLOCK_DIGITS]
        if account.per_block is not None and not self._spend((account.id, block, "block"), account.per_block, now):
            return f"more than {account.per_block} messages an hour to numbers {block}{'x' * _BLOCK_DIGITS}"
        return None

    def _run(self, account: int, number: int) -> int:
        """How many numbers in a row each followed the one before, up or down, with this one."""
        before, length = self._runs.get(account, (0, 0))
        length = length + 1 if abs(number - before) == 1 else 1
        self._runs[account] = (number, length)
        return length

    def _spend(self, key: Hashable, an_hour: int, now: int) -> bool:
        level, at = self._buckets.pop(key, (float(an_hour), now))
        level = min(float(an_hour), level + an_hour * max(now - at, 0) / _HOUR_MS)
        allowed = level >= 1
        self._buckets[key] = (level - 1 if allowed else level, now)
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        return allowed
