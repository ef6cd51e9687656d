"""The use case on the real store: what is refused, charged, found and shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from msgspec.structs import replace

from stentor.api.v1.lookup import pushed
from stentor.catalogue import StatusId
from stentor.core.account import Account, Terms
from stentor.core.errors import InvalidField, StoreUnavailable, Throttled
from stentor.core.ids import Ids
from stentor.core.lookup import (
    PACKAGES,
    Found,
    LookupFilter,
    LookupResult,
    Lookups,
    NewLookups,
    PackageName,
    Place,
    Telling,
    seen,
)
from stentor.core.pricing import Price
from stentor.core.rulebook import Rulebook
from stentor.engine.lookups import LookingUp
from stentor.engine.resolving import Resolving, Stage
from stentor.engine.turns import Turns
from stentor.storage.sqlite import SqliteStore
from stentor.storage.sqlite.lookups import LookupRows
from support.lookups import REACHED, ScriptedResolver
from support.making import ACME, CREDIT, OTHER, PRICE, SWISS, FakeClock, book
from support.opening import opened
from support.platform import until
from support.waiting import PATIENCE_S

TELLING = Telling("https://customer.example/lookups")
GERMAN, FRENCH = "491512345678", "33612345678"
PLACE = Place("Swisscom", "79", "Switzerland", "41", "CH")
WHOLE = Found(
    status=5,
    mcc_mnc="22802",
    imsi="228020000000001",
    original=PLACE,
    ported=True,
    ported_to=replace(PLACE, network_name="Sunrise", network_prefix="76"),
    roaming=True,
    roaming_in=Place("T-Mobile", "151", "Germany", "49", "DE"),
    serving_msc="49151777",
    serving_hlr="4176777",
)
PRICES = (Price("lookup", "*", PRICE), Price("lookup", "DE", 2 * PRICE))


class Bench:
    """Wired as `app.lookups` wires it, with a resolver that does what a test says."""

    def __init__(self, store: SqliteStore, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        self.rows = LookupRows(store.access)
        self.far = ScriptedResolver("far", {SWISS: REACHED, GERMAN: REACHED, FRENCH: WHOLE})
        self.near = ScriptedResolver("near", asks=False)
        self.finder = Resolving(clock, ())
        self.finder.use([Stage(resolver=self.near, order=1), Stage(resolver=self.far, order=2, timeout=0.5)])
        self.background = LookingUp(self.rows, lambda: None)
        self.lookups = Lookups(
            rulebook=Rulebook(book(*PRICES)),
            store=self.rows,
            finder=self.finder,
            background=self.background,
            ids=Ids(b"s" * 32),
            clock=clock,
            turns=Turns(clock),
        )
        self.lookups.renderers["v1"] = pushed
        self.background.settle = self.lookups.settle

    async def log(self, account: Account = ACME) -> list[LookupResult]:
        return await self.rows.logs(account.id, LookupFilter(since=0, limit=1000))

    def calls(self) -> list[tuple[str, bytes]]:
        return [(str(row[0]), bytes(row[1])) for row in self.store.access.reader.execute("SELECT url, body FROM call")]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    clock = FakeClock()
    async with opened(tmp_path, book(*PRICES)) as store:
        made = Bench(store, clock)
        await made.background.start()
        yield made
        await made.background.stop()


async def test_each_number_has_its_result_in_order(bench: Bench) -> None:
    numbers = ["Alphanumeric", SWISS, "", "999999999", FRENCH, "12"]
    results = await bench.lookups(ACME, numbers)
    assert [one.to for one in results] == numbers
    assert [one.status for one in results] == [52, 5, 51, 8, 5, 52]
    assert [one.correct for one in results] == [False, True, False, False, True, False]
    assert bench.store.balance(1) == CREDIT - 2 * PRICE


async def test_what_is_no_number_is_neither_kept_nor_paid(bench: Bench) -> None:
    (result,) = await bench.lookups(ACME, ["Alphanumeric"])
    assert (result.id, await bench.log(), bench.store.balance(1)) == (0, [], CREDIT)


async def test_a_number_that_stands_twice_is_asked_and_paid_once(bench: Bench) -> None:
    results = await bench.lookups(ACME, [SWISS, f"+{SWISS}", FRENCH, f"00{SWISS}"])
    assert len({one.id for one in results}) == 2
    assert [one.to for one in results] == [SWISS, SWISS, FRENCH, SWISS]
    assert bench.far.requests == [[SWISS, FRENCH]]
    assert bench.store.balance(1) == CREDIT - 2 * PRICE


async def test_prices_go_by_the_country_and_the_list(bench: Bench) -> None:
    results = await bench.lookups(ACME, [GERMAN, SWISS])
    assert [one.price for one in results] == [2 * PRICE, PRICE]
    (unpriced,) = await bench.lookups(replace(ACME, lookup_plan="none"), [SWISS])
    assert (unpriced.status, unpriced.price) == (StatusId.REJECTED_NETWORK, 0)


async def test_countries_of_the_account_hold_for_lookups(bench: Bench) -> None:
    results = await bench.lookups(replace(ACME, countries=("DE",)), [SWISS, GERMAN])
    assert [one.status for one in results] == [StatusId.REJECTED_NETWORK, 5]
    assert bench.store.balance(1) == CREDIT - 2 * PRICE
    assert bench.far.requests == [[GERMAN]]


async def test_without_credit_nothing_is_asked(bench: Bench) -> None:
    dear = replace(ACME, id=77, name="poor")
    (result,) = await bench.lookups(dear, [SWISS])
    assert (result.status, result.found, result.price) == (StatusId.REJECTED_NOT_ENOUGH_CREDITS, None, 0)
    assert bench.far.requests == []


async def test_an_answer_that_was_at_hand_is_not_given_without_credit(bench: Bench) -> None:
    bench.near.known[SWISS] = REACHED
    (result,) = await bench.lookups(replace(ACME, id=77), [SWISS])
    assert (result.status, result.found) == (StatusId.REJECTED_NOT_ENOUGH_CREDITS, None)


async def test_what_is_at_hand_takes_one_transaction(bench: Bench) -> None:
    bench.near.known[SWISS] = REACHED
    before = bench.store.commits
    (result,) = await bench.lookups(ACME, [SWISS])
    assert (result.resolver, bench.store.commits) == ("near", before + 1)


async def test_nothing_found_costs_nothing(bench: Bench) -> None:
    bench.far.known.clear()
    (unknown,) = await bench.lookups(ACME, [SWISS])
    bench.far.fails = OSError("refused")
    (failed,) = await bench.lookups(ACME, [SWISS])
    assert (unknown.status, failed.status) == (StatusId.REJECTED_DESTINATION, StatusId.REJECTED_SYSTEM_ERROR)
    assert (unknown.price, failed.price, bench.store.balance(1)) == (0, 0, CREDIT)


async def test_a_hanging_resolver_does_not_hang_the_client(bench: Bench) -> None:
    bench.far.gate.clear()
    async with asyncio.timeout(PATIENCE_S):
        (result,) = await bench.lookups(ACME, [SWISS])
    assert result.status == StatusId.REJECTED_SYSTEM_ERROR


async def test_a_client_that_leaves_gets_what_it_paid_for_into_its_log(bench: Bench) -> None:
    bench.far.gate.clear()
    asking = asyncio.create_task(bench.lookups(ACME, [SWISS]))
    await until(lambda: bench.far.requests)
    asking.cancel()
    bench.far.gate.set()
    await asyncio.gather(asking, return_exceptions=True)
    await until(lambda: not bench.background.held)
    (line,) = await bench.log()
    assert (line.status, bench.store.balance(1)) == (5, CREDIT - PRICE)


async def test_limits_of_a_request(bench: Bench) -> None:
    many = [str(41790000000 + n) for n in range(1001)]
    with pytest.raises(InvalidField) as refusal:
        await bench.lookups(ACME, many)
    assert str(refusal.value) == (
        "[to : Number of destinations is limited to 1000. For larger requests use /number/1/notify API endpoint.]"
    )
    with pytest.raises(InvalidField):
        await bench.lookups(ACME, [])
    with pytest.raises(InvalidField):
        await bench.lookups.later(ACME, many * 10, TELLING)


async def test_a_thousand_numbers_at_once(bench: Bench) -> None:
    many = [str(41790000000 + n) for n in range(1000)]
    bench.near.known = dict.fromkeys(many, REACHED)
    results = await bench.lookups(ACME, many)
    assert {one.status for one in results} == {5}
    assert bench.store.balance(1) == 0


async def test_the_rate_of_the_account_holds(bench: Bench) -> None:
    slow = replace(ACME, rate=1.0)
    await bench.lookups(slow, [SWISS, GERMAN])
    with pytest.raises(Throttled):
        await bench.lookups(slow, [SWISS])


async def test_later_answers_are_told(bench: Bench) -> None:
    bench.far.gate.clear()
    results = await bench.lookups.later(ACME, [SWISS, "x", FRENCH], TELLING)
    assert [one.status for one in results] == [3, 52, 3]
    assert bench.store.balance(1) == CREDIT - 2 * PRICE
    bench.far.gate.set()
    await until(lambda: not bench.background.held)
    ((url, body),) = bench.calls()
    assert url == TELLING.url
    assert body.count(b'"to":') == 2
    assert [one.status for one in await bench.log()] == [5, 5]


async def test_a_large_request_is_told_in_hundreds(bench: Bench) -> None:
    many = [str(41790000000 + n) for n in range(250)]
    bench.near.known = dict.fromkeys(many, REACHED)
    await bench.lookups.later(ACME, many, TELLING)
    await until(lambda: not bench.background.held)
    counts = [body.count(b'"to":') for _, body in bench.calls()]
    assert sorted(counts) == [50, 100, 100]


async def test_an_account_that_is_gone_is_shown_least(bench: Bench) -> None:
    bench.lookups._rulebook.directory.accounts.pop(2)
    await bench.lookups.later(OTHER, [FRENCH], TELLING)
    await until(lambda: not bench.background.held)
    (line,) = await bench.log(OTHER)
    assert (line.found is not None, line.mcc_mnc, line.imsi) == (True, WHOLE.mcc_mnc, None)


async def test_a_disk_that_refuses_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: Any) -> None:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(bench.rows, "accept", refuse)
    with pytest.raises(StoreUnavailable):
        await bench.lookups(ACME, [SWISS])
    assert bench.far.requests == []


async def test_any_digits_are_kept_and_refusals_told(bench: Bench) -> None:
    numbers = ["123456", "99999999999", "12x", "+234234", SWISS, "9" * 31]
    account = replace(ACME, countries=("DE",))
    results = await bench.lookups.later(account, numbers, TELLING, any_digits=True)
    assert [one.status for one in results] == [52, 8, 52, 52, StatusId.REJECTED_NETWORK, 52]
    assert [one.to for one in results] == ["123456", "99999999999", "12x", "234234", SWISS, "9" * 31]
    assert [bool(one.id) for one in results] == [True, True, False, True, True, False]
    ((_, body),) = bench.calls()
    assert body.count(b'"to":') == 4
    assert len(await bench.log()) == 4
    (one,) = await bench.lookups(ACME, ["123456"], any_digits=True)
    assert (one.status, bool(one.id), one.correct, one.price) == (52, True, False, 0)
    assert bench.store.balance(1) == CREDIT


async def test_a_refusal_that_cannot_be_told_has_no_id(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: Any) -> None:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(bench.rows, "finish", refuse)
    results = await bench.lookups.later(ACME, ["123456"], TELLING, any_digits=True)
    assert [(one.status, one.id) for one in results] == [(52, 0)]


@pytest.mark.parametrize("refusal", [StoreUnavailable("disk full"), Throttled(1.0)])
async def test_a_disk_that_refuses_later_leaves_what_was_accepted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    """Its results are told, and nobody pays for the rest or waits for it."""
    accept = bench.rows.accept
    rows: list[int] = []

    async def first_only(new: NewLookups) -> list[int | None]:
        if rows:
            raise refusal
        rows.append(len(new.lookups))
        return await accept(new)

    monkeypatch.setattr(bench.rows, "accept", first_only)
    many = [str(41790000000 + n) for n in range(1000)]
    bench.far.known = dict.fromkeys(many, REACHED)
    results = await bench.lookups.later(ACME, many, TELLING)
    (kept,) = rows
    assert 0 < kept < len(many)
    assert {one.status for one in results[:kept]} == {StatusId.PENDING_WAITING_DELIVERY}
    assert {(one.status, one.id, one.price) for one in results[kept:]} == {(StatusId.REJECTED_SYSTEM_ERROR, 0, 0)}
    await until(lambda: not bench.background.held)
    assert bench.store.balance(1) == CREDIT - kept * PRICE
    assert sum(body.count(b'"to":') for _, body in bench.calls()) == kept


EXPECTED: Mapping[PackageName, set[str]] = {
    "cleaning": {"mcc_mnc", "original"},
    "portability": {"mcc_mnc", "original", "imsi", "ported", "ported_to"},
    "roaming": {
        *("mcc_mnc", "original", "imsi", "ported", "ported_to"),
        *("roaming", "roaming_in", "serving_msc", "serving_hlr"),
    },
    "full": {
        *("mcc_mnc", "original", "imsi", "ported", "ported_to"),
        *("roaming", "roaming_in", "serving_msc", "serving_hlr"),
    },
}


@pytest.mark.parametrize("package", PACKAGES)
async def test_a_package_decides_what_is_seen(bench: Bench, package: PackageName) -> None:
    account = replace(ACME, lookup_package=package)
    (result,) = await bench.lookups(account, [FRENCH])
    assert result.found == seen(WHOLE, package)
    shown = {name for name in Found.__struct_fields__ if getattr(result.found, name) is not None}
    assert shown - {"status", "error", "brief"} == EXPECTED[package]
    names = {place.network_name for place in (result.original, result.ported_to, result.roaming_in) if place}
    assert names == ({"Swisscom", "Sunrise", "T-Mobile"} if package in ("roaming", "full") else {""})
    assert result.found.brief == (package != "full")
    assert await bench.log() == [result]


def test_accounts_know_all_packages() -> None:
    hint = get_type_hints(Terms)["lookup_package"]
    assert get_args(hint) == tuple(PACKAGES)
