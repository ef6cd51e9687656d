"""Administration of a folder that no program runs on: the same handlers, called in process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from msgspec.structs import replace

from stentor.api import errors
from stentor.api.messages import Request, Response
from stentor.api.router import Router
from stentor.api.routes import administration
from stentor.app.foundation import Foundation
from stentor.app.local_socket import local_operator
from stentor.config import Settings, load
from stentor.core.definitions import Change
from stentor.core.errors import Refusal

log = structlog.get_logger()

Ask = Callable[[str, str, str, bytes, str], Awaitable[tuple[int, bytes]]]
"""Method, path, query string, body and the user's name to status and body."""


@asynccontextmanager
async def opened(folder: Path, config: Path | None) -> AsyncIterator[Ask]:
    """With a configuration file, what changed in it is applied first, as the program does at its start."""
    settings = Settings() if config is None else load(config)
    settings = replace(settings, storage=replace(settings.storage, data=str(folder)))
    foundation = Foundation(settings, _nobody)
    router = Router(administration(foundation.admin()))
    try:
        if config is not None:
            await foundation.defining.start(settings, str(config))

        async def ask(method: str, path: str, query: str, body: bytes, user: str) -> tuple[int, bytes]:
            response = await _answer(router, method, path, query, body, user)
            return response.status, response.body

        yield ask
    finally:
        await foundation.store.close()


async def _answer(router: Router, method: str, path: str, query: str, body: bytes, user: str) -> Response:
    match = router.find(path, path.encode())
    route = match.methods.get(method) if match is not None else None
    if match is None or route is None:
        return errors.render(errors.NOT_FOUND)
    request = Request(method, path, query, {}, body, None, local_operator(user), "", match.at)
    try:
        return await route.handler(request)
    except Refusal as refusal:
        return errors.of_refusal(refusal)


async def _nobody(_changes: Sequence[Change]) -> None:
    """No connector runs that could follow."""
