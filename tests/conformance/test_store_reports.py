"""The report outbox: pulled exactly once, or claimed for a URL until it is taken or given up."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec.structs import replace

from conformance.benches import Bench
from stentor.core.message import EventKind, Message, Report
from stentor.core.ports import ReportFilter, Store
from support.making import HOST, START, URL, event, final_move, message, new, report

ANY = ReportFilter()


async def owing(store: Store, changes: dict[str, Any] | None = None, **of_report: Any) -> tuple[Message, Report]:
    """A final message and the report it owes."""
    one = message(**(changes or {}))
    await store.accept(new(one, in_hand=True))
    owed = report(one, **of_report)
    await store.move([final_move(one, report=owed)])
    return one, owed


async def taken(store: Store, wanted: ReportFilter = ANY, account: int = 1) -> list[int]:
    return [one.message.id for one in await store.take_reports(account, wanted, START)]


async def claimed(store: Store, now: int = START, limit: int = 9) -> list[tuple[int, int]]:
    return [(one.report.id, one.report.attempts) for one in await store.claim_reports(HOST, now, limit)]


async def test_a_report_is_given_once(store: Store) -> None:
    one, owed = await owing(store)
    pulled = await store.take_reports(1, ANY, START + 7)
    assert [(o.report, o.message.id) for o in pulled] == [(owed, one.id)]
    assert await taken(store) == []
    await pulled.given()
    assert await taken(store) == []
    story = store.story(one.id)
    assert story is not None
    assert (story.events[-1].kind, story.events[-1].at) == (EventKind.REPORT_PULLED, START + 7)


async def test_a_report_is_given_again_when_its_answer_did_not_go_out(bench: Bench, store: Store) -> None:
    first, second, third = [(await owing(store))[0].id for _ in range(3)]
    await (await store.take_reports(1, ReportFilter(limit=1), START)).given()
    back = await store.take_reports(1, ReportFilter(limit=1), START)
    assert await taken(store) == [third]
    await back.put_back()
    assert await taken(store) == [second]
    store = await bench.reopen()
    assert await taken(store) == [second, third]
    story = store.story(second)
    assert story is not None
    assert EventKind.REPORT_PULLED not in [event.kind for event in story.events]
    assert [report.attempts for report in story.reports] == [0]
    assert store.story(first) is not None


async def test_oldest_first_up_to_the_limit(store: Store) -> None:
    ids = [(await owing(store))[0].id for _ in range(5)]
    assert await taken(store, ReportFilter(limit=3)) == ids[:3]
    assert await taken(store, ReportFilter(limit=3)) == ids[3:]


async def test_each_account_has_its_own(store: Store) -> None:
    mine, _ = await owing(store, {"client_id": "a", "bulk": "b"})
    theirs, _ = await owing(store, {"client_id": "a", "bulk": "b", "account": 2})
    foreign = ReportFilter(messages=(theirs.id,))
    assert await taken(store, foreign) == []
    assert await taken(store, ReportFilter(bulk_ids=("b",), messages=("a",))) == [mine.id]
    assert await taken(store, account=3) == []
    assert await taken(store, foreign, account=2) == [theirs.id]


async def test_filter_by_bulk(store: Store) -> None:
    first, second, third = [(await owing(store, {"bulk": bulk}))[0].id for bulk in ("x", "y", "z")]
    assert await taken(store, ReportFilter(bulk_ids=("x", "z", "nothing"))) == [first, third]
    assert await taken(store) == [second]


async def test_filter_by_message(store: Store) -> None:
    mine, _ = await owing(store, {"client_id": "mine"})
    number, _ = await owing(store)
    rest, _ = await owing(store)
    assert await taken(store, ReportFilter(messages=())) == []
    assert await taken(store, ReportFilter(messages=("nothing", 12345))) == []
    assert await taken(store, ReportFilter(messages=("mine", number.id))) == [mine.id, number.id]
    assert await taken(store) == [rest.id]


async def test_as_many_ids_as_a_request_has(store: Store) -> None:
    one, _ = await owing(store, {"client_id": "mine"})
    wanted = (*range(1, 30_000), *(f"id {n}" for n in range(30_000)), "mine")
    assert await taken(store, ReportFilter(messages=wanted), account=2) == []
    assert await taken(store, ReportFilter(messages=wanted)) == [one.id]


async def test_pulls_at_once_share_what_an_application_has(store: Store) -> None:
    """Each gets something: nobody is told that there is nothing while there is."""
    extra = '{"app":"shop"}'
    ids = [(await owing(store, {"extra": extra}))[0].id for _ in range(6)]
    other, _ = await owing(store)
    shares = await asyncio.gather(*(taken(store, ReportFilter(app="shop", limit=2)) for _ in range(3)))
    assert sorted(shares) == [ids[:2], ids[2:4], ids[4:]]
    assert await taken(store, ReportFilter(app="shop")) == []
    assert await taken(store, ReportFilter(app="")) == [other.id]


async def test_a_report_for_a_url_is_not_pulled(store: Store) -> None:
    await owing(store, url=URL)
    assert await taken(store) == []
    assert len(await claimed(store)) == 1


async def test_a_report_to_pull_is_not_claimed(store: Store) -> None:
    await owing(store)
    assert await claimed(store) == []


async def test_claimed_once_with_the_attempt_counted(store: Store) -> None:
    one, owed = await owing(store, url=URL)
    first = await store.claim_reports(HOST, START, 9)
    assert [o.report for o in first] == [replace(owed, attempts=1)]
    assert first[0].message.id == one.id
    assert await claimed(store) == []


async def test_claims_take_what_is_due_oldest_first(store: Store) -> None:
    reports = [(await owing(store, url=URL, due=START + wait))[1].id for wait in (30, 10, 20)]
    assert await claimed(store, START + 9) == []
    assert await claimed(store, START + 30, limit=2) == [(reports[1], 1), (reports[2], 1)]
    assert await claimed(store, START + 30) == [(reports[0], 1)]


async def test_a_report_in_hand_is_not_claimed(store: Store) -> None:
    await owing(store, url=URL, attempts=1)
    assert await claimed(store) == []


async def test_notified(store: Store) -> None:
    one, owed = await owing(store, url=URL)
    await store.claim_reports(HOST, START, 9)
    await store.notified([owed.id], [event(one, EventKind.NOTIFIED, "200")])
    assert await claimed(store, START * 2) == []
    story = store.story(one.id)
    assert story is not None
    assert story.reports == ()
    assert story.events[-1].kind == EventKind.NOTIFIED


async def test_notify_later(store: Store) -> None:
    one, owed = await owing(store, url=URL)
    await store.claim_reports(HOST, START, 9)
    await store.notify_later([owed.id], START + 60_000, [event(one, EventKind.NOTIFY_FAILED, "500")])
    assert await claimed(store, START + 59_999) == []
    assert await claimed(store, START + 60_000) == [(owed.id, 2)]


async def test_put_back_uncounts_the_attempt(store: Store) -> None:
    _, owed = await owing(store, url=URL)
    await store.claim_reports(HOST, START, 9)
    await store.put_back_reports([owed.id])
    assert await claimed(store) == [(owed.id, 1)]


async def test_recovery_uncounts_an_attempt_that_was_cut_off(bench: Bench) -> None:
    _, tried = await owing(bench.store, url=URL)
    _, in_hand = await owing(bench.store, url=URL, attempts=1)
    _, later = await owing(bench.store, url=URL, due=START + 9)
    await bench.store.claim_reports(HOST, START, 9)
    await bench.store.notify_later([tried.id], START, [])
    await bench.store.claim_reports(HOST, START, 9)
    store = await bench.reopen()
    assert sorted(await claimed(store, START + 9)) == [(tried.id, 2), (in_hand.id, 1), (later.id, 1)]


async def test_several_reports_of_one_message(store: Store) -> None:
    one = message()
    await store.accept(new(one, in_hand=True))
    first, last = report(one), report(one)
    progress = replace(final_move(one, report=first), status=None, dequeue=False)
    await store.move([progress, final_move(one, report=last)])
    assert [o.report.id for o in await store.take_reports(1, ANY, START)] == [first.id, last.id]


async def test_hosts_with_due_reports(store: Store) -> None:
    assert store.due_hosts(START) == []
    hosts = [f"https://host{number}.example:8443" for number in range(5)]
    for wait, host in enumerate(hosts):
        await owing(store, url=f"{host}/a", due=START + wait)
        await owing(store, url=f"{host}/b", due=START + 99)
    await owing(store)
    assert store.due_hosts(START - 1) == []
    assert store.due_hosts(START) == hosts[:1]
    assert sorted(store.due_hosts(START + 3)) == hosts[:4]
    assert len(await store.claim_reports(hosts[0], START + 3, 9)) == 1
    assert sorted(store.due_hosts(START + 3)) == hosts[1:4]


async def test_claims_are_of_one_host(store: Store) -> None:
    _, mine = await owing(store, url=URL)
    _, others = await owing(store, url="http://other.example/reports")
    assert await claimed(store) == [(mine.id, 1)]
    assert [o.report.id for o in await store.claim_reports("http://other.example", START, 9)] == [others.id]
    assert await store.claim_reports("http://nobody.example", START, 9) == []
