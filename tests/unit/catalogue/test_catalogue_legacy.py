"""The legacy API's values against the catalogue file taken from 003."""

import json
from pathlib import Path
from typing import Any

from stentor.catalogue import LOOKUP_STATUSES, NO_DATA, PULL_ERRORS, REPORT_STATUSES, RESPONSES, STATUSES, ResponseCode

CATALOGUE: dict[str, Any] = json.loads(Path(__file__).with_name("http_v3_status.json").read_text("utf-8"))


def test_responses() -> None:
    expected = [(row["value"], row["status"], row["description"]) for row in CATALOGUE["statuses"]]
    assert [(row.value, row.name, row.description) for row in RESPONSES.values()] == expected
    assert list(RESPONSES) == list(ResponseCode)


def test_report_statuses() -> None:
    expected = {row["status"]: row["description"] for row in CATALOGUE["delivery_report_status"]}
    assert expected == REPORT_STATUSES
    assert {status.v3_status for status in STATUSES.values()} <= set(REPORT_STATUSES)


def test_pull() -> None:
    assert CATALOGUE["dr_pull_return_values"]["no_data"] == NO_DATA
    assert [str(code.value) for code in PULL_ERRORS] == CATALOGUE["dr_pull_return_values"]["proposal"]


def test_lookups() -> None:
    assert CATALOGUE["hlr"]["meaning"] == LOOKUP_STATUSES
