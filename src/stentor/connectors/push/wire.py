"""The way to a push service: one HTTP/2 connection over TLS, and the same request again when it is lost."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from stentor.connectors.push.link import Answer, Broken, Link
from stentor.core.devices import Told

_TRIES = 3
_TIMEOUT_S = 20.0
_USUAL_RETRY_MS = 5_000
_MOST_RETRY_MS = 3_600_000
OCTETS = 4_096
"""Of a message, with FCM and with APNs."""
UNAUTHORIZED, TOO_MANY, SERVER_ERROR = 401, 429, 500


class Lost(Exception):
    """No answer came, several times."""


class Wire:
    """`base`: scheme, host and port. `ca_file`: the authorities to trust instead of the usual ones."""

    def __init__(self, base: str, ca_file: str | None = None) -> None:
        parts = urlsplit(base)
        self._host, self._port = parts.hostname or "", parts.port or 443
        self._authority = parts.netloc
        self._tls = ssl.create_default_context(cafile=ca_file)
        self._tls.set_alpn_protocols(["h2"])
        self._link: Link | None = None
        self._connecting = asyncio.Lock()

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Its answer; a lost connection is made again, and the very same request sent again. `Lost` after some."""
        head = [(":method", "POST"), (":scheme", "https"), (":authority", self._authority), (":path", path)]
        head += [*headers.items(), ("content-length", str(len(body)))]
        for left in reversed(range(_TRIES)):
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    link = await self._connected()
                    return await link.request(head, body)
            except (Broken, OSError, TimeoutError) as error:
                if not left:
                    raise Lost(f"{type(error).__name__}: {error}") from error
        raise AssertionError

    async def close(self) -> None:
        if self._link is not None:
            self._link.close()

    async def _connected(self) -> Link:
        async with self._connecting:
            if self._link is None or not self._link.usable:
                loop = asyncio.get_running_loop()
                transport, link = await loop.create_connection(Link, self._host, self._port, ssl=self._tls)
                if transport.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
                    transport.abort()
                    raise Broken("it does not speak HTTP/2")
                self._link = link
            return self._link


def later(answer: Answer, said: str) -> Told:
    """Not now: when it says so, else in five seconds."""
    after = answer.headers.get("retry-after", "")
    wait = int(after) * 1_000 if after.isdigit() else _USUAL_RETRY_MS
    return Told("later", said, min(max(wait, 1), _MOST_RETRY_MS))


class Token:
    """What authorises requests: made when it is needed, kept for its time. `now`: seconds since 1970."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.value = ""
        self.made = 0.0
        self.until = 0.0

    @property
    def good(self) -> bool:
        return bool(self.value) and self.now() < self.until

    def keep(self, value: str, seconds: float) -> str:
        self.value, self.made = value, self.now()
        self.until = self.made + seconds
        return value
