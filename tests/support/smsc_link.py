"""A link to the simulated SMSC over loopback TCP, with a wire tap in between."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from stentor.connectors.simulated.smsc import SimulatedSmsc, SmscOptions
from stentor.connectors.smsc.connector import SmscConnector
from stentor.connectors.smsc.options import SmscOptions as LinkOptions
from stentor.core.message import Message
from stentor.engine.upstream import EngineDoor
from stentor.smpp import Pdu, decode
from stentor.smpp.pdu import SubmitSm
from support.making import message
from support.platform import Engine, engine

HOST = "127.0.0.1"
_SUBMIT, _SUBMIT_RESP = 0x00000004, 0x80000004


class WireTap:
    """A TCP relay that reads along: what was submitted, and the most that was unanswered at a time."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.port = 0
        self.pdus: list[Pdu] = []
        self.most: dict[int, int] = {}
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """The SMSC is gone until `start`."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def submitted(self) -> list[SubmitSm]:
        return [pdu for pdu in self.pdus if isinstance(pdu, SubmitSm)]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(HOST, self.target)
        self._writers += [writer, back]
        key, open_ = len(self.most), [0]
        self.most[key] = 0
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._relay(source, sink, key, open_))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _relay(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: int, open_: list[int]
    ) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readexactly(4)
                body = await reader.readexactly(struct.unpack(">I", head)[0] - 4)
                command = struct.unpack(">I", body[:4])[0]
                open_[0] += {_SUBMIT: 1, _SUBMIT_RESP: -1}.get(command, 0)
                self.most[key] = max(self.most[key], open_[0])
                self.pdus.append(decode(head + body))
                writer.write(head + body)
        writer.close()


class Link:
    """The engine, its connector, the tap and the SMSC."""

    def __init__(self, running: Engine, smsc: SimulatedSmsc, tap: WireTap, options: dict[str, Any]) -> None:
        self.engine, self.smsc, self.tap = running, smsc, tap
        chosen = LinkOptions(name="smsc", host=HOST, **{"port": tap.port, "throttle_pause": 0.02, **options})
        door = EngineDoor(running.dispatcher, running.receipts)
        self.connector = SmscConnector(chosen, door, running.clock)
        running.dispatcher.add(self.connector)

    async def send(self, *messages: Message) -> None:
        await self.engine.send(*messages)

    def statuses(self, *messages: Message) -> set[int]:
        return {self.engine.status(one) for one in messages}


def to(*recipients: str, **changes: Any) -> list[Message]:
    return [message(connector="smsc", recipient=recipient, **changes) for recipient in recipients]


def some(count: int) -> list[Message]:
    return to(*(f"4179100{number:04}" for number in range(count)))


@asynccontextmanager
async def link(folder: Path, smsc: dict[str, Any] | None = None, **options: Any) -> AsyncIterator[Link]:
    network = SimulatedSmsc(SmscOptions(**{"delay": 0.01, **(smsc or {})}))
    tap = WireTap(await network.start(HOST, 0))
    await tap.start()
    try:
        async with engine(folder) as running:
            one = Link(running, network, tap, options)
            await one.connector.start()
            try:
                yield one
            finally:
                await running.dispatcher.stop(0.2)
                await one.connector.stop()
    finally:
        await network.stop()
        await tap.cut()
