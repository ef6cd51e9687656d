"""What only the legacy API asks for, as submit_sm: types of the number, WAP push."""

from __future__ import annotations

import json
from pathlib import Path

from stentor.connectors.smsc.outgoing import Style, submit_sm
from stentor.core.content import Extra, written
from stentor.engine.encoding import parts_of
from stentor.smpp.pdu import SubmitSm
from stentor.text import wap
from support.making import START, message

VECTORS = json.loads((Path(__file__).parents[1] / "text/wap_push.json").read_text("utf-8"))["vectors"]


def made(extra: Extra, parts: int = 1) -> list[SubmitSm]:
    one = message(extra=written(extra), parts=parts)
    return [submit_sm(part, Style(), START) for part in parts_of(one, whole=False, reference_bits=8)]


def pushed(url: str, title: str) -> list[SubmitSm]:
    data = wap.service_indication(url, title)
    return made(Extra(data=data, data_coding=wap.DATA_CODING, elements=wap.PORTS))


def test_types_of_both_numbers() -> None:
    (pdu,) = made(Extra(source=(2, 1), destination=(3, 8)))
    assert (pdu.source_addr_ton, pdu.source_addr_npi) == (2, 1)
    assert (pdu.dest_addr_ton, pdu.dest_addr_npi) == (3, 8)


def test_a_wap_push_is_the_octets_of_the_examples() -> None:
    vector = VECTORS[0]
    (pdu,) = pushed(vector["url"], vector["text"])
    assert pdu.short_message == bytes.fromhex(vector["user_data"][0])
    assert (pdu.esm_class, pdu.data_coding) == (vector["esm_class"], vector["data_coding"])


def test_a_long_wap_push_has_ports_and_concatenation_in_each_part() -> None:
    first, second = pushed("http://a/" + "x" * 150, "title")
    assert (len(first.short_message), first.esm_class) == (140, 64)
    for number, pdu in enumerate((first, second), start=1):
        assert pdu.short_message[:7] == bytes.fromhex("0b05040b8423f0")
        assert pdu.short_message[7:9] + pdu.short_message[10:12] == bytes((0, 3, 2, number))
