"""The HTTP/2 connection to a push service, and its peer in memory: what real services do when they are in trouble."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, Event, PingReceived, RequestReceived, StreamEnded, StreamReset
from h2.settings import SettingCodes
from hyperframe.frame import GoAwayFrame

from stentor.connectors.push.goodbyes import Goodbye, Goodbyes
from stentor.connectors.push.link import Answer, Broken, Link
from stentor.connectors.push.trouble import Backoff, Shared

HEAD = [(":method", "POST"), (":scheme", "https"), (":authority", "push"), (":path", "/")]
LONG_S = 3_600.0


class Transport(asyncio.Transport):
    """Keeps what is written until the other side reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True


class Pair:
    """A link and the service at the other end. Octets move when a test says so."""

    def __init__(self, quiet: float = LONG_S, **settings: int) -> None:
        self.link, self.transport = Link(quiet), Transport()
        self.service = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.link.connection_made(self.transport)
        self.service.initiate_connection()
        if settings:
            self.service.update_settings({SettingCodes[name]: value for name, value in settings.items()})
        self.speak()

    def speak(self, more: bytes = b"") -> None:
        self.link.data_received(self.service.data_to_send() + more)

    async def hear(self) -> list[Event]:
        for _ in range(3):
            await asyncio.sleep(0)
        data, self.transport.written = self.transport.written, b""
        return self.service.receive_data(data)

    async def asked(self) -> list[int]:
        """Requests that began since the last time."""
        return [one.stream_id or 0 for one in await self.hear() if isinstance(one, RequestReceived)]

    def request(self, body: bytes = b"x") -> asyncio.Future[Answer]:
        return self.link.request(HEAD, body)

    def answer(self, stream: int, status: int = 200, body: bytes = b"{}") -> None:
        self.service.send_headers(stream, [(":status", str(status))])
        self.service.send_data(stream, body, end_stream=True)


def goaway(last: int, said: bytes = b"") -> bytes:
    """As it is sent by a service that goes on answering."""
    return GoAwayFrame(0, last_stream_id=last, error_code=0, additional_data=said).serialize()


async def test_what_was_asked_before_a_goodbye_is_still_answered() -> None:
    pair = Pair()
    first, second, third = pair.request(), pair.request(), pair.request()
    one, two, _ = await pair.asked()
    pair.speak(goaway(two, b'{"reason":"Shutdown"}'))
    assert not pair.link.usable
    with pytest.raises(Broken, match=r"going away.*Shutdown"):
        await third
    with pytest.raises(Broken, match="closing"):
        await pair.request()
    pair.answer(one)
    pair.speak()
    assert ((await first).status, pair.transport.closed) == (200, False)
    pair.answer(two, 410)
    pair.speak(goaway(two))
    assert ((await second).status, pair.transport.closed) == (410, True), "nothing is owed any more"


async def test_a_goodbye_and_an_answer_that_come_in_pieces() -> None:
    pair = Pair()
    first = pair.request()
    (one,) = await pair.asked()
    pair.answer(one)
    octets = goaway(2**31 - 1) + pair.service.data_to_send() + goaway(one)
    for octet in octets:
        pair.link.data_received(bytes([octet]))
    assert (await first).status == 200
    assert pair.transport.closed


async def test_requests_that_wait_when_the_service_leaves_go_elsewhere() -> None:
    pair = Pair(MAX_CONCURRENT_STREAMS=1)
    first, second = pair.request(), pair.request()
    (one,) = await pair.asked()
    pair.speak(goaway(one))
    with pytest.raises(Broken):
        await second
    pair.answer(one)
    pair.speak()
    assert (await first).status == 200


async def test_as_many_at_a_time_as_the_service_takes() -> None:
    pair = Pair(MAX_CONCURRENT_STREAMS=2)
    futures = [pair.request() for _ in range(5)]
    assert await pair.asked() == [1, 3]
    pair.answer(1)
    pair.speak()
    assert await pair.asked() == [5]
    pair.service.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 100})
    pair.speak()
    assert await pair.asked() == [7, 9]
    for stream in (3, 5, 7, 9):
        pair.answer(stream)
    pair.speak()
    assert [one.status for one in await asyncio.gather(*futures)] == [200] * 5


async def test_a_body_larger_than_the_window_of_its_stream() -> None:
    pair = Pair(INITIAL_WINDOW_SIZE=1_000)
    future, after = pair.request(b"x" * 2_500), pair.request(b"y")
    got = 0
    for _ in range(3):
        for one in await pair.hear():
            if isinstance(one, DataReceived) and one.stream_id == 1:
                assert (one.flow_controlled_length or 0) <= 1_000
                got += len(one.data or b"")
                pair.service.acknowledge_received_data(one.flow_controlled_length or 0, 1)
        pair.speak()
    await pair.hear()
    assert got == 2_500
    pair.answer(1)
    pair.answer(3)
    pair.speak()
    assert (await future).status == (await after).status == 200


async def test_a_service_that_answers_before_it_has_the_whole_body() -> None:
    pair = Pair(INITIAL_WINDOW_SIZE=100, MAX_CONCURRENT_STREAMS=1)
    first, second = pair.request(b"x" * 2_500), pair.request(b"y")
    assert await pair.asked() == [1]
    pair.answer(1, 413)
    pair.speak()
    assert (await first).status == 413
    assert await pair.asked() == [3], "its stream is free"
    pair.answer(3)
    pair.speak()
    assert (await second).status == 200


async def test_a_connection_that_is_used_up_is_left() -> None:
    pair = Pair()
    first = pair.request()
    (one,) = await pair.asked()
    wrong = pair.link.request([*HEAD, (":path", "/twice")], b"x")
    with pytest.raises(Broken, match="cannot be sent"):
        await wrong
    assert not pair.link.usable
    pair.answer(one)
    pair.speak()
    assert (await first).status == 200
    assert pair.transport.closed


async def test_a_request_nobody_waits_for_frees_its_stream() -> None:
    pair = Pair(MAX_CONCURRENT_STREAMS=1)
    first, second = pair.request(), pair.request()
    await pair.hear()
    first.cancel()
    await asyncio.sleep(0)
    heard = await pair.hear()
    assert [one.error_code for one in heard if isinstance(one, StreamReset)] == [ErrorCodes.CANCEL]
    assert [one.stream_id for one in heard if isinstance(one, StreamEnded)] == [3]
    pair.answer(3)
    pair.speak()
    assert (await second).status == 200
    assert pair.link.usable


async def test_a_request_that_is_reset_leaves_the_others_alone() -> None:
    pair = Pair()
    first, second = pair.request(), pair.request()
    await pair.hear()
    pair.service.reset_stream(1, ErrorCodes.REFUSED_STREAM)
    pair.answer(3)
    pair.speak()
    with pytest.raises(Broken, match="reset"):
        await first
    assert (await second).status == 200


async def test_a_silent_service_is_asked_and_then_given_up() -> None:
    pair = Pair(quiet=0.02)
    future = pair.request()
    with pytest.raises(Broken, match="silent"):
        await future
    assert [type(one) for one in await pair.hear()][-1] is PingReceived
    assert pair.transport.closed
    assert not pair.link.usable


async def test_a_service_that_never_says_a_word_is_given_up() -> None:
    link, transport = Link(0.02), Transport()
    link.connection_made(transport)
    with pytest.raises(Broken, match="silent"):
        await link.request(HEAD, b"x")
    assert transport.closed


async def test_a_slow_service_that_says_it_is_there_is_waited_for() -> None:
    pair = Pair(quiet=0.02)
    future = pair.request()
    pings = 0
    while pings < 3:
        asked = sum(isinstance(one, PingReceived) for one in await pair.hear())
        if asked:
            pair.speak()
        pings += asked
        await asyncio.sleep(0.001)
    pair.answer(1)
    pair.speak()
    assert (await future).status == 200


async def test_who_breaks_the_protocol_is_left() -> None:
    pair = Pair()
    future = pair.request()
    pair.link.data_received(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(Broken, match="protocol"):
        await future
    assert pair.transport.closed


async def test_closing_lets_requests_end() -> None:
    pair = Pair()
    future = pair.request()
    await pair.hear()
    pair.link.close()
    assert not pair.transport.closed
    pair.answer(1)
    pair.speak()
    assert (await future).status == 200
    assert pair.transport.closed


def test_frames_without_goaway_are_passed_on_whole() -> None:
    ping = bytes([0, 0, 8, 6, 0, 0, 0, 0, 0]) + b"12345678"
    apart = Goodbyes()
    assert apart.apart(ping + goaway(5, b"why") + ping[:10]) == (
        ping,
        Goodbye(5, "the service is going away (0: why)"),
    )
    assert apart.apart(ping[10:]) == (ping, None)
    assert apart.apart(bytes([0, 0, 2, 7, 0, 0, 0, 0, 0, 0, 1]))[1] == Goodbye(1, "the service is going away (0)")


def test_pauses_grow_while_nothing_works() -> None:
    now = 0.0
    pause = Backoff(1_000, 5_000, lambda: now)
    waits = []
    for _ in range(5):
        waits.append(pause.failed())
        assert pause.failed() == waits[-1], "the same wave"
        now += waits[-1] / 1_000
    assert waits == [1_000, 2_000, 4_000, 5_000, 5_000]
    pause.worked()
    assert (pause.left_ms, pause.failed()) == (0, 1_000)


async def test_what_many_ask_for_is_done_once() -> None:
    done: list[Any] = []

    async def work() -> int:
        done.append(1)
        await asyncio.sleep(0)
        if len(done) == 2:
            raise Broken("no")
        return len(done)

    shared = Shared(work)
    assert await asyncio.gather(*(shared() for _ in range(10))) == [1] * 10
    failed = await asyncio.gather(*(shared() for _ in range(10)), return_exceptions=True)
    assert [type(one) for one in failed] == [Broken] * 10
    assert await shared() == 3
