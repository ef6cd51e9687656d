"""The inbox as a use case, over the real store."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stentor.core.errors import StoreUnavailable
from stentor.core.ids import INBOUND
from stentor.core.inbound import NOBODY
from stentor.core.inbox import InboxFilter
from stentor.core.message import EventKind
from stentor.core.numbers import Owner
from stentor.engine.inbox import Arrivals
from support.inbox import OWN, SHARED, URL, WAIT_MS, Bench, inbox, part, parts
from support.making import START
from support.platform import until

LONG = "It is a truth universally acknowledged, " * 10


@pytest.fixture
async def b(tmp_path: Path) -> AsyncIterator[Bench]:
    async with inbox(tmp_path) as bench:
        yield bench


async def test_it_is_the_owners_and_nobody_elses(b: Bench) -> None:
    (one,) = await b.inbox.receive([part("hello", f"+{OWN}", sender="+41791112233")])
    assert (one.account, one.sender, one.recipient, one.keyword) == (1, "41791112233", OWN, "")
    assert await b.rows.take(2, 10) == []
    assert await b.rows.take(1, 10) == [one]
    assert await b.rows.take(1, 10) == [], "each is given once"
    assert await b.rows.logs(1, InboxFilter(since=0)) == [one], "the log keeps it"


async def test_keywords_share_a_number(b: Bench) -> None:
    found = await b.inbox.receive([part(text, SHARED) for text in ("quiz Paris", "JOIN now", "hello", "PUSH it")])
    assert [(one.account, one.keyword, one.clean_text, one.way) for one in found] == [
        (1, "QUIZ", "Paris", "pull"),
        (2, "join", "now", "smpp"),
        (2, "", "hello", "pull"),
        (1, "PUSH", "it", "json"),
    ]


async def test_nobodys_number_is_kept_for_the_operator(b: Bench) -> None:
    (one,) = await b.inbox.receive([part("hello", "41790009999")])
    assert (one.account, one.way) == (NOBODY, "pull")
    assert [await b.rows.take(account, 10) for account in (NOBODY, 1, 2)] == [[], [], []]
    assert await b.rows.logs(NOBODY, InboxFilter(since=0)) == [one]
    assert b.inbox.counts.received["nobody"] == 1
    assert "nobody owns the number" in b.events[0].detail


async def test_calls_are_written_with_their_message(b: Bench) -> None:
    told: list[str] = []
    b.inbox.calls_wait = lambda: told.append("calls")
    pushed, got = await b.inbox.receive([part("PUSH it", SHARED), part("GET a&b", SHARED)])
    first, second = await b.store.calls.claim("http://customer.example", START, 10)
    assert (first.method, first.url, first.content_type, first.subject) == ("POST", URL, "application/json", pushed.id)
    assert json.loads(first.body) == {
        "results": [
            {
                "messageId": b.ids.public(pushed.id, INBOUND),
                "from": "41791112233",
                "to": SHARED,
                "text": "PUSH it",
                "cleanText": "it",
                "keyword": "PUSH",
                "receivedAt": "2025-06-15T16:06:40.000+0100",
                "smsCount": 1,
                "price": {"pricePerMessage": 0, "currency": "EUR"},
                "callbackData": "data",
            }
        ],
        "messageCount": 1,
        "pendingMessageCount": 0,
    }
    assert (second.method, second.url) == ("GET", f"{URL}?who=41791112233&what=GET%20a%26b")
    assert (second.subject, told) == (got.id, ["calls"])
    assert await b.rows.take(1, 10) == [], "what goes to a URL is not pulled"


async def test_sessions_are_told(b: Bench) -> None:
    told: list[int] = []
    b.inbox.sessions_wait = told.extend
    await b.inbox.receive([part("JOIN a", SHARED), part("JOIN b", SHARED), part("x", OWN)])
    assert told == [2]
    assert b.rows.waiting_accounts() == [2]


async def test_long_messages_survive_a_restart_between_parts(tmp_path: Path) -> None:
    first, second, third = parts(LONG)
    async with inbox(tmp_path) as b:
        assert await b.texts([third]) == []
    async with inbox(tmp_path) as b:
        assert await b.texts([first, third]) == [], "a part that comes again is known"
    async with inbox(tmp_path) as b:
        assert await b.texts([second]) == [LONG]
        assert b.inbox.incomplete == 0
    async with inbox(tmp_path) as b:
        assert await b.texts([second, first]) == [], "also when all of it went on"
        (one,) = await b.rows.take(1, 10)
        assert (one.text, one.parts) == (LONG, 3)


async def test_what_never_comes(b: Bench) -> None:
    first, _, third = parts(LONG)
    await b.inbox.receive([first, third])
    b.clock.pass_ms(WAIT_MS)
    assert await b.inbox.expire() == []
    b.clock.pass_ms(1)
    (one,) = await b.inbox.expire()
    assert (one.text, one.parts) == (LONG[:153] + LONG[306:], 2)
    assert b.count("inbound_part") == 0


async def test_what_is_not_written_did_not_happen(b: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = parts(LONG)
    await b.inbox.receive([first])

    async def refuse(_: object) -> None:
        raise StoreUnavailable("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(b.rows, "receive", refuse)
        with pytest.raises(StoreUnavailable):
            await b.inbox.receive([second, third])
    assert b.inbox.incomplete == 1
    assert await b.texts([third, second]) == [LONG]
    assert [event.kind for event in b.events] == [EventKind.RECEIVED]


async def test_the_upstream_hears_once_it_is_on_disk(b: Bench) -> None:
    arrivals = Arrivals(b.inbox)
    arrivals.start()
    answers: list[tuple[str, bool, int]] = []
    first, second, third = parts(LONG)
    for name, some in (("a", [first, part("x")]), ("b", [second]), ("c", [third])):
        arrivals.arrived(some, lambda kept, name=name: answers.append((name, kept, b.count("inbound"))))  # type: ignore[misc]
    await until(lambda: len(answers) == 3)
    assert answers == [("a", True, 2), ("b", True, 2), ("c", True, 2)]
    await arrivals.stop()


async def test_a_full_disk_is_told_to_the_upstream(b: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(_: object) -> None:
        raise StoreUnavailable("disk full")

    arrivals = Arrivals(b.inbox)
    arrivals.start()
    answers: list[bool] = []
    with monkeypatch.context() as patch:
        patch.setattr(b.rows, "receive", refuse)
        arrivals.arrived([part("x")], answers.append)
        await until(lambda: answers)
    arrivals.arrived([part("x")], answers.append)
    await until(lambda: len(answers) == 2)
    assert answers == [False, True]
    await arrivals.stop()


async def test_parts_that_stay_alone_are_looked_for_between_arrivals(b: Bench) -> None:
    arrivals = Arrivals(b.inbox)
    arrivals.start()
    answers: list[bool] = []
    arrivals.arrived(parts(LONG)[:1], answers.append)
    await until(lambda: answers)
    assert (b.inbox.incomplete, b.count("inbound")) == (1, 0)
    b.clock.pass_ms(WAIT_MS + 1)
    await arrivals.expire()
    await until(lambda: not b.inbox.incomplete)
    assert b.count("inbound") == 1
    await arrivals.stop()


async def test_what_breaks_us_holds_up_nobody_else(b: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def owner(recipient: str, text: str) -> Owner:
        if text == "broken":
            raise RuntimeError("a mistake of ours")
        return Owner("acme", clean_text=text)

    monkeypatch.setattr(b.inbox, "owner", owner)
    arrivals = Arrivals(b.inbox)
    arrivals.start()
    answers: list[tuple[str, bool]] = []
    for text in ("a", "broken", "b"):
        arrivals.arrived([part(text)], lambda kept, text=text: answers.append((text, kept)))  # type: ignore[misc]
    await until(lambda: len(answers) == 3)
    assert sorted(answers) == [("a", True), ("b", True), ("broken", False)]
    await arrivals.stop()


async def test_the_feed_knows_it_without_its_text(b: Bench) -> None:
    (one,) = await b.inbox.receive([part("QUIZ secret", SHARED)])
    (event,) = b.events
    assert event.of is not None
    assert (event.kind, event.of.sender, event.of.recipient, event.of.account) == ("received", one.sender, SHARED, 1)
    assert "secret" not in str(event)
    assert event.detail == "1 SMS from net with keyword QUIZ: goes by pull"
