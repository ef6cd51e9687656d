"""`python -m bench.capacity`: what the load and the SMSC can do alone, so that nobody measures them instead.

The load is sent to `bench.url`, which answers at once; the SMSC is flooded by one session with a full window.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import cast

import uvloop

from bench import smsc
from bench.processes import cpu_seconds
from bench.requests import Load
from bench.stand import Plan, Stand
from stentor.smpp import Framer, encode
from stentor.smpp.pdu import BindTransceiver, SubmitSm

_SECONDS = 3.0
_WINDOW = 50
_FIRST = 41_790_000_000


class Flood(asyncio.Protocol):
    """Keeps `_WINDOW` submit_sm unanswered."""

    def __init__(self) -> None:
        self.sent = 0
        self.until = time.monotonic() + _SECONDS
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._framer = Framer()
        self._transport: asyncio.Transport | None = None
        sample = SubmitSm(source_addr="InfoSMS", destination_addr=str(_FIRST), short_message=bytes(60))
        self._submit = encode(sample).replace(str(_FIRST).encode(), b"%d")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(encode(BindTransceiver(system_id="flood"), 1))
        self._send(_WINDOW - 1)

    def data_received(self, data: bytes) -> None:
        if time.monotonic() < self.until:
            self._send(len(self._framer.feed(data)))
        elif not self.over.done():
            self.over.set_result(None)

    def _send(self, count: int) -> None:
        assert self._transport is not None
        first = _FIRST + self.sent
        self.sent += count
        self._transport.write(b"".join([self._submit % number for number in range(first, first + count)]))


async def _flood(port: int) -> None:
    _, flood = await asyncio.get_running_loop().create_connection(Flood, "127.0.0.1", port)
    await flood.over


def main() -> int:
    with Stand(Plan(seconds=_SECONDS, rounds=1)) as stand:
        _, port = stand.url()
        done = stand.load(Load(port=port, seconds=_SECONDS))
        seconds = done.ended - done.began
        print(f"load: {done.answered / seconds:,.0f} requests/s, {done.messages / done.cpu:,.0f} per CPU second")
        network, port = stand.smsc(smsc.Options(receipt_delay=None))
        before = cpu_seconds(network.pid)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_flood(port))
        counted = network.ask("report", smsc.Counted)
        spent = cpu_seconds(network.pid) - before
        rate = counted.unique / (counted.last - counted.first)
        print(f"SMSC: {rate:,.0f} submit_sm/s, {counted.unique / spent:,.0f} per CPU second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
