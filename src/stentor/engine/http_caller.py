"""The HTTP client for customers' URLs: checked addresses, no redirects, no proxy, little patience.

Whoever answers may be hostile. An answer costs at most `ANSWER_OCTETS` and `TOTAL_S`, nothing in it is unpacked, and
nothing of it is repeated in the reason that is logged: it could hold what we sent.
"""

from __future__ import annotations

import ssl
import time
from functools import partial
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver

from stentor.engine.address import AddressPolicy
from stentor.engine.bounded_answer import ANSWER_OCTETS, Connections, TooLong, bounded
from stentor.engine.lookup import PermittedAddresses, SystemLookup
from stentor.engine.notify import Answer

TOTAL_S = 10.0
_IDLE_S = 1.5
"""Shorter than the patience of common servers: who calls on a connection that the other side just closed must wait a
minute for the next try."""
_EXACT_S = 3_600.0
"""aiohttp rounds longer times up to whole seconds."""


class HttpCaller:
    """One connection pool; `policy` is asked for every address before it is connected to.

    `total`: seconds for one call, from the name to the end of the answer.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        total: float = TOTAL_S,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._total = total
        self._resolver = resolver
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, content_type: str, body: bytes) -> str:
        return await self._call("POST", url, {"Content-Type": content_type}, body)

    async def get(self, url: str) -> str:
        return await self._call("GET", url, {}, None)

    async def _call(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> str:
        started = time.perf_counter()
        headers = headers | {"User-Agent": "Stentor", "Accept-Encoding": "identity"}
        try:
            _check_scheme(url)
            sent = self._open().request(method, url, data=body, headers=headers, allow_redirects=False)
            async with sent as response:
                status = response.status
                rest = await _rest(response)
        except Exception as error:  # whatever it was: a report whose call ends in another way would stay in memory
            raise Answer(self._words(error)) from error
        said = f"{status} in {(time.perf_counter() - started) * 1000:.0f} ms{rest}"
        if 200 <= status < 300:
            return said
        raise Answer(f"{said}, and redirects are not followed" if 300 <= status < 400 else said)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=self._connector(),
                timeout=aiohttp.ClientTimeout(total=self._total, ceil_threshold=_EXACT_S),
                auto_decompress=False,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _connector(self) -> aiohttp.TCPConnector:
        connector = aiohttp.TCPConnector(
            limit=0,
            keepalive_timeout=_IDLE_S,
            ttl_dns_cache=10,
            resolver=PermittedAddresses(self._policy, self._resolver or SystemLookup()),
            socket_factory=self._policy.socket,
            ssl=self._tls or True,
        )
        # No public way leads to the octets of an answer's head; the tests of floods watch that this one does.
        connector._factory = partial(bounded, connector._loop, Connections())  # noqa: SLF001
        return connector

    def _words(self, error: BaseException) -> str:
        """What went wrong, without the URL and its secrets and without a word of the answer."""
        if isinstance(error, TimeoutError):
            return f"no answer within {self._total:g} s"
        if isinstance(error, aiohttp.ClientConnectorError):
            return _words_of_connecting(error)[:300]
        if isinstance(error, aiohttp.InvalidURL):
            return f"this URL cannot be called: {error.description or 'it is malformed'}"[:300]
        for kind, words in _WORDS.items():
            if isinstance(error, kind):
                return words
        return f"the call failed: {type(error).__name__}"


_WORDS: dict[type[BaseException], str] = {
    TooLong: f"its answer is longer than {ANSWER_OCTETS} octets",
    aiohttp.ClientResponseError: "its answer is not HTTP that can be read",
    aiohttp.ClientPayloadError: "its answer breaks off",
    aiohttp.ServerDisconnectedError: "it closed the connection without an answer",
    OSError: "the connection was lost",
    ValueError: "this URL cannot be called: it is malformed",
}


def _check_scheme(url: str) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        raise aiohttp.InvalidURL("", "only http and https are")


async def _rest(response: aiohttp.ClientResponse) -> str:
    """Read the answer's body, so that the connection can serve again. What the status said stands, whatever comes."""
    try:
        async for _ in response.content.iter_any():
            pass
    except (TimeoutError, aiohttp.ClientError, OSError):
        return " (the rest of the answer is missing)"
    return ""


def _words_of_connecting(error: aiohttp.ClientConnectorError) -> str:
    where = f"{error.host}:{error.port}"
    cause = error.os_error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate of {where} is not valid: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"TLS with {where} failed: {cause.reason or 'no reason given'}"
    return f"cannot connect to {where}: {cause.strerror or cause}"
