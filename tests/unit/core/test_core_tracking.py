"""Tracked messages through the use case and the real store: links in their texts, runs of their process."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from stentor.catalogue import StatusId
from stentor.core.account import Account
from stentor.core.content import Extra, encoded
from stentor.core.conversion import MAX_PROCESSES, Conversions, Narrowed, Question
from stentor.core.errors import InvalidField, NotFound, StoreUnavailable
from stentor.core.ids import Ids
from stentor.core.links import Gone, Links
from stentor.core.message import Message
from stentor.core.ports import LogFilter
from stentor.core.rulebook import Rulebook
from stentor.core.shortening import code_of
from stentor.core.submit import Acceptance, Destination, Outgoing, Submission, Submit
from stentor.core.tracked import Click
from stentor.core.tracking import Tracker, Tracking, tracking
from stentor.engine.turns import PORTION, Turns
from stentor.storage.sqlite import SqliteStore
from stentor.storage.sqlite.conversions import ConversionRows
from stentor.storage.sqlite.links import LinkRows
from stentor.text import segments
from stentor.text.national import shift_of
from support.making import ACME, HOUR, OTHER, START, SWISS, FakeClock, book
from support.opening import opened

URL = "http://www.example.com/awesomeApp/someUserId"
TEXT = f"Can you beat my score: {URL}"
DAY = 24 * HOUR
ANDROID = "Mozilla/5.0 (Linux; Android 13)"
LINK = re.compile(r"http://eel\.nu/([0-9A-Za-z]{4})/([0-9A-Za-z]{5})")
URLS = Tracking(track="URL", type="SOCIAL_INVITES")
OTP = Tracking(track="SMS", type="One_Time_Pin")


class Nowhere:
    """Implements `core.ports.Handoff`."""

    def reserve(self, _connector: str, _account: int, _priority: int) -> bool:
        return False

    def release(self, _connector: str, _account: int, _priority: int) -> None:
        raise AssertionError

    def push(self, _message: Message, _priority: int) -> None:
        raise AssertionError

    def spilled(self, _connector: str, _account: int, _priority: int) -> None:
        pass


class Desk:
    def __init__(self, store: SqliteStore, clock: FakeClock) -> None:
        self.store, self.clock, self.ids = store, clock, Ids(b"s" * 32)
        self.rulebook = Rulebook(book())
        self.codes: Iterator[int] = (n * 7_919_191_919 % 62**9 for n in count(1))
        keys = count(1)
        self.clicks: list[Click] = []
        self.links_rows, self.rows = LinkRows(store.access), ConversionRows(store.access)
        self.conversions = Conversions(
            store=self.rows, ids=self.ids, clock=clock, draw_key=lambda: f"{next(keys):032X}", keep_ms=90 * DAY
        )
        self.links = Links(
            store=self.links_rows, clock=clock, directory=self.rulebook.directory, tell=self.clicks.append
        )
        self.tracker = Tracker(
            conversions=self.conversions, base="http://eel.nu", draw=lambda: code_of(next(self.codes)), keep_ms=30 * DAY
        )
        self.submit = Submit(
            rulebook=self.rulebook,
            store=store,
            handoff=Nowhere(),
            ids=self.ids,
            clock=clock,
            turns=Turns(clock),
            tracker=self.tracker,
        )

    async def send(
        self, wanted: Tracking | None, *to: str, account: Account = ACME, text: str = TEXT, **options: Any
    ) -> Acceptance:
        ids = options.pop("ids", [None] * len(to))
        destinations = [Destination(one, number) for one, number in zip(to, ids, strict=True)]
        outgoing = Outgoing(destinations=destinations, text=text, sender="Stentor", **options)
        return await self.submit(Submission(account, [outgoing], None, wanted))

    async def log(self) -> list[Message]:
        return list(reversed(await self.store.logs(1, LogFilter(since=0, limit=10_000))))

    async def rate(self, key: str, **asked: Any) -> tuple[int, int]:
        _, total = await self.conversions.rate(1, key, Question(**asked))
        return total.start_count, total.end_count

    def count(self, table: str) -> int:
        row: Any = self.store.access.reader.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(row[0])


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def desk(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as store:
        yield Desk(store, clock)


def codes(text: str) -> list[str]:
    return ["".join(found) for found in LINK.findall(text)]


async def test_each_destination_has_a_link_of_its_own(desk: Desk) -> None:
    await desk.send(URLS, SWISS, "41793026731", callback_data="mine", ids=["a", None])
    sent = await desk.log()
    assert [one.text for one in sent] == [TEXT.replace(URL, LINK.search(one.text)[0]) for one in sent]  # type: ignore[index]
    found = [desk.links.show(*codes(one.text)) for one in sent]
    assert len({one.code for one in found}) == 2
    assert [(one.message, one.recipient, one.client_id, one.callback_data, one.url) for one in found] == [
        (sent[0].id, SWISS, "a", "mine", URL),
        (sent[1].id, "41793026731", None, "mine", URL),
    ]
    assert {one.expires for one in found} == {START + 30 * DAY}


async def test_the_real_text_is_counted(desk: Desk) -> None:
    """160 characters with the link are one part, 161 two; with the long URL it would have been two."""
    for text, parts in (("x" * 135, 1), ("x" * 136, 2), ("\u044f" * 45, 1), ("\u044f" * 46, 2)):
        (one,) = (await desk.send(URLS, SWISS, text=f"{text} {URL}")).messages
        assert one.parts == parts
    for sent in await desk.log():
        assert sent.parts == segments.encode(sent.text).count


async def test_parts_are_counted_on_each_text_where_letters_differ_in_length(desk: Desk) -> None:
    """In the tables of some languages a capital letter is two septets, or none at all."""
    shift = shift_of("HI", single=True, locking=True)
    await desk.send(
        URLS, *[f"4179302{n}" for n in range(6700, 6740)], text="\u0915" * 120 + f" {URL}", extra=Extra(shift)
    )
    sent = await desk.log()
    assert len(sent) == 40
    for one in sent:
        assert one.parts == encoded(one.text, one.extra).count


async def test_a_refused_destination_has_no_link_and_no_run(desk: Desk) -> None:
    await desk.send(URLS, "1", SWISS)
    refused, sent = await desk.log()
    assert (refused.text, refused.status) == (TEXT, StatusId.REJECTED_DESTINATION_INVALID)
    assert codes(sent.text)
    assert (desk.count("link"), desk.count("process_run")) == (1, 1)


async def test_what_the_store_refuses_has_none_either(desk: Desk) -> None:
    await desk.send(URLS, SWISS, ids=["a"])
    again = await desk.send(URLS, SWISS, SWISS, ids=["a", "b"])
    assert again.messages[0].status == StatusId.REJECTED_DUPLICATE_MESSAGE_ID
    assert (desk.count("link"), desk.count("process_run"), desk.count("process_log")) == (2, 2, 2)
    assert desk.conversions.tally.begun["SOCIAL_INVITES"] == 2


async def test_without_credit_no_link(desk: Desk) -> None:
    await desk.send(None, *[SWISS] * 1_000)
    (one,) = (await desk.send(URLS, SWISS)).messages
    assert one.status == StatusId.REJECTED_NOT_ENOUGH_CREDITS
    assert (desk.count("link"), desk.count("process_run"), desk.count("series_count")) == (0, 0, 0)


async def test_a_code_that_is_taken_refuses_the_request(desk: Desk) -> None:
    """One in a billion even with a hundred million links; nothing is written or charged, the next try has others."""
    desk.codes = iter([5, 5, 6])
    before = desk.store.balance(1)
    with pytest.raises(StoreUnavailable):
        await desk.send(URLS, SWISS, SWISS)
    assert (desk.count("link"), desk.count("message"), desk.store.balance(1)) == (0, 0, before)
    await desk.send(URLS, SWISS)
    assert desk.count("link") == 1


async def test_large_requests_are_tracked_whole(desk: Desk) -> None:
    total = 2 * PORTION + 7
    await desk.send(URLS, *[str(41_790_000_000 + n) for n in range(total)])
    assert (desk.count("link"), desk.count("process_run"), desk.count("message")) == (total, total, total)
    (key,) = {process.key for process in [desk.rows.process_of_type(1, "SOCIAL_INVITES")] if process}
    assert await desk.rate(key) == (total, 0)


async def test_messages_without_urls_and_without_tracking(desk: Desk) -> None:
    await desk.send(URLS, SWISS, text="no link")
    await desk.send(OTP, SWISS)
    await desk.send(None, SWISS)
    assert [one.text for one in await desk.log()] == ["no link", TEXT, TEXT]
    assert (desk.count("link"), desk.count("process_run")) == (0, 2)


async def test_domains(desk: Desk) -> None:
    """The request's goes before the account's, and that before the platform's."""
    own = Account(id=1, name="acme", link_domain="acme.example")
    await desk.send(URLS, SWISS, account=own)
    given = tracking(track="url", type_=None, process_key=None, base_url="https://go.example/")
    await desk.send(given, SWISS, account=own)
    first, second = await desk.log()
    assert re.search(r" http://acme\.example/\w{4}/\w{5}$", first.text)
    assert re.search(r" https://go\.example/\w{4}/\w{5}$", second.text)


def test_what_cannot_be_tracked() -> None:
    assert tracking(track="", type_="x", process_key=None) is None
    for track, base in (("MAIL", None), ("URL", "ftp://x")):
        with pytest.raises(InvalidField):
            tracking(track=track, type_=None, process_key=None, base_url=base)


async def test_a_type_is_one_process_of_its_account(desk: Desk) -> None:
    await desk.send(OTP, SWISS, ids=["a"])
    await desk.send(OTP, SWISS, ids=["b"])
    await desk.send(OTP, SWISS, account=OTHER, ids=["a"])
    await desk.send(Tracking(track="SMS"), SWISS, ids=["c"])
    keys = [(await desk.conversions.end(1, one)).key for one in "abc"]
    theirs = await desk.conversions.end(2, "a")
    assert keys[0] == keys[1]
    assert len({*keys, theirs.key}) == 3
    assert re.fullmatch("[0-9A-F]{32}", keys[0])
    assert theirs.type == "TRACKING"
    with pytest.raises(NotFound):
        await desk.conversions.rate(1, theirs.key, Question())
    with pytest.raises(InvalidField, match="processKey"):
        await desk.send(Tracking(track="SMS", process_key=theirs.key), SWISS)
    await desk.send(Tracking(track="SMS", process_key=keys[0]), SWISS, ids=["d"])
    assert (await desk.conversions.end(1, "d")).key == keys[0]


async def test_an_end_counts_once(desk: Desk, clock: FakeClock) -> None:
    acceptance = await desk.send(OTP, SWISS, "41793026731")
    clock.pass_ms(90_000)
    ours = acceptance.messages[0].message_id
    key = (await desk.conversions.end(1, ours)).key
    assert (await desk.conversions.end(1, ours.upper())).key == key
    assert await desk.rate(key) == (2, 1)
    assert await desk.rate(key, since=START + 60_000) == (0, 1)
    assert desk.conversions.tally.ended["ONE_TIME_PIN"] == 1
    for account, unknown in ((2, ours), (1, "nobody"), (1, desk.ids.public(7))):
        with pytest.raises(NotFound):
            await desk.conversions.end(account, unknown)


async def test_a_message_that_is_not_tracked_ends_nothing(desk: Desk) -> None:
    acceptance = await desk.send(None, SWISS, ids=["a"])
    for one in ("a", acceptance.messages[0].message_id):
        with pytest.raises(NotFound):
            await desk.conversions.end(1, one)


async def test_the_newest_of_an_id_is_meant(desk: Desk, clock: FakeClock) -> None:
    """A client's id is free again when its message is forgotten; the logs of both are there."""
    await desk.send(OTP, SWISS, ids=["a"])
    clock.pass_ms(72 * HOUR)
    desk.store._connection.execute("DELETE FROM message")
    await desk.send(Tracking(track="SMS", type="later"), SWISS, ids=["a"])
    assert (await desk.conversions.end(1, "a")).track == "later"


async def test_types_are_bounded(desk: Desk) -> None:
    with pytest.raises(InvalidField, match="Length"):
        await desk.send(Tracking(track="SMS", type="x" * 101), SWISS)
    make = "INSERT INTO process (account, key, name, description, type, added_at) VALUES (1, ?, '', '', 'TRACKING', 0)"
    desk.store._connection.executemany(make, [(str(n),) for n in range(MAX_PROCESSES)])
    with pytest.raises(InvalidField, match="no more are taken"):
        await desk.send(OTP, SWISS)


async def test_links_lead_on_and_tell(desk: Desk, clock: FakeClock) -> None:
    await desk.send(URLS, SWISS)
    (code,) = codes((await desk.log())[0].text)
    assert desk.links.follow(code, ANDROID, clicked=True) == URL.encode()
    assert desk.links.follow(code, ANDROID, clicked=False) == URL.encode()
    assert desk.links.follow(code, "WhatsApp/2.23", clicked=True) == URL.encode()
    assert [(one.os, one.at, one.link.recipient) for one in desk.clicks] == [("ANDROID", START, SWISS)]
    assert desk.links.previews == 1
    clock.pass_ms(30 * DAY - 1)
    desk.links.follow(code, ANDROID, clicked=True)
    clock.pass_ms(1)
    with pytest.raises(Gone):
        desk.links.follow(code, ANDROID, clicked=True)
    assert len(desk.clicks) == 2
    assert await desk.links_rows.forget(clock.now + 1, 10) == 1
    with pytest.raises(NotFound):
        Links(store=desk.links_rows, clock=clock, directory=desk.rulebook.directory).follow(code, "", clicked=True)


async def test_links_are_stopped(desk: Desk) -> None:
    await desk.send(URLS, SWISS, text="https://shop.example.com/x http://example.org/")
    (message,) = await desk.log()
    first, second = codes(message.text)

    def leads(code: str) -> bool:
        try:
            return bool(desk.links.follow(code, ANDROID, clicked=False))
        except Gone:
            return False

    assert [leads(first), leads(second)] == [True, True]
    await desk.links.stop(second, stopped=True)
    assert [leads(first), leads(second)] == [True, False]
    await desk.links.stop(second, stopped=False)
    await desk.links.stop_host("example.com", stopped=True)
    assert [leads(first), leads(second)] == [False, True]
    await desk.links.stop_host("le.com", stopped=True)
    await desk.links.stop_host("example.com", stopped=False)
    assert [leads(first), leads(second)] == [True, True]
    desk.rulebook.directory.accounts[1] = Account(id=1, name="acme", enabled=False)
    assert [leads(first), leads(second)] == [False, False]


@pytest.mark.parametrize("host", ["пример.рф", "ПРИМЕР%2Eрф", "пример。рф", "xn--e1afmkfd.xn--p1ai"])
async def test_a_host_is_stopped_however_it_is_written(desk: Desk, host: str) -> None:
    await desk.links.stop_host("xn--e1afmkfd.xn--p1ai", stopped=True)
    await desk.send(URLS, SWISS, text=f"http://www.{host}:8080/x")
    (message,) = await desk.log()
    (code,) = codes(message.text)
    with pytest.raises(Gone):
        desk.links.follow(code, ANDROID, clicked=False)


async def test_codes_that_are_none(desk: Desk) -> None:
    for code in ("AAAABBBBB", "", "\u00e9" * 9, "a" * 8, "../../etc", "%00" * 3):
        with pytest.raises(NotFound):
            desk.links.follow(code, ANDROID, clicked=True)


async def test_a_click_ends_the_run_once(desk: Desk) -> None:
    await desk.send(URLS, SWISS, "41793026731", ids=["a", None])
    for one in await desk.log():
        for agent in (ANDROID, "iPhone"):
            desk.links.follow(codes(one.text)[0], agent, clicked=True)
    ended = await desk.links_rows.clicked([(click, None) for click in desk.clicks])
    process = await desk.conversions.end(1, "a")
    assert ended == [process.id] * 2
    desk.conversions.ended(ended)
    assert desk.conversions.tally.ended["SOCIAL_INVITES"] == 2
    statistics, total = await desk.conversions.rate(1, process.key, Question(narrowed=Narrowed(by="os")))
    assert [(one.of, one.start_count, one.end_count) for one in statistics] == [("ANDROID", 0, 2), ("UNKNOWN", 2, 0)]
    assert total.rate == 1.0


async def test_erasing_a_number_forgets_its_links(desk: Desk) -> None:
    await desk.send(URLS, SWISS, "41793026731", text=f"{URL} {URL}2")
    sent = {one.recipient: codes(one.text) for one in await desk.log()}
    for code in [code for both in sent.values() for code in both]:
        desk.links.follow(code, ANDROID, clicked=True)
    await desk.links_rows.clicked([(click, None) for click in desk.clicks])
    assert await desk.links.erase(f"+{SWISS}") == 2
    with pytest.raises(NotFound):
        desk.links.follow(sent[SWISS][0], ANDROID, clicked=True)
    assert desk.links.follow(sent["41793026731"][1], ANDROID, clicked=True) == f"{URL}2".encode()
    assert (desk.count("link"), desk.count("click")) == (2, 2)
    await desk.links_rows.clicked([(click, None) for click in desk.clicks[:1]])
    assert desk.count("click") == 2
