from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.core.ids import BULK, MESSAGE, Ids, first_at, hex_id, milliseconds_of, of_hex_id, reference_of
from support.making import START

SECRET = b"s" * 32
NUMBERS = st.integers(0, (1 << 63) - 1).map(lambda number: number & ~8)
"""Without the bit of those that are shown in digits."""
KINDS = st.sampled_from([MESSAGE, BULK])
HEX = "0123456789abcdef"


@given(NUMBERS, KINDS)
def test_there_and_back(number: int, kind: bytes) -> None:
    ids = Ids(SECRET)
    public = ids.public(number, kind)
    assert ids.number(public, kind) == number
    assert ids.number(public.upper(), kind) == number


@given(NUMBERS)
def test_kinds_are_not_interchangeable(number: int) -> None:
    ids = Ids(SECRET)
    assert ids.number(ids.public(number, MESSAGE), BULK) is None
    assert ids.number(ids.public(number, BULK), MESSAGE) is None


@given(NUMBERS)
def test_another_secrets_ids_are_foreign(number: int) -> None:
    assert Ids(b"t" * 32).number(Ids(SECRET).public(number)) is None


@given(NUMBERS, st.integers(0, 35), st.sampled_from(HEX + "-gG_ "))
def test_a_changed_id_is_not_ours(number: int, place: int, char: str) -> None:
    ids = Ids(SECRET)
    public = ids.public(number)
    changed = public[:place] + char + public[place + 1 :]
    assert ids.number(changed) == (number if changed == public else None)


@given(NUMBERS, NUMBERS)
def test_public_ids_sort_as_their_numbers(one: int, other: int) -> None:
    ids = Ids(SECRET)
    assert (ids.public(one) < ids.public(other)) == (one < other)


def test_the_form_is_a_uuid_of_version_7() -> None:
    public = Ids(SECRET).public(first_at(START))
    assert [len(group) for group in public.split("-")] == [8, 4, 4, 4, 12]
    assert public[14] == "7"
    assert public[19] in "89ab"
    assert int(public.replace("-", "")[:12], 16) == START


@pytest.mark.parametrize(
    "text", ["", "x", "1" * 36, "1" * 32, "-" * 36, "ffffffff-ffff-7fff-bfff-ffffffffffff", "é" * 36, "0x" + "1" * 34]
)
def test_what_is_no_id(text: str) -> None:
    assert Ids(SECRET).number(text) is None


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 100)), min_size=1))
def test_numbers_only_grow(takes: list[tuple[int, int]]) -> None:
    """Whatever the clock does."""
    ids = Ids(SECRET, node=3)
    numbers = [number for now, count in takes for number in ids.take(START + now, count)]
    assert numbers == sorted(set(numbers))
    assert all(number & 0xF == 3 for number in numbers)


def test_numbers_go_on_after_a_restart() -> None:
    last = Ids(SECRET).take(START, 5)[-1]
    assert Ids(SECRET, last=last).take(START - 1_000)[0] > last


def test_nodes_never_meet() -> None:
    assert not set(Ids(SECRET, node=1).take(START, 999)) & set(Ids(SECRET, node=2).take(START, 999))


def test_messages_of_different_milliseconds_have_different_references() -> None:
    """A few are made in each, and each time the counter begins anew."""
    ids = Ids(SECRET)
    first, *others = [reference_of(ids.take(START + later)[0]) & 0xFF for later in (0, 1, 2, 10, 100, 1_000, 60_000)]
    assert len({first, *others}) == 7
    assert len({reference_of(number) & 0xFF for number in ids.take(START, 256)}) == 256
    assert max(reference_of(number) for number in ids.take(START, 256)) <= 0xFFFF


@given(st.integers(0, 1 << 42))
def test_a_number_knows_its_time(now: int) -> None:
    number = Ids(SECRET, node=1).take(now)[0]
    assert milliseconds_of(number) == now
    assert first_at(now) <= number < first_at(now + 1)


@given(NUMBERS)
def test_ids_in_hexadecimal_there_and_back(number: int) -> None:
    assert of_hex_id(hex_id(number)) == of_hex_id(hex_id(number).upper()) == number


def test_an_id_in_hexadecimal_is_time_node_and_counter() -> None:
    """003 §2.7 prints this one."""
    assert hex_id(first_at(0x12A1D3981AC) + (0x1E << 4) + 1) == "12a1d3981ac-1-1e"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1-1",
        "1-10-1",
        "1-1-10000",
        "800000000000-1-1",
        "80000000000-1-1",
        "g-1-1",
        "1-1-1-1",
        "-1-1-1",
        "1-1-1\n",
        "١-1-1",
    ],
)
def test_what_is_no_id_in_hexadecimal(text: str) -> None:
    assert of_hex_id(text) is None
