from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core.account import ApiKey, User, digest_of, sender_status
from stentor.core.rulebook import Rulebook
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
        (ANY, "Привет", SOURCE),
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
    keys = [ApiKey(digest_of("k"), "acme"), ApiKey(digest_of("l"), "other")]
    directory = Rulebook([ACME, disabled, User("u", "acme", "h"), *keys]).directory
    assert directory.by_key("k") == ACME
    assert directory.by_key("l") is None
    assert directory.by_key("other") is None
    assert directory.by_key(digest_of("k")) is None
    assert directory.enabled("acme") == ACME
    assert directory.enabled("other") is None
    assert directory.enabled("nobody") is None
    assert directory.users["u"].account == "acme"
