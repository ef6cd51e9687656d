"""What is owed to customers' URLs: delivery reports, and calls that were written as they will be sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from stentor.core.calls import Call
from stentor.core.message import Event, EventKind, Owed
from stentor.core.notify import ONEAPI, RETRIES, retries_of, sent_as
from stentor.core.omni.flow import is_target
from stentor.core.ports import CallStore, Store
from stentor.core.sessions import is_session
from stentor.engine.notify import Caller, Target

log = structlog.get_logger()

Render = Callable[[Sequence[Owed], str], bytes]


class ReportOutbox:
    """Implements `engine.notify.Outbox` for delivery reports; those for SMPP sessions and scenarios are not for us."""

    def __init__(self, store: Store, render: Render) -> None:
        self._store = store
        self._render = render

    def host(self, item: Owed) -> str:
        return item.report.host or ""

    def target(self, item: Owed) -> Target:
        report = item.report
        alone = report.id if report.content_type == ONEAPI else 0
        return Target(report.account, report.url or "", report.content_type, alone)

    def attempts(self, item: Owed) -> int:
        return item.report.attempts

    def retries(self, item: Owed) -> int:
        return retries_of(item.report.content_type)

    def due_hosts(self, now: int) -> list[str]:
        return [host for host in self._store.due_hosts(now) if not (is_session(host) or is_target(host))]

    async def claim(self, host: str, now: int, limit: int) -> list[Owed]:
        return await self._store.claim_reports(host, now, limit)

    async def send(self, caller: Caller, target: Target, batch: Sequence[Owed]) -> str:
        body = self._render(batch, target.content_type)
        return await caller.post(target.url, sent_as(target.content_type), body)

    async def done(self, batch: Sequence[Owed], at: int, said: str) -> None:
        await self._store.notified(_ids(batch), _events(batch, at, EventKind.NOTIFIED, said))

    async def given_up(self, batch: Sequence[Owed], at: int, said: str) -> None:
        await self._store.notified(_ids(batch), _events(batch, at, EventKind.NOTIFY_GIVEN_UP, said))

    async def later(self, batch: Sequence[Owed], due: int, at: int, said: str) -> None:
        await self._store.notify_later(_ids(batch), due, _events(batch, at, EventKind.NOTIFY_FAILED, said))

    async def put_back(self, batch: Sequence[Owed]) -> None:
        await self._store.put_back_reports(_ids(batch))


class CallOutbox:
    """Implements `engine.notify.Outbox` for calls: each goes alone, and what became of it is told by the log."""

    def __init__(self, store: CallStore) -> None:
        self._store = store

    def host(self, item: Call) -> str:
        return item.host

    def target(self, item: Call) -> Target:
        return Target(item.account, item.url, item.content_type, item.id)

    def attempts(self, item: Call) -> int:
        return item.attempts

    def retries(self, _: Call) -> int:
        return RETRIES

    def due_hosts(self, now: int) -> list[str]:
        """Results of lookups that SMPP sessions asked for are not for us."""
        return [host for host in self._store.due_hosts(now) if not is_session(host)]

    async def claim(self, host: str, now: int, limit: int) -> list[Call]:
        return await self._store.claim(host, now, limit)

    async def send(self, caller: Caller, target: Target, batch: Sequence[Call]) -> str:
        (call,) = batch
        if call.method == "GET":
            return await caller.get(target.url)
        return await caller.post(target.url, target.content_type, call.body)

    async def done(self, batch: Sequence[Call], at: int, said: str) -> None:
        await self._store.done([call.id for call in batch])
        _tell("called", batch, at, said)

    async def given_up(self, batch: Sequence[Call], at: int, said: str) -> None:
        await self._store.done([call.id for call in batch])
        _tell("call given up", batch, at, said)

    async def later(self, batch: Sequence[Call], due: int, at: int, said: str) -> None:
        await self._store.later([call.id for call in batch], due)
        _tell("call failed", batch, at, said)

    async def put_back(self, batch: Sequence[Call]) -> None:
        await self._store.put_back([call.id for call in batch])


def _tell(what: str, batch: Sequence[Call], at: int, said: str) -> None:
    for call in batch:
        log.info(
            what, about=call.about, number=call.subject, attempt=call.attempts, host=call.host, started=at, said=said
        )


def _ids(batch: Sequence[Owed]) -> list[int]:
    return [one.report.id for one in batch]


def _events(batch: Sequence[Owed], at: int, kind: EventKind, answer: str) -> list[Event]:
    return [
        Event(one.message.id, at, kind, f"{one.report.kind} report, try {one.report.attempts}: {answer}", one.message)
        for one in batch
    ]
