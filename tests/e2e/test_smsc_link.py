"""The SMSC connector against the simulated SMSC, over real sockets."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from stentor.catalogue import StatusId
from stentor.core.message import EventKind, Message
from stentor.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter, SubmitSm
from stentor.smpp.tlv import Tag
from support.making import START, message
from support.platform import quiet, until
from support.smsc_link import Link, link, some, to

DELIVERED = {int(StatusId.DELIVERED_TO_HANDSET)}
QUEUED = {int(StatusId.PENDING_ENROUTE)}


async def delivered(one: Link, *messages: Message) -> None:
    await until(lambda: one.statuses(*messages) == DELIVERED)


def bound(one: Link) -> int:
    return one.connector.state().bound


async def test_sent_and_delivered(tmp_path: Path) -> None:
    async with link(tmp_path) as one:
        messages = some(20)
        await one.send(*messages)
        await delivered(one, *messages)
        assert [pdu.destination_addr for pdu in one.tap.submitted] == [m.recipient for m in messages]
        await until(lambda: one.connector.state().in_window == 0)
        state = one.connector.state()
        assert (state.bound, state.last_error, state.trouble) == (1, "", None)
        assert (state.submitted, state.answered, state.throttled) == (20, 20, 0)
        assert state.round_trip_ms is not None
        assert one.engine.held == 0


async def test_what_smpp_cannot_write_ends_and_holds_nothing_up(tmp_path: Path) -> None:
    async with link(tmp_path) as one:
        odd, good = to("41791000000", "41791000001", sender="Привет"), some(3)
        await one.send(*odd, *good)
        await delivered(one, *good)
        await until(lambda: one.statuses(*odd) == {int(StatusId.UNDELIVERABLE_REJECTED_OPERATOR)})
        await until(lambda: one.connector.state().in_window == 0)
        assert one.engine.held == 0


async def test_two_sessions(tmp_path: Path) -> None:
    async with link(tmp_path, {"round_trip": 0.25}, sessions=2, window=3) as one:
        await until(lambda: bound(one) == 2)
        messages = some(12)
        await one.send(*messages)
        await until(lambda: one.tap.most == {0: 3, 1: 3})
        await delivered(one, *messages)
        assert one.tap.most == {0: 3, 1: 3}


async def test_a_transmitter_and_a_receiver(tmp_path: Path) -> None:
    async with link(tmp_path, bind="separate") as one:
        messages = some(3)
        await one.send(*messages)
        await delivered(one, *messages)
        kinds = {type(pdu) for pdu in one.tap.pdus}
        assert {BindTransmitter, BindReceiver} <= kinds
        assert BindTransceiver not in kinds


async def test_the_window_is_never_exceeded(tmp_path: Path) -> None:
    async with link(tmp_path, {"round_trip": 0.01}, window=5) as one:
        messages = some(60)
        await one.send(*messages)
        await delivered(one, *messages)
        assert one.tap.most == {0: 5}


async def test_throttling_rests_and_keeps_the_order(tmp_path: Path) -> None:
    async with link(tmp_path, window=1) as one:
        messages = [*to("41791009960002"), *some(5)]
        await one.send(*messages)
        await delivered(one, *messages)
        taken = [pdu.destination_addr for pdu in one.tap.submitted]
        assert taken == [messages[0].recipient] * 2 + [m.recipient for m in messages]
        assert EventKind.RETRY not in [event.kind for event in one.engine.story(messages[0]).events]


async def test_throttled_in_a_wide_window_all_arrive(tmp_path: Path) -> None:
    async with link(tmp_path, {"round_trip": 0.005}, window=10) as one:
        throttled = to(*(f"4179{n:03}9960001" for n in range(8)))
        await one.send(*throttled)
        await delivered(one, *throttled)
        order = [pdu.destination_addr for pdu in one.tap.submitted]
        assert sorted(order) == sorted(2 * [m.recipient for m in throttled])
        again = [recipient for place, recipient in enumerate(order) if recipient in order[:place]]
        assert again == [m.recipient for m in throttled]


async def test_temporary_errors_are_retried(tmp_path: Path) -> None:
    async with link(tmp_path) as one:
        (late,) = to("41791009990002")
        await one.send(late)
        for attempts in (1, 2):
            await until(lambda attempts=attempts: (one.engine.story(late).queue or {})["attempts"] == attempts)  # type: ignore[misc]
            assert one.engine.story(late).message.error == 34
            one.engine.clock.pass_ms(60_000)
            await one.engine.dispatcher.wake()
        await delivered(one, late)


async def test_permanent_errors_are_final(tmp_path: Path) -> None:
    async with link(tmp_path) as one:
        (unknown,) = to("41791009970011")
        await one.send(unknown)
        await until(lambda: one.statuses(unknown) == {4})
        assert one.engine.story(unknown).message.error == 1
        assert one.engine.story(unknown).message.price == 0


@pytest.mark.parametrize(
    ("recipient", "status", "error"),
    [("41791009900027", 9, 27), ("41791009910021", 4, 21), ("41791009920000", 15, 4101), ("41791009980000", 5, 0)],
)
@pytest.mark.parametrize("receipt", ["both", "text", "tlv"])
async def test_what_receipts_say(tmp_path: Path, receipt: str, recipient: str, status: int, error: int) -> None:
    async with link(tmp_path, {"receipt": receipt}) as one:
        (sent,) = to(recipient)
        await one.send(sent)
        await until(lambda: one.statuses(sent) == {status})
        assert one.engine.story(sent).message.error == error


async def test_receipts_that_overtake(tmp_path: Path) -> None:
    async with link(tmp_path, {"round_trip": 0.02}) as one:
        messages = to(*(f"4179{n:03}9980000" for n in range(10)))
        await one.send(*messages)
        await delivered(one, *messages)
        assert one.engine.store.held() == []


async def test_an_absent_phone(tmp_path: Path) -> None:
    async with link(tmp_path) as one:
        (absent,) = to("41791009930000", intermediate=True, notify_url="http://c.example/")
        await one.send(absent)
        await until(lambda: one.engine.story(absent).message.error == 27)
        await delivered(one, absent)
        await until(lambda: len(one.engine.caller.calls) == 2)


@pytest.mark.parametrize("receipt", ["both", "text", "tlv"])
async def test_hexadecimal_ids(tmp_path: Path, receipt: str) -> None:
    async with link(tmp_path, {"id_form": "hex", "receipt": receipt}, id_form="hex_to_dec") as one:
        messages = some(5)
        await one.send(*messages)
        await delivered(one, *messages)


@pytest.mark.parametrize(("text", "parts"), [("a" * 400, 3), ("\u4f60" * 195, 3)], ids=["GSM", "UCS-2"])
@pytest.mark.parametrize(
    "options",
    [
        {"long_messages": "udh"},
        {"long_messages": "udh", "reference_bits": 16},
        {"long_messages": "udh", "packed": True},
        {"long_messages": "sar"},
        {"long_messages": "payload"},
    ],
    ids=lambda options: " ".join(map(str, options.values())),
)
async def test_long_messages(tmp_path: Path, options: dict[str, Any], text: str, parts: int) -> None:
    async with link(tmp_path, **options) as one:
        long = message(connector="smsc", text=text, parts=parts)
        await one.send(long)
        await delivered(one, long)
        pdus = one.tap.submitted
        style = options["long_messages"]
        numbers = [1] if style == "payload" else range(1, parts + 1)
        assert [marks(pdu) for pdu in pdus] == [(style, number) for number in numbers]


def marks(pdu: SubmitSm) -> tuple[str, int]:
    """How the PDU says which part it is."""
    tags = dict(pdu.tlvs)
    if pdu.esm_class & 0x40:
        return "udh", pdu.short_message[pdu.short_message[0]]
    if Tag.SAR_SEGMENT_SEQNUM in tags:
        return "sar", tags[Tag.SAR_SEGMENT_SEQNUM][0]
    return ("payload", 1) if Tag.MESSAGE_PAYLOAD in tags else ("short", 1)


async def test_a_wrong_password_leaves_messages_queued(tmp_path: Path) -> None:
    async with link(tmp_path, {"system_id": "me", "password": "right"}, system_id="me", password="wrong") as one:
        messages = some(3)
        await one.send(*messages)
        await until(lambda: "check system_id and password" in one.connector.state().last_error)
        assert one.statuses(*messages) == QUEUED
        assert one.connector.state().bound == 0
        assert one.tap.submitted == []


async def test_the_smsc_goes_away_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stentor.connectors.smsc.pool._FIRST_PAUSE_S", 0.02)
    async with link(tmp_path, {"round_trip": 0.2}, window=5) as one:
        messages = some(8)
        await one.send(*messages)
        await until(lambda: len(one.tap.submitted) == 5)
        await one.tap.cut()
        await until(lambda: bound(one) == 0)
        assert one.statuses(*messages) == QUEUED
        await quiet(30)
        assert "cannot connect" in one.connector.state().last_error
        await one.tap.start()
        await delivered(one, *messages)
        order = [pdu.destination_addr for pdu in one.tap.submitted]
        assert order == [m.recipient for m in (*messages[:5], *messages)]
        kinds = [event.kind for event in one.engine.story(messages[0]).events]
        assert kinds.count(EventKind.UNCERTAIN) == 1
        await until(lambda: one.engine.held == 0)


async def test_a_rate(tmp_path: Path) -> None:
    async with link(tmp_path, rate=100.0) as one:
        messages = some(30)
        started = asyncio.get_running_loop().time()
        await one.send(*messages)
        await delivered(one, *messages)
        assert asyncio.get_running_loop().time() - started > 0.15
        assert [pdu.destination_addr for pdu in one.tap.submitted] == [m.recipient for m in messages]


async def test_only_a_chosen_validity_is_passed_on(tmp_path: Path) -> None:
    async with link(tmp_path) as one:
        default, chosen = to("41791000001"), to("41791000002", expires_at=START + 90_000)
        await one.send(*default, *chosen)
        await delivered(one, *default, *chosen)
        assert [pdu.validity_period for pdu in one.tap.submitted] == ["", "000000000130000R"]
