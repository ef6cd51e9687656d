"""TLS connections count from the accept on, and a handshake that does not end is ended."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.certificates import certificate_in
from support.serving import LARGE, Serving, read_all, serving
from support.waiting import until

GET = b"GET /open HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = GET.replace(b"Host", b"Connection: close\r\nHost")
SHORT = {"handshake_timer": 0.3, "head_timer": 0.3, "idle_timer": 0.3, "transfer_timer": 0.3}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate_in(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def tls(files: tuple[Path, Path]) -> dict[str, str]:
    return {"tls_certificate": str(files[0]), "tls_key": str(files[1])}


@pytest.fixture(scope="module")
def context(files: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(files[0]))


@pytest.fixture(scope="module")
def served(tls: dict[str, str]) -> Iterator[Serving]:
    with serving(**SHORT, **tls, connections_per_address=3, transfer_rate=100_000_000) as running:
        yield running


def _secure(connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    return context.wrap_socket(connection, server_hostname="127.0.0.1")


def test_a_request(served: Serving, context: ssl.SSLContext) -> None:
    with _secure(served.connect(), context) as connection:
        assert connection.version() == "TLSv1.3"
        connection.sendall(LAST)
        assert read_all(connection).startswith(b"HTTP/1.1 200 OK\r\n")
    assert served.seen[-1].address == "127.0.0.1"
    until(lambda: served.connected == 0, "the end")


def test_a_large_answer(served: Serving, context: ssl.SSLContext) -> None:
    with _secure(served.connect(), context) as connection:
        connection.sendall(LAST.replace(b"/open", b"/large"))
        assert len(read_all(connection).split(b"\r\n\r\n", 1)[1]) == LARGE


@pytest.mark.long
def test_a_large_answer_to_a_slow_reader(tls: dict[str, str], context: ssl.SSLContext) -> None:
    with serving(**tls) as served, _secure(served.connect(receive_buffer=4096), context) as connection:
        connection.sendall(LAST.replace(b"/open", b"/large"))
        first = connection.recv(1024)
        time.sleep(7)
        assert len((first + read_all(connection)).split(b"\r\n\r\n", 1)[1]) == LARGE


def test_a_large_answer_gets_more_time(tls: dict[str, str], context: ssl.SSLContext) -> None:
    """What waits is counted, also where TLS would take all of it at once."""
    limits = SHORT | {"transfer_rate": 100_000}
    with serving(**limits, **tls) as served, _secure(served.connect(receive_buffer=4096), context) as connection:
        connection.sendall(LAST.replace(b"/open", b"/large"))
        until(lambda: served.seen, "the request")
        for _ in range(3):
            with served.connect() as silent:
                assert read_all(silent) == b"", "it ends after the same short time"
        assert len(read_all(connection).split(b"\r\n\r\n", 1)[1]) == LARGE


HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


@pytest.mark.parametrize("octets", [b"", b"\x16", HELLO], ids=["nothing", "an octet", "half a hello"])
def test_a_handshake_that_does_not_end(octets: bytes, served: Serving) -> None:
    with served.connect() as connection:
        connection.sendall(octets)
        until(lambda: served.connected == 1, "it has a place")
        read_all(connection)
    until(lambda: served.connected == 0, "its place is free")


def test_no_tls_at_all(served: Serving) -> None:
    with served.connect() as connection:
        connection.sendall(GET)
        assert b"HTTP/1.1" not in read_all(connection)
    until(lambda: served.connected == 0, "its place is free")


def test_handshakes_count_as_connections(served: Serving, context: ssl.SSLContext) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(served.connect()) for _ in range(3)]
        until(lambda: served.connected == 3, "three places")
        with served.connect() as one_more:
            assert read_all(one_more) == b""
        for connection in silent:
            read_all(connection)
    until(lambda: served.connected == 0, "their places are free")
    test_a_request(served, context)


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (GET[:-2], b"HTTP/1.1 408 "),
        (b"POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx", b"HTTP/1.1 408 "),
        (b"", b""),
        (b"\x00\r\n\r\n", b"HTTP/1.1 400 "),
    ],
    ids=["head", "body", "nothing", "garbage"],
)
def test_slow_clients_behind_tls(octets: bytes, said: bytes, served: Serving, context: ssl.SSLContext) -> None:
    with _secure(served.connect(), context) as connection:
        connection.sendall(octets)
        assert connection.recv(65_536)[:13] == said
    until(lambda: served.connected == 0, "the end")


def test_a_client_that_never_reads(served: Serving, context: ssl.SSLContext) -> None:
    with _secure(served.connect(receive_buffer=4096), context) as connection:
        connection.sendall(GET.replace(b"/open", b"/large"))
        until(lambda: served.seen[-1].path == "/large", "the request")
        until(lambda: served.connected == 0, "the end")


def test_stopping_does_not_wait_for_handshakes(tls: dict[str, str]) -> None:
    with serving(**tls) as served:
        connection = served.connect()
        until(lambda: served.connected == 1, "it has a place")
    with connection:
        assert read_all(connection) == b""
