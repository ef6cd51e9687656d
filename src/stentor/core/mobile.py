"""What applications on phones tell: that they are there, whose phone it is, what arrived and was read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from stentor.catalogue import StatusId
from stentor.core.definitions import Application
from stentor.core.devices import DEVICES_OF_AN_APPLICATION, INSTANCE, PUSHED, Device, DeviceStore
from stentor.core.errors import Conflict, InvalidField, NotFound, Throttled, Unauthorized
from stentor.core.ids import Ids
from stentor.core.omni.ports import OmniStore
from stentor.core.omni.records import End
from stentor.core.ports import Clock
from stentor.numbering import InvalidMsisdn, normalise

PLATFORMS = ("GCM", "APNS")
MAX_TOKEN = 512
MAX_IDS = 1_000
_FULL_S = 60.0

Ended = Callable[[Sequence[End]], Awaitable[None]]


class Mobile:
    """`ended` is told which steps were delivered; None where no messages flow."""

    def __init__(
        self,
        *,
        devices: DeviceStore,
        applications: Mapping[str, Application],
        store: OmniStore,
        ids: Ids,
        clock: Clock,
        ended: Ended | None = None,
    ) -> None:
        self._devices = devices
        self._applications = applications
        self._store = store
        self._ids = ids
        self._clock = clock
        self.ended = ended

    def application(self, code: str) -> Application:
        """By its code, which is what an application on a phone knows of itself."""
        found = self._applications.get(code)
        if found is None:
            raise Unauthorized
        return found

    async def register(self, application: Application, platform: str, token: str, instance: str | None) -> str:
        """The id of the device: the one it has, or a new one. `Throttled` where the application has too many."""
        if platform not in PLATFORMS:
            raise InvalidField("platformType", f"{platform[:40]!r} is not one of {', '.join(PLATFORMS)}.")
        if not token or len(token) > MAX_TOKEN or not token.isprintable():
            raise InvalidField("registrationId", f"It has 1 to {MAX_TOKEN} printable characters.")
        now = self._clock.now_ms()
        claimed = None if instance is None else self._ids.number(instance, INSTANCE)
        made = Device(self._ids.take(now)[0], application.code, platform, token, None, now)
        most = application.options.get("devices", DEVICES_OF_AN_APPLICATION)
        device = await self._devices.register(made, claimed, most)
        if device is None:
            raise Throttled(_FULL_S)
        return self.shown(device)

    def shown(self, device: Device) -> str:
        return self._ids.public(device.id, INSTANCE)

    async def bind(self, application: Application, instance: str, msisdn: str, *, by_operator: bool = False) -> str:
        """The number as it is kept; an empty one unties the device."""
        if not by_operator and not application.options.get("binds_numbers", True):
            raise InvalidField("msisdn", "Devices of this application are tied to numbers by its operator.")
        try:
            number = normalise(msisdn) if msisdn else None
        except InvalidMsisdn as fault:
            raise InvalidField("msisdn", f"{fault}.") from None
        device = self._ids.number(instance, INSTANCE)
        if device is None or not await self._devices.bind(device, application.code, number):
            raise NotFound("Device not found")
        return number or ""

    async def delivered(self, application: Application, messages: Sequence[str], *, seen: bool = False) -> None:
        """Steps that devices of this application have; other ids, and those of others, are passed over."""
        await self._noticed([n for n in map(self._step, messages[:MAX_IDS]) if n], application.code, seen=seen)

    async def received(self, messages: Sequence[str], *, seen: bool) -> int:
        """The same from an operator, who may name messages as customers know them; how many are known."""
        steps = {message: self._step(message) for message in messages}
        attempts = [number for number in steps.values() if number]
        others = [message for message, number in steps.items() if not number]
        numbers = [number for one in others if (number := self._ids.number(one)) is not None]
        attempts += await self._store.on_channel([*numbers, *others], "PUSH")
        await self._noticed(attempts, None, seen=seen)
        return len(attempts)

    async def simulated(self, messages: Sequence[str]) -> None:
        """The same from the built-in push service."""
        await self._noticed([n for n in map(self._step, messages) if n], None, seen=False)

    def _step(self, message: str) -> int | None:
        return self._ids.number(message, PUSHED)

    async def _noticed(self, attempts: Sequence[int], code: str | None, *, seen: bool) -> None:
        if self.ended is None:
            raise Conflict("the platform does not run here")
        known = await self._store.running(attempts)
        ours = [n for n, one in known.items() if one.attempt is not None and code in (None, one.attempt.sender)]
        if not ours:
            return
        now = self._clock.now_ms()
        await self._store.noticed(ours, now, seen=seen)
        ends = (End(number, StatusId.DELIVERED_TO_HANDSET, 0, now, "the device has it") for number in ours)
        await self.ended([*ends])
