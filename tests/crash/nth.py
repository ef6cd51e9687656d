"""The n-th of something fails once: how a run is repeated for every n, and what came of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec

from support.disk import Disk, Note, Sync, Truncate, Write
from support.powercut import PowerCut, put

_AT_ONCE = 12


class Nth:
    """Says yes once, at the n-th time it is asked after `armed` was set."""

    def __init__(self, n: int) -> None:
        self.left = n
        self.armed = False

    def __call__(self) -> bool:
        self.left -= self.armed
        return self.armed and self.left == 0

    @property
    def happened(self) -> bool:
        return self.left <= 0


class Run(msgspec.Struct):
    """One message's life with one failure in it."""

    n: int
    happened: bool
    refused: bool
    submitted: int
    reported: int


Try = Callable[[int], Coroutine[Any, Any, Run]]


async def until_past_the_last(try_: Try) -> list[Run]:
    """n = 1, 2, 3, ... until there is no n-th any more."""
    runs: list[Run] = []
    while all(run.happened for run in runs):
        start = len(runs) + 1
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(try_(n)) for n in range(start, start + _AT_ONCE)]
        runs += [task.result() for task in tasks]
    return [run for run in runs if run.happened]


def refuses(nth: Nth, error: Callable[[], Exception]) -> Callable[[Note], Exception | None]:
    return lambda note: error() if isinstance(note, Write | Sync | Truncate) and nth() else None


def after_a_power_cut(folder: Path, disk: Disk) -> Path:
    power, chance = PowerCut(disk), random.Random(len(disk.notes))
    power.go_to(len(disk.notes))
    return put(power.image(chance), folder, chance)


def lines(runs: list[Run]) -> dict[str, int]:
    """As for a queue."""
    return {
        "attempted": len(runs),
        "acknowledged": len(runs),
        "delivered": sum(run.submitted > 0 for run in runs),
        "lost": sum(run.submitted == 0 for run in runs),
        "unexpected": 0,
        "duplicated": sum(run.submitted - 1 for run in runs),
        "refused first": sum(run.refused for run in runs),
        "reported twice": sum(run.reported - 1 for run in runs),
    }
