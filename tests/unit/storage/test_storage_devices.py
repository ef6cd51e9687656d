"""Devices of push applications: who keeps which id, and how many there may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stentor.core.devices import Device
from stentor.storage.sqlite.devices import DeviceRows
from support.making import START, SWISS, fresh_id
from support.opening import opened

APP, OTHER = "a-code", "another-code"
MANY = 1_000


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[DeviceRows]:
    async with opened(tmp_path) as store:
        yield DeviceRows(store.access)


def device(token: str, application: str = APP, at: int = START) -> Device:
    return Device(fresh_id(), application, "GCM", token, None, at)


async def known(rows: DeviceRows, one: Device, claimed: int | None = None, most: int = MANY) -> Device:
    found = await rows.register(one, claimed, most)
    assert found is not None
    return found


async def test_a_device_is_known_by_its_token_or_its_id(rows: DeviceRows) -> None:
    first = await known(rows, device("t1"))
    assert await rows.bind(first.id, APP, SWISS)
    again = await known(rows, device("t1", at=START + 5))
    assert (again.id, again.msisdn, again.at) == (first.id, SWISS, START + 5)
    moved = await known(rows, device("t2"), first.id)
    assert (moved.id, moved.token) == (first.id, "t2")
    assert rows.of_token(APP, "t1") == []
    await rows.remove(first.id)
    assert (await known(rows, device("t3"), first.id)).id == first.id, "it keeps its id"


async def test_an_id_of_another_application_is_nobodys_here(rows: DeviceRows) -> None:
    theirs = await known(rows, device("t1", OTHER))
    mine = device("t1")
    assert await known(rows, mine, theirs.id) == mine
    assert rows.get(theirs.id) == theirs


async def test_a_token_that_moves_takes_its_device_with_it(rows: DeviceRows) -> None:
    first, second = await known(rows, device("t1")), await known(rows, device("t2"))
    assert (await known(rows, device("t2"), first.id)).id == first.id
    assert rows.get(second.id) is None
    assert await rows.count(APP) == 1


async def test_only_what_was_unregistered_then_is_dropped(rows: DeviceRows) -> None:
    gone, back, moved = [await known(rows, device(token)) for token in ("t1", "t2", "t3")]
    await known(rows, device("t2", at=START + 1))
    await known(rows, device("t4"), moved.id)
    await rows.drop([gone, back, moved])
    assert {one.token for one in await rows.page(APP, 0, 10)} == {"t2", "t4"}


async def test_an_application_has_no_more_devices_than_it_may(rows: DeviceRows) -> None:
    found = await asyncio.gather(*(rows.register(device(f"t{n}"), None, 5) for n in range(8)))
    assert sum(one is None for one in found) == 3
    assert await rows.count(APP) == 5
    assert (await known(rows, device("t0"), most=5)).token == "t0", "one that is there may come again"
    await known(rows, device("x", OTHER), most=5)
    await known(rows, device("y"), most=6)
    assert await rows.register(device("z"), None, 6) is None
    await rows.forget(APP)
    await known(rows, device("z"), most=6)
