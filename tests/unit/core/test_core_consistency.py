from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stentor.core.account import Account, ApiKey, Operator, User, digest_of
from stentor.core.consistency import Misfit, check
from stentor.core.definitions import Blocked, Book, Changed, Link, Record
from stentor.core.errors import Conflict, InvalidField
from stentor.core.numbers import Keyword, Number
from stentor.core.pricing import Price
from stentor.core.routing import Rule, Target
from support.making import ACME

UP = Link("up", "smsc")
ALL = Rule(name="all", order=1, targets=(Target("up"),))
THERE: list[Record] = [ACME, UP, ALL, Price("standard", "*", 1)]


def wellformed(link: Link) -> None:
    if "wrong" in link.options:
        raise InvalidField("wrong", "is not a setting.")


def tried(*wanted: Record, gone: tuple[tuple[str, str], ...] = ()) -> None:
    book = Book(THERE)
    changes = book.difference(wanted, gone)
    assert changes
    check(Changed(book, changes), changes, wellformed)


def rule(**changes: Any) -> Rule:
    return replace(ALL, **{"name": "other", **changes})


GOOD: list[Record] = [
    Account(name="a b.c-d:e"),
    Account(name="x" * 64),
    Account(name="all", countries=("CH", "DE"), addresses=("192.0.2.0/24", "2001:db8::/32", "192.0.2.7")),
    Account(name="none", countries=(), addresses=()),
    User("with spaces/and slash", "acme", "hash"),
    ApiKey(digest_of("k"), "acme", "shop"),
    Operator("alice@example.com", digest_of("t")),
    Blocked("41790000000"),
    Blocked("41790000000", "acme"),
    Number(number="700", account="acme", way="smpp", callback_data="x"),
    Number(number="1" * 15, account="acme", way="get", url="http://a.example/?t=%text%"),
    Number(number="7000", keywords=(Keyword(keyword="A", account="acme"), Keyword(keyword="b-1", account="acme"))),
    Price("@acme", "22801", 0),
    Price("gold", "310004", 1),
    Price("gold", "*", 1),
    Link("new", "smsc"),
    rule(account="acme", country="CH", mcc_mnc="22801", prefix="4179", sender="Info"),
    rule(order=-5, targets=(Target("up", 0),)),
]


@pytest.mark.parametrize("record", GOOD, ids=repr)
def test_what_may_be_defined(record: Record) -> None:
    tried(record)


def _names() -> list[tuple[Record, str]]:
    names = ["", " a", "a ", "@a", "*", "a/b", "a*b", "a\nb", "a\x00b", "x" * 65]
    return [(record, "name") for name in names for record in (Account(name=name), rule(name=name), Link(name, "smsc"))]


BAD: list[tuple[Record, str]] = [
    *_names(),
    (Operator(" alice", "d"), "name"),
    (Account(name="a", countries=("Switzerland",)), "countries"),
    (Account(name="a", countries=("ch",)), "countries"),
    (Account(name="a", countries=("UK",)), "countries"),
    (Account(name="a", countries=("XX",)), "countries"),
    (Account(name="a", addresses=("192.0.2.1/24",)), "addresses"),
    (Account(name="a", addresses=("example.com",)), "addresses"),
    (Account(name="a", currency="TOO LONG A NAME"), "currency"),
    (Account(name="a", currency=""), "currency"),
    (Account(name="a", rate=0.0), "rate"),
    (Account(name="a", plan=""), "plan"),
    (Account(name="a", keep_hours=-1), "keep_hours"),
    (User("", "acme", "h"), "name"),
    (User("a:b", "acme", "h"), "name"),
    (User("u", "nobody", "h"), "account"),
    (ApiKey("d", "nobody"), "account"),
    (Blocked("41790000000", "nobody"), "account"),
    (Blocked("+41790000000"), "number"),
    (Blocked("123"), "number"),
    (Blocked("٤١٧٩٠٠٠٠٠٠٠"), "number"),
    *((Number(number=number, account="acme"), "number") for number in ("", "70", "1" * 16, "+7000", "٧٠٠٠", "acme")),
    (Number(number="7000"), "account"),
    (Number(number="7000", account="nobody"), "account"),
    (Number(number="7000", account="acme", way="json"), "url"),
    (Number(number="7000", account="acme", url="http://a.example/"), "url"),
    (Number(number="7000", account="acme", way="smpp", url="http://a.example/"), "url"),
    (Number(number="7000", account="acme", way="get", url="ftp://a.example/"), "url"),
    (Number(number="7000", account="acme", way="post", url="http:///x"), "url"),
    (Number(number="7000", account="acme", callback_data="x" * 4001), "callback_data"),
    (Number(number="7000", account="acme", way="fax"), "way"),  # type: ignore[arg-type]
    *(
        (Number(number="7000", keywords=(Keyword(keyword=word, account="acme"),)), "keywords")
        for word in ("", "two words", "a,b", "a=b", "x" * 41, "what?")
    ),
    (
        Number(number="7000", keywords=tuple(Keyword(keyword=word, account="acme") for word in ("Quiz", "QUIZ"))),
        "keywords",
    ),
    (Number(number="7000", keywords=(Keyword(keyword="A", account="nobody"),)), "account"),
    (Number(number="7000", keywords=(Keyword(keyword="A", account="acme", way="xml"),)), "url"),
    (Price("@nobody", "*", 1), "account"),
    (Price("@", "*", 1), "account"),
    (Price("", "*", 1), "list"),
    (Price("a/b", "*", 1), "list"),
    (Price("standard", "ch", 1), "where"),
    (Price("standard", "UK", 1), "where"),
    (Price("standard", "XX", 1), "where"),
    (Price("standard", "2280", 1), "where"),
    (Price("standard", "2280123", 1), "where"),
    (Price("standard", "", 1), "where"),
    (Price("standard", "CH", -1), "micros"),
    (Link("new", "smsc", {"wrong": 1}), "wrong"),
    (rule(account="nobody"), "account"),
    (rule(country="CHE"), "country"),
    (rule(country="XX"), "country"),
    (rule(mcc_mnc="228"), "mcc_mnc"),
    (rule(prefix="+41"), "prefix"),
    (rule(prefix=""), "prefix"),
    (rule(targets=(Target("down"),)), "targets"),
    (rule(targets=(Target("up"), Target("up", 0))), "targets"),
    (rule(targets=()), "targets"),
    (rule(targets=(Target("up", -1),)), "targets[0].weight"),
]


@pytest.mark.parametrize(("record", "field"), BAD, ids=[f"{field} {record!r}"[:70] for record, field in BAD])
def test_what_may_not_be_defined(record: Record, field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        tried(record)
    assert refused.value.field == field


def test_a_misfit_says_which_of_several_it_is() -> None:
    with pytest.raises(Misfit) as refused:
        tried(Account(name="good"), Account(name="bad", countries=("UK",)))
    assert refused.value.name == "account bad"
    assert "GB" in refused.value.reason


def test_a_missing_connector_is_answered_with_those_there_are() -> None:
    with pytest.raises(InvalidField, match=r"no connector is called 'down' \(connectors: up\)"):
        tried(rule(targets=(Target("down"),)))


@pytest.mark.parametrize(
    ("gone", "more", "told"),
    [
        (("connector", "up"), [], "connector up is still in use by rule all"),
        (("account", "acme"), [rule(account="acme")], "account acme is still in use by rule other"),
        (("account", "acme"), [Number(number="7000", account="acme")], "account acme is still in use by number 7000"),
        (
            ("account", "acme"),
            [Number(number="7000", keywords=(Keyword(keyword="A", account="acme"),))],
            "account acme is still in use by number 7000",
        ),
        (("account", "acme"), [User("shop", "acme", "h")], "account acme is still in use by user shop"),
        (("account", "acme"), [ApiKey("d", "acme")], "account acme is still in use by key d"),
        (("account", "acme"), [Blocked("41790000000", "acme")], "account acme is still in use by blocked acme/417"),
    ],
    ids=["connector", "rule of an account", "number", "keyword", "user", "key", "black list"],
)
def test_what_is_in_use_stays(gone: tuple[str, str], more: list[Record], told: str) -> None:
    book = Book([*THERE, *more])
    changes = book.difference((), [gone])
    with pytest.raises(Conflict, match=told):
        check(Changed(book, changes), changes, wellformed)


def test_what_is_in_use_may_go_together_with_its_users() -> None:
    tried(gone=(("connector", "up"), ("rule", "all"), ("account", "acme"), ("price", "standard/*")))


def test_what_comes_may_refer_to_what_comes_with_it() -> None:
    tried(User("u", "fresh", "h"), Account(name="fresh"), rule(targets=(Target("fresh"),)), Link("fresh", "smsc"))


def test_what_goes_is_no_longer_referred_to() -> None:
    with pytest.raises(InvalidField, match="no connector is called 'up'"):
        tried(rule(name="all", order=2), gone=(("connector", "up"),))
