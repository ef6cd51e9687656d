"""What an answer gives is given once it has gone out, and stays for the next where nobody was there to take it."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from support.certificates import certificate_in
from support.serving import LARGE, Serving, read_all, serving
from support.waiting import PATIENCE_S, until

GET = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
LARGE_GET = GET.replace(b"/slow", b"/large")


@pytest.fixture
def served() -> Iterator[Serving]:
    with serving() as running:
        yield running


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


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
    reset(connection)
    until(lambda: not served.connected, "the reset")
    served.release()
    assert served.settled.get(timeout=PATIENCE_S) == "back"


@pytest.mark.parametrize("said_all", [False, True])
def test_who_is_gone_when_it_is_written_leaves_it_for_the_next(served: Serving, *, said_all: bool) -> None:
    """The loop did not hear of it yet, and does not while only answers are owed."""
    connection = served.connect()
    connection.sendall(GET)
    if said_all:
        connection.shutdown(socket.SHUT_WR)
    until(lambda: served.seen, "the request")
    served.meanwhile = partial(reset, connection)
    served.release()
    assert served.settled.get(timeout=PATIENCE_S) == "back"


def test_who_is_gone_over_tls_leaves_it_for_the_next(tmp_path: Path) -> None:
    certificate, key = certificate_in(tmp_path)
    context = ssl.create_default_context(cafile=str(certificate))
    with serving(tls_certificate=str(certificate), tls_key=str(key)) as served:
        connection = context.wrap_socket(served.connect(), server_hostname="127.0.0.1")
        connection.sendall(GET)
        until(lambda: served.seen, "the request")
        served.meanwhile = partial(reset, connection)
        served.release()
        assert served.settled.get(timeout=PATIENCE_S) == "back"


@pytest.mark.parametrize("over_tls", [False, True])
@pytest.mark.parametrize("last", [False, True])
def test_who_does_not_read_it_whole_leaves_it_for_the_next(tmp_path: Path, *, over_tls: bool, last: bool) -> None:
    certificate, key = certificate_in(tmp_path)
    context = ssl.create_default_context(cafile=str(certificate))
    tls = {"tls_certificate": str(certificate), "tls_key": str(key)} if over_tls else {}
    request = LARGE_GET.replace(b"Host", b"Connection: close\r\nHost") if last else LARGE_GET
    with serving(**tls) as served:
        for read_octets, outcome in ((100_000, "back"), (LARGE, "given")):
            connection = served.connect()
            if over_tls:
                connection = context.wrap_socket(connection, server_hostname="127.0.0.1")
            connection.sendall(request)
            octets = 0
            while octets < read_octets:
                octets += len(connection.recv(65_536))
            assert read_octets == LARGE or served.settled.empty(), "it is neither given nor given back"
            if outcome == "back":
                reset(connection)
            assert served.settled.get(timeout=PATIENCE_S) == outcome
            connection.close()
