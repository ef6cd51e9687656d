"""Steps of scenarios that go to applications on phones (002 "PUSH sender"; `spec/domain.md` 5)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from math import ceil

import structlog

from stentor.catalogue import StatusId
from stentor.core.account import Directory
from stentor.core.definitions import Application
from stentor.core.devices import INSTANCE, PUSHED, Device, DeviceStore, Notification, PushService, Services, Told
from stentor.core.errors import StoreUnavailable
from stentor.core.ids import Ids
from stentor.core.omni.records import Attempt, Handed, OmniMessage, Running, To, to_of, words_of
from stentor.core.ports import Clock

log = structlog.get_logger()

ABSENT_SUBSCRIBER_SM = 6
"""What 002 prints for a PUSH that reached nobody."""
_PUSH = "PUSH"
_AHEAD_MS = 60_000
_IN_A_TURN = 25
"""Messages addressed in one turn of the loop; looking for their devices takes some 0.1 ms each."""
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
            if place % _IN_A_TURN == _IN_A_TURN - 1:
                await asyncio.sleep(0)
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
        wait = self._paces.wait(application, attempt.id)
        if wait:
            return Handed(0, said="the application's rate", retry_ms=wait)
        to = to_of(message.to)
        if not to.push_registration_id and not to.phone_number:
            return Handed(StatusId.MISSING_TO, said="no phone number and no registration", free=True)
        return self.notes(application, message, attempt) or _nobody("no device is registered")

    def notes(
        self, application: Application, message: OmniMessage, attempt: Attempt
    ) -> list[tuple[PushService | None, Notification]]:
        """What a step says to each of its devices, and the way there."""
        to, said = to_of(message.to), words_of(message.words)[_PUSH]
        number = self._ids.public(attempt.id, PUSHED)
        return [
            (
                self._services.of(application, device.platform),
                Notification(number, device, said.text, said.options, attempt.expires),
            )
            for device in self._reached(application.code, to)
        ]

    def _reached(self, code: str, to: To) -> list[Device]:
        if not to.push_registration_id:
            return self._devices.of_number(code, to.phone_number)
        devices = self._devices.of_token(code, to.push_registration_id)
        return devices or self._by_instance(code, to.push_registration_id)

    def _by_instance(self, code: str, name: str) -> list[Device]:
        """The id that a device got at its registration serves as well as its token."""
        number = self._ids.number(name, INSTANCE)
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
            note.device
            for place, several in notes.items()
            for (_, note), one in zip(several, told[place], strict=True)
            if one.fate == "gone"
        ]
        if not gone:
            return
        try:
            await self._devices.drop(gone)
        except StoreUnavailable as error:
            log.error("devices not forgotten, their next message does it", count=len(gone), reason=str(error))
        else:
            log.info("devices forgotten", count=len(gone), reason="their push service knows them no more")


class Paces:
    """The rate of each application (`rate`): each step has its place in time, and waits until then."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}
        self._places: dict[str, dict[int, float]] = {}

    def wait(self, application: Application, step: int) -> int:
        """Milliseconds until its place; 0: it is now. Places are given for a minute ahead, later steps ask again."""
        rate, code, now = application.options.get("rate"), application.code, self._clock.now_ms()
        if rate is None:
            return 0
        places = self._places.setdefault(code, {})
        place = places.pop(step, None)
        if place is None or place > now + _AHEAD_MS:
            place = self._free(code, 1_000 / rate, now)
            if place > now + _AHEAD_MS:
                return _AHEAD_MS
            self._next[code] = place + 1_000 / rate
            _forget(places, now - _AHEAD_MS)
        if place <= now:
            return 0
        places[step] = place
        return ceil(place - now)

    def _free(self, code: str, interval: float, now: int) -> float:
        """After a pause, those of a second may go at once. A clock that was put back is believed."""
        free = self._next.get(code, 0.0)
        earliest = now - max(1_000 - interval, 0.0)
        return earliest if free > now + _AHEAD_MS + interval else max(free, earliest)


def _forget(places: dict[int, float], before: float) -> None:
    """Of steps that did not come for their place: they were over by then. The oldest come first."""
    while places and places[first := next(iter(places))] < before:
        del places[first]


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
