"""Event loops: a module with `LOOPS` runs its tests on each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    loops: Any = getattr(item.getparent(pytest.Module), "obj", None)
    chosen: Mapping[str, Callable[[], asyncio.AbstractEventLoop]] = getattr(loops, "LOOPS", ONE)
    return chosen


ONE = {"asyncio": asyncio.new_event_loop}
