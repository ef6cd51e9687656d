"""The door that phones register at: the code of an application is in every copy of it, so anybody may come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stentor.api.messages import Request
from stentor.api.mobile.api import MobileApi
from stentor.core.definitions import Application
from stentor.core.errors import InvalidField, Throttled, Unauthorized
from stentor.core.ids import Ids
from stentor.core.mobile import Mobile
from stentor.storage.sqlite.devices import DeviceRows
from stentor.storage.sqlite.omni import OmniRows
from support.making import FakeClock
from support.opening import opened

CODE = "a-code"


def request(token: str, address: str = "192.0.2.1", code: str = CODE) -> Request:
    head = {b"authorization": f"App {code}".encode()}
    query = f"platformType=GCM&registrationId={token}"
    return Request("POST", "/mobile/2/registration", query, head, b"", None, "", address, {})


def api(store: Any, registrations: int = 1_000, **options: Any) -> MobileApi:
    application = Application("app", "simulated", {"code": CODE, "account": "acme", **options})
    mobile = Mobile(
        devices=DeviceRows(store.access),
        applications={CODE: application},
        store=OmniRows(store.access),
        ids=Ids(b"s" * 32),
        clock=FakeClock(),
    )
    return MobileApi(mobile, 20, registrations)


async def test_one_address_does_not_flood_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        door = api(store, registrations=1)
        for number in range(5):
            assert (await door.register(request(f"t{number}"))).status == 200
        with pytest.raises(Throttled):
            await door.register(request("t5"))
        assert (await door.register(request("t5", "192.0.2.2"))).status == 200, "others are let in"


async def test_an_application_has_so_many_devices(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        door = api(store, devices=2)
        first = json.loads((await door.register(request("t0"))).body)
        await door.register(request("t1"))
        with pytest.raises(Throttled):
            await door.register(request("t2"))
        assert json.loads((await door.register(request("t0"))).body) == first


async def test_wrong_codes_are_counted(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        door = api(store)
        refusals = set()
        for _ in range(200):
            with pytest.raises((Unauthorized, Throttled)) as refusal:
                await door.register(request("t", code="wrong"))
            refusals.add(refusal.type)
        assert refusals == {Unauthorized, Throttled}
        assert (await door.register(request("t"))).status == 200


@pytest.mark.parametrize("token", ["", "%00", "%20", "x" * 513, "a%0Ab"])
async def test_odd_registration_ids(tmp_path: Path, token: str) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(InvalidField, match="registrationId"):
            await api(store).register(request(token))
