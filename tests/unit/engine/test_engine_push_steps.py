"""Push steps of scenarios: the rate of an application, and services and devices in trouble."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core.account import Directory
from stentor.core.definitions import Application
from stentor.core.devices import Device, Notification, PushService, Told
from stentor.core.errors import StoreUnavailable
from stentor.core.ids import Ids
from stentor.core.omni.records import Attempt, OmniMessage, Running, Step, To, Words, kept
from stentor.engine.push_steps import Paces, PushCarrier
from stentor.storage.sqlite.devices import DeviceRows
from support.making import ACME, START, SWISS, FakeClock, fresh_id
from support.opening import opened

CODE = "1" * 32 + "-00000000-0000-0000-0000-000000000001"
MINUTE = 60_000


def application(**options: Any) -> Application:
    return Application("app", "push", {"code": CODE, "account": "acme", **options})


def paced(rate: float, steps: int, clock: FakeClock, lasting: int) -> list[int]:
    """When each step goes, in milliseconds since the start, if each comes back when it is told to."""
    paces, app = Paces(clock), application(rate=rate)
    due = dict.fromkeys(range(steps), clock.now)
    gone: dict[int, int] = {}
    asked = 0
    while len(gone) < steps and clock.now < START + lasting:
        for step in [one for one, at in due.items() if at <= clock.now]:
            asked += 1
            wait = paces.wait(app, step)
            if wait:
                due[step] = clock.now + wait
            else:
                gone[step] = clock.now - START
                del due[step]
        clock.now = min(due.values(), default=clock.now)
    assert asked <= steps * (2 + lasting // MINUTE), "nobody asks again and again"
    return [gone[step] for step in sorted(gone)]


def test_each_step_has_its_place_in_time() -> None:
    assert paced(2, 7, FakeClock(), MINUTE) == [0, 0, 500, 1_000, 1_500, 2_000, 2_500]
    assert paced(0.5, 3, FakeClock(), MINUTE) == [0, 2_000, 4_000]
    slow = paced(0.01, 2, FakeClock(), 10 * MINUTE)
    assert slow[0] == 0
    assert 100_000 <= slow[1] <= 160_000
    many = paced(10, 1_000, FakeClock(), 10 * MINUTE)
    assert len(many) == 1_000
    after_burst = sorted(many)[10:]
    pairs = zip(after_burst, after_burst[10:], strict=False)
    assert all(later - first >= 990 for first, later in pairs), "no second has more"


def test_a_clock_that_is_put_back_stops_nobody() -> None:
    clock = FakeClock()
    paces, app = Paces(clock), application(rate=1)
    assert [paces.wait(app, step) for step in (1, 2)] == [0, 1_000]
    clock.now -= 3_600_000
    assert [paces.wait(app, step) for step in (2, 3)] == [0, 1_000]


class Scripted:
    """Implements `core.devices.PushService`."""

    def __init__(self, **fates: Any) -> None:
        self.fates = fates
        self.seen: list[Notification] = []

    async def push(self, batch: Sequence[Notification]) -> Sequence[Told]:
        self.seen += batch
        return [Told(self.fates[note.device.token], note.device.token) for note in batch]

    async def close(self) -> None:
        pass


class OneService:
    """Implements `core.devices.Services`."""

    def __init__(self, service: PushService) -> None:
        self.service = service

    def of(self, application: Application, platform: str) -> PushService | None:
        return self.service if application.code == CODE and platform == "GCM" else None


class NotNow(DeviceRows):
    async def drop(self, devices: Sequence[Device]) -> None:
        raise StoreUnavailable(f"{len(devices)} devices, and the disk is full")


def step(**changes: Any) -> Running:
    message = OmniMessage(
        id=fresh_id(),
        account=1,
        bulk="",
        client_id=None,
        door="omni",
        recipient=SWISS,
        to=kept(To(phone_number=SWISS)),
        flow=kept((Step("PUSH", CODE),)),
        words=kept({"PUSH": Words(text="x")}),
        position=0,
        attempt=None,
        due=START,
        over=False,
        sent_at=START,
        notify_url=None,
        notify_type="application/json",
        callback_data=None,
        intermediate=False,
    )
    head = (fresh_id(), message.id, 1, 0, "PUSH", CODE, SWISS)
    attempt = Attempt(*head, 1, None, 0, StatusId.PENDING_ENROUTE, 0, START, START, START + MINUTE)
    return Running(replace(message, **changes), attempt)


async def devices_of(rows: DeviceRows, *tokens: str) -> None:
    for token in tokens:
        assert await rows.register(Device(fresh_id(), CODE, "GCM", token, SWISS, START), None, 100)


def carrier(rows: DeviceRows, service: PushService) -> PushCarrier:
    directory = Directory()
    directory.accounts[1] = ACME
    return PushCarrier(
        devices=rows,
        applications={CODE: application()},
        services=OneService(service),
        directory=directory,
        ids=Ids(b"s" * 32),
        clock=FakeClock(),
    )


@pytest.mark.parametrize("rows", [DeviceRows, NotNow])
async def test_devices_that_cannot_be_forgotten_now_send_nothing_twice(tmp_path: Path, rows: type[DeviceRows]) -> None:
    async with opened(tmp_path) as store:
        known, service = rows(store.access), Scripted(gone="gone", good="taken")
        await devices_of(known, "gone", "good")
        (told,) = await carrier(known, service).carry([step()])
        assert told.status == StatusId.PENDING_WAITING_DELIVERY
        assert len(service.seen) == 2
        assert len(known.of_number(CODE, SWISS)) == (1 if rows is DeviceRows else 2)


async def test_a_device_that_registers_again_meanwhile_stays(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        rows = DeviceRows(store.access)
        await devices_of(rows, "gone")
        (before,) = rows.of_number(CODE, SWISS)

        class Meanwhile(Scripted):
            async def push(self, batch: Sequence[Notification]) -> Sequence[Told]:
                await rows.register(replace(before, id=fresh_id(), at=START + 1), None, 100)
                return await super().push(batch)

        (told,) = await carrier(rows, Meanwhile(gone="gone")).carry([step()])
        assert (told.status, told.error) == (StatusId.UNDELIVERABLE_NOT_DELIVERED, 6)
        assert rows.of_number(CODE, SWISS) == [replace(before, at=START + 1)]
