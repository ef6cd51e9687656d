"""Behind reverse proxies the client is whom the nearest trusted one names; without proxies this is not in the way."""

from __future__ import annotations

from stentor.api.reading import Receive
from stentor.api.server import HttpApi, Scope, Send
from stentor.core.addresses import inside, speaking_for


class Proxied:
    """An ASGI application around the API that sets the client's address."""

    def __init__(self, api: HttpApi, proxies: tuple[str, ...]) -> None:
        self._api = api
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client:
            forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
            if inside(self._proxies, client[0]):
                said = [value for name, value in scope["headers"] if name == b"x-forwarded-proto"]
                scope["scheme"] = "https" if said and said[-1].strip().lower() == b"https" else scope["scheme"]
            scope["client"] = (speaking_for(client[0], forwarded, self._proxies), 0)
        await self._api(scope, receive, send)
