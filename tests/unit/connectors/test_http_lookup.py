"""What another platform says of a number, read leniently."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stentor.catalogue import StatusId
from stentor.connectors.http.lookup import _read, found_in, whose
from stentor.core.lookup import Found, Place
from stentor.core.lookup.portability import UNKNOWN_REACH

REACHED = {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"}


def read(**result: Any) -> Found | None:
    body = {"results": [{"to": "41793026727", "status": REACHED, **result}]}
    return found_in(_read(json.dumps(body).encode()).results[0])


def test_the_documents_sample() -> None:
    """004 "Number lookup"."""
    answer = read(
        mccMnc="22801",
        imsi="228012120181810",
        originalNetwork={"networkPrefix": "79", "countryPrefix": "41"},
        ported=False,
        roaming=False,
        error={"id": 0, "groupId": 0},
    )
    assert answer == Found(
        status=5,
        mcc_mnc="22801",
        imsi="228012120181810",
        original=Place("Swisscom", "79", "Switzerland", "41", "CH"),
        ported=False,
        roaming=False,
    )


def test_everything() -> None:
    place = {"networkName": "N", "networkPrefix": "91", "countryName": "C", "countryPrefix": "385"}
    answer = read(ported=True, portedNetwork=place, roaming=True, roamingNetwork=place, servingMSC="38591016")
    known = Place("N", "91", "C", "385", "HR")
    assert answer is not None
    assert (answer.ported_to, answer.roaming_in, answer.serving_msc) == (known, known, "38591016")


def test_numbers_instead_of_strings() -> None:
    answer = read(to=41793026727, mccMnc=22801, imsi=228012120181810)
    assert answer is not None
    assert (answer.mcc_mnc, answer.imsi) == ("22801", "228012120181810")


def test_an_imsi_that_begins_with_zeros_stays() -> None:
    answer = read(imsi="001010123456789")
    assert answer is not None
    assert answer.imsi == "001010123456789"


def test_names_that_its_package_leaves_out_come_from_the_plan() -> None:
    answer = read(mccMnc="22802", ported=True, portedNetwork={"networkPrefix": "76", "countryPrefix": "41"})
    assert answer is not None
    assert answer.ported_to is not None
    assert (answer.ported_to.network_name, answer.ported_to.country_name) == ("Sunrise", "Switzerland")


@pytest.mark.parametrize(
    "status",
    [
        {"groupId": 5, "groupName": "REJECTED", "id": 12},
        {"groupId": 5, "groupName": "REJECTED", "id": 6},
        {"groupId": 1, "groupName": "PENDING", "id": 3},
        {"groupId": 0, "groupName": "ACCEPTED", "id": 0},
        {"id": 999},
        {},
        None,
    ],
)
def test_what_is_no_answer_leaves_it_to_the_next(status: Any) -> None:
    assert read(status=status) is None


def test_an_absent_phone() -> None:
    answer = read(status={"groupId": 2, "id": 9}, error={"id": 27}, mccMnc="22801")
    assert answer is not None
    assert (answer.status, answer.error, answer.imsi) == (StatusId.UNDELIVERABLE_NOT_DELIVERED, 27, None)


def test_codes_that_we_do_not_have() -> None:
    answer = read(status={"groupId": 2, "groupName": "UNDELIVERABLE", "id": 777}, error={"id": 99999})
    assert answer is not None
    assert (answer.status, answer.error) == (StatusId.UNDELIVERABLE_NOT_DELIVERED, 255)


def test_only_whose_it_is() -> None:
    """What is remembered for a day says nothing of a phone."""
    answer = read(mccMnc="22801", imsi="228012120181810", ported=False, roaming=False, servingMSC="41790")
    assert answer is not None
    only = whose(answer)
    assert (only.status, only.mcc_mnc, only.ported) == (UNKNOWN_REACH, "22801", False)
    assert (only.imsi, only.roaming, only.serving_msc) == (None, None, None)
