"""Clients that are slow, silent or never read end by deadlines of `[http]`; whoever is served meanwhile goes on."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from support.serving import LARGE, Serving, read_all, serving
from support.waiting import until
from support.web import address, exchange

SHORT = {"head_timer": 0.3, "transfer_timer": 0.3, "idle_timer": 0.3, "transfer_rate": 100_000_000}
GET = b"GET /open HTTP/1.1\r\nHost: x\r\n\r\n"
LAST_LARGE = b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST = b"POST /open HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def served() -> Iterator[Serving]:
    with serving(**SHORT) as running:
        yield running


def _said(served: Serving, octets: bytes) -> bytes:
    """What is answered until the server closes."""
    with served.connect() as connection:
        connection.sendall(octets)
        return read_all(connection)


def _head(answer: bytes) -> bytes:
    return answer.split(b"\r\n", 1)[0]


SLOW_HEADS = {
    "start line": b"GET /op",
    "no end": GET[:-2],
    "one octet": b"G",
    "in a name": GET[:-2] + b"X-Na",
    "in a value": GET[:-2] + b"X-Name: val",
    "after an answer": GET + b"GET /open HTTP/1.1\r\n",
}


@pytest.mark.parametrize("name", SLOW_HEADS)
def test_a_head_that_does_not_end_is_408(name: str, served: Serving) -> None:
    answer = _said(served, SLOW_HEADS[name])
    answers = answer.split(b"HTTP/1.1 ")[1:]
    assert answers[-1].startswith(b"408 ")
    assert b"\r\nConnection: close\r\n" in answers[-1]
    assert [one[:4] for one in answers[:-1]] == [b"200 "] * SLOW_HEADS[name].count(GET)


SLOW_BODIES = {
    "announced": POST + b"Content-Length: 100\r\n\r\n" + b"x" * 99,
    "none of it": POST + b"Content-Length: 100\r\n\r\n",
    "in chunks": POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "in a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\na",
    "in a chunk's size": POST + b"Transfer-Encoding: chunked\r\n\r\n3;ext",
    "in trailers": POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: ",
}


@pytest.mark.parametrize("name", SLOW_BODIES)
def test_a_body_that_does_not_end_is_408(name: str, served: Serving) -> None:
    before = len(served.seen)
    assert _head(_said(served, SLOW_BODIES[name])) == b"HTTP/1.1 408 Request Timeout"
    assert len(served.seen) == before


def test_the_rest_of_a_refused_body_is_not_waited_for(served: Serving) -> None:
    """401 is said at once; whoever then does not send the body is not said anything more."""
    answer = _said(served, b"POST /mine HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
    assert _head(answer) == b"HTTP/1.1 401 Unauthorized"
    assert answer.count(b"HTTP/1.1 ") == 1


def test_the_rest_of_a_refused_body_is_taken_and_the_connection_goes_on(served: Serving) -> None:
    with served.connect() as connection:
        connection.sendall(b"POST /mine HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
        assert connection.recv(5) == b"HTTP/"
        connection.sendall(b"x" * 100 + GET)
        assert b"HTTP/1.1 200 OK\r\n" in read_all(connection)


@pytest.mark.parametrize("octets", [b"", b"\r\n", b"\r\n" * 100], ids=["nothing", "an empty line", "empty lines"])
def test_a_connection_without_a_request_is_closed(octets: bytes, served: Serving) -> None:
    assert _said(served, octets) == b""


@pytest.mark.parametrize("octets", [GET, GET + b"\r\n\r\n"], ids=["nothing", "empty lines"])
def test_an_idle_connection_is_closed(octets: bytes, served: Serving) -> None:
    answer = _said(served, octets)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert _head(answer) == b"HTTP/1.1 200 OK"


def test_one_octet_at_a_time_earns_no_more_time(served: Serving) -> None:
    """The deadline counts from the first octet, however often another one comes."""
    with served.connect() as connection:
        connection.settimeout(0.02)
        answer = b""
        for octet in GET[:-2] + b"X: " + b"x" * 60_000:
            connection.sendall(bytes([octet]))
            try:
                answer = connection.recv(1000)
                break
            except TimeoutError:
                continue
        assert _head(answer) == b"HTTP/1.1 408 Request Timeout"


def _silent_one_ends(served: Serving) -> None:
    """Time passes: longer than each of the short deadlines."""
    assert _said(served, b"") == b""


def test_work_of_the_platform_is_not_timed(served: Serving) -> None:
    with served.connect() as connection:
        connection.sendall(GET.replace(b"/open", b"/slow"))
        _silent_one_ends(served)
        _silent_one_ends(served)
        served.release()
        assert _head(read_all(connection)) == b"HTTP/1.1 200 OK"


def test_a_body_that_moves_gets_more_time() -> None:
    with serving(**SHORT | {"transfer_rate": 100}) as served, served.connect() as connection:
        connection.sendall(POST + b"Content-Length: 3000\r\n\r\n" + b"x" * 1000)
        _silent_one_ends(served)
        _silent_one_ends(served)
        connection.sendall(b"x" * 2000)
        assert _head(read_all(connection)) == b"HTTP/1.1 200 OK"


def test_but_not_for_ever() -> None:
    with serving(**SHORT | {"transfer_rate": 1, "transfer_max": 0.3}) as served:
        octets = POST + b"Content-Length: 3000\r\n\r\n" + b"x" * 1000
        assert _head(_said(served, octets)) == b"HTTP/1.1 408 Request Timeout"


@pytest.mark.parametrize("requests", [1, 20])
def test_a_client_that_never_reads_ends_and_holds_one_answer_at_a_time(requests: int) -> None:
    with serving(**SHORT | {"idle_timer": 75}) as served, served.connect(receive_buffer=4096) as connection:
        connection.sendall(GET)
        assert connection.recv(1_000).startswith(b"HTTP/1.1 200 OK")
        connection.sendall(GET.replace(b"/open", b"/large") * requests)
        until(lambda: len(served.seen) > 1, "the request")
        until(lambda: served.connected == 0, "the end")
        assert len(served.seen) <= 3
        assert len(read_all(connection)) < LARGE


def test_a_large_answer_gets_more_time() -> None:
    with serving(**SHORT | {"transfer_rate": 100_000}) as served, served.connect(receive_buffer=4096) as connection:
        connection.sendall(LAST_LARGE)
        until(lambda: served.seen, "the request")
        _silent_one_ends(served)
        _silent_one_ends(served)
        assert len(read_all(connection).split(b"\r\n\r\n", 1)[1]) == LARGE


def test_a_large_answer_is_read_whole(served: Serving) -> None:
    answer = _said(served, LAST_LARGE)
    assert len(answer.split(b"\r\n\r\n", 1)[1]) == LARGE


def test_hundreds_of_slow_ones_do_not_keep_others_waiting() -> None:
    with serving(**SHORT, connections_per_address=1_000) as served:
        slow = [served.connect() for _ in range(300)]
        try:
            for number, connection in enumerate(slow):
                connection.sendall((GET[:-2], POST + b"Content-Length: 9\r\n\r\n", b"")[number % 3])
            answers = {exchange(f"http://127.0.0.1:{served.address[1]}", GET).status for _ in range(20)}
            assert answers == {200}
            heads = [_head(read_all(connection)) for connection in slow]
        finally:
            for connection in slow:
                connection.close()
        assert heads == ([b"HTTP/1.1 408 Request Timeout"] * 2 + [b""]) * 100
        until(lambda: served.connected == 0, "every place is free")


def test_stopping_does_not_wait_for_silent_ones() -> None:
    connections: list[socket.socket] = []
    with serving() as served:
        connections += [served.connect() for _ in range(3)]
        connections[1].sendall(GET)
        assert connections[1].recv(5) == b"HTTP/"
        until(lambda: served.connected == 3, "three connections")
    for connection in connections:
        read_all(connection)
        connection.close()
    with pytest.raises(OSError, match=r".+"):
        socket.create_connection(address(f"http://127.0.0.1:{served.address[1]}"), timeout=1)
