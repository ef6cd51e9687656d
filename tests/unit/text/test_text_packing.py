"""Seven bits an octet (3GPP 23.038 §6.1.2.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.text import gsm7

SEPTETS = st.lists(st.integers(0, 0x7F), max_size=200).map(bytes)
FILL = st.integers(0, 6)


@pytest.mark.parametrize(
    ("text", "packed"),
    [
        ("", ""),
        ("1", "31"),
        ("hello", "e8329bfd06"),
        ("hellohello", "e8329bfd4697d9ec37"),
        ("12345678", "31d98c56b3dd70"),
        ("123456789", "31d98c56b3dd7039"),
    ],
)
def test_packs_to_these_octets(text: str, packed: str) -> None:
    octets = bytes.fromhex(packed)
    assert gsm7.pack(gsm7.encode(text)) == octets
    assert gsm7.decode(gsm7.unpack(octets, len(text))) == text


def test_a_full_message_fills_140_octets() -> None:
    assert len(gsm7.pack(b"a" * 160)) == 140
    assert len(gsm7.pack(b"a" * 153, gsm7.fill_bits_after(6))) == 134
    assert len(gsm7.pack(b"a" * 152, gsm7.fill_bits_after(7))) == 133


def test_text_after_a_header_starts_on_a_septet() -> None:
    header = bytes.fromhex("03240101")  # Turkish single shift; then U+011F
    assert gsm7.pack(b"\x1bg", gsm7.fill_bits_after(len(header))).hex() == "d89c01"


@pytest.mark.parametrize(("header", "bits"), [(0, 0), (4, 3), (6, 1), (7, 0), (9, 5), (10, 4), (12, 2), (13, 1)])
def test_fill_bits_reach_the_next_septet(header: int, bits: int) -> None:
    assert gsm7.fill_bits_after(header) == bits
    assert (header * 8 + bits) % 7 == 0


@given(SEPTETS, FILL)
def test_unpack_undoes_pack(septets: bytes, fill_bits: int) -> None:
    assert gsm7.unpack(gsm7.pack(septets, fill_bits), len(septets), fill_bits) == septets


@given(SEPTETS, FILL)
def test_pack_is_the_standard_bit_by_bit(septets: bytes, fill_bits: int) -> None:
    bits = "0" * fill_bits + "".join(f"{septet:07b}"[::-1] for septet in septets)
    octets = [bits[place : place + 8] for place in range(0, len(bits), 8)]
    assert gsm7.pack(septets, fill_bits) == bytes(int(octet[::-1], 2) for octet in octets)


@given(st.binary(max_size=200), st.integers(-1, 250), st.integers(0, 9))
def test_unpack_gives_what_there_is(octets: bytes, count: int, fill_bits: int) -> None:
    septets = gsm7.unpack(octets, count, fill_bits)
    assert len(septets) == max(0, min(count, (len(octets) * 8 - fill_bits) // 7))
    assert all(septet < 0x80 for septet in septets)
