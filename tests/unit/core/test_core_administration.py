"""Revisions over the real store: checked, written, followed, undone; money given once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from stentor.core.account import Account, User
from stentor.core.administration import NEWEST, Administration, Pace, Payment
from stentor.core.definitions import Blocked, Change, Link, Record
from stentor.core.errors import Conflict, InvalidField, NotFound
from stentor.core.ids import Ids
from stentor.core.pricing import Price
from stentor.core.routing import Rule, Target
from stentor.core.rulebook import Rulebook
from stentor.numbering import Network, lookup
from stentor.storage.sqlite import SqliteStore
from support.making import SWISS, FakeClock

UP = Link("up", "smsc")
ALL = Rule(name="all", order=1, targets=(Target("up"),))
ACME = Account(name="acme")


class Office:
    """Administration on a folder, with what it told those who follow."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.store = SqliteStore(folder)
        self.rulebook = Rulebook(self.store.records())
        self.followed: list[Sequence[Change]] = []
        self.pauses = 0
        self.clock = clock
        self.administration = Administration(
            store=self.store,
            rulebook=self.rulebook,
            ids=Ids(b"s" * 32, last=self.store.largest_id()),
            clock=clock,
            check_link=lambda _: None,
            follow=self._follow,
            pace=Pace(asyncio.Lock(), self._pause),
        )

    async def define(self, *records: Record, gone: Sequence[tuple[str, str]] = (), credit: str = "") -> int:
        """The number of the revision."""
        openings = [Payment(credit, 5_000_000)] if credit else []
        revision = await self.administration.revise("op", "defined", records, gone=gone, openings=openings)
        return revision.number

    def account(self, name: str) -> Account:
        return self.rulebook.directory.named[name]

    def balance(self, name: str) -> int:
        return self.store.balance(self.account(name).id)

    async def _follow(self, changes: Sequence[Change]) -> None:
        """What follows finds the rulebook and the disk as they are now."""
        stored = {repr(record) for record in self.store.records()}
        assert all(change.after is None or repr(change.after) in stored for change in changes)
        self.followed.append(changes)

    async def _pause(self) -> None:
        self.pauses += 1
        await asyncio.sleep(0)


@asynccontextmanager
async def opened(folder: Path, clock: FakeClock | None = None) -> AsyncIterator[Office]:
    one = Office(folder, clock or FakeClock())
    try:
        yield one
    finally:
        await one.store.close()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as one:
        yield one


async def test_a_revision_is_written_applied_and_followed(office: Office) -> None:
    revision = await office.administration.revise("op", "first", [UP, ALL, ACME])
    assert (revision.number, revision.operator, revision.action, revision.size) == (1, "op", "first", 3)
    assert office.followed == [revision.changes]
    assert office.rulebook.targets("all") == (Target("up"),)
    assert office.account("acme").id == 1
    stored = await office.store.revision(1)
    assert stored is not None
    assert stored.changes == revision.changes


async def test_what_is_so_already_makes_no_revision(office: Office) -> None:
    await office.define(UP, ALL, ACME)
    again = await office.administration.revise("op", "again", [UP, ALL, ACME], gone=[("user", "nobody")])
    assert (again.number, again.size) == (0, 0)
    assert len(office.followed) == 1
    assert [one.number for one in await office.store.revisions(None, NEWEST, 9)] == [1]


async def test_a_preview_changes_nothing(office: Office) -> None:
    await office.define(UP)
    preview = await office.administration.revise("op", "try", [ALL, ACME], openings=[Payment("acme", 5)], preview=True)
    assert (preview.number, preview.size) == (0, 2)
    assert office.rulebook.book.of("rule") == {}
    assert await office.store.revision(2) is None
    await office.define(Account(name="other"))
    assert office.account("other").id == 1


async def test_a_refusal_changes_nothing(office: Office) -> None:
    with pytest.raises(InvalidField):
        await office.define(ACME, ALL, credit="acme")
    assert (office.store.records(), office.store.numbers(), office.followed) == ([], {}, [])
    assert office.rulebook.book.of("account") == {}


async def test_numbers_of_accounts(office: Office) -> None:
    await office.define(ACME, Account(name="b"), Account(name="c"))
    assert [office.account(name).id for name in ("acme", "b", "c")] == [1, 2, 3]
    await office.define(gone=[("account", "b"), ("account", "c")])
    await office.define(Account(name="d"))
    await office.define(Account(name="c"))
    assert (office.account("d").id, office.account("c").id) == (4, 3)


async def test_an_opening_is_paid_in_once_in_the_life_of_an_account(office: Office) -> None:
    await office.define(ACME, credit="acme")
    await office.define(replace(ACME, plan="gold"), credit="acme")
    await office.define(gone=[("account", "acme")])
    await office.define(Account(name="other"), credit="acme")
    await office.define(ACME, credit="acme")
    assert office.balance("acme") == 5_000_000
    rows = await office.store.ledger(office.account("acme").id, (NEWEST, ""), 9)
    assert [(row.kind, row.amount) for row in rows] == [("top-up", 5_000_000)]


async def test_an_account_takes_what_is_its_own_with_it(office: Office) -> None:
    own: list[Record] = [User("u", "acme", "h"), Price("@acme", "*", 1), Blocked("41790000000", "acme")]
    others: list[Record] = [
        User("v", "b", "h"),
        Price("@b", "*", 1),
        Price("acme", "*", 1),
        Blocked("41790000000", "b"),
    ]
    await office.define(ACME, Account(name="b"), *own, *others)
    number = await office.define(gone=[("account", "acme")])
    left = {(kind, key) for kind in ("account", "user", "price", "blocked") for key in office.rulebook.book.of(kind)}
    assert left == {
        ("account", "b"), ("user", "v"), ("price", "@b/*"), ("price", "acme/*"), ("blocked", "b/41790000000"),
    }  # fmt: skip
    await office.administration.undo("op", number)
    assert office.rulebook.book.get("user", "u") == User("u", "acme", "h")
    assert office.rulebook.prices.found("none", _swiss(), "acme") == Price("@acme", "*", 1)
    assert office.rulebook.blocks("acme", "41790000000")


async def test_an_account_that_a_rule_names_stays(office: Office) -> None:
    await office.define(UP, ACME, replace(ALL, account="acme"), User("u", "acme", "h"))
    with pytest.raises(Conflict, match="still in use by rule all"):
        await office.define(gone=[("account", "acme")])
    assert office.rulebook.book.get("user", "u") is not None


async def test_undo_and_undo_of_the_undo(office: Office) -> None:
    await office.define(UP, ALL)
    changed = await office.define(replace(ALL, order=9), Price("standard", "*", 1))
    undone = await office.administration.undo("eve", changed)
    assert (undone.action, undone.size) == (f"undo of revision {changed}", 2)
    assert (office.rulebook.book.get("rule", "all"), office.rulebook.book.get("price", "standard/*")) == (ALL, None)
    await office.administration.undo("eve", undone.number)
    assert office.rulebook.book.get("rule", "all").order == 9


async def test_undo_of_what_was_changed_since(office: Office) -> None:
    first = await office.define(UP, ALL)
    await office.define(replace(ALL, order=2))
    with pytest.raises(Conflict, match="rule all was changed again since revision 1"):
        await office.administration.undo("op", first)
    assert office.rulebook.book.get("rule", "all").order == 2


async def test_undo_of_what_others_use_by_now(office: Office) -> None:
    first = await office.define(UP)
    await office.define(ALL)
    with pytest.raises(Conflict, match="connector up is still in use by rule all"):
        await office.administration.undo("op", first)


async def test_undo_previewed(office: Office) -> None:
    first = await office.define(UP)
    assert (await office.administration.undo("op", first, preview=True)).number == 0
    assert office.rulebook.book.get("connector", "up") == UP


async def test_undo_of_nothing(office: Office) -> None:
    with pytest.raises(NotFound, match="no revision 1"):
        await office.administration.undo("op", 1)
    await office.define(ACME)
    await office.administration.pay("op", Payment("acme", 5_000_000, "invoice"))
    with pytest.raises(Conflict, match=r"revision 2 \(credit of acme: 5 EUR \(invoice\)\) changed no definition"):
        await office.administration.undo("op", 2)


async def test_credit(office: Office) -> None:
    await office.define(ACME)
    assert await office.administration.pay("op", Payment("acme", 5_000_000, "invoice 17")) == 5_000_000
    assert await office.administration.pay("op", Payment("acme", -2_000_000)) == 3_000_000
    rows = await office.store.ledger(1, (NEWEST, ""), 9)
    assert [(row.kind, row.amount, row.note) for row in rows] == [
        ("correction", -2_000_000, ""),
        ("top-up", 5_000_000, "invoice 17"),
    ]
    heads = await office.store.revisions(None, NEWEST, 2)
    assert [head.action for head in heads] == ["credit of acme: -2 EUR", "credit of acme: 5 EUR (invoice 17)"]


async def test_credit_that_is_refused(office: Office) -> None:
    await office.define(ACME, credit="acme")
    with pytest.raises(InvalidField, match="nothing to pay"):
        await office.administration.pay("op", Payment("acme", 0))
    with pytest.raises(InvalidField, match="the account has less than that"):
        await office.administration.pay("op", Payment("acme", -5_000_001))
    with pytest.raises(NotFound, match="no account is called 'nobody'"):
        await office.administration.pay("op", Payment("nobody", 1))
    assert office.balance("acme") == 5_000_000
    assert len(await office.store.revisions(None, NEWEST, 9)) == 1


async def test_a_note_in_the_audit_log(office: Office) -> None:
    await office.administration.note("op", "something done")
    (head,) = await office.store.revisions(None, NEWEST, 9)
    assert (head.action, head.size) == ("something done", 0)


async def test_numbers_of_revisions_go_on_after_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(tmp_path, clock) as first:
        await first.define(ACME)
        await first.administration.pay("op", Payment("acme", 1))
    async with opened(tmp_path, clock) as again:
        assert await again.define(Account(name="b")) == 3
        assert again.account("b").id == 2
        await again.administration.pay("op", Payment("acme", 1))
        assert again.balance("acme") == 2


async def test_changes_that_arrive_together_lose_nothing(office: Office) -> None:
    """Each is made of what the one before it left, as two commands on one account are."""
    await office.define(ACME)

    async def with_sender(sender: str) -> None:
        async def wanted() -> list[Record]:
            known = office.account("acme")
            await asyncio.sleep(0)
            return [replace(known, blocked_senders=(*known.blocked_senders, sender))]

        await office.administration.revise("op", sender, wanted)

    names = [f"s{number}" for number in range(20)]
    await asyncio.gather(*map(with_sender, names))
    assert sorted(office.account("acme").blocked_senders) == sorted(names)
    assert [head.number for head in await office.store.revisions(None, NEWEST, 99)] == list(range(21, 0, -1))


async def test_a_large_revision_lets_others_work(office: Office) -> None:
    prices = [Price("big", f"{number:06d}", number) for number in range(5_000)]
    await office.define(*prices)
    assert office.pauses > 10
    assert len(office.rulebook.book.of("price")) == 5_000
    assert (await office.administration.revise("op", "again", prices)).size == 0


async def test_what_is_asked_for_and_is_not_there(office: Office) -> None:
    for kind, told in (("rule", "no rule 'x'"), ("blocked", "no blocked number 'x'"), ("key", "no API key 'x'")):
        with pytest.raises(NotFound, match=told):
            office.administration.get(kind, "x")


def _swiss() -> Network:
    network = lookup(SWISS)
    assert network is not None
    return network
