"""What a link to an SMSC needs to know; `config.SmscSettings` documents each and gives the defaults."""

from __future__ import annotations

from typing import Literal

import msgspec

from stentor.smpp.message_id import Form


class SmscOptions(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    host: str
    port: int = 2775
    system_id: str = ""
    password: str = ""
    system_type: str = ""
    bind: Literal["transceiver", "separate"] = "transceiver"
    sessions: int = 1
    window: int = 50
    rate: float | None = None
    tls: bool = False
    tls_ca: str | None = None
    tls_verify: bool = True
    enquire_link: float = 30.0
    response_timer: float = 30.0
    reconnect_max: float = 60.0
    throttle_pause: float = 1.0
    slow_after: float = 0.7
    long_messages: Literal["udh", "sar", "payload"] = "udh"
    reference_bits: Literal[8, 16] = 8
    packed: bool = False
    id_form: Form = "as_is"
    on_uncertain: Literal["resend", "park"] = "resend"
    service_type: str = ""
    register_intermediate: bool = True
