"""/sms/1/bulks: scheduled bulks, shown and changed (`spec/wire.md` A1, (b)4)."""

from __future__ import annotations

from stentor.api.messages import Request, Response
from stentor.api.route import Parameter
from stentor.api.v1 import times
from stentor.api.v1.models import BulkRequest, BulkResponse, BulkStatusRequest, BulkStatusResponse
from stentor.api.v1.reading import BodyReader
from stentor.api.v1.times import Times
from stentor.api.v1.xml import BULK, BULK_STATUS, answer
from stentor.core.bulks import Bulks
from stentor.core.errors import InvalidField

QUERY = (Parameter("bulkId", "Id of the bulk, as sending answered it.", required=True),)
_time = BodyReader(BulkRequest)
_status = BodyReader(BulkStatusRequest)


class BulksApi:
    def __init__(self, bulks: Bulks, shown: Times) -> None:
        self._bulks = bulks
        self._times = shown

    async def show(self, request: Request) -> Response:
        bulk_id = _bulk_id(request)
        bulk = self._bulks.show(request.account.id, bulk_id)
        return answer(request, BULK, BulkResponse(bulk_id=bulk_id, send_at=self._times.text(bulk.send_at)))

    async def reschedule(self, request: Request) -> Response:
        bulk_id, body = _bulk_id(request), _time.read(request)
        if not body.send_at:
            raise InvalidField("sendAt", "may not be empty")
        bulk = await self._bulks.reschedule(request.account.id, bulk_id, times.read("sendAt", body.send_at))
        return answer(request, BULK, BulkResponse(bulk_id=bulk_id, send_at=self._times.text(bulk.send_at)))

    async def status(self, request: Request) -> Response:
        bulk_id = _bulk_id(request)
        bulk = self._bulks.show(request.account.id, bulk_id)
        return answer(request, BULK_STATUS, BulkStatusResponse(bulk_id=bulk_id, status=bulk.status))

    async def set(self, request: Request) -> Response:
        bulk_id, body = _bulk_id(request), _status.read(request)
        bulk = await self._bulks.set(request.account.id, bulk_id, (body.status or "").upper())
        return answer(request, BULK_STATUS, BulkStatusResponse(bulk_id=bulk_id, status=bulk.status))


def _bulk_id(request: Request) -> str:
    given = request.parameters().get("bulkId", [""])[-1]
    if not given:
        raise InvalidField("bulkId", "may not be empty")
    return given
