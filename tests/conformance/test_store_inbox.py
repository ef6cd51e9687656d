"""Messages from phones in the store: filters, leases, forgetting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from stentor.core.inbound import Inbound
from stentor.core.inbox import InboxFilter
from stentor.engine.forgetting import Forgetting
from support.inbox import OWN, SHARED, Bench, inbox, part, parts
from support.making import ACME, HOUR, START, define
from support.traces import found as traces

LONG = "TheTextCanary " * 30
MINUTE = 60_000


@pytest.fixture
async def b(tmp_path: Path) -> AsyncIterator[Bench]:
    async with inbox(tmp_path) as bench:
        yield bench


async def got(b: Bench, *texts: str, to: str = OWN, sender: str = "41791112233") -> list[Inbound]:
    return await b.inbox.receive([part(text, to, sender=sender) for text in texts])


async def test_the_pull_gives_the_oldest_first_and_counts_the_rest(b: Bench) -> None:
    await got(b, *"abcde")
    assert [one.text for one in await b.rows.take(1, 2)] == ["a", "b"]
    assert await b.rows.pending(1) == 3
    assert [one.text for one in await b.rows.take(1, 1000)] == ["c", "d", "e"]
    assert await b.rows.pending(1) == 0


async def test_filters_of_the_log(b: Bench) -> None:
    await got(b, "first")
    b.clock.pass_ms(MINUTE)
    await got(b, "QUIZ second", "get third", to=SHARED)

    async def texts(account: int = 1, **wanted: object) -> list[str]:
        return [one.text for one in await b.rows.logs(account, replace(InboxFilter(since=0), **wanted))]

    assert await texts() == ["get third", "QUIZ second", "first"]
    assert await texts(account=2) == []
    assert await texts(limit=1) == ["get third"]
    assert await texts(keyword="quiz") == ["QUIZ second"]
    assert await texts(keyword="NO_KEYWORD") == ["first"]
    assert await texts(recipients=(OWN,)) == ["first"]
    assert await texts(recipients=(OWN, SHARED), since=START + 1) == ["get third", "QUIZ second"]
    assert await texts(until=START) == ["first"]


async def test_sessions_claim_and_give_back(b: Bench, tmp_path: Path) -> None:
    one, two, three = await got(b, "JOIN 1", "JOIN 2", "JOIN 3", to=SHARED)
    assert await b.rows.claim(2, 2) == [one, two]
    assert await b.rows.claim(1, 2) == []
    assert b.rows.waiting_accounts() == [2]
    assert await b.rows.claim(2, 9) == [three]
    assert b.rows.waiting_accounts() == []
    await b.rows.delivered([one.id])
    await b.rows.put_back([three.id])
    assert await b.rows.claim(2, 9) == [three]
    assert b.rows.given["smpp"] == 1


async def test_what_was_claimed_comes_back_after_a_crash(tmp_path: Path) -> None:
    async with inbox(tmp_path) as b:
        one, two = await got(b, "JOIN 1", "JOIN 2", to=SHARED)
        await b.rows.claim(2, 9)
        await b.rows.delivered([one.id])
    async with inbox(tmp_path) as b:
        assert await b.rows.claim(2, 9) == [two]


async def test_what_was_pulled_with_an_answer_that_did_not_go_out_is_pulled_again(tmp_path: Path) -> None:
    async with inbox(tmp_path) as b:
        for text in ("a", "b", "c"):
            await got(b, text)
        await (await b.rows.take(1, 1)).given()
        back = await b.rows.take(1, 1)
        await back.put_back()
        cut_off = await b.rows.take(1, 1)
        assert [one.text for one in (*back, *cut_off)] == ["b", "b"]
        assert await b.rows.pending(1) == 1
        assert b.rows.given["pull"] == 1
    async with inbox(tmp_path) as b:
        assert [one.text for one in await b.rows.take(1, 9)] == ["b", "c"]


async def test_forgetting(b: Bench) -> None:
    await define(b.store, replace(ACME, keep_hours=1))
    b.rulebook.directory.accounts[1] = replace(ACME, keep_hours=1)
    forgetting = Forgetting(b.rows.holders, b.rows.purge, b.rulebook.directory, b.clock)
    await got(b, "pulled")
    await (await b.rows.take(1, 1)).given()
    await got(b, "waits")
    await got(b, "JOIN waits", to=SHARED)
    await got(b, "nobody's", to="999")
    b.clock.pass_ms(HOUR + 1)
    await forgetting.forget()
    assert b.count("inbound") == 3, "what the account keeps an hour is gone, if it does not wait"
    b.clock.pass_ms(47 * HOUR - 2)
    await forgetting.forget()
    assert b.count("inbound") == 3
    b.clock.pass_ms(2)
    await forgetting.forget()
    assert b.count("inbound") == 0, "48 hours are the end of all"


async def test_erasing_a_number(b: Bench) -> None:
    await got(b, "mine", sender="41790099887")
    await got(b, "GET owed to a URL", to=SHARED, sender="41790099887")
    await got(b, "another's", sender="41790000000")
    waiting, *_ = parts(LONG, sender="41790099887", reference="8:1")
    await b.inbox.receive([waiting, *parts(LONG, sender="41790099887", reference="8:2")])
    assert b.count("inbound_part") == 4
    assert await b.rows.erase("+41790099887") == (2, 2), "a call that is owed and a part that waits stay"
    assert b.count("inbound_part") == 1
    pulled = await b.rows.take(1, 10)
    assert [one.text for one in pulled] == ["another's"]
    await pulled.given()
    assert (await b.rows.erase(OWN))[0] == 1


CANARIES = ("TheTextCanary", "41790099887", "SenderCanar")


async def test_no_octet_of_a_forgotten_message_is_left(b: Bench, tmp_path: Path) -> None:
    await got(b, "QUIZ TheTextCanary", to=SHARED, sender="SenderCanar")
    await b.inbox.receive(parts(LONG, sender="41790099887"))
    await b.store.tidy()
    assert {canary for canary, _ in traces(tmp_path, *CANARIES)} == set(CANARIES)
    b.clock.pass_ms(48 * HOUR + 1)
    await b.inbox.expire()
    await Forgetting(b.rows.holders, b.rows.purge, b.rulebook.directory, b.clock).forget()
    await b.store.tidy()
    assert traces(tmp_path, *CANARIES) == set()


async def test_numbers_go_on_behind_the_newest(tmp_path: Path) -> None:
    async with inbox(tmp_path) as b:
        (one,) = await got(b, "PUSH it", to=SHARED)
        assert b.store.largest_id() > one.id
