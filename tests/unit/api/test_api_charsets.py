"""Which charset a request is in, where the client may say so or not."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.api import charsets

NAMES = [
    "utf-8", "UTF8", "us-ascii", "latin1", "LATIN-1", "ISO_8859-2", "koi8-r", "KOI8-U", "gbk", "gb2312", "gb18030",
    "big5", "shift_jis", "euc-jp", "euc-kr", "tis-620",
    *(f"{before}125{digit}" for before, digit in itertools.product(("windows-", "cp"), range(9))),
    *(f"iso-8859-{part}" for part in range(1, 17) if part != 12),
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_each_is_known_and_has_ascii_where_ascii_is(name: str) -> None:
    known = charsets.known(name)
    assert known is not None
    ascii_only = bytes(range(0x20, 0x5C))
    assert ascii_only.decode(known) == ascii_only.decode()


@pytest.mark.parametrize("name", ["iso-8859-12", "utf-7", "utf-16", "idna", "rot13", "hex", "", "x" * 1_000_000])
def test_others_are_not(name: str) -> None:
    assert charsets.known(name) is None


@given(st.text())
def test_utf_8_is_always_recognised(text: str) -> None:
    assert charsets.text(text.encode(errors="replace"), "cp1251") == text.encode(errors="replace").decode()


@pytest.mark.parametrize(
    ("content_type", "name"),
    [
        ("text/xml; charset=ISO-8859-1", "ISO-8859-1"),
        ('application/xml;charset="windows-1250"', "windows-1250"),
        ("text/xml; charset=klingon", None),
        ("text/xml", None),
    ],
)
def test_what_a_content_type_says(content_type: str, name: str | None) -> None:
    assert charsets.named(content_type) == name


def test_a_declaration_of_another_charset_is_obeyed_and_left_out() -> None:
    declared = b"<?xml version='1.0' encoding='windows-1251' standalone='yes'?>"
    assert charsets.in_utf8(declared + "<a>да</a>".encode("cp1251"), "latin-1") == "<a>да</a>".encode()
    unknown = b'<?xml version="1.0" encoding="utf-7"?><a>+AGE-</a>'
    assert charsets.in_utf8(unknown) == unknown
