"""What goes through the cork comes out whole and in order, and what does not come out is known."""

from __future__ import annotations

import asyncio
import socket

import pytest
import uvloop

from stentor.app.corked import Corked

LARGE = 100_000


async def _corked() -> tuple[Corked, asyncio.Transport, socket.socket]:
    """The cork, what it is in, and the other side."""
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    inner, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    return Corked(inner, loop), inner, theirs


async def _all(side: socket.socket) -> bytes:
    received = b""
    with side:
        while octets := await asyncio.get_running_loop().sock_recv(side, 65_536):
            received += octets
    return received


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def runner(request: pytest.FixtureRequest) -> asyncio.Runner:
    return asyncio.Runner(loop_factory=request.param)


def test_all_comes_out_in_order_also_at_the_end(runner: asyncio.Runner) -> None:
    async def scene() -> None:
        corked, _, side = await _corked()
        corked.write(b"head ")
        corked.write(bytearray(b"body "))
        await asyncio.sleep(0)
        corked.write(b"x" * LARGE)
        corked.write(b" last")
        corked.close()
        assert await _all(side) == b"head body " + b"x" * LARGE + b" last"
        assert not corked.lost

    with runner:
        runner.run(scene())


def test_what_is_thrown_away_is_known(runner: asyncio.Runner) -> None:
    async def scene() -> None:
        corked, inner, side = await _corked()
        corked.write(b"early")
        inner.abort()
        corked.flush()
        assert corked.lost
        assert await _all(side) == b""
        corked, _, side = await _corked()
        corked.write(b"early")
        corked.abort()
        assert corked.lost
        assert corked.get_write_buffer_size() == 0
        assert await _all(side) == b""

    with runner:
        runner.run(scene())
