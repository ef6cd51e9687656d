"""The default alphabet and, through the same codec, every national pair of tables (3GPP 23.038)."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.text import gsm7
from stentor.text.septets import SeptetCodec

TABLES: dict[str, Any] = json.loads(Path(__file__).with_name("gsm7_tables.json").read_text("utf-8"))
LANGUAGES = sorted(TABLES["names"], key=int)
CHARACTERS = "".join(gsm7.MAIN.replace("\x1b", "")) + "".join(gsm7.EXTENSION.values())


def main_table(language: str) -> str:
    codes = TABLES["locking"].get(language, TABLES["locking"]["0"])
    return "".join(codes.get(f"{code:02x}", "\ufffe") for code in range(128))


def extension_table(language: str) -> dict[int, str]:
    return {int(code, 16): character for code, character in TABLES["single"][language].items() if code != "1b"}


def test_the_literals_are_the_published_tables() -> None:
    assert gsm7.MAIN.replace("\x1b", " ") == main_table("0")
    assert extension_table("0") == gsm7.EXTENSION


@pytest.mark.parametrize(
    ("text", "septets"),
    [
        ("", ""),
        ("@", "00"),
        ("hello", "68656c6c6f"),
        ("a@b", "610062"),
        ("€", "1b65"),
        ("[x]@", "1b3c781b3e00"),
        ("\f\r\n", "1b0a0d0a"),
        ("Ç", "09"),
        ("à", "7f"),
        ("Å å É é", "0e200f201f2005"),
    ],
)
def test_encodes_to_these_septets(text: str, septets: str) -> None:
    assert gsm7.encode(text).hex() == septets
    assert gsm7.decode(bytes.fromhex(septets)) == text


@pytest.mark.parametrize("character", ["ç", "á", "`", "\0", "\x1b", "\t", "\xa0", "Ѐ", "\ufffe", "😀", "\ud800", "Α"])
def test_characters_without_a_septet_are_named(character: str) -> None:
    assert not gsm7.is_gsm7(character)
    with pytest.raises(gsm7.NotGsm7, match=f"U\\+{ord(character):04X} at position 3") as raised:
        gsm7.encode(f"€@x{character}y")
    assert (raised.value.character, raised.value.position) == (character, 3)


def test_the_first_of_several_is_named() -> None:
    for text, position in (("aá\0", 1), ("a\0á", 1), ("\0\0", 0)):
        with pytest.raises(gsm7.NotGsm7) as raised:
            gsm7.encode(text)
        assert (raised.value.character, raised.value.position) == (text[position], position)


@pytest.mark.parametrize(
    ("septets", "text"),
    [
        ("1b", ""),
        ("611b", "a"),
        ("1b61", "a"),  # no entry: the main table's character
        ("1b00", "@"),
        ("1b1b", " "),
        ("1b1b65", " e"),
        ("1b1b1b65", " €"),
        ("1b1b1b", " "),
        ("1b651b", "€"),
        ("80", "\ufffd"),
        ("61ff62", "a\ufffdb"),
        ("1bff", "\ufffd"),
    ],
)
def test_decodes_what_the_tables_leave_out(septets: str, text: str) -> None:
    assert gsm7.decode(bytes.fromhex(septets)) == text


@given(st.text(CHARACTERS))
def test_round_trip(text: str) -> None:
    assert gsm7.is_gsm7(text)
    assert gsm7.decode(gsm7.encode(text)) == text


@given(st.text())
def test_is_gsm7_says_whether_encode_will(text: str) -> None:
    expected = set(text) <= set(CHARACTERS)
    assert gsm7.is_gsm7(text) is expected
    if not expected:
        with pytest.raises(gsm7.NotGsm7):
            gsm7.encode(text)


@given(st.binary())
def test_decode_takes_any_octets(octets: bytes) -> None:
    assert isinstance(gsm7.decode(octets), str)


@given(st.lists(st.sampled_from([0x1B, 0x1B, 0x61, 0x65, 0x00, 0x20])).map(bytes))
def test_decode_reads_as_the_rule_says_one_octet_after_the_other(septets: bytes) -> None:
    text, octets = "", iter(septets)
    for octet in octets:
        code = next(octets, None) if octet == gsm7.ESCAPE else octet
        if octet == gsm7.ESCAPE and code == gsm7.ESCAPE:
            text += " "
        elif code is not None:
            text += (octet == gsm7.ESCAPE and gsm7.EXTENSION.get(code)) or gsm7.MAIN[code]
    assert gsm7.decode(septets) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_codec_serves_every_language(language: str) -> None:
    main, extension = main_table(language), extension_table(language)
    codec = SeptetCodec(main, extension)
    characters = dict.fromkeys(main[:0x1B] + main[0x1C:] + "".join(extension.values()))
    characters.pop("\ufffe", None)
    text = "".join(characters)
    assert codec.decode(codec.encode(text)) == text
    for code, character in enumerate(main):
        if character != "\ufffe" and code != gsm7.ESCAPE:
            septets = codec.encode(character)
            assert len(septets) == 1
            assert main[septets[0]] == character
