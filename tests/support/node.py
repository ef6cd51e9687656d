"""The whole platform in this process, as `stentor serve` makes it, on a clock and a disk of the test's choice."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from argon2 import PasswordHasher

import stentor.app.foundation
from stentor.app.platform import Platform
from stentor.config import parse
from stentor.core.errors import StoreUnavailable
from stentor.core.lifecycle import is_final
from stentor.core.message import Story
from stentor.core.ports import Clock
from support.disk import Disk
from support.making import START, SWISS

LOGIN = aiohttp.encode_basic_auth("crash", "crash")
CREDIT = 10_000_000
PRICE = 10_000
_CHEAP_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("crash")

_CONFIG = """
[storage]
data = {data}
[http]
port = 0
[smpp]
port = 0
[notify]
allow = ["127.0.0.0/8"]
[[connectors]]
type = "smsc"
name = "operator"
host = "127.0.0.1"
port = {smsc_port}
window = 50
reconnect_max = 0.2
[[routes]]
connector = "operator"
[[prices]]
price = "0.01"
[[accounts]]
name = "crash"
users = {{ crash = {password} }}
credit = "10"
"""


class FastClock:
    """Time that runs `speed` times as fast as ours, and jumps when a test says so."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self.jumped = START
        self._started = time.monotonic()

    def now_ms(self) -> int:
        return self.jumped + int((time.monotonic() - self._started) * 1_000 * self.speed)


class Node:
    """A platform, and what a customer can do with it."""

    def __init__(self, folder: Path, smsc_port: int, clock: Clock, disk: Disk | None = None, more: str = "") -> None:
        config = _CONFIG.format(data=json.dumps(str(folder)), smsc_port=smsc_port, password=json.dumps(_CHEAP_HASH))
        config += more
        with pytest.MonkeyPatch.context() as patch, disk.mounted() if disk else contextlib.nullcontext():
            patch.setattr(stentor.app.foundation, "SystemClock", lambda: clock)
            self.platform = Platform(parse(config, "test"))
        self.store = self.platform.store
        self.session = aiohttp.ClientSession(headers={"Authorization": LOGIN})

    async def send(self, name: str, notify_url: str | None = None, to: str = SWISS) -> tuple[int, Any]:
        """Status and body of the answer; the message's id and its text are its name."""
        message: dict[str, Any] = {"from": "InfoSMS", "destinations": [{"to": to, "messageId": name}], "text": name}
        if notify_url is not None:
            message["notifyUrl"] = notify_url
        url = f"{self.platform.http_url}/sms/1/text/advanced"
        async with self.session.post(url, json={"messages": [message]}) as response:
            return response.status, await response.json()

    @property
    def bound(self) -> bool:
        """Its link to the SMSC is up."""
        (operator,) = self.platform.dispatcher.connectors()
        return operator.state().bound > 0

    def story(self, name: str) -> Story | None:
        return self.store.story(name)

    def settled(self, name: str) -> bool:
        """It is final, and nobody is owed a report of it."""
        story = self.story(name)
        return story is not None and is_final(story.message.status) and not story.reports and not story.queue

    async def duties(self) -> None:
        """What else happens twice a second."""
        for duty in (self.platform.dispatcher.wake, self.platform.notifier.tick):
            with contextlib.suppress(StoreUnavailable):
                await duty()

    async def stop(self) -> None:
        await self.session.close()
        await self.platform.stop()


@asynccontextmanager
async def node(
    folder: Path, smsc_port: int, clock: Clock, disk: Disk | None = None, more: str = ""
) -> AsyncIterator[Node]:
    """`more`: of the configuration."""
    one = Node(folder, smsc_port, clock, disk, more)
    await one.platform.start()
    try:
        yield one
    finally:
        await one.stop()
