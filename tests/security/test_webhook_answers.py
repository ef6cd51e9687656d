"""What a customer's URL may answer, however hostile: little time, little memory, and the reports go on.

On both event loops: their buffers and their ends of connections differ, and the program runs on the second.
"""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import pytest
import uvloop

from stentor.engine.address import AddressPolicy
from stentor.engine.http_caller import HttpCaller
from support.calling import LOOPBACK, calling, said
from support.platform import quiet, until
from support.webhook import EMPTY_200, Listener, Script, Talk, listening, polite, saying

SECRETS = "user:canary-login@127.0.0.1:{port}/canary-path?token=canary-query"
BODY = b'{"results":[{"text":"canary-content"}]}'
OK = b"HTTP/1.1 200 OK\r\n"
MISSING = "200 in ms (the rest of the answer is missing)"
BLOCK = 65_536
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def caller() -> AsyncIterator[HttpCaller]:
    async with calling(AddressPolicy(LOOPBACK), total=5.0) as one:
        yield one


async def told(caller: HttpCaller, listener: Listener) -> str:
    """What the caller says of a call with secrets in URL and body, without the milliseconds; secrets are not in it."""
    async with asyncio.timeout(8):
        words = await said(caller, "http://" + SECRETS.replace("{port}", str(listener.port)), BODY)
    assert "canary" not in words
    status, separator, rest = words.partition(" in ")
    return f"{status} in {rest.lstrip('0123456789 ')}" if separator else words


TAKEN = {
    "204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "202": b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}",
    "200 with an error in its body": OK + b'Content-Length: 18\r\n\r\n{"error":"canary"}',
    "200 without a reason": b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\nfine",
    "chunked": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "body to the end of the connection": OK + b"\r\nfine",
    "after 100 Continue": b"HTTP/1.1 100 Continue\r\n\r\n" + EMPTY_200,
    "after 103 Early Hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + EMPTY_200,
    "more than the length": OK + b"Content-Length: 2\r\n\r\nok and more",
}
CUT = {
    "less than the length": OK + b"Content-Length: 100\r\n\r\nshort",
    "chunked, cut": OK + b"Transfer-Encoding: chunked\r\n\r\n64\r\nshort",
    "chunked, no last chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
    "a length beyond measure": OK + b"Content-Length: 999999999999999\r\n\r\nshort",
}
NOT_TAKEN = {
    "400": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "500": b"HTTP/1.1 500 canary-content\r\nContent-Length: 14\r\n\r\ncanary-content",
    "503": b"HTTP/1.1 503 Busy\r\nRetry-After: 999999999\r\nContent-Length: 0\r\n\r\n",
    "101": b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "302": b"HTTP/1.1 302 Found\r\nLocation: http://canary/\r\nContent-Length: 0\r\n\r\n",
    "304": b"HTTP/1.1 304 Not Modified\r\n\r\n",
}
NO_HTTP = {
    "something else": b"SSH-2.0-canary\r\n",
    "an echo": b"POST /canary-path?token=canary-query HTTP/1.1\r\n\r\n" + BODY,
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nok",
    "length and chunks": OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": OK + b"Content-Length: -1\r\n\r\n",
    "a length that is none": OK + b"Content-Length: canary\r\n\r\n",
    "a length no machine has": OK + b"Content-Length: 99999999999999999999999999\r\n\r\n",
    "NUL in a header": OK + b"X: canary\0\r\n\r\n",
    "a status that is none": b"HTTP/1.1 20x OK\r\n\r\n",
    "HTTP/9": b"HTTP/9.9 200 OK\r\n\r\n",
    "a chunk size that is none": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("octets", TAKEN.values(), ids=TAKEN)
async def test_taken(caller: HttpCaller, octets: bytes) -> None:
    async with listening(saying(octets)) as listener:
        assert (await told(caller, listener)).endswith(" in ms")


@pytest.mark.parametrize("octets", CUT.values(), ids=CUT)
async def test_a_status_counts_though_the_rest_is_missing(caller: HttpCaller, octets: bytes) -> None:
    async with listening(saying(octets)) as listener:
        assert await told(caller, listener) == MISSING


@pytest.mark.parametrize("octets", NOT_TAKEN.values(), ids=NOT_TAKEN)
async def test_not_taken(caller: HttpCaller, octets: bytes) -> None:
    async with listening(saying(octets)) as listener:
        words = await told(caller, listener)
    status = octets.split()[1].decode()
    assert words.startswith(f"{status} in ms")
    assert ("redirects are not followed" in words) is status.startswith("3")


@pytest.mark.parametrize("octets", NO_HTTP.values(), ids=NO_HTTP)
async def test_what_is_no_http(caller: HttpCaller, octets: bytes) -> None:
    async with listening(saying(octets)) as listener:
        assert await told(caller, listener) in ("its answer is not HTTP that can be read", MISSING)


@pytest.mark.parametrize("octets", [b"", b"HTTP", OK, OK + b"X: y\r\n"])
async def test_closed_without_an_answer(caller: HttpCaller, octets: bytes) -> None:
    async with listening(saying(octets)) as listener:
        assert await told(caller, listener) == "it closed the connection without an answer"


@pytest.mark.parametrize("octets", [b"", OK], ids=["before", "in the head"])
async def test_reset(caller: HttpCaller, octets: bytes) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.send(octets)
        talk.cut()

    async with listening(script) as listener:
        assert await told(caller, listener) in ("the connection was lost", "it closed the connection without an answer")


def flooding(first: bytes, again: bytes) -> Script:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.send(first)
        await talk.endlessly(again * (BLOCK // len(again)))

    return script


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
TOO_LONG, NO_HTTP_WORDS = "its answer is longer than 65536 octets", "its answer is not HTTP that can be read"
FLOODS = {
    "1xx": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", TOO_LONG),
    "1xx with headers": (b"", b"HTTP/1.1 103 Early\r\nLink: </canary>\r\n\r\n", TOO_LONG),
    "blank lines": (b"", b"\r\n", TOO_LONG),
    "a status line": (b"HTTP/1.1 200 ", b"O", NO_HTTP_WORDS),
    "one header": (OK + b"X: ", b"y", NO_HTTP_WORDS),
    "headers": (OK, b"X: y\r\n", NO_HTTP_WORDS),
    "a body": (OK + b"\r\n", b"x", MISSING),
    "a body of a long length": (OK + b"Content-Length: 1000000000000\r\n\r\n", b"x", MISSING),
    "the body of a 500": (b"HTTP/1.1 500 Oops\r\n\r\n", b"x", MISSING.replace("200", "500")),
    "one chunk": (CHUNKED + b"FFFFFFFFFF\r\n", b"x", MISSING),
    "small chunks": (CHUNKED, b"1\r\nx\r\n", MISSING),
    "a chunk's extension": (CHUNKED + b"1;", b"x", MISSING),
    "trailers": (CHUNKED + b"0\r\n", b"X: y\r\n", None),
    "answers": (b"", EMPTY_200, "200 in ms"),
    "after 101": (b"HTTP/1.1 101 Up\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", b"x", "101 in ms"),
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
async def test_floods(caller: HttpCaller, flood: tuple[bytes, bytes, str | None]) -> None:
    """The caller hangs up after 64 KiB; what was sent beyond that filled the kernel's buffers."""
    first, again, words = flood
    async with listening(flooding(first, again)) as listener:
        tracemalloc.start()
        try:
            heard = await told(caller, listener)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert heard == words or (words is None and heard in (NO_HTTP_WORDS, MISSING))
        assert peak < 8_000_000
        assert listener.sent < 30_000_000
        assert await told(caller, listener) == heard, "the next call is served as well"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip"])
async def test_a_bomb_is_not_unpacked(caller: HttpCaller, coding: str) -> None:
    zeros = bytes(10_000_000)
    packed = {"gzip": gzip.compress(zeros), "deflate": zlib.compress(zeros)}.get(coding)
    body = packed or gzip.compress(gzip.compress(zeros))
    del zeros
    head = OK + f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    async with listening(saying(head + body)) as listener:
        tracemalloc.start()
        try:
            assert await told(caller, listener) == "200 in ms"
            assert tracemalloc.get_traced_memory()[1] < 2_000_000
        finally:
            tracemalloc.stop()
        assert listener.requests[0].header("accept-encoding") == "identity"


def dripping(first: bytes, drop: bytes) -> Script:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.send(first)
        while True:
            await talk.send(drop)
            await asyncio.sleep(0.02)

    return script


async def silent(talk: Talk) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (silent, "no answer within 0.3 s"),
        (dripping(b"", b"H"), None),
        (dripping(OK + b"X: ", b"y"), "no answer within 0.3 s"),
        (dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "no answer within 0.3 s"),
        (dripping(OK + b"\r\n", b"x"), MISSING),
        (dripping(CHUNKED, b"1\r\nx\r\n"), MISSING),
    ],
    ids=["silent", "no HTTP", "head", "1xx", "body", "chunks"],
)
async def test_a_slow_answer_has_its_limit(script: Script, words: str | None) -> None:
    async with listening(script) as listener, calling(AddressPolicy(LOOPBACK), total=0.3) as caller:
        assert await told(caller, listener) == (words or NO_HTTP_WORDS)


async def test_the_limit_of_the_program() -> None:
    """No call of the program takes longer."""
    async with calling(AddressPolicy()) as caller:
        assert caller._open().timeout.total == 10.0


@pytest.mark.parametrize("extra", [b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", b"x", b"HTTP/1.1 5"])
async def test_an_answer_too_many_is_not_the_next_calls(caller: HttpCaller, extra: bytes) -> None:
    """What comes after the answer, at once or while the connection is idle, ends the connection."""
    late = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.request()
        if late.is_set():
            await polite_from_here(talk)
        await talk.send(EMPTY_200)
        await late.wait()
        await talk.send(extra)
        await polite(talk)

    async def polite_from_here(talk: Talk) -> None:
        await talk.send(EMPTY_200)
        await polite(talk)

    async with listening(script) as listener:
        assert await told(caller, listener) == "200 in ms"
        late.set()
        await until(lambda: listener.sent > len(EMPTY_200))
        await quiet()
        assert await told(caller, listener) == "200 in ms"
        assert listener.connections == 2


async def test_a_good_connection_is_kept(caller: HttpCaller) -> None:
    async with listening(polite) as listener:
        for _ in range(3):
            assert await told(caller, listener) == "200 in ms"
        assert listener.connections == 1


@pytest.mark.parametrize(
    "path",
    [
        "/a\r\nX-Canary: 1\r\n\r\n",
        "/a%0d%0aX-Canary:%201",
        "/a\nX-Canary: 1",
        "/?a\r\nX-Canary: 1",
        "/\x00",
        "/a b",
        "/#\r\nX",
    ],
)
async def test_a_url_puts_nothing_into_the_head(caller: HttpCaller, path: str) -> None:
    """Acceptance refuses what is not printable (`corpus/ssrf.json`); the caller would not send it either."""
    async with listening(polite) as listener:
        await said(caller, f"http://127.0.0.1:{listener.port}{path}")
        for got in listener.requests:
            lines = got.head.decode("latin-1").split("\r\n")
            assert len(lines[0].split(" ")) == 3
            assert [line.partition(":")[0] for line in lines[1:-2]] == HEADERS
            assert "\0" not in got.head.decode("latin-1")


HEADERS = ["Host", "Content-Type", "User-Agent", "Accept-Encoding", "Accept", "Content-Length"]
