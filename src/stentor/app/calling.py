"""The HTTP client for customers' URLs, loaded when the first one is called.

aiohttp's client costs 12 MB and 0.16 s; an idle platform and `stentor demo` do without.
"""

from __future__ import annotations

from stentor.engine.address import AddressPolicy
from stentor.engine.notify import Caller


class CallerOnDemand:
    """Implements `engine.notify.Caller`."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy
        self._caller: Caller | None = None

    async def post(self, url: str, content_type: str, body: bytes) -> str:
        return await self._loaded().post(url, content_type, body)

    async def get(self, url: str) -> str:
        return await self._loaded().get(url)

    def _loaded(self) -> Caller:
        if self._caller is None:
            from stentor.engine.http_caller import HttpCaller  # noqa: PLC0415 - the point of this class

            self._caller = HttpCaller(self._policy)
        return self._caller

    async def close(self) -> None:
        if self._caller is not None:
            await self._caller.close()
