"""What strangers and broken programs send to the SMPP port: each ends as it should, and nobody else notices."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from struct import pack, unpack
from typing import Any

import pytest
from msgspec.structs import replace

from stentor.config import SmppSettings
from stentor.smpp import CommandId, encode
from stentor.smpp import CommandStatus as Status
from stentor.smpp.pdu import BindTransceiver, EnquireLink, QuerySm, SubmitSm
from support.customers import ACME, Customers, customers
from support.esme import HOST, Esme, esme, submit_sm
from support.platform import until
from support.waiting import PATIENCE_S

BIND = encode(BindTransceiver(system_id="acme", password="secret"), 1)
SUBMIT = encode(submit_sm(), 7)


class Raw:
    """Octets, and the headers of what comes back."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def header(self) -> tuple[int, int, int]:
        """command_id, status and sequence_number of the next PDU."""
        async with asyncio.timeout(PATIENCE_S):
            length, command_id, status, sequence = unpack(">IIII", await self.reader.readexactly(16))
            await self.reader.readexactly(length - 16)
        return command_id, status, sequence

    async def end(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            assert await self.reader.read() == b""


@asynccontextmanager
async def raw(port: int, octets: bytes = b"", *, bound: bool = False) -> AsyncIterator[Raw]:
    reader, writer = await asyncio.open_connection(HOST, port)
    one = Raw(reader, writer)
    try:
        if bound:
            writer.write(BIND)
            assert await one.header() == (CommandId.BIND_TRANSCEIVER_RESP, 0, 1)
        writer.write(octets)
        yield one
    finally:
        writer.transport.abort()


def pdu(command_id: int, body: bytes = b"", *, length: int | None = None, sequence: int = 7) -> bytes:
    return pack(">IIII", 16 + len(body) if length is None else length, command_id, 0, sequence) + body


NACK = CommandId.GENERIC_NACK
TORN = [
    (b"\0\0\0\x0f" + b"\0" * 12, (NACK, Status.ESME_RINVCMDLEN, 0)),
    (b"\0\0\0\0", (NACK, Status.ESME_RINVCMDLEN, 0)),
    (pdu(4, length=70_001), (NACK, Status.ESME_RINVCMDLEN, 7)),
    (pdu(4, length=0xFFFFFFFF), (NACK, Status.ESME_RINVCMDLEN, 7)),
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", (NACK, Status.ESME_RINVCMDLEN, 0x312E310D)),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 20, (NACK, Status.ESME_RINVCMDLEN, 0)),
    (b"\xff" * 64, (NACK, Status.ESME_RINVCMDLEN, 0xFFFFFFFF)),
]


@pytest.mark.parametrize(("octets", "answer"), TORN)
@pytest.mark.parametrize("bound", [False, True])
async def test_an_impossible_length_is_answered_and_ends_the_connection(
    tmp_path: Path, octets: bytes, answer: tuple[int, int, int], *, bound: bool
) -> None:
    async with customers(tmp_path) as world, raw(world.port, octets, bound=bound) as one:
        command_id, status, sequence = await one.header()
        assert (command_id, status) == answer[:2]
        if answer[2] in (0, 7):
            assert sequence == answer[2]
        await one.end()
        await until(lambda: world.smpp.server.connected == 0)


async def test_everything_in_one_write(tmp_path: Path) -> None:
    """As `printf ... | nc` does: nothing of it is decided before the bind is."""
    async with customers(tmp_path) as world, raw(world.port, BIND + SUBMIT * 3 + BIND + pdu(6, sequence=9)) as one:
        one.writer.write_eof()
        assert await one.header() == (CommandId.BIND_TRANSCEIVER_RESP, 0, 1)
        assert [await one.header() for _ in range(3)] == [(CommandId.SUBMIT_SM_RESP, 0, 7)] * 3
        assert await one.header() == (CommandId.BIND_TRANSCEIVER_RESP, Status.ESME_RALYBND, 1)
        assert await one.header() == (CommandId.UNBIND_RESP, 0, 9)
        await one.end()


async def test_many_wrong_binds_in_one_write(tmp_path: Path) -> None:
    wrong = encode(BindTransceiver(system_id="acme", password="wrong"), 1)
    async with customers(tmp_path) as world, raw(world.port, wrong * 500) as one:
        assert [(await one.header())[0] for _ in range(5)] == [CommandId.BIND_TRANSCEIVER_RESP] * 5
        await one.end()
        await until(lambda: world.smpp.server.connected == 0)
        assert world.smpp.server.binds_refused.total() == 5


async def test_what_came_before_an_impossible_length_is_answered(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, raw(world.port, SUBMIT * 20 + b"\xff" * 64, bound=True) as one:
        assert [await one.header() for _ in range(20)] == [(CommandId.SUBMIT_SM_RESP, 0, 7)] * 20
        assert (await one.header())[:2] == (NACK, Status.ESME_RINVCMDLEN)
        await one.end()


WRONG = [
    (pdu(0x77), (NACK, Status.ESME_RINVCMDID, 7)),
    (pdu(4, SUBMIT[16:30]), (CommandId.SUBMIT_SM_RESP, Status.ESME_RINVCMDLEN, 7)),
    (pdu(4, SUBMIT[16:] + b"\x04\x24\x00\xff" + b"x"), (CommandId.SUBMIT_SM_RESP, Status.ESME_RINVOPTPARSTREAM, 7)),
    (pdu(4, SUBMIT[16:] + b"\x02\x0c\x00\x01x"), (CommandId.SUBMIT_SM_RESP, Status.ESME_RINVPARLEN, 7)),
    (pdu(4, SUBMIT[16:] + b"\x04\x24\x00\x01x"), (CommandId.SUBMIT_SM_RESP, Status.ESME_RINVMSGLEN, 7)),
    (pdu(4, b"too long\0" + SUBMIT[17:]), (CommandId.SUBMIT_SM_RESP, Status.ESME_RINVSERTYP, 7)),
    (pdu(4, b"\0\0\0" + b"1" * 40 + b"\0" * 30), (CommandId.SUBMIT_SM_RESP, Status.ESME_RINVSRCADR, 7)),
    (pdu(4, SUBMIT[16:-6] + b"\xff" + b"x" * 255), (CommandId.SUBMIT_SM_RESP, Status.ESME_RINVMSGLEN, 7)),
    (pdu(9, b"x" * 300), (CommandId.BIND_TRANSCEIVER_RESP, Status.ESME_RINVSYSID, 7)),
    (BIND, (CommandId.BIND_TRANSCEIVER_RESP, Status.ESME_RALYBND, 1)),
    (pdu(3), (CommandId.QUERY_SM_RESP, Status.ESME_RINVCMDLEN, 7)),
    (pdu(5, SUBMIT[16:]), (CommandId.DELIVER_SM_RESP, Status.ESME_RINVBNDSTS, 7)),
]


@pytest.mark.parametrize(("octets", "answer"), WRONG)
async def test_one_wrong_pdu_is_answered_and_the_session_goes_on(
    tmp_path: Path, octets: bytes, answer: tuple[int, int, int]
) -> None:
    async with customers(tmp_path) as world, raw(world.port, octets, bound=True) as one:
        assert await one.header() == answer
        one.writer.write(SUBMIT)
        assert await one.header() == (CommandId.SUBMIT_SM_RESP, 0, 7)


async def test_an_unknown_response_is_never_nacked(tmp_path: Path) -> None:
    stray = pdu(0x80000005) + pdu(0x80000077) + pdu(0x80000000) + pdu(0x80000005, b"x" * 90)
    async with customers(tmp_path) as world, raw(world.port, stray + SUBMIT, bound=True) as one:
        assert await one.header() == (CommandId.SUBMIT_SM_RESP, 0, 7)


@pytest.mark.parametrize(
    ("octets", "answer"),
    [
        (SUBMIT, (CommandId.SUBMIT_SM_RESP, Status.ESME_RINVBNDSTS, 7)),
        (encode(QuerySm(message_id="1"), 7), (CommandId.QUERY_SM_RESP, Status.ESME_RINVBNDSTS, 7)),
        (encode(EnquireLink(), 7), (CommandId.ENQUIRE_LINK_RESP, 0, 7)),
        (pdu(6), (CommandId.UNBIND_RESP, Status.ESME_RINVBNDSTS, 7)),
    ],
)
async def test_before_the_bind(tmp_path: Path, octets: bytes, answer: tuple[int, int, int]) -> None:
    async with customers(tmp_path) as world, raw(world.port, octets + BIND) as one:
        assert await one.header() == answer
        assert await one.header() == (CommandId.BIND_TRANSCEIVER_RESP, 0, 1)


@pytest.mark.parametrize("half_closed", [False, True])
@pytest.mark.parametrize("unbind", [False, True])
async def test_who_says_no_more_is_answered_to_the_end(tmp_path: Path, *, half_closed: bool, unbind: bool) -> None:
    """And then the server closes: it does not wait for the client to do so."""
    async with customers(tmp_path) as world, raw(world.port, bound=True) as one:
        one.writer.write(SUBMIT * 50 + (pdu(6, sequence=9) if unbind else b""))
        if half_closed:
            one.writer.write_eof()
        assert [await one.header() for _ in range(50)] == [(CommandId.SUBMIT_SM_RESP, 0, 7)] * 50
        if unbind:
            assert await one.header() == (CommandId.UNBIND_RESP, 0, 9)
        if unbind or half_closed:
            await one.end()
            await until(lambda: world.smpp.server.connected == 0)


async def test_slowloris(tmp_path: Path) -> None:
    """An octet now and then wins no time: session_init counts from the connection."""
    async with customers(tmp_path, smpp=SmppSettings(session_init=0.5)) as world, raw(world.port) as one:
        started = asyncio.get_running_loop().time()

        async def trickle() -> None:
            for octet in BIND:
                one.writer.write(bytes((octet,)))
                await asyncio.sleep(0.1)

        task = asyncio.create_task(trickle())
        await one.end()
        task.cancel()
        assert asyncio.get_running_loop().time() - started < 1.5


async def test_a_trickle_after_the_bind_is_no_sign_of_life(tmp_path: Path) -> None:
    settings = SmppSettings(enquire_link=0.3, response_timer=0.3)
    async with customers(tmp_path, smpp=settings) as world, raw(world.port, bound=True) as one:

        async def trickle() -> None:
            for octet in SUBMIT * 10:
                one.writer.write(bytes((octet,)))
                await asyncio.sleep(0.05)

        task = asyncio.create_task(trickle())
        assert (await one.header())[0] == CommandId.ENQUIRE_LINK
        await until(lambda: world.smpp.server.connected == 0)
        task.cancel()


async def test_a_client_that_never_reads_fills_nothing_but_its_own_memory(tmp_path: Path) -> None:
    many = SUBMIT * 1_000  # 70 KB
    async with customers(tmp_path, acme=replace(ACME, rate=1.0)) as world, raw(world.port, bound=True) as one:
        one.writer.transport.pause_reading()  # type: ignore[attr-defined]
        before = resident()
        written = 0
        for _ in range(1_000):  # a million
            one.writer.write(many)
            written += len(many)
            await asyncio.sleep(0)
            if written - one.writer.transport.get_write_buffer_size() < written // 2 and written > 20_000_000:
                break
        await asyncio.sleep(0.5)
        (connection,) = world.smpp.server._connections
        assert connection._paused
        assert not connection._reading
        assert connection._transport is not None
        assert connection._transport.get_write_buffer_size() < 1_000_000
        ours = one.writer.transport.get_write_buffer_size()
        assert resident() - before < ours + 40_000_000
        async with esme(world.port, system_id="other") as other:
            assert (await other.submit()).status == 0


async def test_a_full_window_is_not_read_and_goes_on(tmp_path: Path) -> None:
    async with customers(tmp_path, smpp=SmppSettings(window=50)) as world, esme(world.port) as one:
        answers = await one.answers(*(submit_sm() for _ in range(900)))
        assert {answer.status for answer in answers} == {0}
        assert len({answer.message_id for answer in answers}) == 900


async def test_a_half_open_peer_is_noticed(tmp_path: Path) -> None:
    settings = SmppSettings(enquire_link=0.3, response_timer=0.3)
    async with customers(tmp_path, smpp=settings) as world, raw(world.port, bound=True) as one:
        assert (await one.header())[0] == CommandId.ENQUIRE_LINK
        await until(lambda: world.smpp.server.connected == 0)


async def test_a_thousand_idle_sessions(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 3_000:
        pytest.skip("too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    acme = replace(ACME, smpp_sessions=1_000)
    settings = SmppSettings(connections_per_address=2_000)
    try:
        async with customers(tmp_path, acme=acme, smpp=settings) as world:
            sessions = [Esme() for _ in range(1_000)]
            for one in sessions:
                await one.connect(world.port)
                assert (await one.bind()).status == 0
            assert world.smpp.server.sessions_of(1) == 1_000
            assert (await sessions[500].submit()).status == 0
            for one in sessions:
                one.drop()
            await until(lambda: world.smpp.server.connected == 0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_more_connections_of_an_address_than_allowed(tmp_path: Path) -> None:
    async with customers(tmp_path, smpp=SmppSettings(connections_per_address=2)) as world:
        async with raw(world.port), raw(world.port):
            await until(lambda: world.smpp.server.connected == 2)
            async with raw(world.port) as third:
                with suppress(ConnectionResetError):
                    assert await third.reader.read() == b""
        await until(lambda: world.smpp.server.connected == 0)
        async with raw(world.port, bound=True):
            pass


async def test_a_flood_of_wrong_pdus_does_not_grow(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, raw(world.port, bound=True) as one:
        one.writer.write(pdu(0x77) * 20_000)
        for _ in range(20_000):
            assert (await one.header())[1] == Status.ESME_RINVCMDID
        assert world.smpp.server.pdus_refused[Status.ESME_RINVCMDID] == 20_000


@pytest.mark.parametrize("wrong", ["id", "account"])
async def test_a_foreign_message_looks_like_a_missing_one(tmp_path: Path, wrong: str) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one, esme(world.port, system_id="other") as other:
        message_id = (await one.submit(schedule_delivery_time="000000010000000R")).message_id
        asked = message_id if wrong == "account" else "0" * 36
        foreign: Any = other if wrong == "account" else one
        (answer,) = await foreign.answers(QuerySm(message_id=asked))
        assert answer.status == Status.ESME_RINVMSGID


def resident() -> int:
    with Path("/proc/self/statm").open() as file:
        return int(file.read().split()[1]) * resource.getpagesize()


__all__ = ["Customers", "SubmitSm"]
