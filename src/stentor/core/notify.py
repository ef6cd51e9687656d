"""When to try a customer's URL again, and when to stop (004 "Delivery reports on a notify URL")."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

MINUTE_MS = 60_000
RETRIES = 20

RETRY_AFTER_MS = tuple(MINUTE_MS * (1 + retry * retry) for retry in range(RETRIES))
"""The wait before each retry: 1, 2, 5, 10, 17, 26, 37 minutes ...; the last starts 41 h 30 min after the first try."""


def next_try(attempts: int) -> int | None:
    """Milliseconds from a failed attempt to the next, when `attempts` were made; None: give up."""
    retry = attempts - 1
    return RETRY_AFTER_MS[retry] if retry < RETRIES else None


@lru_cache(maxsize=10_000)
def host_of(url: str) -> str:
    """Scheme, name and port: what is slow or dead together."""
    try:
        parts = urlsplit(url)
    except ValueError:  # no URL at all: a line of its own, where its calls fail
        return url
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()
