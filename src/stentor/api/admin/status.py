"""How the running platform fares, and what holds messages up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from stentor.api.admin.models import Status, encode
from stentor.api.messages import Request, Response
from stentor.core.diagnosis import Vitals, diagnose
from stentor.core.errors import Conflict

Examine = Callable[[], Awaitable[Vitals]]


class StatusApi:
    """`examine` is None where no messages flow: commands that work on a folder nobody runs."""

    def __init__(self, examine: Examine | None) -> None:
        self._examine = examine

    async def status(self, _: Request) -> Response:
        if self._examine is None:
            raise Conflict("the platform is not running")
        vitals = await self._examine()
        waiting = vitals.waiting
        return Response(
            200,
            encode(
                Status(
                    started=vitals.started,
                    connectors=list(vitals.connectors),
                    waiting=waiting,
                    commit_ms=vitals.commit_ms,
                    disk_free=vitals.disk_free,
                    reports_due=vitals.reports_due,
                    smpp=None if vitals.sessions is None else list(vitals.sessions),
                    findings=diagnose(vitals),
                )
            ),
        )
