"""The HTTP client for customers' URLs: checked addresses, no redirects, no proxy, little patience."""

from __future__ import annotations

import time

import aiohttp

from stentor.engine.address import AddressPolicy
from stentor.engine.notify import Answer

_TOTAL_S = 10.0
_ANSWER_BYTES = 65_536


class HttpCaller:
    """One connection pool; `policy` is asked for every address before it is connected to."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, content_type: str, body: bytes) -> str:
        started = time.perf_counter()
        headers = {"Content-Type": content_type, "User-Agent": "Stentor"}
        try:
            async with self._open().post(url, data=body, headers=headers, allow_redirects=False) as response:
                await response.content.read(_ANSWER_BYTES)
                status = response.status
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise Answer(_words(error)) from error
        took = f"{status} in {(time.perf_counter() - started) * 1000:.0f} ms"
        if not 200 <= status < 300:
            raise Answer(took)
        return took

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=10, socket_factory=self._policy.socket),
                timeout=aiohttp.ClientTimeout(total=_TOTAL_S),
                auto_decompress=False,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {_TOTAL_S:.0f} s"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot connect to {error.host}:{error.port}: {error.os_error.strerror or error.os_error}"[:300]
    return f"{type(error).__name__}: {error}"[:300]
