"""The way to a push service: one HTTP/2 connection over TLS, and the same request again when it is lost."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import structlog

from stentor.connectors.push.link import Answer, Broken, Link
from stentor.connectors.push.older import OlderLink
from stentor.connectors.push.trouble import Backoff, Lost, Shared
from stentor.core.devices import Notification, Told

log = structlog.get_logger()

_TRIES = 3
_TIMEOUT_S = 20.0
"""For all tries of a request together."""
_FIRST_REST_MS, _LONGEST_REST_MS = 1_000, 60_000
_FIRST_RETRY_MS, _LONGEST_RETRY_MS = 5_000, 300_000
_QUOTA_RETRY_MS = 60_000
_MOST_RETRY_MS = 3_600_000
_PORTION = 250
OCTETS = 4_096
"""Of a message, with FCM and with APNs."""
UNAUTHORIZED, TOO_MANY, SERVER_ERROR = 401, 429, 500


class Wire:
    """`base`: scheme, host and port. `ca_file`: the authorities to trust instead of the usual ones. `older`: HTTP/1.1
    will do where there is no HTTP/2.

    A service that cannot be reached is left alone for a while; then one request finds out, and the others wait for it.
    """

    def __init__(self, base: str, ca_file: str | None = None, *, older: bool = False) -> None:
        parts = urlsplit(base)
        self._base, self._ca_file, self._older = f"{parts.scheme}://{parts.netloc}", ca_file, older
        self._host, self._port = parts.hostname or "", parts.port or 443
        self._authority = parts.netloc
        self._tls = ssl.create_default_context(cafile=ca_file)
        self._tls.set_alpn_protocols(["h2", "http/1.1"] if older else ["h2"])
        self._link: Link | OlderLink | None = None
        self._connect = Shared(self._connected)
        self._rest = Backoff(_FIRST_REST_MS, _LONGEST_REST_MS)
        self._backoff = Backoff(_FIRST_RETRY_MS, _LONGEST_RETRY_MS)
        self._trouble = ""
        self._finding_out = False
        self._closed = False

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Its answer; a lost connection is made again, and the very same request sent again. `Lost` after some."""
        if self._closed or self._rest.left_ms or self._finding_out:
            raise Lost(self._trouble or "the connection is closing", self._rest.left_ms or _FIRST_REST_MS)
        head = [(":method", "POST"), (":scheme", "https"), (":authority", self._authority), (":path", path)]
        head += [*headers.items(), ("content-length", str(len(body)))]
        self._finding_out = finding_out = bool(self._trouble)
        try:
            answer = await self._answer(head, body)
        except (Broken, OSError) as error:
            raise self._lost(error) from error
        finally:
            if finding_out:
                self._finding_out = False
        self._trouble = ""
        self._rest.worked()
        if answer.status < SERVER_ERROR:
            self._backoff.worked()
        return answer

    def later(self, answer: Answer, said: str) -> Told:
        """Not now: when it says so, else after a minute where it is too much, or ever longer while it is ill."""
        wait = _retry_after(answer.headers.get("retry-after", ""))
        if wait is None:
            wait = _QUOTA_RETRY_MS if answer.status == TOO_MANY else self._backoff.failed()
        return Told("later", said, min(max(wait, 1), _MOST_RETRY_MS))

    async def close(self) -> None:
        """Requests under way may come to their end, for some seconds."""
        self._closed = True
        if self._link is not None:
            self._link.close()

    def _lost(self, error: Exception) -> Lost:
        """One request that is not answered is no trouble, as long as the connection is well."""
        said = f"{type(error).__name__}: {error}" if str(error) else f"no answer in {_TIMEOUT_S:.0f} s"
        if isinstance(error, TimeoutError) and self._link is not None and self._link.usable:
            return Lost(said, self._backoff.failed())
        self._trouble = said
        return Lost(said, self._rest.failed())

    async def _answer(self, head: list[tuple[str, str]], body: bytes) -> Answer:
        async with asyncio.timeout(_TIMEOUT_S):
            for left in reversed(range(_TRIES)):
                try:
                    return await (await self._usable()).request(head, body)
                except (Broken, OSError):
                    if not left or self._closed:
                        raise
        raise AssertionError

    async def _usable(self) -> Link | OlderLink:
        if self._link is not None and self._link.usable:
            return self._link
        return await self._connect()

    async def _connected(self) -> Link | OlderLink:
        async with asyncio.timeout(_TIMEOUT_S):
            loop = asyncio.get_running_loop()
            transport, link = await loop.create_connection(Link, self._host, self._port, ssl=self._tls)
        if transport.get_extra_info("ssl_object").selected_alpn_protocol() == "h2":
            self._link = link
        else:
            transport.abort()
            if not self._older:
                raise Broken("it does not speak HTTP/2")
            self._link = OlderLink(self._base, self._ca_file)
        if self._closed:
            self._link.close()
        return self._link


async def in_portions(
    push: Callable[[Notification], Coroutine[Any, Any, Told]], batch: Sequence[Notification]
) -> list[Told]:
    """Thousands begun at once would hold up the loop for everybody else."""
    told: list[Told] = []
    for start in range(0, len(batch), _PORTION):
        some = await asyncio.gather(*map(push, batch[start : start + _PORTION]), return_exceptions=True)
        told += [_mistaken(one) if isinstance(one, BaseException) else one for one in some]
    return told


def _mistaken(error: BaseException) -> Told:
    """One message that breaks us must not take its neighbours with it."""
    log.error("push message not sent", reason=repr(error))
    return Told("later", repr(error), _QUOTA_RETRY_MS)


def _retry_after(given: str) -> int | None:
    """Milliseconds of a Retry-After: seconds, or a date (RFC 9110 §10.2.3). None: it is neither."""
    if given.isascii() and given.isdigit():
        return int(given[:9]) * 1_000
    try:
        return max(0, int((parsedate_to_datetime(given).timestamp() - time.time()) * 1_000))
    except (ValueError, OverflowError):
        return None


class Token:
    """What authorises requests: made when it is needed, kept for its time. `now`: seconds since 1970."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.value = ""
        self.made = 0.0
        self.until = 0.0

    @property
    def good(self) -> bool:
        return bool(self.value) and self.made <= self.now() < self.until

    @property
    def age(self) -> float:
        return self.now() - self.made

    def keep(self, value: str, seconds: float) -> str:
        self.value, self.made = value, self.now()
        self.until = self.made + seconds
        return value
