"""Configuration as code: everything that is defined as one file, and a file as one revision."""

from __future__ import annotations

from typing import Protocol

from stentor.api.admin.revisions import answered, flag, is_preview
from stentor.api.messages import Request, Response
from stentor.core.definitions import Revision
from stentor.core.errors import InvalidField

TOML = "application/toml"


class Files(Protocol):
    async def read(self, operator: str, text: str, *, prune: bool, preview: bool) -> Revision:
        """Apply a file: add and change what it has; `prune` also drops, of the kinds it has, what it has not."""

    async def write(self, *, secrets: bool) -> str:
        """The file that defines what there is."""


class ConfigurationApi:
    def __init__(self, files: Files) -> None:
        self._files = files

    async def export(self, request: Request) -> Response:
        text = await self._files.write(secrets=flag(request, "secrets"))
        return Response(200, text.encode(), f"{TOML}; charset=utf-8")

    async def take(self, request: Request) -> Response:
        try:
            text = request.body.decode()
        except UnicodeDecodeError:
            raise InvalidField("body", "The file is not UTF-8 text.") from None
        revision = await self._files.read(
            request.operator, text, prune=flag(request, "prune"), preview=is_preview(request)
        )
        return await answered(revision)
