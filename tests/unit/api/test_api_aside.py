"""Long answers are written on a thread, one at a time; short ones at once."""

from __future__ import annotations

import asyncio
import threading

import pytest

from stentor.api.aside import Aside
from stentor.api.messages import Response


def where() -> Response:
    return Response(200, str(threading.get_ident()).encode())


@pytest.mark.parametrize(("lines", "here"), [(0, True), (500, True), (501, False), (10_000, False)])
async def test_only_long_answers_leave_the_event_loop(lines: int, *, here: bool) -> None:
    answer = await Aside().write(lines, where)
    assert (answer.body == where().body) is here


async def test_long_answers_take_turns() -> None:
    aside, writing, most = Aside(), 0, 0
    first = threading.Event()

    def write() -> Response:
        nonlocal writing, most
        writing += 1
        most = max(most, writing)
        first.wait(10)
        writing -= 1
        return Response(200, b"")

    several = asyncio.gather(*(aside.write(1_000, write) for _ in range(3)))
    await asyncio.to_thread(first.set)
    await several
    assert most == 1
