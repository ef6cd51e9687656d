"""The HTTP client towards another platform: the operator's own choice of host, yet bounded in time and octets.

No redirects, no proxies of the environment, no cookies, nothing unpacked. Loaded when the first link starts: aiohttp
costs 12 MB.
"""

from __future__ import annotations

import base64
import os
import ssl
from urllib.parse import urlencode

import aiohttp
import msgspec
from yarl import URL

from stentor.connectors.http.options import HttpOptions
from stentor.connectors.tls import tls_context

_MOST_OCTETS = 16 << 20
"""A thousand lines of a log, each with a long text."""
_IDLE_S = 15.0
"""Well below the patience of servers, so that a request rarely meets a connection that is being closed."""


class NotSent(Exception):
    """The request did not leave: nothing can have been taken."""


class NoAnswer(Exception):
    """The request left and its answer did not come, or cannot be read."""


class Reply(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    retry_after: float | None
    """Seconds, where the answer names them."""


class HttpClient:
    def __init__(self, options: HttpOptions) -> None:
        self._options = options
        self._base = options.url.rstrip("/")
        self._timer = options.response_timer
        self._headers = {
            "Authorization": _authorization(options),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "Stentor",
        }
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, query: list[tuple[str, str]] | None = None) -> Reply:
        return await self._call("GET", path, query, None)

    async def post(self, path: str, body: bytes) -> Reply:
        return await self._call("POST", path, None, body)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        """Made for the first request, so that what is wrong with the files it needs is told like other trouble."""
        if self._session is None:
            options = self._options
            secure = options.url.lower().startswith("https:")
            try:
                tls = tls_context(options.tls_ca, verify=options.tls_verify) if secure else True
            except OSError as error:
                raise NotSent(f"cannot connect: {error}") from error
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_S, ttl_dns_cache=10, ssl=tls),
                timeout=aiohttp.ClientTimeout(
                    total=options.response_timer, sock_connect=min(options.connect_timer, options.response_timer)
                ),
                auto_decompress=False,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def _call(self, method: str, path: str, query: list[tuple[str, str]] | None, body: bytes | None) -> Reply:
        url = self._base + path + (f"?{urlencode(query)}" if query else "")
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        try:
            async with self._open().request(
                method, URL(url, encoded=True), data=body, headers=headers, allow_redirects=False
            ) as response:
                octets = await self._bounded(response)
                return Reply(response.status, octets, _seconds(response.headers.get("Retry-After")))
        except aiohttp.ClientConnectorError as error:
            raise NotSent(_words_of_connecting(error)) from error
        except aiohttp.ConnectionTimeoutError as error:
            raise NotSent("cannot connect: no answer in time") from error
        except TimeoutError as error:
            raise NoAnswer(f"no answer within {self._timer:g} s") from error
        except aiohttp.ServerDisconnectedError as error:
            raise NoAnswer("the connection ended before the answer") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NoAnswer(f"the connection was lost: {type(error).__name__}") from error

    @staticmethod
    async def _bounded(response: aiohttp.ClientResponse) -> bytes:
        octets = bytearray()
        async for chunk in response.content.iter_any():
            octets += chunk
            if len(octets) > _MOST_OCTETS:
                response.close()
                raise NoAnswer(f"its answer is longer than {_MOST_OCTETS >> 20} MiB")
        return bytes(octets)


def _authorization(options: HttpOptions) -> str:
    if options.api_key:
        return f"App {options.api_key}"
    return "Basic " + base64.b64encode(f"{options.user}:{options.password}".encode()).decode()


def _seconds(text: str | None) -> float | None:
    """Retry-After as seconds; a date is not looked at, the link's own pause does."""
    return float(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 6 else None


def _words_of_connecting(error: aiohttp.ClientConnectorError) -> str:
    where = f"{error.host}:{error.port}"
    cause = error.os_error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate of {where} is not valid: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"TLS with {where} failed: {cause.reason or 'no reason given'}"
    number = cause.errno or 0
    return f"cannot connect to {where}: {os.strerror(number) if number > 0 else cause.strerror or cause}"
