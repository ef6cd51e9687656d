"""What an answer gives is given once it has gone out, and stays for the next where nobody was there to take it."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest

from support.serving import Serving, serving
from support.waiting import PATIENCE_S, until

GET = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def served() -> Iterator[Serving]:
    with serving() as running:
        yield running


def test_who_reads_the_answer_has_it(served: Serving) -> None:
    with served.connect() as connection:
        connection.sendall(GET)
        served.release()
        answer = connection.recv(65_536)
        assert answer.endswith(b'\r\n\r\n"slow"'), "head and body are sent together"
        assert served.settled.get(timeout=PATIENCE_S) == "given"


def test_who_is_gone_before_it_leaves_it_for_the_next(served: Serving) -> None:
    connection = served.connect()
    connection.sendall(GET)
    until(lambda: served.seen, "the request")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    until(lambda: not served.connected, "the reset")
    served.release()
    assert served.settled.get(timeout=PATIENCE_S) == "back"
