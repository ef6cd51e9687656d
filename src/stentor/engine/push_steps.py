"""Steps of scenarios that go to applications on phones (002 "PUSH sender"; `spec/domain.md` 5)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from stentor.catalogue import StatusId
from stentor.core.account import Directory
from stentor.core.definitions import Application
from stentor.core.devices import PUSHED, Device, DeviceStore, Notification, PushService, Services, Told
from stentor.core.ids import Ids
from stentor.core.omni.records import Handed, Running, to_of, words_of
from stentor.core.ports import Clock

log = structlog.get_logger()

ABSENT_SUBSCRIBER_SM = 6
"""What 002 prints for a PUSH that reached nobody."""
_PUSH = "PUSH"
_TAKEN = Handed(StatusId.PENDING_WAITING_DELIVERY)


class PushCarrier:
    """Implements `core.omni.ports.Carrier`. All devices of a number get the message; one of them is enough."""

    def __init__(
        self,
        *,
        devices: DeviceStore,
        applications: Mapping[str, Application],
        services: Services,
        directory: Directory,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._paces = Paces(clock)
        self._devices = devices
        self._applications = applications
        self._services = services
        self._directory = directory
        self._ids = ids

    def knows(self, account: str, sender: str) -> bool:
        application = self._applications.get(sender)
        return application is not None and application.account == account

    async def carry(self, work: Sequence[Running]) -> Sequence[Handed]:
        answers: dict[int, Handed] = {}
        notes: dict[int, list[tuple[PushService | None, Notification]]] = {}
        for place, one in enumerate(work):
            found = self._addressed(one)
            if isinstance(found, Handed):
                answers[place] = found
            else:
                notes[place] = found
        told = await self._push(notes)
        await self._drop(notes, told)
        for place, several in told.items():
            answers[place] = _concluded(several)
        return [answers[place] for place in range(len(work))]

    def _addressed(self, running: Running) -> Handed | list[tuple[PushService | None, Notification]]:
        message, attempt = running.message, running.attempt
        assert attempt is not None
        account = self._directory.accounts.get(message.account)
        application = self._applications.get(attempt.sender)
        if account is None or application is None or application.account != account.name:
            return Handed(StatusId.REJECTED_SENDER, said="the account has no such application", free=True)
        wait = self._paces.wait(application)
        if wait:
            return Handed(0, said="the application's rate", retry_ms=wait)
        to = to_of(message.to)
        if not to.push_registration_id and not to.phone_number:
            return Handed(StatusId.MISSING_TO, said="no phone number and no registration", free=True)
        code = application.code
        if to.push_registration_id:
            devices = self._devices.of_token(code, to.push_registration_id)
            devices = devices or self._by_instance(code, to.push_registration_id)
        else:
            devices = self._devices.of_number(code, to.phone_number)
        if not devices:
            return _nobody("no device is registered")
        said, number = words_of(message.words)[_PUSH], self._ids.public(attempt.id, PUSHED)
        return [
            (
                self._services.of(application, device.platform),
                Notification(number, device, said.text, said.options, attempt.expires),
            )
            for device in devices
        ]

    def _by_instance(self, code: str, name: str) -> list[Device]:
        """The id that a device got at its registration serves as well as its token."""
        number = self._ids.number(name, b"device")
        device = None if number is None else self._devices.get(number)
        return [] if device is None or device.application != code else [device]

    async def _push(self, notes: dict[int, list[tuple[PushService | None, Notification]]]) -> dict[int, list[Told]]:
        """Each service once, with all that is for it."""
        batches: dict[PushService, list[tuple[int, int, Notification]]] = {}
        told = {
            place: [Told("refused", "the application reaches no such device")] * len(n) for place, n in notes.items()
        }
        for place, several in notes.items():
            for which, (service, note) in enumerate(several):
                if service is not None:
                    batches.setdefault(service, []).append((place, which, note))
        answers = await asyncio.gather(*(_asked(service, [n for *_, n in batch]) for service, batch in batches.items()))
        for batch, answered in zip(batches.values(), answers, strict=True):
            for (place, which, _), one in zip(batch, answered, strict=True):
                told[place][which] = one
        return told

    async def _drop(
        self, notes: dict[int, list[tuple[PushService | None, Notification]]], told: dict[int, list[Told]]
    ) -> None:
        gone = [
            (note.device.application, note.device.token)
            for place, several in notes.items()
            for (_, note), one in zip(several, told[place], strict=True)
            if one.fate == "gone"
        ]
        if gone:
            await self._devices.drop(gone)
            log.info("devices forgotten", count=len(gone), reason="their push service knows them no more")


class Paces:
    """The rate of each application (`rate`): each message has its place in time, and those to come later wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}

    def wait(self, application: Application) -> int:
        """Milliseconds until there is a place; 0: this one has it."""
        rate = application.options.get("rate")
        if rate is None:
            return 0
        now, interval = self._clock.now_ms(), 1_000 / rate
        free = max(self._next.get(application.code, 0.0), now - 1_000 + interval)
        if free > now:
            return int(free - now) + 1
        self._next[application.code] = free + interval
        return 0


async def _asked(service: PushService, batch: Sequence[Notification]) -> Sequence[Told]:
    try:
        return await service.push(batch)
    except Exception as error:  # noqa: BLE001 - one service in trouble must not end the work of the others
        log.warning("push service failed", reason=repr(error))
        return [Told("later", repr(error))] * len(batch)


def _concluded(several: Sequence[Told]) -> Handed:
    """One device that has it is enough; while nobody knows, it is tried again."""
    if any(one.fate == "taken" for one in several):
        return _TAKEN
    waiting = [one for one in several if one.fate == "later"]
    if waiting:
        return Handed(0, said=waiting[0].said, retry_ms=max(one.retry_ms for one in waiting))
    return _nobody("; ".join(dict.fromkeys(one.said for one in several)))


def _nobody(why: str) -> Handed:
    """As 002 prints it: status 9, error 6, and its price."""
    return Handed(StatusId.UNDELIVERABLE_NOT_DELIVERED, ABSENT_SUBSCRIBER_SM, why)
