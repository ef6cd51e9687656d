"""Cutting texts into parts, against cases computed with independent tools."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stentor.text import gsm7
from stentor.text.datacoding import Alphabet
from stentor.text.errors import NotEncodable, NotGsm7, NotLatin1
from stentor.text.headers import ReferenceBits
from stentor.text.segments import TooLong, decode, encode, split, split_octets

GSM7, LATIN1, UCS2, BINARY = Alphabet
CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("segments.json").read_text("utf-8"))["cases"]
NAMES = {"GSM-7": GSM7, "UCS-2": UCS2}

GSM_TEXT = st.text(st.sampled_from("aZ@é\n€[^|~"), max_size=700)
ANY_TEXT = st.text(st.sampled_from("ab€[яü😀🇭\ud800\udfff\0") | st.characters(), max_size=400)
BITS = st.sampled_from([8, 16])
CONCATENATED = {(GSM7, 8): 153, (GSM7, 16): 152, (UCS2, 8): 67, (UCS2, 16): 66, (LATIN1, 8): 134, (LATIN1, 16): 133}


def test_all_cases_are_here() -> None:
    assert len(CASES) == 36


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}")
def test_case(case: dict[str, Any]) -> None:
    encoded = encode(case["text"])
    assert encoded.alphabet is NAMES[case["encoding"]]
    assert encoded.count == case["segments"]
    assert list(encoded.units) == case["units_per_segment"]
    assert [len(decode(part, encoded.alphabet)) for part in encoded.parts] == case["characters_per_segment"]
    assert encoded.remaining == case["remaining_in_last"]


def test_a_long_time_ago_is_two_messages() -> None:
    text = (
        "A long time ago, in a galaxy far, far away... It is a period of civil war. Rebel spaceships, striking from "
        "a hidden base, have won their first victory against the evil Galactic Empire."
    )
    assert len(text) == 184
    assert encode(text).count == 2


@pytest.mark.parametrize(
    ("alphabet", "bits", "single", "concatenated"),
    [
        (GSM7, 8, 160, 153),
        (GSM7, 16, 160, 152),
        (UCS2, 8, 70, 67),
        (UCS2, 16, 70, 66),
        (LATIN1, 8, 140, 134),
        (LATIN1, 16, 140, 133),
    ],
)
def test_capacities(alphabet: Alphabet, bits: ReferenceBits, single: int, concatenated: int) -> None:
    one = encode("a" * single, alphabet=alphabet, reference_bits=bits)
    assert (one.units, one.remaining) == ((single,), 0)
    two = encode("a" * (single + 1), alphabet=alphabet, reference_bits=bits)
    assert two.units == (concatenated, single + 1 - concatenated)
    assert two.remaining == 2 * concatenated - single - 1


def test_an_empty_text_is_one_empty_part() -> None:
    encoded = encode("")
    assert (encoded.parts, encoded.units, encoded.remaining) == ((b"",), (0,), 160)


def test_pairs_on_every_boundary_can_cost_a_part() -> None:
    assert encode("a" * 152 + "€" + "b" * 151 + "€" + "c").units == (152, 153, 3)
    assert encode("a" + "€" * 152 + "b").units == (153, 153)
    assert encode("€" * 153).units == (152, 152, 2)  # 306 septets


def test_an_alphabet_can_be_asked() -> None:
    assert encode("abc", alphabet=UCS2).parts == ("abc".encode("utf-16-be"),)
    assert encode("Málaga", alphabet=LATIN1).parts == (b"M\xe1laga",)
    with pytest.raises(NotGsm7):
        encode("Málaga", alphabet=GSM7)
    with pytest.raises(NotLatin1, match=r"U\+20AC at position 1 is not in ISO 8859-1"):
        encode("5€", alphabet=LATIN1)
    with pytest.raises(ValueError, match="split_octets"):
        encode("abc", alphabet=BINARY)
    assert issubclass(NotGsm7, NotEncodable)
    assert issubclass(NotLatin1, NotEncodable)


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("\ud800", "\ufffd"),
        ("a\udc00b", "a\ufffdb"),
        ("\ud83d\ude00", "😀"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("\ud800\ud83d\ude00\ud800", "\ufffd😀\ufffd"),
    ],
)
def test_surrogates_without_their_half(text: str, mended: str) -> None:
    assert encode(text).parts == (mended.encode("utf-16-be"),)


def test_at_most_255_parts() -> None:
    assert encode("a" * 153 * 255).count == 255
    with pytest.raises(TooLong):
        encode("a" * (153 * 255 + 1))
    with pytest.raises(TooLong):
        split_octets(bytes(134 * 255 + 1))
    assert split_octets(bytes(133 * 255), 16).count == 255


def test_binary_data_are_cut_anywhere() -> None:
    data = b"\x1b" * 141
    assert split_octets(data[:140]).parts == (data[:140],)
    assert split_octets(data).units == (134, 7)
    assert split_octets(data, 16).units == (133, 8)


def test_encoded_user_data_can_be_cut_again() -> None:
    assert split(b"\x1b" * 306, GSM7).units == (152, 152, 2)  # 1B 1B is a pair too
    assert split(b"a" + b"\x1b" * 305, GSM7).units == (153, 153)
    assert split(b"\0a" * 70 + b"\0", UCS2).units == (67, 4)  # half a unit counts


def test_decoding_for_people() -> None:
    assert decode(bytes.fromhex("feff01610111010d0107"), UCS2) == "šđčć"
    assert decode(b"\x00a\xd8\x00", UCS2) == "a\ufffd"
    assert decode(b"\x00a\x00", UCS2) == "a\ufffd"
    assert decode(b"M\xe1laga", LATIN1) == "Málaga"
    assert decode(b"\x01\x02", BINARY) == ""


@given(ANY_TEXT, BITS)
def test_parts_joined_are_the_text(text: str, bits: ReferenceBits) -> None:
    encoded = encode(text, reference_bits=bits)
    if encoded.alphabet is GSM7:
        assert decode(b"".join(encoded.parts), GSM7) == text
    else:
        mended = text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")
        assert b"".join(encoded.parts) == mended.encode("utf-16-be")


@given(GSM_TEXT | ANY_TEXT, BITS)
@example("€" * 153, 8)
@example("😀" * 134, 8)
def test_no_part_is_too_long_and_no_pair_is_split(text: str, bits: ReferenceBits) -> None:
    encoded = encode(text, reference_bits=bits)
    alphabet = encoded.alphabet
    room = alphabet.single if encoded.count == 1 else CONCATENATED[alphabet, bits]
    assert encoded.capacity == room
    assert encoded.units == tuple(len(part) // alphabet.unit_octets for part in encoded.parts)
    assert all(room - 1 <= units <= room for units in encoded.units[:-1])
    assert 0 <= encoded.remaining <= room
    for part in encoded.parts:
        if alphabet is GSM7:
            assert not part.endswith(b"\x1b")
        else:
            part.decode("utf-16-be")  # strict: fails on half a pair


@given(GSM_TEXT, BITS)
def test_each_part_reads_alone(text: str, bits: ReferenceBits) -> None:
    encoded = encode(text, alphabet=GSM7, reference_bits=bits)
    assert "".join(gsm7.decode(part) for part in encoded.parts) == text


@given(st.binary(max_size=1000), st.sampled_from(Alphabet), BITS)
def test_any_octets_can_be_cut_and_read(data: bytes, alphabet: Alphabet, bits: ReferenceBits) -> None:
    encoded = split(data, alphabet, bits)
    assert b"".join(encoded.parts) == data
    assert isinstance(decode(data, alphabet), str)


@given(st.text(st.characters(max_codepoint=0xFF)))
def test_latin_1_round_trip(text: str) -> None:
    assert decode(b"".join(encode(text, alphabet=LATIN1).parts), LATIN1) == text
