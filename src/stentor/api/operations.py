"""What those who run the platform ask it without a login: /health, /ready, /metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from stentor.api import errors
from stentor.api.messages import Request, Response
from stentor.core.addresses import inside
from stentor.core.errors import Unauthorized

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_encode = msgspec.json.Encoder().encode


class Health(msgspec.Struct, frozen=True):
    status: Annotated[str, Meta(examples=["ok"])]


class UpstreamHealth(msgspec.Struct, frozen=True):
    name: Annotated[str, Meta(description="Name of the connector.")]
    up: Annotated[bool, Meta(description="Whether it can send now. Messages wait for one that cannot.")]


class Ready(msgspec.Struct, frozen=True):
    status: Annotated[str, Meta(examples=["ready"])]
    upstreams: tuple[UpstreamHealth, ...] = ()


class Readiness(msgspec.Struct, frozen=True):
    """Why the platform should get no requests now; no reasons: it should."""

    reasons: tuple[str, ...]
    upstreams: tuple[UpstreamHealth, ...]


class OperationsApi:
    """`metrics_allow` are the networks that may read /metrics without a token."""

    def __init__(
        self,
        *,
        readiness: Callable[[], Awaitable[Readiness]],
        metrics: Callable[[], Awaitable[bytes]],
        operator: Callable[[bytes, str], Awaitable[str]],
        metrics_allow: tuple[str, ...],
    ) -> None:
        self._readiness = readiness
        self._metrics = metrics
        self._operator = operator
        self._metrics_allow = metrics_allow

    async def health(self, _: Request) -> Response:
        """An answer shows that the event loop turns; a supervisor restarts a process that gives none."""
        return Response(200, _encode(Health("ok")))

    async def ready(self, _: Request) -> Response:
        found = await self._readiness()
        if found.reasons:
            text = f"Not ready: {'; '.join(found.reasons)}"
            return errors.render(errors.UNAVAILABLE, text, ((b"retry-after", b"5"),))
        return Response(200, _encode(Ready("ready", found.upstreams)))

    async def metrics(self, request: Request) -> Response:
        """For listed addresses, the local socket and operators; all others are asked for a token."""
        if request.address and not inside(self._metrics_allow, request.address):
            try:
                await self._operator(request.headers.get(b"authorization", b""), request.address)
            except Unauthorized:
                return errors.unauthorized("admin")
        return Response(200, await self._metrics(), METRICS_TYPE)
