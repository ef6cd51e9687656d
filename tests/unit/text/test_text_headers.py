"""User data headers (3GPP 23.040 §9.2.3.24)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.text.headers import ReferenceBits
from stentor.text.segments import InvalidUdh, concat_of, parse_udh, split_udh, udh

NUMBERS = st.integers(1, 255).flatmap(lambda total: st.tuples(st.just(total), st.integers(1, total)))


@pytest.mark.parametrize(
    ("reference", "bits", "octets"),
    [(0x12, 8, "050003120201"), (0x1234, 16, "06080412340201"), (0x112, 8, "050003120201"), (-1, 16, "060804ffff0201")],
)
def test_writes_part_1_of_2(reference: int, bits: ReferenceBits, octets: str) -> None:
    assert udh(reference, 2, 1, bits).hex() == octets


@pytest.mark.parametrize(("total", "number"), [(0, 0), (1, 0), (2, 3), (256, 1)])
def test_refuses_numbers_that_no_octet_can_say(total: int, number: int) -> None:
    with pytest.raises(ValueError, match="part"):
        udh(1, total, number)


@given(st.integers(0, 0xFFFF), NUMBERS, st.sampled_from([8, 16]), st.binary())
def test_reads_what_it_wrote(reference: int, numbers: tuple[int, int], bits: ReferenceBits, text: bytes) -> None:
    header = udh(reference, *numbers, bits)
    assert concat_of(header + text) == (reference & ((1 << bits) - 1), *numbers)
    assert split_udh(header + text) == (header, text)


@pytest.mark.parametrize(
    ("octets", "elements"),
    [
        ("00", []),
        ("0605040b8423f0", [(5, "0b8423f0")]),
        ("0b05040b8423f0000307020141", [(5, "0b8423f0"), (0, "070201")]),
        ("03240101", [(0x24, "01")]),
        ("027000", [(0x70, "")]),
    ],
)
def test_lists_the_elements(octets: str, elements: list[tuple[int, str]]) -> None:
    assert parse_udh(bytes.fromhex(octets)) == [(iei, bytes.fromhex(data)) for iei, data in elements]


@pytest.mark.parametrize("octets", ["", "05", "0500030102", "0100", "03000401", "0200030102"])
def test_refuses_headers_that_end_early(octets: str) -> None:
    with pytest.raises(InvalidUdh):
        parse_udh(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("050003070201", (7, 2, 1)),
        ("06080401070201", (0x107, 2, 1)),
        ("0b05040b8423f0000307020241424344", (7, 2, 2)),
        ("0a000307020100030802020000", (8, 2, 2)),  # the last one counts
        ("0605040b8423f0", None),
        ("050003070203", None),  # part 3 of 2
        ("050003070200", None),
        ("050003070000", None),
        ("0400020702", None),  # too short to say it
        ("00", None),
    ],
)
def test_finds_the_place_in_the_message(octets: str, expected: tuple[int, int, int] | None) -> None:
    assert concat_of(bytes.fromhex(octets)) == expected


@given(st.binary(max_size=40))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    try:
        elements = parse_udh(octets)
    except InvalidUdh:
        return
    header, _ = split_udh(octets)
    assert header[1:] == b"".join(bytes((iei, len(data))) + data for iei, data in elements)
