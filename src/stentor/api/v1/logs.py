"""GET /sms/1/logs: what was sent in the last 48 hours, as often as one likes (004 "SMS logs")."""

from __future__ import annotations

from stentor.api.messages import Request, Response
from stentor.api.v1 import times
from stentor.api.v1.models import LogResponse
from stentor.api.v1.reading import Filters
from stentor.api.v1.rendering import Renderer
from stentor.api.v1.xml import LOGS, answer
from stentor.catalogue import STATUSES
from stentor.core.errors import InvalidField
from stentor.core.ids import Ids
from stentor.core.ports import Clock, LogFilter, Store

WINDOW_MS = 48 * 3_600_000
_GROUPS: dict[str, tuple[int, ...]] = {}
for _status in STATUSES.values():
    _GROUPS[_status.group_name] = (*_GROUPS.get(_status.group_name, ()), _status.id)


class LogsApi:
    def __init__(self, *, store: Store, clock: Clock, ids: Ids, renderer: Renderer) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._renderer = renderer

    async def query(self, request: Request) -> Response:
        wanted = wanted_of(Filters(request, self._ids), self._clock.now_ms())
        messages = await self._store.logs(request.account.id, wanted)
        return answer(request, LOGS, LogResponse(results=[self._renderer.log(one) for one in messages]))


def wanted_of(filters: Filters, now: int) -> LogFilter:
    """The filters of a log, for the last 48 hours."""
    oldest = now - WINDOW_MS
    since, until = filters.one("sentSince"), filters.one("sentUntil")
    mcc, mnc = filters.one("mcc"), filters.one("mnc")
    if mnc is not None and mcc is None:
        raise InvalidField("mnc", "mnc needs mcc beside it.")
    return LogFilter(
        since=max(oldest, times.read("sentSince", since)) if since else oldest,
        until=times.read("sentUntil", until) if until else None,
        limit=filters.limit(),
        sender=filters.one("from"),
        recipients=tuple(to.lstrip("+ ") for to in filters.several("to")),
        bulk_ids=filters.several("bulkId"),
        messages=filters.messages(),
        statuses=statuses(filters.one("generalStatus")),
        mcc=mcc,
        mnc=mnc,
    )


def statuses(group: str | None) -> tuple[int, ...] | None:
    if group is None:
        return None
    found = _GROUPS.get(group.upper())
    if found is None:
        raise InvalidField("generalStatus", f"{group[:40]!r} is not one of {', '.join(_GROUPS)}.")
    return found
