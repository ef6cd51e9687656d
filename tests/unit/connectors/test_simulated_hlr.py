"""The simulated HLR: what it says of one number fits together, and is always the same."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.catalogue import ERRORS, StatusId
from stentor.connectors.simulated.hlr import TABLE, SimulatedHlr
from stentor.core.lookup import Found, Place
from stentor.numbering import lookup, network_of

HLR = SimulatedHlr("hlr")
_REACHED = StatusId.DELIVERED_TO_HANDSET


def found(number: str) -> Found:
    answer = HLR.find(number)
    assert answer is not None
    return answer


def magic(digit: int, argument: int = 0, prefix: str = "4179123") -> str:
    return f"{prefix}99{digit}{argument:04d}"


def check(number: str, answer: Found) -> None:
    """IMSI of the home network, MSC of the visited one, HLR of the home; prefixes are the number's."""
    assert answer.original is not None
    assert number.startswith(answer.original.country_prefix + answer.original.network_prefix)
    origin, home = lookup(number), network_of(answer.mcc_mnc or "")
    assert origin is not None
    assert home is not None
    assert answer.ported == (origin.mcc_mnc != answer.mcc_mnc)
    if answer.status != _REACHED:
        assert (answer.imsi, answer.serving_msc, answer.ported_to, answer.roaming_in) == (None,) * 4
        return
    assert answer.ported_to is not None
    assert answer.imsi is not None
    assert answer.mcc_mnc is not None
    assert answer.imsi.startswith(answer.mcc_mnc)
    assert len(answer.imsi) == 15
    assert answer.roaming_in is not None
    assert answer.serving_msc is not None
    assert answer.serving_hlr is not None
    assert answer.serving_msc.startswith(address(answer.roaming_in))
    assert answer.serving_hlr.startswith(address(answer.ported_to))
    if not answer.roaming:
        assert answer.roaming_in == answer.ported_to
    if not answer.ported:
        assert answer.ported_to == answer.original


def address(place: Place) -> str:
    return place.country_prefix + place.network_prefix


@given(number=st.from_regex(r"(4179|4176|4915[01]|38599|33[67]|4477|7916|1787|55119)[0-9]{6,8}", fullmatch=True))
def test_whatever_the_number_it_fits_together(number: str) -> None:
    answer = HLR.find(number)
    if answer is not None:
        check(number, answer)
        assert HLR.find(number) == answer


def test_the_documents_number_has_the_documents_imsi() -> None:
    """004 "Number lookup"."""
    answer = found("41793026727")
    assert (answer.imsi, answer.mcc_mnc, answer.ported, answer.roaming) == ("228012120181810", "22801", False, False)


@pytest.mark.parametrize("error", sorted(ERRORS))
def test_every_error_has_a_number(error: int) -> None:
    answer = found(magic(0, error))
    assert (answer.status, answer.error, answer.imsi) == (StatusId.UNDELIVERABLE_NOT_DELIVERED, error, None)
    assert answer.mcc_mnc == "22801"


@pytest.mark.parametrize(
    ("digit", "argument", "status", "error"),
    [
        (1, 34, StatusId.UNDELIVERABLE_REJECTED_OPERATOR, 34),
        (2, 4101, StatusId.EXPIRED_EXPIRED, 4101),
        (3, 0, StatusId.UNDELIVERABLE_NOT_DELIVERED, 27),
        (3, 6, StatusId.UNDELIVERABLE_NOT_DELIVERED, 6),
    ],
)
def test_other_ways_to_fail(digit: int, argument: int, status: int, error: int) -> None:
    answer = found(magic(digit, argument))
    assert (answer.status, answer.error) == (status, error)


def test_ported() -> None:
    answer = found(magic(6))
    assert answer.ported
    assert answer.mcc_mnc != "22801"
    chosen = found(magic(6, 3))
    assert (chosen.mcc_mnc, chosen.ported) == ("22803", True)
    assert (answer.original, chosen.original) == (found("41791234567").original,) * 2
    for one in (answer, chosen):
        check(magic(6), one)


def test_roaming() -> None:
    answer, chosen, german = found(magic(7)), found(magic(7, 219)), found(magic(7, prefix="4915112"))
    places = [one.roaming_in.country_code for one in (answer, chosen, german) if one.roaming_in]
    assert places == ["DE", "HR", "CH"]
    assert (answer.roaming, answer.ported, answer.mcc_mnc) == (True, False, "22801")


def test_both() -> None:
    answer = found(magic(8, 208))
    assert (answer.ported, answer.roaming) == (True, True)
    check(magic(8, 208), answer)


async def test_late_and_never() -> None:
    late, never = magic(4, 1), magic(5)
    assert HLR.find(late) is None
    assert (await HLR.ask([late]))[late].status == _REACHED
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await HLR.ask([never])


async def test_with_a_delay_it_must_be_asked() -> None:
    far = SimulatedHlr("far", 0.001)
    assert far.find("41793026727") is None
    assert await far.ask(["41793026727"]) == {"41793026727": found("41793026727")}


def test_a_number_of_no_known_network() -> None:
    assert HLR.find("12025550123") is None


def test_the_table_has_one_row_a_digit() -> None:
    assert [row.digit for row in TABLE] == [str(n) for n in range(9)]
