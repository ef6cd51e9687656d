"""A link that held something back wakes by itself, whatever the event loop's handles can tell."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stentor.connectors.smsc.connector import SmscConnector
from stentor.connectors.smsc.options import SmscOptions
from support.making import FakeClock


class _Uvloops(asyncio.SelectorEventLoop):
    """A time that is over gives a handle without `when`, as uvloop has it: here every time is over at once."""

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:  # type: ignore[override]  # noqa: ARG002
        return self.call_soon(callback, *args, context=context)


class _Engine:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def room(self, name: str) -> None:
        self.asked.append(name)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


@pytest.mark.parametrize("loop", [asyncio.SelectorEventLoop, _Uvloops])
def test_the_earlier_of_two_times_counts(loop: type[asyncio.AbstractEventLoop]) -> None:
    engine = _Engine()
    link = SmscConnector(SmscOptions(name="operator", host="127.0.0.1"), engine, FakeClock())

    async def held_back_twice() -> None:
        link._wake_in(0.002)
        link._wake_in(0.001)
        link._wake_in(0.003)
        while not engine.asked:
            await asyncio.sleep(0)
        assert link._waking is None

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(held_back_twice())
    assert engine.asked == ["operator"]
