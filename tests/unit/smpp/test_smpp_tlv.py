"""Optional parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpp_strategies import texts

from stentor.smpp import EncodeError, decode, encode, tlv
from stentor.smpp import pdu as p
from stentor.smpp.tlv import TABLE, Kind, Tag


def test_every_tag_has_a_row() -> None:
    assert set(TABLE) == {int(tag) for tag in Tag}
    assert all(spec.name == Tag(tag).name.lower() for tag, spec in TABLE.items())


@pytest.mark.parametrize(
    ("tag", "kind", "size"),
    [  # SMPP 3.4 §5.3.2, then 003 §3.2
        (0x0005, Kind.INTEGER, 1),
        (0x0008, Kind.INTEGER, 2),
        (0x0010, Kind.INTEGER, 1),
        (0x0017, Kind.INTEGER, 4),
        (0x001D, Kind.CSTRING, 256),
        (0x001E, Kind.CSTRING, 65),
        (0x0202, Kind.OCTETS, 23),
        (0x0204, Kind.INTEGER, 2),
        (0x020C, Kind.INTEGER, 2),
        (0x020E, Kind.INTEGER, 1),
        (0x0210, Kind.INTEGER, 1),
        (0x0381, Kind.OCTETS, 19),
        (0x0423, Kind.OCTETS, 3),
        (0x0424, Kind.OCTETS, 0xFFFF),
        (0x0427, Kind.INTEGER, 1),
        (0x1203, Kind.INTEGER, 2),
        (0x1383, Kind.INTEGER, 2),
        (0x1403, Kind.OCTETS, 0xFFFF),
        (0x1406, Kind.OCTETS, 0xFFFF),
        (0x1418, Kind.INTEGER, 4),
        (0x1416, Kind.CSTRING, 0xFFFF),
        (0x1456, Kind.CSTRING, 0xFFFF),
    ],
)
def test_rows(tag: int, kind: Kind, size: int) -> None:
    assert (TABLE[tag].kind, TABLE[tag].size) == (kind, size)


def test_values() -> None:
    assert tlv.integer(Tag.MESSAGE_STATE, 2) == (0x0427, b"\2")
    assert tlv.integer(Tag.SAR_MSG_REF_NUM, 0x1234) == (0x020C, b"\x12\x34")
    assert tlv.integer(Tag.PRICE_PER_MESSAGE, 1) == (0x1418, b"\0\0\0\1")
    assert tlv.integer(0x1499, 1) == (0x1499, b"\0\0\0\1")
    assert tlv.integer(0x1499, 1, size=2) == (0x1499, b"\0\1")
    assert tlv.cstring(Tag.RECEIPTED_MESSAGE_ID, "40072910491427628") == (0x001E, b"40072910491427628\0")
    assert tlv.octets(Tag.IMSI, b"219101100935850") == (0x1403, b"219101100935850")


@pytest.mark.parametrize("value", [256, -1])
def test_numbers_that_do_not_fit(value: int) -> None:
    with pytest.raises(EncodeError):
        tlv.integer(Tag.MESSAGE_STATE, value)


@pytest.mark.parametrize("text", ["a\0b", "\u0448"])
def test_texts_that_do_not_fit(text: str) -> None:
    with pytest.raises(EncodeError):
        tlv.cstring(Tag.CAMPAIGN_ID, text)


def test_readers() -> None:
    tlvs = (
        (0x1456, b"C-77\0"),
        (0x1456, b"other\0"),
        (0x001E, b"no-nul"),
        (0x0427, b"\2"),
        (0x1418, b"\0\7"),
        (9, b""),
    )
    assert tlv.find(tlvs, Tag.CAMPAIGN_ID) == b"C-77\0"
    assert tlv.find(tlvs, Tag.IMSI) is None
    assert tlv.find_text(tlvs, Tag.CAMPAIGN_ID) == "C-77"
    assert tlv.find_text(tlvs, Tag.RECEIPTED_MESSAGE_ID) == "no-nul"
    assert tlv.find_text(tlvs, Tag.IMSI) is None
    assert tlv.find_integer(tlvs, Tag.MESSAGE_STATE) == 2
    assert tlv.find_integer(tlvs, Tag.PRICE_PER_MESSAGE) == 7
    assert tlv.find_integer(tlvs, 9) is None
    assert tlv.find_integer(tlvs, Tag.IMSI) is None


def test_names() -> None:
    assert tlv.name_of(0x0427) == "message_state"
    assert tlv.name_of(0x1499) == "0x1499"


@given(st.data(), st.sampled_from(sorted(TABLE)))
def test_round_trip(data: st.DataObject, tag: int) -> None:
    """Each TLV of the table, through a whole PDU."""
    spec = TABLE[tag]
    size = min(spec.size, 300)
    if spec.kind is Kind.INTEGER:
        number = data.draw(st.integers(0, 256**spec.size - 1))
        made = tlv.integer(tag, number)
        assert tlv.find_integer((made,), tag) == number
    elif spec.kind is Kind.CSTRING:
        text = data.draw(texts(size - 1))
        made = tlv.cstring(tag, text)
        assert tlv.find_text((made,), tag) == text
    else:
        made = tlv.octets(tag, data.draw(st.binary(min_size=spec.least, max_size=size)))
    pdu = p.SubmitSm(sequence=1, tlvs=(made,))
    assert spec.fits(len(made[1]))
    assert decode(encode(pdu)) == pdu
