"""The GSM error table against the catalogue file taken from 003 and 004."""

import json
from pathlib import Path
from typing import Any

import pytest

from stentor.catalogue import ERROR_GROUPS, ERRORS, NO_ERROR, ErrorGroupId, error, is_permanent

CATALOGUE: dict[str, Any] = json.loads(Path(__file__).with_name("errors.json").read_text("utf-8"))


def test_every_error_is_here_once_and_in_order() -> None:
    assert list(ERRORS) == [row["id"] for row in CATALOGUE["errors"]]
    assert len(ERRORS) == 91
    assert sum(row.smpp_name is not None for row in ERRORS.values()) == 84


@pytest.mark.parametrize("row", CATALOGUE["errors"], ids=lambda row: f"{row['id']}")
def test_error(row: dict[str, Any]) -> None:
    found = error(row["id"])
    assert (found.id, found.group_id, found.group_name) == (row["id"], row["groupId"], row["groupName"])
    assert (found.name, found.smpp_name, found.description) == (row["name"], row["smpp_name"], row["description"])
    assert (found.permanent, found.permanent_smpp) == (row["permanent_http"], row["permanent_smpp"])
    assert is_permanent(row["id"]) is (row["permanent_http"] or row["permanent_smpp"] or False)


def test_groups() -> None:
    expected = [(row["groupId"], row["groupName"], row["description"]) for row in CATALOGUE["groups"]]
    assert [(group.id, group.name, group.description) for group in ERROR_GROUPS.values()] == expected
    assert [(member.value, member.name) for member in ErrorGroupId] == [row[:2] for row in expected]


def test_no_error_and_codes_in_no_table() -> None:
    assert error(0) is NO_ERROR
    assert not is_permanent(0)
    assert error(99999).name == "EC_UNKNOWN_ERROR"
    assert error(-1) is error(255)
    assert is_permanent(99999)


def test_the_two_tables_disagree_where_we_know_it() -> None:
    in_both = [row for row in ERRORS.values() if row.permanent_smpp is not None]
    disagreeing = [row.id for row in in_both if row.permanent is not row.permanent_smpp]
    assert disagreeing == [9, 10, 35, 36, 51, 71, 255, 2049, 4097, 4102]
