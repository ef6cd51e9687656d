from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core.account import ApiKey, Directory, User, digest_of, sender_status
from support.making import ACME, OTHER

SOURCE, SENDER = StatusId.REJECTED_SOURCE, StatusId.REJECTED_SENDER
ANY: dict[str, Any] = {}
LISTED = {"senders": ("Acme", "41793026727")}
BLOCKED = {"blocked_senders": ("Acme",)}


@pytest.mark.parametrize(
    ("options", "sender", "expected"),
    [
        (ANY, "Acme", None),
        (ANY, "abc", None),
        (ANY, "ab", SOURCE),
        (ANY, "12345678901", None),
        (ANY, "Elevenchars", None),
        (ANY, "Twelve chars", SOURCE),
        (ANY, "123", None),
        (ANY, "12", SOURCE),
        (ANY, "1" * 14, None),
        (ANY, "1" * 15, SOURCE),
        (ANY, "+" + "1" * 14, None),
        (ANY, "", SOURCE),
        (ANY, "+", SOURCE),
        (ANY, "Ac\nme", SOURCE),
        (ANY, "Ac\x00me", SOURCE),
        (ANY, "Ünïcöde", None),
        (LISTED, "Acme", None),
        (LISTED, "41793026727", None),
        (LISTED, "Other", SOURCE),
        (LISTED, "acme", SOURCE),
        ({"senders": ()}, "Acme", SOURCE),
        (BLOCKED, "Acme", SENDER),
        (BLOCKED, "Other", None),
        (BLOCKED | LISTED, "Acme", SENDER),
        (BLOCKED, "ab", SOURCE),
    ],
)
def test_sender_status(options: dict[str, Any], sender: str, expected: StatusId | None) -> None:
    assert sender_status(replace(ACME, **options), sender) == expected


def test_the_directory() -> None:
    disabled = replace(OTHER, enabled=False)
    directory = Directory([ACME, disabled], [User("u", 1, "h")], [ApiKey(digest_of("k"), 1), ApiKey(digest_of("l"), 2)])
    assert directory.by_key("k") == ACME
    assert directory.by_key("l") is None
    assert directory.by_key("other") is None
    assert directory.by_key(digest_of("k")) is None
    assert directory.enabled(1) == ACME
    assert directory.enabled(2) is None
    assert directory.enabled(3) is None
    assert directory.users["u"].account == 1
