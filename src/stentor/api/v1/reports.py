"""GET /sms/1/reports: each delivery report once (004 "Delivery reports")."""

from __future__ import annotations

from stentor.api.messages import Request, Response, giving
from stentor.api.v1.models import ReportResponse
from stentor.api.v1.reading import Filters
from stentor.api.v1.rendering import Renderer
from stentor.api.v1.xml import REPORTS, answer
from stentor.core.ids import Ids
from stentor.core.ports import Clock, ReportFilter, Store


class ReportsApi:
    def __init__(self, *, store: Store, clock: Clock, ids: Ids, renderer: Renderer) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._renderer = renderer

    async def pull(self, request: Request) -> Response:
        filters = Filters(request, self._ids)
        wanted = ReportFilter(limit=filters.limit(), bulk_ids=filters.several("bulkId"), messages=filters.messages())
        owed = await self._store.take_reports(request.account.id, wanted, self._clock.now_ms())
        body = ReportResponse(results=[self._renderer.report(one) for one in owed])
        return giving(answer(request, REPORTS, body), owed)
