"""Whose a message is: by number and keyword."""

from __future__ import annotations

import pytest

from stentor.core.numbers import Keyword, Number, Owner, bare, is_keyword, is_number, owner_of

SHARED = Number(
    number="7000",
    account="rest",
    way="smpp",
    keywords=(
        Keyword(keyword="KEY", account="acme"),
        Keyword(keyword="Straße", account="beta", way="json", url="http://b.example/", callback_data="x"),
    ),
)


@pytest.mark.parametrize(
    ("text", "account", "keyword", "clean"),
    [
        ("KEY Test message", "acme", "KEY", "Test message"),
        ("key Test message", "acme", "KEY", "Test message"),
        ("  Key\nTest  message ", "acme", "KEY", "Test  message "),
        ("KEY", "acme", "KEY", ""),
        ("KEY: Paris", "acme", "KEY", "Paris"),
        ('"Key" ...', "acme", "KEY", "..."),
        ("STRASSE frei", "beta", "Straße", "frei"),
        ("KEYS are lost", "rest", "", "KEYS are lost"),
        ("the KEY", "rest", "", "the KEY"),
        ("", "rest", "", ""),
        ("   ", "rest", "", "   "),
        ("!!!", "rest", "", "!!!"),
    ],
)
def test_the_first_word_decides(text: str, account: str, keyword: str, clean: str) -> None:
    owner = owner_of(SHARED, text)
    assert (owner.account, owner.keyword, owner.clean_text) == (account, keyword, clean)


def test_a_rule_says_how_its_messages_go() -> None:
    assert owner_of(SHARED, "straße a b") == Owner("beta", "json", "http://b.example/", "x", "Straße", "a b")
    assert owner_of(SHARED, "other") == Owner("rest", "smpp", clean_text="other")


def test_what_nobody_owns() -> None:
    assert owner_of(None, "KEY x") == Owner(None, clean_text="KEY x")
    shared_only = Number(number="7000", keywords=SHARED.keywords)
    assert owner_of(shared_only, "none of these") == Owner(None, clean_text="none of these")
    assert SHARED.accounts == {"rest", "acme", "beta"}
    assert shared_only.accounts == {"acme", "beta"}


@pytest.mark.parametrize(
    ("given", "kept"), [("+41790000001", "41790000001"), ("7000", "7000"), (" 7000 ", "7000"), ("+Acme", "+Acme")]
)
def test_addresses_lose_their_plus(given: str, kept: str) -> None:
    assert bare(given) == kept


def test_what_is_a_number_and_a_keyword() -> None:
    assert [is_number(one) for one in ("700", "41790000001", "70", "1" * 16, "abc", "")] == [
        True, True, False, False, False, False,
    ]  # fmt: skip
    assert [is_keyword(one) for one in ("A", "QUIZ-1", "two words", "", "a,b", "a=b", "STOP!", "x" * 41, "a\x00")] == [
        True, True, False, False, False, False, False, False, False,
    ]  # fmt: skip
