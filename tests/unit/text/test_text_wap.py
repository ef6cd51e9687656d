"""WAP push against octets made by an independent encoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stentor.text import alphabet_of, segments, wap

BINARY = alphabet_of(wap.DATA_CODING)
VECTORS: list[dict[str, Any]] = [
    one
    for one in json.loads(Path(__file__).with_name("wap_push.json").read_text("utf-8"))["vectors"]
    if one["kind"] == "si"
]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: str(one["url"]))
def test_service_indications(vector: dict[str, Any]) -> None:
    push = wap.service_indication(vector["url"], vector["text"])
    (part,) = segments.split(push, BINARY, 8, wap.PORTS).parts
    assert segments.udh(0, 1, 1, 8, wap.PORTS) + part == bytes.fromhex(vector["user_data"][0])
    assert vector["data_coding"] == wap.DATA_CODING


def test_a_url_without_scheme_is_one_of_http() -> None:
    bare, whole = "www.infobiiip.com/a", "http://www.infobiiip.com/a"
    assert wap.service_indication(bare, "x") == wap.service_indication(whole, "x")


def test_without_a_title_there_is_no_text() -> None:
    assert wap.service_indication("http://a", "").hex() == "dc0601ae02056a0045860c03610007" + "0101"


def test_a_long_one_has_128_octets_in_each_part() -> None:
    push = wap.service_indication("http://a/" + "x" * 300, "title")
    assert [len(part) for part in segments.split(push, BINARY, 8, wap.PORTS).parts][:2] == [128, 128]


def test_a_zero_cannot_end_a_text_early() -> None:
    assert wap.service_indication("http://a", "x\0y") == wap.service_indication("http://a", "xy")
