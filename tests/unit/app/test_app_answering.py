"""Answers go out whole, spelt as the documents spell them, and what does not go out is known."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest
import uvloop
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from stentor.app.answering import Answer, spelt

LARGE = 100_000
TEXT = (b"content-type", b"text/plain")
DATED = b"HTTP/1.1 200 OK\r\nDate: today\r\nContent-Type: text/plain\r\n"


class Scene:
    """One request's answer, on a socket whose other side is read here."""

    def __init__(self, transport: asyncio.Transport, side: socket.socket, scope: dict[str, Any]) -> None:
        self.transport, self.side = transport, side
        self.over = self.lost = 0
        self.cycle = RequestResponseCycle(
            {"method": "GET", "http_version": "1.1", **scope},  # type: ignore[typeddict-item]
            transport,
            FlowControl(transport),
            logging.getLogger("scene"),
            logging.getLogger("scene"),
            access_log=False,
            default_headers=[(b"date", b"today")],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=scope.get("http_version") != "1.0",
            on_response=self._end,
        )
        self.answer = Answer(self.cycle, self._lose)

    def _end(self) -> None:
        self.over += 1

    def _lose(self) -> None:
        self.lost += 1

    async def start(self, *headers: tuple[bytes, bytes], status: int = 200) -> None:
        await self.answer({"type": "http.response.start", "status": status, "headers": [TEXT, *headers]})

    async def body(self, octets: bytes, *, more: bool = False) -> None:
        await self.answer({"type": "http.response.body", "body": octets, "more_body": more})

    async def read(self) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self.side, 1_000_000)

    async def rest(self) -> bytes:
        self.transport.close()
        received = b""
        while octets := await self.read():
            received += octets
        return received


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def play(request: pytest.FixtureRequest) -> Callable[..., None]:
    def run(act: Callable[[Scene], Any], **scope: Any) -> None:
        async def on_a_socket() -> None:
            ours, theirs = socket.socketpair()
            for side in (ours, theirs):
                side.setblocking(False)
            transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)
            with theirs:
                await act(Scene(transport, theirs, scope))
                transport.close()

        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(on_a_socket())

    return run


Play = Callable[..., None]


def length(count: int) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % count


def test_names() -> None:
    names = (b"content-type", b"retry-after", b"www-authenticate", b"date", b"X-Odd")
    assert [spelt(one) for one in names] == [
        b"Content-Type", b"Retry-After", b"WWW-Authenticate", b"Date", b"X-Odd",
    ]  # fmt: skip


def test_head_and_body_are_one_write(play: Play) -> None:
    async def act(scene: Scene) -> None:
        await scene.start(length(5))
        await scene.body(b"hello")
        assert await scene.read() == DATED + b"Content-Length: 5\r\n\r\nhello"
        assert (scene.over, scene.lost, scene.cycle.response_complete) == (1, 0, True)
        assert not scene.transport.is_closing()

    play(act)


def test_a_large_body_comes_whole(play: Play) -> None:
    async def act(scene: Scene) -> None:
        await scene.start(length(LARGE))
        await scene.body(b"x" * (LARGE - 5), more=True)
        await scene.body(b" last")
        assert (await scene.rest()).partition(b"\r\n\r\n")[2] == b"x" * (LARGE - 5) + b" last"

    play(act)


def test_a_stream_has_its_head_at_once(play: Play) -> None:
    async def act(scene: Scene) -> None:
        await scene.start()
        assert await scene.read() == DATED + b"Transfer-Encoding: chunked\r\n\r\n"
        await scene.body(b"some", more=True)
        await scene.body(b"", more=True)
        await scene.body(b"")
        assert await scene.rest() == b"4\r\nsome\r\n0\r\n\r\n"

    play(act)


def test_a_client_of_http_1_0_reads_until_the_end(play: Play) -> None:
    async def act(scene: Scene) -> None:
        await scene.start()
        await scene.body(b"some", more=True)
        await scene.body(b" more")
        assert scene.transport.is_closing()
        assert await scene.rest() == DATED + b"Connection: close\r\n\r\nsome more"

    play(act, http_version="1.0")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304)])
def test_answers_without_a_body(method: str, status: int, play: Play) -> None:
    async def act(scene: Scene) -> None:
        await scene.start(status=status)
        await scene.body(b"")
        assert b"chunked" not in await scene.read()
        assert scene.over == 1

    play(act, method=method)


def test_head_tells_the_length_only(play: Play) -> None:
    async def act(scene: Scene) -> None:
        await scene.start(length(5))
        await scene.body(b"hello")
        assert await scene.rest() == DATED + b"Content-Length: 5\r\n\r\n"

    play(act, method="HEAD")


def test_what_comes_too_late_is_known_as_lost(play: Play) -> None:
    async def act(scene: Scene) -> None:
        await scene.start(length(5))
        scene.transport.close()
        await scene.body(b"hello")
        assert (scene.lost, scene.over) == (1, 1)
        assert await scene.rest() == b""

    play(act)


def test_a_client_that_left_is_not_written_to(play: Play) -> None:
    async def act(scene: Scene) -> None:
        scene.cycle.disconnected = True
        await scene.start(length(5))
        await scene.body(b"hello")
        assert await scene.rest() == b""

    play(act)


def test_an_answer_may_be_the_last(play: Play) -> None:
    async def act(scene: Scene) -> None:
        await scene.start((b"connection", b"close"), (b"x-odd", b"1"), (b"x-odd", b"2"), length(0))
        await scene.body(b"")
        assert scene.transport.is_closing()
        end = b"Connection: close\r\nX-Odd: 1\r\nX-Odd: 2\r\nContent-Length: 0\r\n\r\n"
        assert await scene.rest() == DATED + end

    play(act)


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"\n", b"\x00"])
def test_a_value_ends_no_line(value: bytes, play: Play) -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(ValueError, match="location"):
            await scene.start((b"location", value))
        assert await scene.rest() == b""

    play(act)


@pytest.mark.parametrize("octets", [b"hell", b"hello!"])
def test_a_body_is_as_long_as_its_head_says(octets: bytes, play: Play) -> None:
    async def act(scene: Scene) -> None:
        await scene.start(length(5))
        with pytest.raises(RuntimeError, match="not as long"):
            await scene.body(octets)
        assert await scene.rest() == b""

    play(act)


def test_nothing_follows_the_end(play: Play) -> None:
    async def act(scene: Scene) -> None:
        await scene.start(length(0))
        await scene.body(b"")
        with pytest.raises(RuntimeError, match="after its end"):
            await scene.body(b"")

    play(act)


def test_a_body_needs_a_head_and_an_answer_has_one(play: Play) -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(RuntimeError, match="has no head"):
            await scene.body(b"hello")
        await scene.start(length(5))
        with pytest.raises(RuntimeError, match="has begun"):
            await scene.start(length(5))
        await scene.body(b"hello")
        assert await scene.rest() == DATED + b"Content-Length: 5\r\n\r\nhello"

    play(act)


@pytest.mark.parametrize("status", [204, 304])
def test_no_content_has_none(status: int, play: Play) -> None:
    """A client would take it for the beginning of the next answer."""

    async def act(scene: Scene) -> None:
        await scene.start(status=status)
        with pytest.raises(RuntimeError, match="not as long"):
            await scene.body(b"hello")
        assert await scene.rest() == b""

    play(act)


def test_no_answer_waits_for_the_garbage_collector(play: Play) -> None:
    async def act(scene: Scene) -> None:
        scene.cycle.send = scene.answer  # type: ignore[method-assign]
        await scene.start(length(0))
        await scene.body(b"")
        assert "send" not in vars(scene.cycle)

    play(act)
