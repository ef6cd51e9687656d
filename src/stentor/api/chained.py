"""Delivery reports that another platform sends us: the door of connectors of type http."""

from __future__ import annotations

from typing import Protocol

import msgspec

from stentor.api.messages import Request, Response
from stentor.api.v1.models import ReportResponse
from stentor.core.errors import InvalidField, NotFound, StoreUnavailable

BODY = ReportResponse


class Door(Protocol):
    async def take(self, connector: str, token: str, body: bytes) -> bool | None:
        """Whether they are on disk now; None when there is no such door. `ValueError`: they cannot be read."""


class Taken(msgspec.Struct, frozen=True):
    """An empty object: the reports are kept."""


class ChainedApi:
    def __init__(self, door: Door) -> None:
        self._door = door

    async def reports(self, request: Request) -> Response:
        """The token in the path stands for a login: only who was given the whole URL knows it."""
        try:
            kept = await self._door.take(request.at["name"], request.at["token"], request.body)
        except ValueError as error:
            raise InvalidField("body", f"The request body is not a list of delivery reports: {error}") from None
        if kept is None:
            raise NotFound("There is no such door for reports")
        if not kept:
            raise StoreUnavailable
        return Response(200, b"{}")
