"""Large bodies have a limit together, so that no number of connections takes all the memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from socket import socket

import pytest

from support.serving import Serving, read_all, serving
from support.waiting import until

MIB = 1 << 20
TOGETHER = 3 * MIB


@pytest.fixture
def served() -> Iterator[Serving]:
    with serving(body_limit=2 * MIB, bodies_limit=TOGETHER) as running:
        yield running


def post(size: int) -> bytes:
    return b"POST /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size


def answer(served: Serving, size: int) -> bytes:
    with served.connect() as connection:
        connection.sendall(post(size) + b"x" * size)
        return read_all(connection)


def begun(served: Serving, stack: ExitStack) -> socket:
    """All but the last octet of a body."""
    connection = stack.enter_context(served.connect())
    connection.sendall(post(MIB) + b"x" * (MIB - 1))
    return connection


def test_one_too_many_is_refused_until_there_is_room(served: Serving) -> None:
    with ExitStack() as stack:
        several = [begun(served, stack) for _ in range(3)]
        until(lambda: served.bodies.held == TOGETHER - 3, "what was begun is in memory")
        refused = answer(served, MIB)
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 1\r\n" in refused
        assert b'"SERVICE_UNAVAILABLE"' in refused
        assert answer(served, 10_000).startswith(b"HTTP/1.1 200 "), "small ones are always read"
        several.pop().close()
        until(lambda: served.bodies.held == 2 * (MIB - 1), "its place is free")
        assert answer(served, MIB).startswith(b"HTTP/1.1 200 ")
        for connection in several:
            connection.sendall(b"x")
            assert read_all(connection).startswith(b"HTTP/1.1 200 ")
    until(lambda: served.bodies.held == 0, "nothing is held")


def test_one_alone_is_always_read() -> None:
    with serving(body_limit=2 * MIB, bodies_limit=MIB) as served:
        assert answer(served, 2 * MIB).startswith(b"HTTP/1.1 200 ")
        assert served.bodies.held == 0
