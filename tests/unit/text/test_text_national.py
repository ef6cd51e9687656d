"""National languages and transliteration against cases computed with independent tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stentor.text import gsm7, national, segments
from stentor.text.datacoding import Alphabet
from stentor.text.headers import parse_udh
from stentor.text.national_tables import LOCKING, SINGLE
from stentor.text.packing import fill_bits_after, pack
from stentor.text.transliteration import TABLES, transliterate

HERE = Path(__file__).parent
NATIONAL = json.loads((HERE / "national_language.json").read_text(encoding="utf-8"))
TABLES_OF_3GPP = json.loads((HERE / "gsm7_tables.json").read_text(encoding="utf-8"))
CASES = [case for case in NATIONAL["cases"] if case["national_table_needed"]]
NOT_NEEDED = [case for case in NATIONAL["cases"] if case["national_table_needed"] is False]
UNICODE = [case for case in NATIONAL["cases"] if case["encoding"] == "UCS-2" and not gsm7.is_gsm7(case["text"])]
"""One more case has a text that the default alphabet can carry: it needs neither the table nor Unicode."""
SPELLED = json.loads((HERE / "transliteration.json").read_text(encoding="utf-8"))["examples"]


def _shift(case: dict[str, Any]) -> national.Shift:
    return national.shift_of(case["languageCode"], single=case["singleShift"], locking=case["lockingShift"])


def _parts(case: dict[str, Any]) -> list[bytes]:
    bits: Any = case["concat_ref_bits"] or 8
    encoded = segments.encode(case["text"], reference_bits=bits, shift=_shift(case))
    if encoded.count == 1 and not encoded.elements:
        return list(encoded.parts)
    headers = [
        segments.udh(42, encoded.count, number, bits, encoded.elements) for number in range(1, encoded.count + 1)
    ]
    return [header + part for header, part in zip(headers, encoded.parts, strict=True)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:20])
def test_parts_octet_by_octet(case: dict[str, Any]) -> None:
    parts = _parts(case)
    assert [part.hex() for part in parts] == case["smpp_unpacked_hex"]
    packed = []
    for part in parts:
        header, body = segments.split_udh(part)
        packed.append((header + pack(body, fill_bits_after(len(header)))).hex())
    assert packed == case["tp_ud_packed_hex"]


@pytest.mark.parametrize("case", NOT_NEEDED, ids=lambda case: case["text"][:20])
def test_a_text_of_the_default_alphabet_gets_no_header(case: dict[str, Any]) -> None:
    encoded = segments.encode(case["text"], shift=_shift(case))
    assert encoded == segments.encode(case["text"])
    assert encoded.elements == b""


@pytest.mark.parametrize("case", UNICODE, ids=lambda case: case["text"])
def test_what_no_table_has_is_unicode(case: dict[str, Any]) -> None:
    assert segments.encode(case["text"], shift=_shift(case)).alphabet is Alphabet.UCS2


@pytest.mark.parametrize("capacity", NATIONAL["capacities"])
def test_capacities(capacity: dict[str, Any]) -> None:
    elements = 3 * (capacity["single_shift"] + capacity["locking_shift"])
    concatenation = {0: 0, 8: 5, 16: 6}[capacity["concat_bits"]]
    octets = elements + concatenation
    assert Alphabet.GSM7.capacity(octets + 1 if octets else 0) == capacity["septets"]


@pytest.mark.parametrize("code", national.LANGUAGES)
def test_every_language_comes_back(code: str) -> None:
    number = national.LANGUAGES[code]
    shift = national.Shift(number, single=True, locking=number in LOCKING)
    text = "".join(character for table in (SINGLE, LOCKING) for character in table.get(number, "")).replace(
        "\ufffe", ""
    )
    found = national.encode_or_none(text, shift)
    assert found is not None
    septets, elements = found
    assert national.decode(septets, *national.shifts_in(parse_udh(bytes((len(elements),)) + elements))) == text


def test_the_tables_are_those_of_3gpp() -> None:
    for name, tables in (("locking", LOCKING), ("single", SINGLE)):
        for number, table in TABLES_OF_3GPP[name].items():
            if number != "0":
                known = tables[int(number)]
                differ = [code for code, one in table.items() if code != "1b" and known[int(code, 16)] != one]
                assert differ == []


def test_a_language_nobody_knows() -> None:
    with pytest.raises(KeyError):
        national.shift_of("XX", single=None, locking=None)
    assert national.decode(b"abc", 99, 77) == "abc"


@pytest.mark.parametrize("case", SPELLED, ids=lambda case: case["text"][:20])
def test_transliteration(case: dict[str, Any]) -> None:
    assert transliterate(case["text"], case["transliteration"]) == case["expected"]


def test_gsm_characters_never_change_and_non_unicode_leaves_none() -> None:
    every = (gsm7.MAIN + "".join(gsm7.EXTENSION.values())).replace("\x1b", "")
    strange = "“quoted” — 中文 😀 ①² ½ Ωμέγα жизнь ਪੰਜਾਬੀ \u200b\u0301"
    for table in TABLES:
        assert transliterate(every, table) == every
    assert gsm7.is_gsm7(transliterate(strange, "NON_UNICODE"))
