"""Delivery receipts as the platform writes them and as upstreams do."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.smpp import decode, encode
from stentor.smpp import pdu as p
from stentor.smpp import receipt as r
from stentor.smpp.receipt import MessageState, Receipt

APPENDIX_B = (
    "id:1234567890 sub:001 dlvrd:001 submit date:0607261138 done date:0607261139 stat:DELIVRD err:000 text:Hello id:9 x"
)
# 003 §3.2, the two samples
NUMBER_CONTEXT = (
    "id:40072910491427628 sub:001 dlvr:001 submit date:1007291049 done date:1007291049 stat:DELIVRD err:000 "
    "IMSI:219101100935850 MSC:38591016 HLR:38591xxxxxxx ORN:VipNet PON:VipNet RON:VipNet ROC:HR MCCMNC:21910"
)
NUMBER_CONTEXT_FAILED = (
    "id:40072910491419819 sub:001 dlvr:001 submit date:1007291049 done date:1007291049 stat:UNDELIV err:001 "
    "IMSI: MSC: ORN:VipNet MCCMNC:"
)


def test_appendix_b() -> None:
    assert r.parse(APPENDIX_B) == Receipt(
        message_id="1234567890",
        state=MessageState.DELIVERED,
        error=0,
        submit_date="0607261138",
        done_date="0607261139",
        text="Hello id:9 x",
    )


def test_number_context() -> None:
    receipt = r.parse(NUMBER_CONTEXT.encode())
    assert receipt is not None
    assert (receipt.message_id, receipt.state, receipt.error) == ("40072910491427628", MessageState.DELIVERED, 0)
    assert dict(receipt.extra) == {
        "IMSI": "219101100935850",
        "MSC": "38591016",
        "HLR": "38591xxxxxxx",
        "ORN": "VipNet",
        "PON": "VipNet",
        "RON": "VipNet",
        "ROC": "HR",
        "MCCMNC": "21910",
    }
    failed = r.parse(NUMBER_CONTEXT_FAILED)
    assert failed is not None
    assert (failed.state, failed.error) == (MessageState.UNDELIVERABLE, 1)
    assert failed.extra == (("IMSI", ""), ("MSC", ""), ("ORN", "VipNet"), ("MCCMNC", ""))
    assert r.format(receipt) == NUMBER_CONTEXT
    assert r.format(failed) == NUMBER_CONTEXT_FAILED


@pytest.mark.parametrize(
    ("text", "message_id", "state", "error"),
    [
        ("ID:1 STAT:delivrd ERR:000", "1", 2, 0),
        ("id: 12 34 sub:001 stat:EXPIRED", "12 34", 3, None),
        ("id:1 stat:DELIVERY UNKNOWN err:032", "1", 7, 32),
        ("id:1 stat:UNKNOWN err:4102", "1", 7, 4102),
        ("id:1 stat:REJECTED err:0000001F", "1", 8, None),
        ("id:1 stat:REJECTD err:00000031", "1", 8, 31),
        ("id:1 stat:ACCEPTD err:", "1", 6, None),
        ("id:1 stat:ENROUTE err:abc", "1", 1, None),
        ("id:1 stat:DELETED err:123456789", "1", 4, None),
        ("id:1 stat:Undeliverable", "1", 5, None),
        ("id:1 stat:DELIVERED", "1", 2, None),
        ("id:1 stat:FOO", "1", 7, None),
        ("id:1", "1", 7, None),
        ("stat:DELIVRD", "", 2, None),
        ("id:1\nsub:001\nstat:DELIVRD\nerr:000\ntext:", "1", 2, 0),
        ("Id :1 Submit_Date:1007291049 Stat :DELIVRD err :5", "1", 2, 5),
        ("id:1 err:\u0663 stat:DELIVRD", "1", 2, None),
    ],
)
def test_dialects(text: str, message_id: str, state: int, error: int | None) -> None:
    receipt = r.parse(text)
    assert receipt is not None
    assert (receipt.message_id, receipt.state, receipt.error) == (message_id, state, error)


@pytest.mark.parametrize("text", ["", "Hello", "rapid:1 instat:2", "sub:001 err:000", "text:id:1 stat:DELIVRD"])
def test_no_receipt(text: str) -> None:
    assert r.parse(text) is None


@pytest.mark.parametrize(
    ("digits", "moment"),
    [
        ("1007291049", datetime(2010, 7, 29, 10, 49)),  # noqa: DTZ001
        ("100729104958", datetime(2010, 7, 29, 10, 49, 58)),  # noqa: DTZ001
        ("20100729104958", datetime(2010, 7, 29, 10, 49, 58)),  # noqa: DTZ001
        ("201407291049", datetime(2014, 7, 29, 10, 49)),  # noqa: DTZ001
        ("", None),
        ("0000000000", None),
        ("10072910", None),
        ("20101399104958", None),
        ("\u0661007291049", None),
    ],
)
def test_dates(digits: str, moment: datetime | None) -> None:
    assert r.parse_date(digits) == moment
    receipt = Receipt(submit_date=digits, done_date=digits)
    assert receipt.submitted == receipt.done == moment


def test_words() -> None:
    unknown = Receipt(message_id="1", state=MessageState.UNKNOWN, submit_date="1007291049", done_date="1007291050")
    body = "submit date:1007291049 done date:1007291050"
    assert r.format(unknown) == f"id:1 sub:001 dlvr:001 {body} stat:DELIVERY UNKNOWN err:000"
    assert r.format(unknown, words="spec", dlvrd="dlvrd") == f"id:1 sub:001 dlvrd:001 {body} stat:UNKNOWN err:000"
    rejected = Receipt(state=MessageState.REJECTED, error=4102, text="Hi")
    assert r.format(rejected).endswith("stat:REJECTED err:4102 text:Hi")
    assert r.format(rejected, words="spec").endswith("stat:REJECTD err:4102 text:Hi")


def test_the_optional_parameters_come_first() -> None:
    deliver = p.DeliverSm(
        esm_class=0x04,
        short_message=b"id:text stat:DELIVRD err:001",
        tlvs=((0x0423, b"\x03\x10\x06"), (0x0427, b"\x05"), (0x001E, b"tlv\0")),
    )
    receipt = r.read(deliver)
    assert receipt is not None
    assert (receipt.message_id, receipt.state, receipt.error) == ("tlv", MessageState.UNDELIVERABLE, 4102)


@pytest.mark.parametrize(
    "tlvs",
    [
        (),
        ((0x0423, b"\x01\x00\x09"),),
        ((0x0423, b"\x03\x09"),),
        ((0x0427, b"\x00"),),
        ((0x0427, b"\x09"),),
        ((0x0427, b""),),
        ((0x001E, b"\0"),),
    ],
)
def test_the_text_counts_where_the_parameters_say_nothing(tlvs: p.Tlvs) -> None:
    receipt = r.read(p.DeliverSm(esm_class=0x04, short_message=b"id:text stat:DELIVRD err:001", tlvs=tlvs))
    assert receipt is not None
    assert (receipt.message_id, receipt.state, receipt.error) == ("text", MessageState.DELIVERED, 1)


def test_what_makes_a_receipt() -> None:
    text = b"id:1 stat:ENROUTE err:000"
    tlvs = ((0x001E, b"1\0"), (0x0427, b"\2"))
    receipt = r.read(p.DeliverSm(esm_class=0x20, short_message=text))
    assert receipt is not None
    assert receipt.intermediate
    receipt = r.read(p.DeliverSm(esm_class=0x44, short_message=text))
    assert receipt is not None
    assert not receipt.intermediate
    assert r.read(p.DeliverSm(short_message=text)) is None
    assert r.read(p.DeliverSm(esm_class=0x08, short_message=text)) is None
    assert r.read(p.DeliverSm(esm_class=0x04, short_message=b"Hello")) is None
    assert r.read(p.DeliverSm(tlvs=tlvs)) is not None
    assert r.read(p.DeliverSm(tlvs=tlvs[:1])) is None
    assert r.read(p.DeliverSm(esm_class=0x04, tlvs=tlvs[:1])) is not None


def test_other_carriers_of_the_text() -> None:
    text = "id:1 stat:DELIVRD err:000"
    payload = ((0x0424, text.encode()),)
    wide = p.DeliverSm(esm_class=4, data_coding=8, short_message=text.encode("utf-16-be"))
    for pdu in (p.DataSm(esm_class=4, tlvs=payload), p.DeliverSm(esm_class=4, tlvs=payload), wide):
        receipt = r.read(pdu)
        assert receipt is not None
        assert receipt.message_id == "1"


def test_the_documents_parameters() -> None:
    """003 §3.2: (oct: (tlv: 1059) 030001) (byte: (tlv: 1063) 5) (str: (tlv: 30) 40072910491419819)."""
    receipt = Receipt(message_id="40072910491419819", state=MessageState.UNDELIVERABLE, error=1)
    assert r.tlvs_of(receipt) == ((1059, b"\x03\0\1"), (1063, b"\5"), (30, b"40072910491419819\0"))
    assert len(r.tlvs_of(Receipt(error=0x10000))) == 2


WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters=":\x85\xa0"), max_size=60)
RECEIPTS = st.builds(
    Receipt,
    message_id=WORDS,
    state=st.sampled_from(MessageState),
    error=st.integers(0, 0xFFFF),
    intermediate=st.booleans(),
    submit_date=st.from_regex(r"[0-9]{10}", fullmatch=True),
    done_date=st.from_regex(r"[0-9]{12}", fullmatch=True),
)


@given(RECEIPTS, st.sampled_from(["document", "spec"]), st.sampled_from(["dlvr", "dlvrd"]), st.booleans())
def test_round_trip(receipt: Receipt, words: str, dlvrd: str, with_tlvs: bool) -> None:  # noqa: FBT001
    text = r.format(receipt, words=words, dlvrd=dlvrd)  # type: ignore[arg-type]
    deliver = p.DeliverSm(
        esm_class=0x20 if receipt.intermediate else 0x04,
        short_message=text.encode("latin-1"),
        tlvs=r.tlvs_of(receipt) if with_tlvs else (),
    )
    decoded = decode(encode(deliver))
    assert isinstance(decoded, p.DeliverSm)
    assert r.read(decoded) == receipt


@given(st.binary(max_size=200), st.sampled_from([0, 8]))
def test_any_text(text: bytes, data_coding: int) -> None:
    r.read(p.DeliverSm(esm_class=4, data_coding=data_coding, short_message=b"id:1 stat:" + text))
