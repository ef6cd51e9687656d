"""Where a request begins and ends: heads within `[http] head_limit`, one reading of its length, answers in order."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from support.serving import Serving, read_all, serving
from support.waiting import until
from support.web import exchange

GET = b"GET /open HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = GET.replace(b"Host", b"Connection: close\r\nHost")
POST = b"POST /open HTTP/1.1\r\nHost: x\r\n"
HEAD_LIMIT, BODY_LIMIT = 8_192, 100_000


@pytest.fixture(scope="module")
def served() -> Iterator[Serving]:
    with serving(head_limit=HEAD_LIMIT, body_limit=BODY_LIMIT, idle_timer=0.5) as running:
        yield running


def _statuses(served: Serving, *pieces: bytes) -> list[int]:
    """The status of each answer until the server closes; pieces are sent one by one, when the one before was read."""
    with served.connect() as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = read_all(connection)
    return [int(one[:3]) for one in answer.split(b"HTTP/1.1 ")[1:]]


def _flood(connection: socket.socket, octets: bytes) -> None:
    for _ in range(10_000):
        connection.sendall(octets)


def _turn(served: Serving) -> None:
    """What was sent before on another connection was read by now."""
    exchange(f"http://127.0.0.1:{served.address[1]}", LAST)


LARGE_HEADS = {
    "a value": GET[:-2] + b"X: " + b"x" * 200_000 + b"\r\n\r\n",
    "a value without end": GET[:-2] + b"X: " + b"x" * 200_000,
    "a name": GET[:-2] + b"x" * 200_000 + b": x\r\n\r\n",
    "fields": GET[:-2] + b"X: y\r\n" * 50_000 + b"\r\n",
    "a path": b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\n\r\n",
    "a method": b"G" * 200_000,
    "just over": GET[:-2] + b"X: " + b"x" * HEAD_LIMIT + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", LARGE_HEADS)
def test_a_large_head_is_refused(name: str, served: Serving) -> None:
    before = len(served.seen)
    assert _statuses(served, LARGE_HEADS[name]) == [400 if name == "a method" else 431]
    assert len(served.seen) == before


def test_a_large_head_after_another_request(served: Serving) -> None:
    assert _statuses(served, GET + LARGE_HEADS["a value"]) == [200, 431]
    assert _statuses(served, POST + b"Content-Length: 3\r\n\r\nabc" + LARGE_HEADS["fields"]) == [200, 431]


def test_the_largest_head(served: Serving) -> None:
    head = GET[:-2] + b"X: " + b"x" * (HEAD_LIMIT - len(GET) - 10) + b"\r\n\r\n"
    assert _statuses(served, head * 3) == [200] * 3


def test_a_large_body_is_no_large_head(served: Serving) -> None:
    body = POST + b"Content-Length: %d\r\n\r\n" % BODY_LIMIT + b"x" * BODY_LIMIT
    assert _statuses(served, body + GET + body) == [200] * 3


def test_who_sends_on_after_the_answer_is_not_reset(served: Serving) -> None:
    """A client that sends it all before it reads would see a broken pipe instead of its 413."""
    with served.connect() as connection:
        connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % (2 * BODY_LIMIT) + b"x")
        assert connection.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 413"
        for _ in range(20):
            connection.sendall(b"x" * 1_000)
            _turn(served)
        assert b'"PAYLOAD_TOO_LARGE"' in read_all(connection)


def test_a_large_body_is_413(served: Serving) -> None:
    size = BODY_LIMIT + 1
    assert _statuses(served, POST + b"Content-Length: %d\r\n\r\n" % size + b"x" * size) == [413]
    chunks = (b"1000\r\n" + b"x" * 4096 + b"\r\n") * 40
    assert _statuses(served, POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n") == [413]


def test_an_endless_body_ends(served: Serving) -> None:
    """Chunks without end after the answer: the connection closes, whatever the client sends."""
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    with served.connect() as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        with pytest.raises(ConnectionError):
            _flood(connection, chunk)
    until(lambda: served.connected == 0, "the end")


def test_endless_extensions_and_trailers_end(served: Serving) -> None:
    """What is no body counts too."""
    for begin in (b"3;", b"0\r\nX: "):
        with served.connect() as connection:
            connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n" + begin)
            with pytest.raises(ConnectionError):
                _flood(connection, b"x" * 4096)
        until(lambda: served.connected == 0, "the end")


AMBIGUOUS = {
    "both lengths": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "both, the other way round": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "one length twice": b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "a list of lengths": b"Content-Length: 3, 3\r\n\r\nabc",
    "a signed length": b"Content-Length: +3\r\n\r\nabc",
    "a negative length": b"Content-Length: -3\r\n\r\nabc",
    "a length in hex": b"Content-Length: 0x3\r\n\r\nabc",
    "an empty length": b"Content-Length:\r\n\r\nabc",
    "a length beyond numbers": b"Content-Length: 99999999999999999999\r\n\r\nabc",
    "a length of 5,000 digits": b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\nabc",
    "a coding that is not the last": b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "chunked twice": b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "nearly chunked": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked after a strange blank": b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "identity": b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a blank before the colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded field": b"X: y\r\n Content-Length: 3\r\n\r\nabc",
    "a bare CR": b"X: y\rContent-Length: 3\r\n\r\nabc",
    "a bare LF": b"X: y\nContent-Length: 3\n\nabc",
    "NUL": b"X: \x00\r\nContent-Length: 3\r\n\r\nabc",
    "a field without a name": b": y\r\n\r\n",
    "a field without a colon": b"X\r\n\r\n",
    "a chunk size in words": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a signed chunk size": b"Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n",
    "a chunk size beyond numbers": b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\n",
    "a chunk longer than it says": b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_a_request_that_two_could_read_differently_is_400(name: str, served: Serving) -> None:
    """Smuggling: what follows such a request is never read as another one."""
    before = len(served.seen)
    assert _statuses(served, POST + AMBIGUOUS[name] + b"GET /open?smuggled HTTP/1.1\r\nHost: x\r\n\r\n") == [400]
    assert len(served.seen) == before


def test_answers_keep_their_order(served: Serving) -> None:
    """What is broken is answered after what came before it."""
    before = len(served.seen)
    assert _statuses(served, GET * 3 + POST + AMBIGUOUS["a chunk size in words"]) == [200, 200, 200, 400]
    assert _statuses(served, GET * 2 + b"\x00\r\n\r\n" + GET) == [200, 200, 400]
    assert len(served.seen) == before + 5


def test_a_few_requests_at_once_are_answered_and_thousands_are_not_held(served: Serving) -> None:
    assert _statuses(served, GET * 30) == [200] * 30
    before = len(served.seen)
    assert _statuses(served, GET * 2_000)[-1] == 400
    assert len(served.seen) - before < 50


UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"


@pytest.mark.parametrize(
    "body",
    [b"\r\n", b"Content-Length: 3\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"],
    ids=["no body", "a length", "chunks"],
)
def test_an_offer_to_upgrade_is_a_request_like_any_other(body: bytes, served: Serving) -> None:
    """Java's HttpClient makes one with its first request over plain HTTP, body and all."""
    request = POST + UPGRADE + body
    before = len(served.seen)
    assert _statuses(served, request + GET + request) == [200] * 3
    bodies = [seen.body for seen in served.seen[before:]]
    expected = b"abc" if b"abc" in body else b""
    assert bodies == [expected, b"", expected]


@pytest.mark.parametrize(
    "body", [b"Content-Length: 3\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"]
)
def test_its_body_may_come_later(body: bytes, served: Serving) -> None:
    fields, end, octets = body.partition(b"\r\n\r\n")
    with served.connect() as connection:
        for piece in (POST + UPGRADE, fields + end, *(bytes([octet]) for octet in octets), LAST):
            connection.sendall(piece)
            _turn(served)
        assert read_all(connection).count(b"HTTP/1.1 200 OK") == 2
    assert [seen.body for seen in served.seen if seen.method == "POST"][-1] == b"abc"


NO_REQUESTS = [b"CONNECT x:443 HTTP/1.1", b"PRI * HTTP/2.0", b"GET http://[ HTTP/1.1", b"GET  HTTP/1.1"]


@pytest.mark.parametrize("line", NO_REQUESTS)
def test_what_is_no_request_for_us_is_400(line: bytes, served: Serving) -> None:
    assert _statuses(served, line + b"\r\nHost: x\r\n\r\n") == [400]


def test_trailers_are_no_headers(served: Serving) -> None:
    trailers = b"Content-Encoding: gzip\r\nAuthorization: Basic eDp5\r\n"
    head = POST + b"Transfer-Encoding: chunked\r\nX: y\r\n\r\n3\r\nabc\r\n0\r\n"
    for pieces in ((head + trailers + b"\r\n",), (head, trailers + b"\r\n")):
        assert _statuses(served, *pieces, LAST) == [200] * 2
        assert dict(served.seen[-2].headers) == {b"host": b"x", b"transfer-encoding": b"chunked", b"x": b"y"}


RAW = b"POST /open?a=\xc4\x8d&b=\xe8 HTTP/1.1\r\nHost: x\r\nX: \xe9\r\n"
LIKE_A_REQUEST = b"GET /\xe8 HTTP/1.1\r\n\xff\xff"


@pytest.mark.parametrize("more", [b"", UPGRADE], ids=["alone", "with an upgrade"])
@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: %d\r\n\r\n%b" % (len(LIKE_A_REQUEST), LIKE_A_REQUEST),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(LIKE_A_REQUEST), LIKE_A_REQUEST),
    ],
    ids=["a length", "chunks"],
)
def test_raw_letters_in_a_request_line_change_nothing_else(more: bytes, body: bytes, served: Serving) -> None:
    """Old clients write URLs in UTF-8 or Latin-1 as they are; a body that looks like a request keeps every octet."""
    fields, end, octets = body.partition(b"\r\n\r\n")
    request, before = [RAW[:20], RAW[20:] + more + fields + end, octets[:9], octets[9:]], len(served.seen)
    with served.connect() as connection:
        for piece in (*request, *request, LAST):
            connection.sendall(piece)
            _turn(served)
        assert read_all(connection).count(b"HTTP/1.1 200 OK") == 3
    seen = [one for one in served.seen[before:] if one.method == "POST"]
    assert [(one.query, one.body, one.headers[b"x"]) for one in seen] == [
        ("a=%C4%8D&b=%E8", LIKE_A_REQUEST, b"\xe9")
    ] * 2


@pytest.mark.parametrize("line", [b"G\xc9T /open HTTP/1.1", b"GET /open HTTP/1.\xb9", b"GET /open?\xe8 x HTTP/1"])
def test_raw_letters_elsewhere_are_400(line: bytes, served: Serving) -> None:
    before = len(served.seen)
    assert _statuses(served, line + b"\r\nHost: x\r\n\r\n") == [400]
    assert len(served.seen) == before
