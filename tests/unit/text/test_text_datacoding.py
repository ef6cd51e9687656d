"""data_coding values of 003 §4.2 and 004 "Encoding", and the groups of 3GPP 23.038 §4."""

import pytest

from stentor.text.datacoding import Alphabet, alphabet_of, data_coding_for, is_flash, message_class

GSM7, LATIN1, UCS2, BINARY = Alphabet


@pytest.mark.parametrize(
    ("data_coding", "alphabet", "class_"),
    [
        (0, GSM7, None),
        (1, GSM7, None),
        (2, BINARY, None),
        (3, LATIN1, None),
        (4, BINARY, None),
        *[(other, BINARY, None) for other in (5, 6, 7, 9, 10, 11, 12, 13, 14, 15)],
        (8, UCS2, None),
        (16, GSM7, 0),  # flash
        (17, GSM7, 1),
        (0x14, BINARY, 0),
        (24, UCS2, 0),  # Unicode flash
        (25, UCS2, 1),
        (0x1C, GSM7, 0),  # reserved alphabet
        (0x20, BINARY, None),  # compressed
        (0x38, BINARY, 0),
        (0x40, GSM7, None),
        (0x48, UCS2, None),
        (0x58, UCS2, 0),
        (0x80, GSM7, None),  # reserved group
        (0xC8, GSM7, None),  # message waiting
        (0xD0, GSM7, None),
        (0xE0, UCS2, None),
        (240, GSM7, 0),
        (241, GSM7, 1),
        (244, BINARY, 0),
        (245, BINARY, 1),  # WAP push
        (0xFF, BINARY, 3),
    ],
)
def test_reads_a_data_coding(data_coding: int, alphabet: Alphabet, class_: int | None) -> None:
    assert alphabet_of(data_coding) is alphabet
    assert message_class(data_coding) == class_
    assert is_flash(data_coding) is (class_ == 0)


@pytest.mark.parametrize("alphabet", Alphabet)
@pytest.mark.parametrize("flash", [False, True])
def test_writes_what_it_reads(alphabet: Alphabet, flash: bool) -> None:  # noqa: FBT001 - parametrised
    data_coding = data_coding_for(alphabet, flash=flash)
    assert alphabet_of(data_coding) is alphabet
    assert is_flash(data_coding) is (flash and alphabet is not LATIN1)


def test_the_documents_values() -> None:
    assert [data_coding_for(alphabet) for alphabet in (GSM7, LATIN1, UCS2, BINARY)] == [0, 3, 8, 4]
    assert [data_coding_for(alphabet, flash=True) for alphabet in (GSM7, UCS2)] == [240, 24]


@pytest.mark.parametrize("data_coding", [-1, 256])
def test_only_octets(data_coding: int) -> None:
    with pytest.raises(ValueError, match="not an octet"):
        alphabet_of(data_coding)
    with pytest.raises(ValueError, match="not an octet"):
        is_flash(data_coding)


@pytest.mark.parametrize(
    ("header_octets", "septets", "units", "octets"),
    [(0, 160, 70, 140), (6, 153, 67, 134), (7, 152, 66, 133), (4, 155, 68, 136), (9, 149, 65, 131)],
)
def test_capacity_follows_the_header(header_octets: int, septets: int, units: int, octets: int) -> None:
    capacities = [alphabet.capacity(header_octets) for alphabet in (GSM7, UCS2, LATIN1, BINARY)]
    assert capacities == [septets, units, octets, octets]


@pytest.mark.parametrize(
    ("header_octets", "septets"),
    [(7, 152), (12, 146), (13, 145), (10, 148)],
    ids=["both", "both 8", "both 16", "one 16"],
)
def test_capacity_with_national_elements(header_octets: int, septets: int) -> None:
    assert GSM7.capacity(header_octets) == septets
