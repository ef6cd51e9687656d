"""Binding to the server: who may, as what, how many, and how sessions end (003 §3.1, SMPP 3.4 §4.1, §4.2)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from stentor.config import SmppSettings
from stentor.core.definitions import Record
from stentor.core.routing import Rule, Target
from stentor.smpp import CommandStatus as Status
from stentor.smpp import Pdu, tlv
from stentor.smpp.pdu import EnquireLink, QuerySm, SubmitSm
from stentor.smpp.state import State
from stentor.smpp.tlv import Tag
from support.customers import ACME, Customers, customers
from support.esme import Esme, esme, submit_sm
from support.platform import until
from support.waiting import PATIENCE_S


async def bound(port: int, **fields: Any) -> int:
    """The command_status of a bind."""
    one = Esme()
    await one.connect(port)
    try:
        return (await one.bind(**fields)).status
    finally:
        one.drop()


@pytest.mark.parametrize("kind", ["tx", "rx", "trx"])
async def test_a_session_of_each_kind(tmp_path: Path, kind: str) -> None:
    async with customers(tmp_path) as world:
        one = Esme()
        await one.connect(world.port)
        answer: Any = await one.bind(kind)
        assert (answer.status, answer.system_id) == (0, "Stentor")
        assert tlv.find_integer(answer.tlvs, Tag.SC_INTERFACE_VERSION) == 0x34
        counted = world.smpp.server.bound_by_kind()
        assert {name: count for name, count in counted.items() if count} == {
            {"tx": "transmitter", "rx": "receiver", "trx": "transceiver"}[kind]: 1
        }
        (told,) = world.smpp.sessions() or []
        assert (told.account, told.transmitters, told.receivers, told.transceivers, told.most) == (
            *("acme", int(kind == "tx"), int(kind == "rx"), int(kind == "trx")),
            ACME.smpp_sessions,
        )
        one.drop()
        await until(lambda: world.smpp.server.connected == 0)
        assert world.smpp.server.sessions_of(1) == 0
        assert world.smpp.sessions() == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"interface_version": 0x33}, Status.ESME_RBINDFAIL),
        ({"interface_version": 0x50}, Status.ESME_RBINDFAIL),
        ({"interface_version": 0}, Status.ESME_RBINDFAIL),
        ({"password": "wrong"}, Status.ESME_RINVPASWD),
        ({"system_id": "nobody"}, Status.ESME_RINVPASWD),
        ({"system_id": ""}, Status.ESME_RINVPASWD),
        ({"system_type": "R:nowhere"}, Status.ESME_RINVSYSTYP),
        ({"system_type": "VMA"}, 0),
        ({"system_type": "HLR"}, 0),
        ({"system_type": "NSMS"}, 0),
    ],
)
async def test_what_is_refused(tmp_path: Path, fields: dict[str, Any], status: int) -> None:
    async with customers(tmp_path) as world:
        assert await bound(world.port, **fields) == status


async def test_a_refused_bind_may_be_tried_again_but_not_for_ever(tmp_path: Path) -> None:
    async with customers(tmp_path) as world:
        one = Esme()
        await one.connect(world.port)
        assert (await one.bind(password="wrong")).status == Status.ESME_RINVPASWD
        assert (await one.bind()).status == 0
        other = Esme()
        await other.connect(world.port)
        for _ in range(5):
            assert (await other.bind(password="wrong")).status == Status.ESME_RINVPASWD
        await other.closed.wait()
        one.drop()


async def test_guessing_is_limited(tmp_path: Path) -> None:
    async with customers(tmp_path) as world:
        statuses = [await bound(world.port, password=f"guess {n}") for n in range(22)]
        assert statuses[:20] == [Status.ESME_RINVPASWD] * 20
        assert statuses[20:] == [Status.ESME_RTHROTTLED] * 2


async def test_at_most_four_sessions_of_an_account_and_no_less_for_another(tmp_path: Path) -> None:
    async with customers(tmp_path) as world:
        sessions = [Esme() for _ in range(4)]
        for one in sessions:
            await one.connect(world.port)
            assert (await one.bind()).status == 0
        assert await bound(world.port) == Status.ESME_RALYBND
        assert await bound(world.port, system_id="other") == 0
        sessions[0].drop()
        await until(lambda: world.smpp.server.sessions_of(1) == 3)
        assert await bound(world.port) == 0


async def test_an_account_without_sessions(tmp_path: Path) -> None:
    async with customers(tmp_path, acme=replace(ACME, smpp_sessions=0)) as world:
        assert await bound(world.port) == Status.ESME_RBINDFAIL


async def test_networks_an_account_may_come_from(tmp_path: Path) -> None:
    async with customers(tmp_path, acme=replace(ACME, addresses=("192.0.2.0/24",))) as world:
        assert await bound(world.port) == Status.ESME_RINVPASWD
    async with customers(tmp_path / "b", acme=replace(ACME, addresses=("127.0.0.0/8",))) as world:
        assert await bound(world.port) == 0


async def test_a_second_bind_on_a_session(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        one.session._enter(State.OPEN)  # the client forgets that it is bound
        assert (await one.bind()).status == Status.ESME_RALYBND


async def test_what_a_receiver_and_an_unbound_client_may_not(tmp_path: Path) -> None:
    async with customers(tmp_path) as world:
        async with esme(world.port, "rx") as one:
            one.session._enter(State.BOUND_TRX)
            (answer,) = await one.answers(submit_sm())
            assert (type(answer), answer.status) == (SubmitSm.response, Status.ESME_RINVBNDSTS)
        async with esme(world.port, None) as one:
            assert (await one.answers(EnquireLink()))[0].status == 0
            one.session._enter(State.BOUND_TRX)
            (answer,) = await one.answers(QuerySm(message_id="1"))
            assert (type(answer), answer.status) == (QuerySm.response, Status.ESME_RINVBNDSTS)


async def test_no_bind_in_time(tmp_path: Path) -> None:
    async with customers(tmp_path, smpp=SmppSettings(session_init=0.3)) as world:
        one = Esme()
        await one.connect(world.port)
        async with asyncio.timeout(PATIENCE_S):
            await one.closed.wait()


async def test_a_silent_session_is_asked_and_ends(tmp_path: Path) -> None:
    settings = SmppSettings(enquire_link=0.2, response_timer=0.3)
    async with customers(tmp_path, smpp=settings) as world, esme(world.port) as one:
        await asyncio.sleep(1.2)
        assert not one.closed.is_set()
        one.pause()
        await until(lambda: world.smpp.server.connected == 0)


async def test_an_inactive_session_is_unbound(tmp_path: Path) -> None:
    async with customers(tmp_path, smpp=SmppSettings(inactivity=0.3)) as world, esme(world.port) as one:
        async with asyncio.timeout(PATIENCE_S):
            await one.closed.wait()


async def test_unbind_is_answered_after_what_was_asked_before(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        asked = one.ask(*(submit_sm(short_message=b"%d" % n) for n in range(50)))
        one.unbind()
        answers: list[Any] = await asyncio.gather(*asked)
        assert {answer.status for answer in answers} == {0}
        await one.closed.wait()
        assert one.ended == "unbound"
        await until(lambda: len(world.messages()) == 50)


async def test_a_stop_unbinds_everyone_and_loses_nothing(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one, esme(world.port, "tx", system_id="other") as two:
        port = world.port
        asked = one.ask(*(submit_sm(short_message=b"%d" % n) for n in range(100)))
        await until(lambda: world.smpp.answering.statuses or world.messages())
        asked += one.ask(*(submit_sm(short_message=b"late") for _ in range(100)))
        await world.smpp.stop()
        async with asyncio.timeout(PATIENCE_S):
            await one.closed.wait()
            await two.closed.wait()
        answers: list[Any] = await asyncio.gather(*asked, return_exceptions=True)
        taken = [answer for answer in answers if isinstance(answer, Pdu) and answer.status == 0]
        assert len(taken) >= 100
        assert len(world.messages()) == len(taken)
        with pytest.raises(ConnectionRefusedError):
            await Esme().connect(port)


async def test_a_session_ends_when_its_login_does(tmp_path: Path) -> None:
    async with customers(tmp_path) as world, esme(world.port) as one:
        world.rulebook.apply(world.rulebook.book.difference((), (("user", "acme"),)))
        (answer,) = await one.answers(submit_sm())
        assert answer.status == Status.ESME_RBINDFAIL
        world.rulebook.apply(world.rulebook.book.difference((), ()))


def routed(world: Customers) -> list[str]:
    return [message.rule for message in world.messages()]


@pytest.mark.parametrize(
    ("system_type", "rule"), [("R:hq", "headquarters"), ("r:hq", "headquarters"), ("", "all"), ("R:of-other", None)]
)
async def test_a_route_code_picks_the_route(tmp_path: Path, system_type: str, rule: str | None) -> None:
    rules: list[Record] = [
        Rule(name="headquarters", order=0, code="hq", targets=(Target("net"),)),
        Rule(name="of other", order=0, code="of-other", account="other", targets=(Target("net"),)),
    ]
    async with customers(tmp_path, *rules) as world:
        if rule is None:
            assert await bound(world.port, system_type=system_type) == Status.ESME_RINVSYSTYP
            return
        async with esme(world.port, system_type=system_type) as one:
            assert (await one.submit()).status == 0
            await until(lambda: routed(world) == [rule])
