"""Another platform of the same API that answers as a test says: real sockets, scripted words."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from stentor.catalogue import STATUSES, StatusId
from stentor.connectors.http.connector import HttpConnector
from stentor.connectors.http.options import HttpOptions
from stentor.core.message import Message
from stentor.engine.upstream import EngineDoor
from support.making import message
from support.platform import Engine, engine

HOST = "127.0.0.1"
Answering = Callable[[web.Request, list[dict[str, Any]]], Awaitable[web.StreamResponse]]


def status(status_id: int) -> dict[str, Any]:
    known = STATUSES[status_id]
    return {"groupId": known.group_id, "groupName": known.group_name, "id": known.id, "name": known.name}


def line(message_id: str, status_id: int, error: int = 0) -> dict[str, Any]:
    return {"messageId": message_id, "status": status(status_id), "error": {"id": error, "name": "EC"}}


class OtherPlatform:
    """Takes everything, unless `script` has something else for the next request."""

    def __init__(self) -> None:
        self.port = 0
        self.script: deque[Answering] = deque()
        self.requests: list[tuple[str, list[dict[str, Any]]]] = []
        self.taken: list[str] = []
        self.log: dict[str, dict[str, Any]] = {}
        self.reports: list[dict[str, Any]] = []
        self.asked: list[list[str]] = []
        self.balance = 200
        self.most = 0
        self._under_way = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/sms/1/{kind}/advanced", self._send)
        app.router.add_get("/sms/1/reports", self._pull)
        app.router.add_get("/sms/1/logs", self._logs)
        app.router.add_get("/account/1/balance", self._balance)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self.port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def ids(self) -> list[list[str]]:
        return [[one["destinations"][0]["messageId"] for one in messages] for _, messages in self.requests]

    async def _send(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"] == "App key"
        messages = (await request.json())["messages"]
        self.requests.append((request.path, messages))
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        try:
            answer = self.script.popleft() if self.script else self.take
            return await answer(request, messages)
        finally:
            self._under_way -= 1

    async def take(self, _: web.Request, messages: list[dict[str, Any]]) -> web.Response:
        """As a platform does: an id is taken once."""
        return web.json_response({"bulkId": "b", "messages": [self._decided(one) for one in messages]})

    def _decided(self, one: dict[str, Any]) -> dict[str, Any]:
        known_as = one["destinations"][0]["messageId"]
        if known_as in self.log or known_as in self.taken:
            return {"messageId": known_as, "status": status(StatusId.REJECTED_DUPLICATE_MESSAGE_ID)}
        self.taken.append(known_as)
        self.log[known_as] = line(known_as, StatusId.PENDING_ENROUTE)
        return {"messageId": known_as, "status": status(StatusId.MESSAGE_ACCEPTED)}

    def says(self, *statuses: dict[str, Any]) -> None:
        """The next request gets these statuses."""

        async def answer(_: web.Request, messages: list[dict[str, Any]]) -> web.Response:
            pairs = zip(messages, statuses, strict=True)
            said = [{"messageId": one["destinations"][0]["messageId"], "status": what} for one, what in pairs]
            return web.json_response({"messages": said})

        self.script.append(answer)

    def answers(self, code: int, text: str = "", **headers: str) -> None:
        """The next request gets this answer, and nothing of it is taken."""

        async def answer(_: web.Request, __: list[dict[str, Any]]) -> web.Response:
            body = {"requestError": {"serviceException": {"messageId": "X", "text": text}}}
            return web.json_response(body, status=code, headers={n.replace("_", "-"): v for n, v in headers.items()})

        self.script.append(answer)

    def loses(self) -> None:
        """The next request is taken, and its answer never comes."""

        async def answer(request: web.Request, messages: list[dict[str, Any]]) -> web.Response:
            await self.take(request, messages)
            assert request.transport is not None
            request.transport.abort()
            return web.Response()

        self.script.append(answer)

    def waits_for(self, gate: asyncio.Event) -> None:
        async def answer(request: web.Request, messages: list[dict[str, Any]]) -> web.Response:
            await gate.wait()
            return await self.take(request, messages)

        self.script.append(answer)

    def waits(self, seconds: float) -> None:
        async def answer(request: web.Request, messages: list[dict[str, Any]]) -> web.Response:
            await asyncio.sleep(seconds)
            return await self.take(request, messages)

        self.script.append(answer)

    async def _pull(self, _: web.Request) -> web.Response:
        given, self.reports = self.reports, []
        return web.json_response({"results": given})

    async def _logs(self, request: web.Request) -> web.Response:
        asked = request.query.getall("messageId")
        self.asked.append(asked)
        return web.json_response({"results": [self.log[one] for one in asked if one in self.log]})

    async def _balance(self, _: web.Request) -> web.Response:
        return web.json_response({"balance": 1, "currency": "EUR"}, status=self.balance)


class Linked:
    """An engine with a link to it."""

    def __init__(self, running: Engine, other: OtherPlatform, **options: Any) -> None:
        self.engine, self.other = running, other
        given = {"retry_max": 0.05, "pull_every": 0.02, "api_key": "key", **options}
        chosen = HttpOptions(name="next", url=f"http://{HOST}:{other.port}", **given)
        door = EngineDoor(running.dispatcher, running.receipts)
        self.link = HttpConnector(chosen, door, running.clock, running.ids.public)
        running.dispatcher.add(self.link)

    def some(self, count: int) -> list[Message]:
        return [message(connector="next", rule="all") for _ in range(count)]

    async def send(self, count: int = 1) -> list[Message]:
        messages = self.some(count)
        await self.engine.send(*messages)
        return messages

    def name(self, one: Message) -> str:
        return self.engine.ids.public(one.id)

    def history(self, one: Message) -> list[str]:
        return [str(event.kind) for event in self.engine.story(one).events]


@asynccontextmanager
async def linked(folder: Path, **options: Any) -> AsyncIterator[Linked]:
    other = OtherPlatform()
    await other.start()
    try:
        async with engine(folder) as running:
            one = Linked(running, other, **options)
            await one.link.start()
            try:
                yield one
            finally:
                await running.dispatcher.stop(0.02)
                await one.link.stop()
    finally:
        await other.stop()
