"""The statuses have their numbers and their names."""

from __future__ import annotations

import pytest

from stentor.smpp.status import CommandStatus, name_of


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (0x00, "ESME_ROK"),
        (0x58, "ESME_RTHROTTLED"),
        (0xFF, "ESME_RUNKNOWNERR"),
        (0x22, "NETWORK_NOT_COVERED"),
        (0x4A1, "SYSTEM_ERROR_OR_CHANNEL_DISABLED"),
        (0x400, "0x00000400"),
        (0xFFFFFFFF, "0xFFFFFFFF"),
    ],
)
def test_name_of(value: int, name: str) -> None:
    assert name_of(value) == name


def test_table_5_2_is_whole() -> None:
    assert sum(status.name.startswith("ESME_") for status in CommandStatus) == 48
