"""deliver_sm of number lookups against the documents' own dumps (003 §3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from stentor.core.account import Account
from stentor.core.errors import Throttled
from stentor.core.ids import Ids
from stentor.core.lookup import Found, LookupResult, Place, Telling
from stentor.smpp import CommandStatus, decode, encode
from stentor.smpp.pdu import SubmitSm
from stentor.smppd.lookups import SessionLookups, _decode, deliver_sm, rendered
from stentor.smppd.receipts import Dates
from support.lookups import asked

AT = 1_280_400_540_000  # 2010-07-29 10:49
VIPNET = Place("VipNet", "", "Croatia", "385", "HR")
SUCCESS = LookupResult(
    id=1,
    account=1,
    bulk="",
    to="38591xxxxxxx",
    status=5,
    price=10_000,
    mcc_mnc="21910",
    sent_at=AT,
    done_at=AT,
    found=Found(
        status=5,
        imsi="219101100935850",
        serving_msc="38591016",
        serving_hlr="38591xxxxxxx",
        original=VIPNET,
        ported=True,
        ported_to=Place("VipNet"),
        roaming=True,
        roaming_in=Place("VipNet", "91", "Croatia", "385", "HR"),
    ),
)
FAILURE = LookupResult(
    id=2,
    account=1,
    bulk="",
    to="385915369423",
    status=9,
    error=1,
    price=10_000,
    mcc_mnc="21910",
    sent_at=AT,
    done_at=AT,
    found=Found(status=9, error=1, original=VIPNET),
)


def text(value: str) -> bytes:
    return value.encode() + b"\0"


def number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def shown(pdu: Any) -> tuple[Any, ...]:
    again: Any = decode(encode(pdu, 1))
    return (
        (again.source_addr_ton, again.source_addr_npi, again.source_addr),
        (again.dest_addr_ton, again.dest_addr_npi, again.destination_addr),
        again.short_message.decode(),
        again.tlvs,
    )


def test_success_as_in_the_dump() -> None:
    source, destination, message, tlvs = shown(deliver_sm(SUCCESS, "40072910491427628", Dates()))
    assert source == (0, 0, "38591xxxxxxx")
    assert destination == (0, 0, "0000000000")
    assert message == (
        "id:40072910491427628 sub:001 dlvr:001 submit date:1007291049 done date:1007291049 stat:DELIVRD err:000"
        " IMSI:219101100935850 MSC:38591016 HLR:38591xxxxxxx ORN:VipNet PON:VipNet RON:VipNet ROC:HR MCCMNC:21910"
    )
    assert tlvs == (
        (1059, bytes.fromhex("030000")),
        (1063, b"\x02"),
        (30, text("40072910491427628")),
        (5129, text("38591xxxxxxx")),
        (5138, text("VipNet")),
        (5139, text("VipNet")),
        (5140, text("VipNet")),
        (5141, text("Croatia")),
        (5143, text("HR")),
        (5142, text("21910")),
        (5144, number(1)),
        (5145, text("91")),
        (5152, text("385")),
        (5153, number(1)),
        (5154, text("Croatia")),
        (5155, text("HR")),
        (5156, text("385")),
        (5157, number(1)),
        (5123, bytes.fromhex("323139313031313030393335383530")),
        (5126, bytes.fromhex("3338353931303136")),
    )


def test_failure_as_in_the_dump() -> None:
    source, destination, message, tlvs = shown(deliver_sm(FAILURE, "40072910491419819", Dates()))
    assert source == (0, 0, "385915369423")
    assert destination == (0, 0, "0000000000")
    assert message == (
        "id:40072910491419819 sub:001 dlvr:001 submit date:1007291049 done date:1007291049 stat:UNDELIV err:001"
        " IMSI: MSC: ORN:VipNet MCCMNC:"
    )
    assert tlvs == (
        (1059, bytes.fromhex("030001")),
        (1063, b"\x05"),
        (30, text("40072910491419819")),
        (5138, text("VipNet")),
        (5142, text("")),
        (5144, number(1)),
        (5153, number(0)),
        (5154, text("Croatia")),
        (5155, text("HR")),
        (5156, text("385")),
        (5157, number(1)),
    )


def test_every_parameter_of_the_table() -> None:
    """Table 14 has some that no dump shows."""
    found = Found(
        status=5,
        imsi="1",
        serving_msc="2",
        serving_hlr="3",
        original=Place("a", "1", "b", "2", "c"),
        ported=True,
        ported_to=Place("d", "3", "e", "4", "f"),
        roaming=True,
        roaming_in=Place("g", "5", "h", "6", "i"),
    )
    one = LookupResult(id=1, account=1, bulk="", to="1", status=5, found=found, mcc_mnc="21910")
    tags = {tag for tag, _ in deliver_sm(one, "1", Dates()).tlvs}
    table = {0x1412, 0x140B, 0x1422, 0x1423, 0x1424, 0x1413, 0x1442, 0x143E, 0x143F, 0x1421, 0x1414, 0x1419}
    table |= {0x1415, 0x1417, 0x1420, 0x1416, 0x1418, 0x1409, 0x1425, 0x1403, 0x1406}
    assert tags == table | {0x0423, 0x0427, 0x001E}


@pytest.mark.parametrize(("micros", "shown"), [(0, 0), (4_999, 0), (5_000, 1), (10_000, 1), (25_000, 3)])
def test_the_price_in_hundredths(micros: int, shown: int) -> None:
    tlvs = dict(deliver_sm(replace(SUCCESS, price=micros), "1", Dates()).tlvs)
    assert tlvs[0x1418] == number(shown)


def test_results_are_kept_whole() -> None:
    content_type, body = rendered(None, [SUCCESS, FAILURE], "application/json")
    assert (content_type, _decode(body)) == ("application/json", [SUCCESS, FAILURE])


def test_dates_in_another_offset() -> None:
    assert Dates("+0100")(AT) == "1007291149"
    assert Dates("-0330")(AT) == "1007290719"


class Desk:
    """Implements `smppd.lookups.Asking` as `core.lookup.Lookups` does: one id for a number that stands twice."""

    def __init__(self, most: int = 10) -> None:
        self.rounds: list[list[str]] = []
        self._most = most

    async def later(
        self, account: Account, numbers: Sequence[str], telling: Telling, *, bulk_id: str | None = None
    ) -> Sequence[LookupResult]:
        assert (account.id, telling.dialect, bulk_id) == (1, "smpp", None)
        if len(self.rounds) == self._most:
            raise Throttled(1.0)
        self.rounds.append([*numbers])
        kept = {number.lstrip("+"): asked(to=number) for number in numbers}
        return [kept[number.lstrip("+")] for number in numbers]


def requests(*numbers: str) -> list[SubmitSm]:
    return [SubmitSm(sequence=7, destination_addr=number) for number in numbers]


async def test_each_request_has_an_id_of_its_own() -> None:
    """However its number is written, and whatever sequence numbers the customer gave."""
    desk = Desk()
    lookups = SessionLookups(desk, Ids(b"secret"))
    answers: Any = await lookups.ask(
        requests("41793026727", "+41793026727", "38591xx", "41793026727"), Account(id=1, name="acme")
    )
    assert desk.rounds == [["41793026727", "38591xx"], ["+41793026727"], ["41793026727"]]
    assert [(answer.status, answer.sequence) for answer in answers] == [(0, 7)] * 4
    assert len({answer.message_id for answer in answers}) == 4


async def test_a_refusal_leaves_those_of_before_alone() -> None:
    lookups = SessionLookups(Desk(most=1), Ids(b"secret"))
    answers: Any = await lookups.ask(requests("41793026727", "41793026727", "4915112345678"), Account(id=1, name="a"))
    assert [answer.status for answer in answers] == [0, CommandStatus.ESME_RTHROTTLED, 0]
    assert answers[0].message_id != answers[2].message_id
