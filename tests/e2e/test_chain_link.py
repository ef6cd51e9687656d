"""The link to another platform, over real sockets, whatever that answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from stentor.catalogue import StatusId
from stentor.core.routing import Target
from support.making import message
from support.other_platform import Linked, line, linked, status
from support.platform import until

SENT, DELIVERED = int(StatusId.PENDING_WAITING_DELIVERY), int(StatusId.DELIVERED_TO_HANDSET)


async def become(one: Linked, wanted: int, *messages: Any) -> None:
    await until(lambda: {one.engine.status(m) for m in messages} == {wanted})


async def test_what_waits_goes_together(tmp_path: Path) -> None:
    async with linked(tmp_path, window=2, batch=10) as one:
        await become(one, SENT, *await one.send())
        gate = asyncio.Event()
        for _ in range(2):
            one.other.waits_for(gate)
        messages = await one.send(95)
        gate.set()
        await become(one, SENT, *messages)
        sizes = [len(ids) for ids in one.other.ids]
        assert (sum(sizes), max(sizes)) == (96, 10)
        assert len(sizes) < 48
        assert one.other.most == 2
        assert sorted(one.other.taken)[1:] == sorted(one.name(m) for m in messages)
        await until(lambda: one.link.state().in_window == 0)
        assert one.link.state().answered == 96


async def test_the_first_goes_alone(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:
        await become(one, SENT, *await one.send(20))
        assert len(one.other.ids[0]) == 1


async def test_reports_are_pulled(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:
        delivered, failed, waits, odd = await one.send(4)
        await become(one, SENT, delivered, failed, waits, odd)
        one.other.reports = [
            line(one.name(delivered), StatusId.DELIVERED_TO_HANDSET),
            line(one.name(failed), StatusId.UNDELIVERABLE_NOT_DELIVERED, 27),
            line(one.name(waits), StatusId.PENDING_WAITING_DELIVERY, 27),
            {"messageId": one.name(odd), "status": {"groupName": "EXPIRED", "id": 977}, "error": {"id": 31_000}},
            {"no": "report"},
            line("nobody's", StatusId.DELIVERED_TO_HANDSET),
        ]
        await become(one, DELIVERED, delivered)
        await become(one, StatusId.UNDELIVERABLE_NOT_DELIVERED, failed)
        await become(one, StatusId.EXPIRED_UNKNOWN, odd)
        assert (one.engine.story(failed).message.error, one.engine.story(odd).message.error) == (27, 255)
        assert one.engine.status(waits) == SENT
        assert "intermediate report" in one.engine.story(waits).events[-1].detail


async def test_a_lost_answer_sends_nothing_twice(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:
        await become(one, SENT, *await one.send())
        one.other.loses()
        messages = await one.send(30)
        await become(one, SENT, *messages)
        assert len(one.other.taken) == 31
        assert one.other.ids[-1] != one.other.ids[0]
        assert {kind for m in messages for kind in one.history(m)} == {"accepted", "uncertain", "sent"}
        one.other.reports = [line(one.name(m), StatusId.DELIVERED_TO_HANDSET) for m in messages]
        await become(one, DELIVERED, *messages)


async def test_an_answer_that_comes_too_late_is_a_lost_one(tmp_path: Path) -> None:
    async with linked(tmp_path, response_timer=0.1) as one:
        await become(one, SENT, *await one.send())
        one.other.waits(0.3)
        (slow,) = await one.send()
        await until(lambda: "no answer within 0.1 s" in (one.link.trouble() or ""))
        await become(one, SENT, slow)
        assert one.other.taken.count(one.name(slow)) == 1


async def test_the_log_says_what_became_of_a_message_that_is_known_there(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:
        delivered, refused, unpaid, nowhere = messages = one.some(4)
        one.other.log = {
            one.name(delivered): line(one.name(delivered), StatusId.DELIVERED_TO_HANDSET),
            one.name(refused): line(one.name(refused), StatusId.REJECTED_DESTINATION),
            one.name(unpaid): line(one.name(unpaid), StatusId.REJECTED_NOT_ENOUGH_CREDITS),
        }
        one.other.taken.append(one.name(nowhere))
        await one.engine.send(*messages)
        await become(one, DELIVERED, delivered)
        await become(one, StatusId.REJECTED_DESTINATION, refused)
        await become(one, SENT, unpaid, nowhere)
        assert one.other.taken == [one.name(nowhere), one.name(unpaid) + ".2"]
        assert [part.upstream_id for part in one.engine.story(unpaid).parts] == [one.name(unpaid) + ".2"]
        one.other.reports = [line(one.name(unpaid) + ".2", StatusId.DELIVERED_TO_HANDSET)]
        await become(one, DELIVERED, unpaid)


async def test_a_report_that_never_comes_is_found_in_the_log(tmp_path: Path) -> None:
    async with linked(tmp_path, ask_after=0.1) as one:
        (lost,) = await one.send()
        await become(one, SENT, lost)
        one.other.log[one.name(lost)] = line(one.name(lost), StatusId.DELIVERED_TO_HANDSET)
        await become(one, DELIVERED, lost)
        assert one.other.asked == [[one.name(lost)]]


async def test_no_credit(tmp_path: Path) -> None:
    async with linked(tmp_path, retry_max=0.5) as one:
        one.other.says(status(StatusId.REJECTED_NOT_ENOUGH_CREDITS))
        (unpaid,) = await one.send()
        await until(lambda: "retry" in one.history(unpaid))
        assert one.link.trouble() == "down: no credit left at the other platform"
        await until(lambda: one.link.trouble() is None)
        one.engine.clock.pass_ms(5_000)
        await one.engine.dispatcher.wake()
        await become(one, SENT, unpaid)
        assert one.other.taken == [one.name(unpaid) + ".2"]


async def test_one_bad_message_costs_the_others_nothing(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:
        await become(one, SENT, *await one.send())
        messages = one.some(19)
        bad = message(connector="next", rule="all", sender="bad")

        async def choosy(request: web.Request, given: list[dict[str, Any]]) -> web.Response:
            one.other.script.append(choosy)
            if any(given_one["from"] == "bad" for given_one in given):
                text = {"text": "[from : no]", "messageId": "BAD_REQUEST"}
                return web.json_response({"requestError": {"serviceException": text}}, status=400)
            return await one.other.take(request, given)

        one.other.script.append(choosy)
        await one.engine.send(*messages[:9], bad, *messages[9:])
        await become(one, SENT, *messages)
        await become(one, StatusId.UNDELIVERABLE_REJECTED_OPERATOR, bad)
        assert "400 [from : no]" in one.engine.story(bad).events[-2].detail
        assert len(one.other.taken) == 20


async def test_a_url_that_is_refused_for_reports_refuses_no_message(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:
        one.other.answers(400, "[notifyUrl : not allowed]")
        (kept,) = await one.send()
        await become(one, SENT, kept)


@pytest.mark.parametrize("code", [429, 503])
async def test_throttled(tmp_path: Path, code: int) -> None:
    async with linked(tmp_path, retry_max=5.0) as one:
        await become(one, SENT, *await one.send())
        one.other.answers(code, "Too many requests", Retry_After="1")
        (later,) = await one.send()
        await until(lambda: one.link.trouble() == f"throttled: the other platform answered {code} Too many requests")
        assert one.link.state().bound == 1
        await become(one, SENT, later)
        assert one.history(later) == ["accepted", "sent"]
        assert one.link.state().throttled == 1


@pytest.mark.parametrize(
    ("code", "words", "kinds"),
    [
        (401, "login refused (401): check user and password, or api_key, of the connector", {"accepted", "sent"}),
        (403, "login refused (403)", {"accepted", "sent"}),
        (404, "answered 404 x: check the url of the connector", {"accepted", "sent"}),
        (302, "answered 302 x: check the url", {"accepted", "sent"}),
        (500, "answered 500 x", {"accepted", "sent", "uncertain"}),
    ],
)
async def test_turned_away(tmp_path: Path, code: int, words: str, kinds: set[str]) -> None:
    async with linked(tmp_path, retry_max=0.6) as one:
        one.other.answers(code, "x", Location="/elsewhere")
        (later,) = await one.send()
        await until(lambda: one.link.trouble() is not None)
        assert words in (one.link.trouble() or "")
        assert (one.link.state().bound, one.link.room()) == (0, 0)
        await become(one, SENT, later)
        assert set(one.history(later)) == kinds
        assert one.link.state().last_error == ""


async def test_a_wrong_login_shows_before_the_first_message(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:
        await one.link.stop()
        one.other.balance = 401
        fresh = Linked(one.engine, one.other)
        await fresh.link.start()
        try:
            await until(lambda: "login refused (401)" in (fresh.link.trouble() or ""))
            one.other.balance = 200
            await until(lambda: fresh.link.trouble() is None)
        finally:
            await fresh.link.stop()


async def test_what_cannot_be_read_is_asked_again(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:

        async def garbage(request: web.Request, given: list[dict[str, Any]]) -> web.Response:
            await one.other.take(request, given)
            return web.Response(text="<html>")

        async def forgetful(request: web.Request, given: list[dict[str, Any]]) -> web.Response:
            await one.other.take(request, given)
            return web.json_response({"messages": []})

        one.other.script += [garbage, forgetful]
        messages = await one.send(3)
        await become(one, SENT, *messages)
        assert len(one.other.taken) == 3


async def test_a_platform_with_ids_of_its_own(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:

        async def stubborn(_: web.Request, given: list[dict[str, Any]]) -> web.Response:
            accepted = {"groupId": 1, "groupName": "PENDING", "id": 4711, "name": "PENDING_NEW"}
            return web.json_response(
                {"messages": [{"messageId": 77 + n, "status": accepted} for n in range(len(given))]}
            )

        one.other.script.append(stubborn)
        (named,) = await one.send()
        await become(one, SENT, named)
        one.other.reports = [{"messageId": 77, "status": {"groupId": 3, "id": 5}}]
        await become(one, DELIVERED, named)


async def test_it_goes_elsewhere_while_the_other_platform_is_away(tmp_path: Path) -> None:
    async with linked(tmp_path) as one:
        one.engine.targets["all"] = (Target("next"), Target("net", 0))
        await become(one, SENT, *await one.send())
        await one.other.stop()
        messages = await one.send(5)
        await until(lambda: len(one.engine.net.parts) == 5)
        assert (one.link.trouble() or "").startswith("down: cannot connect to 127.0.0.1:")
        while one.engine.net.parts:
            one.engine.net.take()
        await become(one, SENT, *messages)
        assert set(one.history(messages[-1])) == {"accepted", "diverted", "sent"}
        await one.other.start()
        await until(lambda: one.link.trouble() is None)
        await become(one, SENT, *await one.send(2))
        assert len(one.other.taken) == 3


async def test_held_it_goes_nowhere_else_until_this_platform_says(tmp_path: Path) -> None:
    async with linked(tmp_path, on_uncertain="hold") as one:
        one.engine.targets["all"] = (Target("next"), Target("net", 0))
        await become(one, SENT, *await one.send())
        one.other.loses()
        (lost,) = await one.send()
        await until(lambda: len(one.other.taken) == 2)
        await one.other.stop()
        (other,) = await one.send()
        await until(lambda: len(one.engine.net.parts) == 1)
        one.engine.net.take()
        await become(one, SENT, other)
        assert one.engine.status(lost) == StatusId.PENDING_ENROUTE
        await one.other.start()
        await become(one, SENT, lost)
        assert one.history(lost) == ["accepted", "sent"]
        assert (len(one.other.taken), one.engine.net.recipients) == (2, [other.recipient])
        await until(lambda: one.link.state().in_window == 0)


async def test_held_no_longer_than_it_is_valid(tmp_path: Path) -> None:
    async with linked(tmp_path, on_uncertain="hold") as one:
        await become(one, SENT, *await one.send())
        one.other.loses()
        (lost,) = await one.send()
        await until(lambda: len(one.other.taken) == 2)
        await one.other.stop()
        await asyncio.sleep(0.1)
        one.engine.clock.pass_ms(48 * 3_600_000)
        await become(one, StatusId.EXPIRED_EXPIRED, lost)


async def test_stopping_leaves_what_was_unanswered_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stentor.connectors.http.connector._FAREWELL_S", 0.05)
    async with linked(tmp_path) as one:
        await become(one, SENT, *await one.send())
        one.other.waits(30)
        (held,) = await one.send()
        await until(lambda: len(one.other.requests) == 2)
        await one.link.stop()
        await until(lambda: "uncertain" in one.history(held))
        fresh = Linked(one.engine, one.other)
        await fresh.link.start()
        try:
            await become(one, SENT, held)
            assert one.other.taken.count(one.name(held)) == 1
        finally:
            await one.engine.dispatcher.stop(0.02)
            await fresh.link.stop()
