"""Every test of this folder runs against every store; a second store is one line more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from conformance.benches import Bench, SqliteBench
from stentor.core.ports import Store
from support.making import book, define

STORES: dict[str, Callable[[Path], Bench]] = {"sqlite": SqliteBench}


@pytest.fixture(params=STORES)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """An open store with two accounts of 1,000 messages' credit each."""
    opened = STORES[request.param](tmp_path)
    await define(opened.store, *book())
    yield opened
    await opened.close()


@pytest.fixture
def store(bench: Bench) -> Store:
    return bench.store
