"""GET /omni/1/reports, each report once, and /omni/1/logs of 48 hours (002 "Get Delivery Reports")."""

from __future__ import annotations

from stentor.api.messages import Request, Response, giving
from stentor.api.omni.models import OmniLogsResponse, OmniReportsResponse
from stentor.api.omni.rendering import OmniRenderer
from stentor.api.route import Parameter
from stentor.api.v1 import described
from stentor.api.v1.logs import wanted_of
from stentor.api.v1.reading import Filters
from stentor.api.v1.xml import OMNI_LOGS, OMNI_REPORTS, answer
from stentor.core.errors import InvalidField
from stentor.core.ids import Ids
from stentor.core.omni.channels import CHANNELS
from stentor.core.omni.ports import OmniStore
from stentor.core.omni.records import Door, OmniLogFilter, OmniReportFilter
from stentor.core.ports import Clock

_CHANNEL = Parameter("channel", f"Only steps of this channel: {', '.join(CHANNELS)}.")
REPORTS = (*described.REPORTS, _CHANNEL)
LOGS = (*described.LOGS, _CHANNEL)


class OmniReportsApi:
    def __init__(self, *, store: OmniStore, clock: Clock, ids: Ids, renderer: OmniRenderer) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._renderer = renderer

    async def pull(self, request: Request) -> Response:
        return await self._pull(request, "omni")

    async def pull_pushed(self, request: Request) -> Response:
        """GET /push/1/reports: those of single push messages."""
        return await self._pull(request, "push")

    async def _pull(self, request: Request, door: Door) -> Response:
        filters = Filters(request, self._ids)
        wanted = OmniReportFilter(
            door=door,
            limit=filters.limit(),
            bulk_ids=filters.several("bulkId"),
            messages=filters.messages(),
            channel=_channel(filters),
        )
        found = await self._store.take_reports(request.account.id, wanted)
        body = OmniReportsResponse(results=[self._renderer.report(one) for one in found])
        return giving(answer(request, OMNI_REPORTS, body), found)

    async def logs(self, request: Request) -> Response:
        filters = Filters(request, self._ids)
        wanted = OmniLogFilter(log=wanted_of(filters, self._clock.now_ms()), channel=_channel(filters))
        found = await self._store.logs(request.account.id, wanted)
        return answer(request, OMNI_LOGS, OmniLogsResponse(results=[self._renderer.log(one) for one in found]))


def _channel(filters: Filters) -> str | None:
    text = filters.one("channel")
    if text is None:
        return None
    if text.upper() not in CHANNELS:
        raise InvalidField("channel", f"{text[:40]!r} is not one of {', '.join(CHANNELS)}.")
    return text.upper()
