"""Messages that the other platform took and has not reported finally: whose turn it is to be asked for in its log.

Pure: times are seconds of any clock, given by the caller.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

_MOST = 200_000
"""Beyond, the oldest are not asked for any more; they end as unknown when their validity is over."""
_LONGEST_S = 6 * 3_600.0


class Waiting:
    """`after`: seconds without a final report until the first question; then after twice the time each."""

    def __init__(self, after: float, most: int = _MOST) -> None:
        self._after = after
        self._most = most
        self._pauses: dict[str, float] = {}
        self._turns: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._pauses)

    def add(self, upstream_id: str, now: float, after: float | None = None) -> None:
        self._pauses[upstream_id] = self._after
        heapq.heappush(self._turns, (now + (self._after if after is None else after), upstream_id))
        if len(self._pauses) > self._most:
            del self._pauses[next(iter(self._pauses))]
        if len(self._turns) > 2 * self._most:
            self._turns = [turn for turn in self._turns if turn[1] in self._pauses]
            heapq.heapify(self._turns)

    def done(self, upstream_ids: Iterable[str]) -> None:
        for one in upstream_ids:
            self._pauses.pop(one, None)

    def due(self, now: float, limit: int) -> list[str]:
        """Whose turn it is; the next one of each comes later."""
        found: list[str] = []
        while self._turns and self._turns[0][0] <= now and len(found) < limit:
            upstream_id = heapq.heappop(self._turns)[1]
            pause = self._pauses.get(upstream_id)
            if pause is not None:
                found.append(upstream_id)
                heapq.heappush(self._turns, (now + pause, upstream_id))
                self._pauses[upstream_id] = min(2 * pause, _LONGEST_S)
        return found
