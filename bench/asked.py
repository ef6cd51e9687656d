"""The other end of `processes.Child`: answer each word on stdin with a line of JSON; the end of stdin ends us."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

T = TypeVar("T")


def options(kind: type[T]) -> T:
    return msgspec.json.decode(sys.argv[1], type=kind)


def say(thing: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(thing) + b"\n")
    sys.stdout.buffer.flush()


async def answer(questions: Mapping[str, Callable[[], object]]) -> None:
    """Until stdin ends: the caller's end is ours too, however it came."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        say(questions[line.decode().strip()]())
