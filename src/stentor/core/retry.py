"""When to offer a message again that an upstream refused for now."""

from __future__ import annotations

_FIRST_MS = 5_000
_LONGEST_MS = 600_000


def next_offer(attempts: int) -> int:
    """Milliseconds until the next offer: 5 s, doubled each time, at most 10 minutes."""
    return min(_FIRST_MS << min(attempts, 10), _LONGEST_MS)
