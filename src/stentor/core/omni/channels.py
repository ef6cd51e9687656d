"""THE table of channels: a new one is a row here and a connector for it (docs/howto/add-a-channel.md)."""

from __future__ import annotations

from typing import Literal

import msgspec

_HOUR_MS = 3_600_000
SHORTEST_MS = 30_000
LONGEST_MS = 48 * _HOUR_MS
"""Of the validity of a step (`spec/wire.md` A2)."""

Address = Literal["phone_number", "email_address"]


class Channel(msgspec.Struct, frozen=True):
    """One way to reach a person. `name` is what scenarios call it (002 "Create OMNI scenario")."""

    name: str
    address: Address
    """Which of a destination's addresses it reaches."""
    plan: str
    """Its price list; empty where `core.submit` finds the price."""
    ends_itself: bool = False
    """Whether each step comes to an end by itself, also when its validity is over and nobody waits for it."""

    @property
    def block(self) -> str:
        """The member of a request that has its text."""
        return self.name.lower()


CHANNELS: dict[str, Channel] = {
    channel.name: channel
    for channel in (
        Channel("SMS", "phone_number", plan="", ends_itself=True),
        Channel("PUSH", "phone_number", plan="push"),
        Channel("EMAIL", "email_address", plan="email"),
    )
}
