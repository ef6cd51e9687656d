"""Most connections in total and from one address (`[http] connections`, `connections_per_address`)."""

from __future__ import annotations

import resource
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from structlog.testing import capture_logs

from stentor.app.guests import Guests
from support.serving import Serving, read_all, serving
from support.waiting import PATIENCE_S, until

GET = b"GET /open HTTP/1.1\r\nHost: x\r\n\r\n"
LAST_GET = GET.replace(b"Host", b"Connection: close\r\nHost")


@contextmanager
def _from(address: str, served: Serving) -> Iterator[socket.socket]:
    """A connection from another address of the loopback network."""
    with socket.socket() as connection:
        connection.bind((address, 0))
        connection.settimeout(20)
        connection.connect(served.address)
        yield connection


def _asked(connection: socket.socket) -> bytes:
    """The status of one request; empty when the connection is closed without an answer."""
    try:
        connection.sendall(GET)
        answer = connection.recv(65_536)
    except ConnectionError:
        return b""
    return answer.split(b" ")[1] if answer else b""


def _refused(connection: socket.socket) -> bool:
    """503 when it can be said, and closed in any case."""
    said = read_all(connection)
    return said == b"" or (said.startswith(b"HTTP/1.1 503 ") and b"\r\nConnection: close\r\n" in said)


def test_one_address_has_so_many() -> None:
    with serving(connections_per_address=3) as served, ExitStack() as stack:
        mine = [stack.enter_context(_from("127.0.0.1", served)) for _ in range(3)]
        assert [_asked(connection) for connection in mine] == [b"200"] * 3
        with _from("127.0.0.1", served) as one_more:
            assert _refused(one_more)
        with _from("127.0.0.2", served) as other:
            assert _asked(other) == b"200"
        assert [_asked(connection) for connection in mine] == [b"200"] * 3
        mine[0].close()
        until(lambda: served.connected <= 2, "a free place")
        with _from("127.0.0.1", served) as next_one:
            assert _asked(next_one) == b"200"


def test_all_together_have_so_many() -> None:
    with serving(connections=4, connections_per_address=2) as served, ExitStack() as stack:
        places = [stack.enter_context(_from(f"127.0.0.{1 + number // 2}", served)) for number in range(4)]
        assert [_asked(connection) for connection in places] == [b"200"] * 4
        with _from("127.0.0.3", served) as one_more:
            assert _refused(one_more)
        assert [_asked(connection) for connection in places] == [b"200"] * 4
        places[3].close()
        until(lambda: served.connected == 3, "a free place")
        with _from("127.0.0.3", served) as next_one:
            assert _asked(next_one) == b"200"


def test_a_proxy_speaks_for_many() -> None:
    with serving(connections_per_address=1, proxies=["127.0.0.1/32"]) as served, ExitStack() as stack:
        proxied = [stack.enter_context(_from("127.0.0.1", served)) for _ in range(5)]
        assert [_asked(connection) for connection in proxied] == [b"200"] * 5


def test_a_load_of_a_few_hundred_from_one_address_is_within_the_defaults() -> None:
    with serving() as served, ExitStack() as stack:
        load = [stack.enter_context(served.connect()) for _ in range(400)]
        assert {_asked(connection) for connection in load} == {b"200"}


def test_a_flood_of_refused_ones_does_not_disturb_the_others() -> None:
    with serving(connections_per_address=20) as served, ExitStack() as stack:
        served_one = stack.enter_context(_from("127.0.0.1", served))
        for _ in range(20):
            stack.enter_context(_from("127.0.0.2", served))
        until(lambda: served.connected == 21, "the places")
        for _ in range(200):
            with _from("127.0.0.2", served) as flood:
                flood.sendall(b"GET / HTTP/1.1\r\n")
            assert _asked(served_one) == b"200"
        until(lambda: served.connected == 21, "no place is lost")


def test_every_place_is_free_again() -> None:
    with serving(connections_per_address=2) as served:
        for octets in (LAST_GET, GET[:-2], b"\x00\r\n\r\n", b"") * 10:
            with served.connect() as connection:
                connection.sendall(octets)
                if octets is LAST_GET:
                    read_all(connection)
            until(lambda: served.connected == 0, "a free place")


@pytest.mark.parametrize(
    ("left", "last"), [(b"", b'"octets":0}'), (GET[:-2], b'"octets":0}'), (b"\0\r\n\r\n", b'"}}}')]
)
def test_who_closes_its_side_gets_the_answers_that_are_owed(left: bytes, last: bytes) -> None:
    """Raw sockets and `nc -N` do so behind their request; a report is given only once, a message sent twice if it seems
    lost. What is left half said is forgotten.
    """
    with serving() as served, served.connect() as connection:
        connection.sendall(GET.replace(b"/open", b"/slow") + GET + left)
        connection.shutdown(socket.SHUT_WR)
        until(lambda: served.seen, "the request")
        served.release()
        said = read_all(connection)
        assert said.count(b"HTTP/1.1 200 OK") == 2
        assert said.endswith(last)
        until(lambda: served.connected == 0, "a free place")


def test_who_closes_its_side_too_early_gets_nothing() -> None:
    body = b"POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"
    with serving() as served:
        for octets in (b"", GET[:-2], body):
            with served.connect() as connection:
                connection.sendall(octets)
                connection.shutdown(socket.SHUT_WR)
                assert read_all(connection) == b""
        assert served.seen == []


@pytest.mark.parametrize("behind", [b"", GET, GET + GET[:-2]], ids=["alone", "another", "one and a half"])
@pytest.mark.parametrize("reset", [False, True])
def test_a_stream_ends_with_its_client(behind: bytes, *, reset: bool) -> None:
    """Also where the client has asked for more: nothing is read then, and only writing tells that it left."""
    with serving() as served:
        connection = served.connect()
        connection.sendall(GET.replace(b"/open", b"/stream"))
        received = b""
        while b"line" not in received:
            received += connection.recv(65_536)
        connection.sendall(behind)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        assert served.settled.get(timeout=PATIENCE_S) == "ended"
        until(lambda: served.connected == 0, "a free place")
        assert [request.path for request in served.seen] == ["/stream"]


def test_refusals_are_one_line_a_minute() -> None:
    guests = Guests(10, 1)
    with capture_logs() as lines:
        place = guests.enter("192.0.2.1", 0.0)
        assert place is not None
        refused = [guests.enter("192.0.2.1", second) for second in (0.0, 1.0, 59.9, 60.0, 60.1)]
    assert refused == [None] * 5
    assert [(line["event"], line["refused"]) for line in lines] == [
        ("connections refused", 1),
        ("connections refused", 3),
    ]


def test_a_place_is_left_once() -> None:
    guests = Guests(10, 1)
    place = guests.enter("2001:db8::1", 0.0)
    assert place is not None
    assert guests.enter("2001:db8::2", 0.0) is None, "one /64 is one client"
    assert guests.enter("2001:db8:0:1::2", 0.0) is not None
    place.leave()
    place.leave()
    assert guests.connected == 1


def test_more_connections_than_open_files_are_not_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (100, 300))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    with capture_logs() as lines:
        guests = Guests(5_000, 5_000)
    assert [line["connections"] for line in lines] == [300 - 256]
    places = [guests.enter("192.0.2.1", 0.0) for _ in range(100)]
    assert sum(place is not None for place in places) == 300 - 256
