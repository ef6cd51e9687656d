"""Numbers and short codes that phones write to: whose they are, by keyword, and how their messages go there."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Way = Literal["pull", "smpp", "get", "post", "json", "xml"]
CALLS: tuple[Way, ...] = ("get", "post", "json", "xml")
"""Ways that call a URL (`spec/wire.md` (c)18)."""
WAYS: tuple[Way, ...] = ("pull", "smpp", *CALLS)

_NUMBER = re.compile("[0-9]{3,15}")
_KEYWORD = re.compile(r"[^\s,=]{1,40}")
_AROUND = ".,:;!?\"'()"
"""What people write around a keyword, and what is no part of it."""

_Way = Annotated[
    Way,
    Meta(
        description='How messages go: "pull" (kept for GET /sms/1/inbox/reports), "smpp" (to bound sessions), "get" or'
        ' "post" (the URL is a template with %text% and others), "json" or "xml" (a POST with such a body).'
    ),
]
_Url = Annotated[str | None, Meta(description="URL to call; not for pull and smpp.")]
_CallbackData = Annotated[
    Annotated[str, Meta(max_length=4_000)] | None, Meta(description="Comes with each message, as it is.")
]


class Keyword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Messages to a number that begin with one word."""

    keyword: Annotated[str, Meta(description="The first word, in capitals or not.")]
    account: Annotated[str, Meta(description="Whose messages these are.")]
    way: _Way = "pull"
    url: _Url = None
    callback_data: _CallbackData = None


class Number(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number or short code, of one account or shared between several by keyword."""

    number: Annotated[str, Meta(description="Number in international form, or short code: 3 to 15 digits.")]
    account: Annotated[
        str | None, Meta(description="Whose messages without any of the keywords are; leave out for nobody's.")
    ] = None
    way: _Way = "pull"
    url: _Url = None
    callback_data: _CallbackData = None
    keywords: Annotated[
        tuple[Keyword, ...],
        Meta(
            description='Messages that begin with a keyword, e.g. [{keyword = "QUIZ", account = "acme", way = "json",'
            ' url = "https://acme.example/mo"}].'
        ),
    ] = ()

    @property
    def accounts(self) -> set[str]:
        """All that have a part in it."""
        own = () if self.account is None else (self.account,)
        return {*own, *(one.account for one in self.keywords)}


class Owner(msgspec.Struct, frozen=True):
    """What is decided of a message: `account` None: nobody's. `keyword` empty: it has none."""

    account: str | None
    way: Way = "pull"
    url: str | None = None
    callback_data: str | None = None
    keyword: str = ""
    clean_text: str = ""


def bare(number: str) -> str:
    """An address as it is kept: digits without the plus in front; other senders as they are."""
    digits = number.strip().removeprefix("+")
    return digits if digits.isascii() and digits.isdigit() else number.strip()


def is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text))


def is_keyword(text: str) -> bool:
    """One word that a message can begin with."""
    return bool(_KEYWORD.fullmatch(text)) and text.isprintable() and text == text.strip(_AROUND)


def owner_of(number: Number | None, text: str) -> Owner:
    """Whose a message is (004 "cleanText", "keyword"): the first word decides, then the number's own account."""
    if number is None:
        return Owner(None, clean_text=text)
    word, rest = first_word(text)
    for rule in number.keywords:
        if word == rule.keyword.casefold():
            return Owner(rule.account, rule.way, rule.url, rule.callback_data, rule.keyword, rest)
    return Owner(number.account, number.way, number.url, number.callback_data, "", text)


def first_word(text: str) -> tuple[str, str]:
    """For comparison with a keyword in small letters, without the punctuation around it; and the text after it."""
    pieces = text.split(maxsplit=1)
    if not pieces:
        return "", ""
    return pieces[0].strip(_AROUND).casefold(), pieces[1] if len(pieces) > 1 else ""
