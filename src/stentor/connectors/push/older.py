"""HTTP/1.1 to a push service that speaks no HTTP/2: FCM behind a proxy that opens TLS, say."""

from __future__ import annotations

import asyncio
import ssl

import aiohttp
from yarl import URL

from stentor.connectors.push.link import LARGEST, Answer, Broken, Headers

_AT_A_TIME = 20


class OlderLink:
    """Requests as `link.Link` takes them. `base`: scheme, host and port. Its connections come and go as needed."""

    usable = True

    def __init__(self, base: str, ca_file: str | None) -> None:
        self._base = base.rstrip("/")
        tls = ssl.create_default_context(cafile=ca_file)
        tls.set_alpn_protocols(["http/1.1"])
        connector = aiohttp.TCPConnector(limit=_AT_A_TIME, ssl=tls)
        cookies = aiohttp.DummyCookieJar()
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=cookies, auto_decompress=False)
        self._closing: asyncio.Task[None] | None = None

    async def request(self, headers: Headers, body: bytes) -> Answer:
        named = dict(headers)
        url = URL(self._base + named[":path"], encoded=True)
        given = {name: value for name, value in headers if not name.startswith(":") and name != "content-length"}
        try:
            async with self._session.post(url, data=body, headers=given, allow_redirects=False) as answer:
                shown = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(answer.status, shown, await _body(answer.content))
        except (aiohttp.ClientError, RuntimeError) as error:  # RuntimeError: it was closed meanwhile
            raise Broken(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        self.usable = False
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._session.close())


async def _body(content: aiohttp.StreamReader) -> bytes:
    """As much of it as matters."""
    body = b""
    while len(body) < LARGEST and (more := await content.read(LARGEST - len(body))):
        body += more
    return body
