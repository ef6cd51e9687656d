"""Short polling with a deadline: no test sleeps for a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE_S = 0.01
PATIENCE_S = 30.0
"""Longer than anything takes on a busy machine: only what fails waits for it."""


def until(probe: Callable[[], T | None], what: str, seconds: float = PATIENCE_S) -> T:
    """The first true value of `probe`."""
    deadline = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(PAUSE_S)
