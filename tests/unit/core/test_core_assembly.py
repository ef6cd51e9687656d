"""Long messages put together, in any order and any alphabet."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from stentor.core.assembly import Assemblies, Batch, InboundPart, KeptPart, joined, text_of
from stentor.text import Alphabet, encode, national
from support.inbox import part, parts

LONG = "It is a truth universally acknowledged, " * 10
CYRILLIC = "Все счастливые семьи похожи друг на друга " * 6
EMOJI = "a" + "😀" * 200


class Desk:
    """Assemblies that adopt each batch, and what went on."""

    def __init__(self, kept: list[KeptPart] | None = None) -> None:
        self.assemblies = Assemblies(kept or [])
        self.disk: dict[tuple[int, int], KeptPart] = {(one.assembly, one.part.number): one for one in kept or []}
        self._fresh = 100

    def put(self, *arrived: InboundPart) -> list[str]:
        batch = Batch(self.assemblies)
        for one in arrived:
            self._fresh += 1
            batch.put(one, self._fresh)
        return self._adopt(batch)

    def give_up(self, before: int) -> list[str]:
        batch = Batch(self.assemblies)
        for one in list(self.assemblies.older(before)):
            batch.give_up(one)
        return self._adopt(batch)

    def _adopt(self, batch: Batch) -> list[str]:
        self.assemblies.adopt(batch)
        for gone in batch.gone:
            self.disk = {key: one for key, one in self.disk.items() if key[0] != gone}
        for one in batch.kept:
            self.disk[one.assembly, one.part.number] = one
        for key, one in self.disk.items():
            if key[0] in batch.done:
                self.disk[key] = KeptPart(one.assembly, one.digest, True, replace(one.part, data=b""))
        return [joined(whole).text for whole in batch.whole]

    def restarted(self) -> Desk:
        return Desk(list(self.disk.values()))


@pytest.mark.parametrize("text", [LONG, CYRILLIC, EMOJI, "[" * 400])
@pytest.mark.parametrize("seed", range(3))
def test_any_order(text: str, seed: int) -> None:
    desk, mixed = Desk(), parts(text)
    random.Random(seed).shuffle(mixed)
    found = [whole for one in mixed for whole in desk.put(one)]
    assert found == [text]
    assert len(desk.assemblies) == 0


def test_all_at_once() -> None:
    assert Desk().put(*parts(LONG), part("other"), *parts(CYRILLIC, reference="8:8")) == [LONG, "other", CYRILLIC]


def test_a_restart_between_any_two_parts() -> None:
    desk, found = Desk(), []
    for one in parts(LONG):
        desk = desk.restarted()
        found += desk.put(one)
    assert found == [LONG]


def test_parts_that_come_twice_are_known() -> None:
    first, *rest = parts(LONG)
    desk = Desk()
    assert desk.put(first, first) == []
    assert desk.put(first) == []
    assert desk.put(*rest) == [LONG]
    assert desk.put(first, *rest) == []
    assert desk.restarted().put(*rest) == []


def test_the_same_reference_with_another_message() -> None:
    desk = Desk()
    assert desk.put(*parts(LONG)) == [LONG]
    other = LONG.upper()
    assert desk.put(*parts(other)) == [other]
    waiting, *_ = parts(LONG)
    assert desk.put(waiting) == []
    assert desk.put(*parts(CYRILLIC, reference="8:7")) == [CYRILLIC], "another total is another message"
    assert desk.put(parts(other)[0]) == [LONG[:153]], "what waited goes on as it is"


def test_senders_numbers_links_and_references_are_apart() -> None:
    desk = Desk()
    first, second, *rest = parts(LONG)
    for change in ({"sender": "1"}, {"recipient": "2"}, {"connector": "b"}, {"reference": "16:7"}):
        assert desk.put(replace(second, **change)) == []
    assert desk.put(first, second, *rest) == [LONG]


def test_time_is_over() -> None:
    first, _, third = parts(LONG)
    desk = Desk()
    desk.put(third, first)
    assert desk.give_up(first.at) == []
    assert desk.give_up(first.at + 1) == [LONG[:153] + LONG[306:]]
    assert desk.disk == {}
    desk.put(*parts(LONG))
    assert len(desk.disk) == 3
    assert all(one.part.data == b"" for one in desk.disk.values()), "only digests are kept of what went on"
    assert desk.give_up(first.at + 1) == []
    assert desk.disk == {}


def test_mixed_alphabets_become_unicode() -> None:
    first = parts("a" * 200)[0]
    second = replace(parts("я" * 100)[1], reference=first.reference, total=2, number=2)
    whole = joined((first, second))
    assert (whole.text, whole.data_coding) == ("a" * 153 + "я" * 33, 8)
    assert whole.data.decode("utf-16-be") == whole.text


def test_national_tables_and_other_elements_stay() -> None:
    text = "Şeker bayramı kutlu olsun, iyi günler ğ" * 6
    shift = national.Shift(1, single=True, locking=True)
    encoded = encode(text, shift=shift)
    assert encoded.alphabet is Alphabet.GSM7
    made = [
        part(
            "", data=octets, data_coding=0, header=encoded.elements, reference="8:1", total=len(encoded.parts), number=n
        )
        for n, octets in enumerate(encoded.parts, start=1)
    ]
    whole = joined(made)
    assert whole.text == text
    assert whole.esm_class == 0x40
    assert whole.data.startswith(bytes((len(encoded.elements),)) + encoded.elements)


@pytest.mark.parametrize(
    ("data", "coding", "text"),
    [
        (b"ABC", 0, "ABC"),
        (b"\x00\x1b\x65", 0, "@€"),
        (b"\xe9t\xe9", 3, "été"),
        ("Привет".encode("utf-16-be"), 8, "Привет"),
        ("Привет".encode("iso8859_5"), 6, "Привет"),
        ("שלום".encode("iso8859_8"), 7, "שלום"),
        ("日本".encode("shift_jis"), 5, "日本"),
        ("한국".encode("euc_kr"), 14, "한국"),
        (b"\x01\x02\xff", 4, ""),
        (b"\x01\x02\xff", 2, ""),
        (b"\xff\xff", 5, "\ufffd\ufffd"),
        ("x".encode("utf-16-be") + b"\xd8", 8, "x\ufffd"),
        (b"flash", 240, "flash"),
        ("я".encode("utf-16-be"), 24, "я"),
    ],
)
def test_every_coding(data: bytes, coding: int, text: str) -> None:
    assert text_of(data, coding) == text


def test_every_octet_is_read_somehow() -> None:
    for coding in range(256):
        text_of(bytes(range(256)), coding)
        text_of(b"", coding, b"\x24\x01\x63")
        text_of(b"abc", coding, b"\x24\x09")
