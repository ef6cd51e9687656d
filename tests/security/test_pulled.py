"""What an answer gives is given once it has gone out, and stays for the next where nobody was there to take it."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from functools import partial

import pytest

from support.serving import Serving, read_all, serving
from support.waiting import PATIENCE_S, until

GET = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def served() -> Iterator[Serving]:
    with serving() as running:
        yield running


def assert_given(served: Serving, connection: socket.socket) -> None:
    assert read_all(connection).endswith(b'\r\n\r\n"slow"')
    assert served.settled.get(timeout=PATIENCE_S) == "given"


def test_who_reads_the_answer_has_it(served: Serving) -> None:
    with served.connect() as connection:
        connection.sendall(GET)
        served.release()
        answer = connection.recv(65_536)
        assert answer.endswith(b'\r\n\r\n"slow"'), "head and body are sent together"
        assert served.settled.get(timeout=PATIENCE_S) == "given"


@pytest.mark.parametrize(
    "request_", [b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"GET /slow HTTP/1.0\r\n\r\n"]
)
def test_who_wants_no_other_answer_has_this_one(served: Serving, request_: bytes) -> None:
    with served.connect() as connection:
        connection.sendall(request_)
        served.release()
        assert_given(served, connection)


def test_who_has_said_all_has_the_answer(served: Serving) -> None:
    with served.connect() as connection:
        connection.sendall(GET)
        connection.shutdown(socket.SHUT_WR)
        until(lambda: served.seen, "the request")
        served.release()
        assert_given(served, connection)


def test_who_says_that_it_was_all_while_it_is_answered_has_the_answer(served: Serving) -> None:
    with served.connect() as connection:
        served.meanwhile = partial(connection.shutdown, socket.SHUT_WR)
        connection.sendall(GET)
        served.release()
        assert_given(served, connection)


def test_who_leaves_with_the_answer_has_it(served: Serving) -> None:
    with served.connect() as connection:
        connection.sendall(GET + GET)
        served.release()
        received = b""
        while received.count(b'"slow"') < 2:
            received += connection.recv(65_536)
    assert [served.settled.get(timeout=PATIENCE_S) for _ in range(2)] == ["given", "given"]


def test_who_is_gone_before_it_leaves_it_for_the_next(served: Serving) -> None:
    connection = served.connect()
    connection.sendall(GET)
    until(lambda: served.seen, "the request")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    until(lambda: not served.connected, "the reset")
    served.release()
    assert served.settled.get(timeout=PATIENCE_S) == "back"
