from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.core.account import Account, ApiKey, Operator, User, digest_of
from stentor.core.definitions import KINDS, Application, Blocked, Book, Change, Changed, Link, Record, Source, kind_of
from stentor.core.numbers import Number
from stentor.core.pricing import Price
from stentor.core.routing import Rule, Target
from support.making import ACME, OTHER

ONE_OF_EACH: list[tuple[Record, str, str]] = [
    (ACME, "account", "acme"),
    (User("shop", "acme", "hash"), "user", "shop"),
    (ApiKey(digest_of("k"), "acme"), "key", digest_of("k")[:12]),
    (Operator("alice", digest_of("t")), "operator", "alice"),
    (Link("up", "smsc"), "connector", "up"),
    (Source("far", "http"), "resolver", "far"),
    (Application("app", "simulated", {"code": "c", "account": "acme"}), "application", "app"),
    (Rule(name="all", order=1, targets=(Target("up"),)), "rule", "all"),
    (Price("@acme", "22801", 1), "price", "@acme/22801"),
    (Blocked("41790000000"), "blocked", "*/41790000000"),
    (Number(number="7000", account="acme"), "number", "7000"),
]


@pytest.mark.parametrize(("record", "kind", "key"), ONE_OF_EACH, ids=[kind for _, kind, _ in ONE_OF_EACH])
def test_kinds_and_keys(record: Record, kind: str, key: str) -> None:
    assert kind_of(record).name == kind
    assert kind_of(record).key(record) == key
    assert Book([record]).get(kind, key) is record


def test_each_kind_is_tried() -> None:
    assert {kind for _, kind, _ in ONE_OF_EACH} == set(KINDS)


def test_a_key_is_not_shown_by_its_name() -> None:
    assert "secret-key" not in ApiKey(digest_of("secret-key"), "acme").id


def test_the_difference_is_only_what_differs() -> None:
    renamed = Price("standard", "CH", 2)
    book = Book([ACME, Price("standard", "CH", 1), Blocked("41790000000")])
    changes = book.difference([ACME, OTHER, renamed], [("blocked", "*/41790000000"), ("user", "nobody")])
    assert changes == [
        Change("account", "other", None, OTHER),
        Change("price", "standard/CH", Price("standard", "CH", 1), renamed),
        Change("blocked", "*/41790000000", Blocked("41790000000"), None),
    ]


def test_keys_are_in_order_and_follow_changes() -> None:
    book = Book([Price("b", "CH", 1), Price("a", "CH", 1)])
    assert book.keys("price") == ["a/CH", "b/CH"]
    book.apply(book.difference([Price("a", "*", 1)], [("price", "b/CH")]))
    assert book.keys("price") == ["a/*", "a/CH"]


def test_a_copy_stays_as_it_is() -> None:
    book = Book([ACME])
    copy = book.copy()
    book.apply(book.difference([OTHER], [("account", "acme")]))
    assert (copy.keys("account"), book.keys("account")) == (["acme"], ["other"])


def test_a_changed_book_leaves_the_book_alone() -> None:
    book = Book([ACME, Price("standard", "CH", 1)])
    changed = Changed(book, book.difference([OTHER], [("account", "acme")]))
    assert (changed.get("account", "acme"), changed.get("account", "other")) == (None, OTHER)
    assert changed.of("account") == {"other": OTHER}
    assert changed.of("price") == {"standard/CH": Price("standard", "CH", 1)}
    assert book.of("account") == {"acme": ACME}


PRICES = st.dictionaries(st.sampled_from(["CH", "DE", "22801", "*"]), st.integers(0, 3))


@given(PRICES, PRICES)
def test_changes_lead_there_and_back(before: dict[str, int], after: dict[str, int]) -> None:
    book = Book(Price("p", where, micros) for where, micros in before.items())
    gone = [("price", f"p/{where}") for where in before.keys() - after.keys()]
    changes = book.difference([Price("p", where, micros) for where, micros in after.items()], gone)
    book.apply(changes)
    assert {price.where: price.micros for price in book.of("price").values()} == after
    assert book.difference([Price("p", where, micros) for where, micros in after.items()], gone) == []
    book.apply(change.reversed() for change in reversed(changes))
    assert {price.where: price.micros for price in book.of("price").values()} == before


def test_accounts_are_told_apart_by_name_alone() -> None:
    book = Book([Account(id=7, name="acme")])
    book.apply(book.difference([Account(id=7, name="acme", plan="gold")]))
    assert [account.plan for account in book.of("account").values()] == ["gold"]
