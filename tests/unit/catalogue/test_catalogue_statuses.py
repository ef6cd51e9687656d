"""The status table against the catalogue file taken from 004."""

import json
from pathlib import Path
from typing import Any

import pytest

from stentor.catalogue import GROUPS, STATUSES, GroupId, StatusId

CATALOGUE: dict[str, Any] = json.loads(Path(__file__).with_name("statuses.json").read_text("utf-8"))


def test_every_status_is_here_once_and_in_order() -> None:
    assert list(STATUSES) == [row["id"] for row in CATALOGUE["statuses"]]
    assert list(STATUSES) == list(StatusId)
    assert len(STATUSES) == 34


@pytest.mark.parametrize("row", CATALOGUE["statuses"], ids=lambda row: f"{row['id']}-{row['name']}")
def test_status(row: dict[str, Any]) -> None:
    status = STATUSES[row["id"]]
    assert (status.id, status.group_id, status.group_name) == (row["id"], row["groupId"], row["groupName"])
    assert (status.name, status.description, status.action) == (row["name"], row["description"], row["action"])
    assert status.final is row["final"]
    assert {"smpp_stat": status.smpp_stat, "v3_status": status.v3_status} == row["proposal"]
    assert GROUPS[status.group_id].name == status.group_name


def test_groups() -> None:
    expected = [(row["groupId"], row["groupName"], row["description"]) for row in CATALOGUE["groups"]]
    assert [(group.id, group.name, group.description) for group in GROUPS.values()] == expected
    assert [(member.value, member.name) for member in GroupId] == [row[:2] for row in expected]


def test_ids_are_named_as_their_statuses_but_for_the_shared_name() -> None:
    renamed = {member.name: STATUSES[member].name for member in StatusId if member.name != STATUSES[member].name}
    assert renamed == {"REJECTED_DESTINATION_INVALID": "REJECTED_DESTINATION"}
