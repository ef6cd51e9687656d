"""What a trusted proxy says of its client is believed, what anybody else says is not."""

from __future__ import annotations

from typing import Any

import pytest

from stentor.app.proxied import Proxied


@pytest.mark.parametrize(
    ("peer", "said", "scheme"),
    [
        ("10.0.0.1", b"https", "https"),
        ("10.0.0.1", b"http", "http"),
        ("10.0.0.1", None, "http"),
        ("192.0.2.1", b"https", "http"),
    ],
)
async def test_the_scheme(peer: str, said: bytes | None, scheme: str) -> None:
    seen: list[Any] = []

    async def api(scope: Any, _: Any, __: Any) -> None:
        seen.append(scope["scheme"])

    headers = [] if said is None else [(b"x-forwarded-proto", said)]
    scope: Any = {"type": "http", "client": (peer, 1), "scheme": "http", "headers": headers}
    proxied = Proxied(api, ("10.0.0.0/8",))  # type: ignore[arg-type]
    await proxied(scope, None, None)  # type: ignore[arg-type]
    assert seen == [scheme]
