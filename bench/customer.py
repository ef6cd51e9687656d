"""The load over SMPP: sessions that keep their window full of submit_sm, and answer every deliver_sm.

`python -m bench.customer '{"port": 8888, ...}'` prints one line, `Done`, and ends.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import Literal, cast

import msgspec
import uvloop

from bench import asked
from stentor.smpp import encode
from stentor.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter, SubmitSm

_BINDS = {"tx": BindTransmitter, "rx": BindReceiver, "trx": BindTransceiver}
_SUBMIT_SM_RESP, _DELIVER_SM = b"\x80\x00\x00\x04", b"\x00\x00\x00\x05"
_DELIVER_SM_RESP = b"\x00\x00\x00\x11\x80\x00\x00\x05\x00\x00\x00\x00"
_HEAD = b"\x00\x00\x00\x04\x00\x00\x00\x00"
_FIRST_NUMBER = 41_790_000_000
_TEXT = b"Benchmark message of some sixty characters, as they often are."
_NUMBER = b"41790000000"
_ID = re.compile(rb"id:(\S+) ")
_QUIET_S = 15.0


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """`seconds` of submits from `sessions` with `window` unanswered each. `receipts`: asked for, and waited for.

    `expected`: no submits, only so many receipts are waited for.
    """

    port: int
    user: str
    password: str
    sessions: int = 4
    window: int = 50
    bind: Literal["tx", "rx", "trx"] = "trx"
    seconds: float = 4.0
    receipts: bool = False
    registered: bool = False
    """Asked for, and not waited for."""
    expected: int = 0
    idle: float = 0.0
    """Seconds to stay bound and do nothing."""
    first: int = 0


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """`receipts`: unique ids. Times are monotonic seconds; `told` is that of the last new receipt."""

    answered: int
    failed: int
    receipts: int
    began: float
    ended: float
    told: float
    p50_ms: float
    p99_ms: float
    cpu: float
    complaint: str = ""


class Session(asyncio.Protocol):
    def __init__(self, customer: Customer) -> None:
        self._customer = customer
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._sequence = 1
        self._sent: dict[bytes, float] = {}
        self.bound: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def outstanding(self) -> int:
        return len(self._sent)

    def bind(self) -> None:
        assert self._transport is not None
        load = self._customer.load
        pdu = _BINDS[load.bind](system_id=load.user, password=load.password)
        self._transport.write(encode(pdu, 1))

    def fill(self, now: float) -> None:
        """Submits for all places of the window, in one write."""
        customer = self._customer
        out: list[bytes] = []
        for _ in range(customer.load.window - len(self._sent)):
            self._sequence += 1
            sequence = self._sequence.to_bytes(4, "big")
            self._sent[sequence] = now
            out.append(customer.frame(sequence))
        if out:
            assert self._transport is not None
            self._transport.write(b"".join(out))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._customer.lost(exc)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        at, size, now = 0, len(data), time.perf_counter()
        out: list[bytes] = []
        while at + 16 <= size:
            end = at + int.from_bytes(data[at : at + 4], "big")
            if end > size:
                break
            kind = data[at + 4 : at + 8]
            if kind == _SUBMIT_SM_RESP:
                since = self._sent.pop(data[at + 12 : at + 16])
                self._customer.answered(now - since, data[at + 8 : at + 12])
            elif kind == _DELIVER_SM:
                out.append(_DELIVER_SM_RESP + data[at + 12 : at + 16] + b"\0")
                self._customer.told(data[at:end])
            elif not self.bound.done():
                self._bind_answered(data[at + 8 : at + 12])
            elif kind == b"\x00\x00\x00\x15":
                out.append(b"\x00\x00\x00\x10\x80\x00\x00\x15\x00\x00\x00\x00" + data[at + 12 : at + 16])
            at = end
        self._rest = data[at:]
        if out:
            assert self._transport is not None
            self._transport.write(b"".join(out))
        if self._customer.more(now):
            self.fill(now)
        self._customer.look()

    def _bind_answered(self, status: bytes) -> None:
        if any(status):
            self.bound.set_exception(ConnectionError(f"the bind was refused: {status.hex()}"))
        else:
            self.bound.set_result(None)


class Customer:
    def __init__(self, load: Load) -> None:
        self.load = load
        self._sessions: list[Session] = []
        self._times: list[float] = []
        self._failed = 0
        self._complaint = ""
        self._ids: set[bytes] = set()
        self._until = 0.0
        self._told = self._ended = 0.0
        self._number = _FIRST_NUMBER + load.first
        pdu = SubmitSm(
            source_addr_ton=5,
            source_addr="InfoSMS",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=_NUMBER.decode(),
            registered_delivery=int(load.receipts or load.registered),
            short_message=_TEXT,
        )
        frame = encode(pdu, 0)
        self._length = frame[:4]
        self._before, self._after = frame[16:].split(_NUMBER)
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> Done:
        loop = asyncio.get_running_loop()
        for _ in range(self.load.sessions):
            _, session = await loop.create_connection(lambda: Session(self), "127.0.0.1", self.load.port)
            session.bind()
            self._sessions.append(session)
            await session.bound
        if self.load.idle:
            await asyncio.sleep(self.load.idle)
        cpu, began = time.process_time(), time.perf_counter()
        self._until = began if self.load.expected or self.load.idle else began + self.load.seconds
        for session in self._sessions:
            if self.more(began):
                session.fill(began)
        self.look()
        await self._end()
        times = sorted(self._times) or [0.0]
        offset = time.monotonic() - time.perf_counter()
        return Done(
            answered=len(self._times),
            failed=self._failed,
            receipts=len(self._ids),
            began=began + offset,
            ended=self._ended + offset,
            told=self._told + offset,
            p50_ms=1000 * times[len(times) // 2],
            p99_ms=1000 * times[len(times) * 99 // 100],
            cpu=time.process_time() - cpu,
            complaint=self._complaint,
        )

    def frame(self, sequence: bytes) -> bytes:
        self._number += 1
        return b"".join((self._length, _HEAD, sequence, self._before, b"%d" % self._number, self._after))

    def more(self, now: float) -> bool:
        return now < self._until

    def answered(self, seconds: float, status: bytes) -> None:
        if any(status):
            self._failed += 1
            self._complaint = self._complaint or status.hex()
        else:
            self._times.append(seconds)
            self._ended = time.perf_counter()

    def told(self, frame: bytes) -> None:
        found = _ID.search(frame)
        if found is not None and found[1] not in self._ids:
            self._ids.add(found[1])
            self._told = time.perf_counter()

    def look(self) -> None:
        """Whether everything is there that is waited for."""
        if self._until and not self.more(time.perf_counter()) and not self._over.done():
            wanted = self.load.expected or (len(self._times) if self.load.receipts else 0)
            if not any(session.outstanding for session in self._sessions) and len(self._ids) >= wanted:
                self._over.set_result(None)

    def lost(self, error: Exception | None) -> None:
        if not self._over.done():
            self._over.set_exception(ConnectionError(f"the server closed a session: {error}"))

    async def _end(self) -> None:
        """Without progress for a while, receipts are lost."""
        seen = (-1, -1)
        while not self._over.done():
            patience = _QUIET_S + max(0.0, self._until - time.perf_counter())
            await asyncio.wait([self._over], timeout=patience)
            now = (len(self._times), len(self._ids))
            if now == seen and not self._over.done():
                self._complaint = self._complaint or f"{now[1]} receipts of {now[0]}"
                return
            seen = now
        self._over.result()


async def main() -> None:
    asked.say(await Customer(asked.options(Load)).run())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
