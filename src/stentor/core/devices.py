"""Push applications, the devices that run them, and what their owners' phones tell (`spec/domain.md` 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import msgspec

from stentor.core.definitions import Application

Platform = Literal["GCM", "APNS"]
INSTANCE = b"device"
"""The kind of id that a device gets (`core.ids`)."""
PUSHED = b"push"
"""The kind of id that a step has on devices."""

DEVICES_OF_A_NUMBER = 20
"""Of one application: who ties more devices to a number makes no more of one message."""
DEVICES_OF_AN_APPLICATION = 1_000_000
"""Where its definition says nothing else. Its code is in every copy of it, so anybody can register devices."""


_NO = (False, "false")
_DIGITS = 9


class Device(msgspec.Struct, frozen=True, gc=False):
    """One installation of an application. The order of the fields is the order of the columns of table `device`."""

    id: int
    application: str
    """The application's code."""
    platform: str
    token: str
    """Its address at the push service: the registration id."""
    msisdn: str | None
    at: int
    """When it registered last."""


class Notification(msgspec.Struct, frozen=True, gc=False):
    """One message to one device. The same id means the same message."""

    id: str
    device: Device
    text: str
    options: dict[str, Any]
    """`customPayload` and `notificationOptions` as the customer wrote them; values of XML are texts."""
    expires: int

    @property
    def payload(self) -> dict[str, Any]:
        """What the application gets beside what the phone shows."""
        found: dict[str, Any] = self.options.get("customPayload") or {}
        return found

    @property
    def title(self) -> str:
        return str(self._option("title") or "")

    @property
    def sound(self) -> str:
        """Its name, or `default`; empty: none."""
        named = str(self._option("soundName") or "")
        return named or ("" if self._option("soundEnabled") in _NO else "default")

    @property
    def vibrates(self) -> bool:
        return self._option("vibrationEnabled") not in (*_NO, None)

    @property
    def badge(self) -> int | None:
        """The number on the application's icon."""
        wanted = str(self._option("badge"))
        return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) <= _DIGITS else None

    def _option(self, name: str) -> Any:
        return (self.options.get("notificationOptions") or {}).get(name)


class Told(msgspec.Struct, frozen=True, gc=False):
    """What a push service answered."""

    fate: Literal["taken", "gone", "refused", "later"]
    """`gone`: there is no such device any more. `refused`: for good. `later`: nobody knows yet, or not now."""
    said: str = ""
    retry_ms: int = 1_000


class PushService(Protocol):
    """A way to devices: FCM, APNs, or the simulated one."""

    async def push(self, batch: Sequence[Notification]) -> Sequence[Told]: ...

    async def close(self) -> None: ...


class Services(Protocol):
    def of(self, application: Application, platform: str) -> PushService | None:
        """What reaches that kind of device of the application; None: it is not set up."""


class DeviceStore(Protocol):
    async def register(self, device: Device, claimed: int | None, most: int) -> Device | None:
        """Make it, or find the one with this token; for a `claimed` id of the application's, a new token replaces the
        old. None: it would be one more than `most`.
        """

    async def bind(self, device: int, application: str, msisdn: str | None) -> bool:
        """Tie it to a phone number; False: the application has no such device."""

    async def untie(self, msisdn: str) -> None:
        """No device is tied to that number any more."""

    async def drop(self, devices: Sequence[Device]) -> None:
        """Those that their push service knows no more; one that has registered again since then stays."""

    def of_number(self, application: str, msisdn: str) -> list[Device]:
        """The latest of them, at most `DEVICES_OF_A_NUMBER`."""

    def of_token(self, application: str, token: str) -> list[Device]: ...

    def get(self, device: int) -> Device | None: ...

    async def page(self, application: str | None, after: int, limit: int) -> list[Device]:
        """In the order of their ids; None: of every application."""

    async def count(self, application: str) -> int: ...

    async def remove(self, device: int) -> bool: ...

    async def forget(self, application: str) -> None:
        """All devices of an application that is no more."""
