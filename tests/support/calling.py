"""Calls to customers' URLs as the platform makes them, with names and servers of the test's own."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from stentor.core.message import EventKind
from stentor.engine.address import AddressPolicy, is_own
from stentor.engine.http_caller import HttpCaller
from stentor.engine.notify import Answer
from support.making import final_move, message, new, report
from support.platform import Engine, engine, until
from support.webhook import Listener, listening

LOOPBACK = ["127.0.0.0/8", "::1/128"]
PUBLIC = "127.0.0.2"
"""Stands for the public Internet where a test needs an address there that answers."""
CALLED = {EventKind.NOTIFIED, EventKind.NOTIFY_FAILED}


class Names(AbstractResolver):
    """A name server of the customer's: each lookup of a name takes its next answer, the last one stays."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self._answers = {name.replace("_", "."): list(rounds) for name, rounds in answers.items()}

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - the port's
    ) -> list[ResolveResult]:
        rounds = self._answers.get(host.rstrip("."))
        if rounds is None:
            addresses = [str(info[4][0]) for info in socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)]
        else:
            addresses = rounds.pop(0) if len(rounds) > 1 else rounds[0]
        return [
            ResolveResult(hostname=host, host=one, port=port, family=socket.AF_INET, proto=0, flags=0)
            for one in addresses
        ]

    async def close(self) -> None: ...


LOCAL_NAMES = Names(localhost=[["127.0.0.1", "::1"]], a_localhost=[["127.0.0.1", "::1"]])


@asynccontextmanager
async def canary() -> AsyncIterator[tuple[int, list[Listener]]]:
    """A port where nobody may come, on both loopbacks where there are two."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(listening())
        listeners = [first]
        if socket.has_ipv6 and is_own("::1"):
            listeners.append(await stack.enter_async_context(listening(host="::1", port=first.port)))
        yield first.port, listeners


@asynccontextmanager
async def calling(
    policy: AddressPolicy, names: Names | None = LOCAL_NAMES, **options: Any
) -> AsyncIterator[HttpCaller]:
    caller = HttpCaller(policy, resolver=names, **options)
    try:
        yield caller
    finally:
        await caller.close()


async def said(caller: HttpCaller, url: str, body: bytes = b"{}") -> str:
    """How the call went, in the caller's words."""
    try:
        return await caller.post(url, "application/json", body)
    except Answer as refusal:
        return str(refusal)


@asynccontextmanager
async def platform(folder: Path, policy: AddressPolicy, names: Names | None = LOCAL_NAMES) -> AsyncIterator[Engine]:
    """The engine with the real caller."""
    async with engine(folder) as running, calling(policy, names, total=3.0) as caller:
        running.notifier._caller = caller
        yield running


async def history(e: Engine, *urls: str, account: int = 1) -> list[str]:
    """Messages that become final, each with a report for its URL; what their histories say of the first call."""
    messages = [message(notify_url=url, account=account) for url in urls]
    await e.store.accept(new(*messages, in_hand=True))
    await e.mover.carry_out(
        [(final_move(m, report=report(m, url=m.notify_url, content_type=m.notify_type)), m) for m in messages]
    )
    await until(lambda: all({event.kind for event in e.story(m).events} & CALLED for m in messages))
    return [next(event.detail for event in e.story(m).events if event.kind in CALLED) for m in messages]
