"""What a link to another platform needs to know; `config.HttpLinkSettings` documents each and gives the defaults."""

from __future__ import annotations

from typing import Literal

import msgspec


class HttpOptions(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    url: str
    user: str = ""
    password: str = ""
    api_key: str = ""
    reports: Literal["pull", "notify"] = "pull"
    public_url: str | None = None
    on_uncertain: Literal["resend", "hold"] = "resend"
    window: int = 4
    batch: int = 100
    rate: float | None = None
    response_timer: float = 30.0
    connect_timer: float = 5.0
    retry_max: float = 30.0
    pull_every: float = 2.0
    ask_after: float = 300.0
    tls_ca: str | None = None
    tls_verify: bool = True
