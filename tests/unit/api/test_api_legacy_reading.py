"""Whatever is sent to the legacy API becomes drafts and an `Outgoing`, or is `Wrong` with a value."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.api.legacy import reading
from stentor.api.legacy.outgoing import outgoing
from stentor.api.legacy.reading import Reader
from stentor.api.legacy.wrong import Wrong
from stentor.api.messages import Request
from stentor.catalogue import ResponseCode
from stentor.core.content import Extra
from stentor.core.submit import Destination, Outgoing
from stentor.text import wap
from support.making import ACME, START, SWISS

NAMES = (
    "sender", "text", "flash", "type", "wapurl", "binary", "datacoding", "esmclass", "srcton", "srcnpi", "destton",
    "destnpi", "senddatetime", "validityperiod", "appid", "pushurl", "nopush", "campaignid",
)  # fmt: skip
MEMBERS = ("messages", "message", "recipients", "gsm", "messageId", "authentication", "text")
READERS: list[Reader] = [reading.xml, reading.json, reading.plain]
VALUES = st.one_of(
    st.text(max_size=20), st.integers(-5, 300).map(str), st.sampled_from(["", "null", "nSMS", "bookmark", "1", "4d3h"])
)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4),
    max_leaves=20,
)


def asked(body: bytes = b"", query: str = "", method: str = "POST") -> Request:
    return Request(method, "/x", query, {}, body, None, "", "", {})


def read(**values: str) -> Outgoing:
    given_values = reading.values_of((name.lower(), value) for name, value in values.items())
    return outgoing(given_values, ACME, [Destination(SWISS)], START)


@given(st.binary(max_size=200))
def test_any_octets(octets: bytes) -> None:
    for reader in READERS:
        for body in (octets, b"XML=" + octets, b"JSON=" + octets):
            with contextlib.suppress(Wrong):
                reader(asked(body))
        with contextlib.suppress(Wrong):
            reading.plain(asked(query=octets.decode("latin-1"), method="GET"))


@given(TREES)
def test_any_json(tree: Any) -> None:
    with contextlib.suppress(Wrong):
        for message in reading.json(asked(json.dumps(tree).encode())).messages:
            assert all(isinstance(part, str) for pair in message.recipients for part in pair)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_any_values(values: dict[str, str]) -> None:
    with contextlib.suppress(Wrong):
        read(**values)


def test_a_number_too_long_for_python_is_a_text_or_wrong() -> None:
    with contextlib.suppress(Wrong):
        reading.json(asked(b'{"messages":[{"text":1' + b"0" * 5_000 + b"}]}"))


@pytest.mark.parametrize(
    ("later", "seconds"),
    [
        ("4d3h2m1s", 356_521),
        ("0d0h10m", 600),
        ("1d2h5m3s", 93_903),
        ("90s", 90),
        ("2H", 7_200),
        ("1m1s", 61),
        ("1s2m", 121),
    ],
)
def test_scheduling(later: str, seconds: int) -> None:
    assert read(sendDateTime=later).send_at == START + seconds * 1_000


@pytest.mark.parametrize(
    "later", ["0", "x", "1", "1d1d", "-1d", "1d 2h", "d", "1.5h", "\u0661d", "\u0130s", "123456789s"]
)
def test_no_scheduling(later: str) -> None:
    with pytest.raises(Wrong) as wrong:
        read(sendDateTime=later)
    assert wrong.value.code is ResponseCode.INVALID_SENDDATETIME


@pytest.mark.parametrize(("text", "minutes"), [("01:30", 90), ("48:00", 2_880), ("72:00", 4_320), ("00:00", None)])
def test_validity(text: str, minutes: int | None) -> None:
    assert read(validityPeriod=text).validity_ms == (None if minutes is None else minutes * 60_000)


def test_types_and_plans() -> None:
    """The note under table 3."""
    assert read(sender="12345", text="x").extra == Extra()
    assert read(sender="12345", srcton="2", srcnpi="1").extra.source == (2, 1)
    assert read(sender="Friend", srcton="5").extra.source == (5, 0)
    assert read(sender="Friend", srcnpi="8").extra.source == (5, 8)
    assert read(sender="12345", srcnpi="8", destton="2").extra == Extra(source=(1, 8), destination=(2, 1))


def test_a_bookmark() -> None:
    one = read(type="bookmark", wapurl="http://a.com/b", text="Title")
    assert one.extra.data == wap.service_indication("http://a.com/b", "Title")
    assert (one.extra.data_coding, one.extra.elements, one.extra.esm_class) == (245, wap.PORTS, 0)


@pytest.mark.parametrize(
    ("values", "coding", "flash"),
    [
        ({"text": "x", "datacoding": "8"}, 8, False),
        ({"text": "x", "datacoding": "24"}, 24, True),
        ({"text": "x", "datacoding": "8", "flash": "1"}, 24, True),
        ({"text": "é", "datacoding": "3"}, 3, False),
        ({"text": "ж", "datacoding": "3"}, 0, False),
        ({"text": "x", "datacoding": "240"}, 0, True),
        ({"binary": "41", "flash": "1"}, 240, True),
        ({"binary": "0041", "datacoding": "8"}, 8, False),
    ],
)
def test_data_coding(values: dict[str, str], coding: int, flash: bool) -> None:  # noqa: FBT001 - a column
    one = read(**values)
    assert (one.extra.data_coding, one.flash) == (coding, flash)


@pytest.mark.parametrize(
    ("given_url", "nopush", "expected"),
    [("", "", "http://own"), ("nopush", "0", "http://own"), ("http://x", "", "http://x"), ("http://x", "1", None)],
)
def test_where_reports_go(given_url: str, nopush: str, expected: str | None) -> None:
    account = type(ACME)(name="acme", v3_report_url="http://own")
    values = reading.values_of([("pushurl", given_url), ("nopush", nopush)])
    assert outgoing(values, account, [Destination(SWISS)], START).notify_url == expected


def test_an_empty_synonym_takes_nothing_away() -> None:
    octets = (
        b'{"text":"","gsm":"1","pushurl":"z","drPushUrl":"","flash":1,"isFlash":null,"wapurl":"y","Bookmark":"null"}'
    )
    (draft,) = reading.json(asked(octets)).messages
    assert [draft.values[name] for name in ("pushurl", "flash", "wapurl")] == ["z", "1", "y"]


def test_repeated_numbers_are_one_list() -> None:
    query = "GSM=1&gsm=2,3&messageid=a&messageId=b,c"
    (draft,) = reading.plain(asked(query=query, method="GET")).messages
    assert list(draft.recipients) == [("1", "a"), ("2", "b"), ("3", "c")]


HUGE: dict[str, tuple[Reader, bytes]] = {
    "numbers": (reading.json, b'{"text":"x","recipients":[' + b"1," * 600_000 + b"1]}"),
    "lists of numbers": (reading.json, b'{"text":"x","recipients":[' + b'{"gsm":[1,1]},' * 6_000 + b'"1"]}'),
    "messages": (reading.json, b'{"messages":[' + b"{}," * 10_000 + b"{}]}"),
    "members": (reading.json, b"{%b}" % b",".join(b'"%d":1' % n for n in range(2_000))),
    "elements": (reading.xml, b"<SMS>" + b"<message/>" * 10_001 + b"</SMS>"),
    "encoded": (reading.xml, b"XML=" + b"%3C" * 500_001),
    "commas": (reading.plain, b"GSM=" + b"1," * 100_000),
    "letters": (reading.plain, b"SMSText=" + b"%e8" * 500_001),
}


@pytest.mark.parametrize("name", HUGE)
def test_what_would_take_long_is_refused_while_nobody_knows_whose_it_is(name: str) -> None:
    reader, octets = HUGE[name]
    with pytest.raises(Wrong) as found:
        reader(asked(octets))
    assert found.value.code == -99


def test_what_stands_among_messages_and_is_none() -> None:
    for octets in (b'{"messages":[{"text":"x"},"y"]}', b'{"messages":"y"}'):
        with pytest.raises(Wrong) as found:
            reading.json(asked(octets))
        assert found.value.code == -22
    (draft,) = reading.json(asked(b'{"messages":null,"message":{"recipients":null,"gsm":41793026727}}')).messages
    assert list(draft.recipients) == [(SWISS, "")]


@pytest.mark.parametrize(
    ("reader", "broken"),
    [
        (reading.xml, b"<SMS><message><text>x</Text></message>%b</SMS>"),
        (reading.json, b'{"messages": [{"text": "a\nb"}]%b}'),
    ],
)
def test_a_slip_is_mended_in_short_bodies_only(reader: Reader, broken: bytes) -> None:
    """Nobody who is not known yet makes us read a large body twice."""
    assert len(reader(asked(broken % b"")).messages) == 1
    with pytest.raises(Wrong) as wrong:
        reader(asked(broken % (b" " * 65_536)))
    assert wrong.value.code is ResponseCode.SYNTAX_ERROR


@pytest.mark.parametrize(
    "broken",
    [b"<SMS><a>x</b></SMS>", b"<!DOCTYPE x><SMS><a>x</A></SMS>", b"<SMS><text><![CDATA[<B>]]></Text></SMS>", b"<SMS>"],
)
def test_other_slips_are_not_mended(broken: bytes) -> None:
    with pytest.raises(Wrong):
        reading.xml(asked(broken))
