"""10,000 devices unregistered at once: FCM refuses every token of a campaign, over HTTP/2 and TLS."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from stentor.app.platform import Platform
from stentor.config import (
    AccountSettings,
    PriceSettings,
    PushApplicationSettings,
    RouteSettings,
    Settings,
    SimulatedSettings,
)
from stentor.config.settings import HttpSettings, LogSettings, SmppSettings, StorageSettings
from stentor.core.devices import Device
from support.push_services import local_fcm
from support.waiting import PATIENCE_S
from support.web import Client, basic

CODE = "1" * 32 + "-00000000-0000-0000-0000-000000000001"
OF_EACH = 5


@asynccontextmanager
async def platform(folder: Path, options: Any) -> AsyncIterator[Platform]:
    application = PushApplicationSettings(
        name="app", code=CODE, account="shop", fcm_account=options.account, fcm_url=options.url, ca_file=options.ca_file
    )
    running = Platform(
        Settings(
            storage=StorageSettings(data=str(folder / "data")),
            http=HttpSettings(port=0),
            smpp=SmppSettings(port=0),
            log=LogSettings(moves=False),
            connectors=(SimulatedSettings(delay=0),),
            routes=(RouteSettings(connector="simulated"),),
            prices=(PriceSettings(price="0.01"), PriceSettings(price="0.001", plan="push")),
            accounts=(AccountSettings(name="shop", users={"shop": "shop"}, credit="100"),),
            applications=(application,),
        )
    )
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


async def register(running: Platform, people: list[str]) -> None:
    count = len(people) * OF_EACH
    ids = running.ids.take(running.clock.now_ms(), count)
    devices = [
        Device(number, CODE, "GCM", f"unregistered-{place}", people[place % len(people)], 0)
        for place, number in enumerate(ids)
    ]
    await asyncio.gather(*(running.omni.devices.register(one, None, count) for one in devices))


def send(shop: Client, all_people: list[str]) -> None:
    """Every other person has an SMS to fall back on."""
    flow = [{"from": CODE, "channel": "PUSH"}, {"from": "InfoSMS", "channel": "SMS"}]
    assert shop.post("/omni/1/scenarios", {"name": "x", "flow": flow, "default": True}).status == 200
    for people, words in ((all_people[::2], {"sms": {"text": "sms"}}), (all_people[1::2], {})):
        to = [{"to": {"phoneNumber": one}} for one in people]
        assert shop.post("/omni/1/advanced", {"destinations": to, "push": {"text": "push"}, **words}).status == 200


def reports(shop: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.get("/omni/1/reports", {"limit": 1_000}).json["results"]
    return found


@pytest.mark.parametrize("devices", [500, pytest.param(10_000, marks=pytest.mark.long)])
async def test_devices_unregistered_at_once(tmp_path: Path, devices: int) -> None:
    people = [f"4179{number:07d}" for number in range(1_000_000, 1_000_000 + devices // OF_EACH)]
    async with local_fcm(tmp_path) as (fcm, options, server), platform(tmp_path, options) as running:
        shop = Client(running.http_url, basic("shop", "shop"))
        await register(running, people)
        assert await running.omni.devices.count(CODE) == devices
        await asyncio.to_thread(send, shop, people)
        told: list[dict[str, Any]] = []
        wanted = len(people) + len(people) // 2
        async with asyncio.timeout(10 * PATIENCE_S):
            while len(told) < wanted:
                told += await asyncio.to_thread(reports, shop)
        assert await running.omni.devices.count(CODE) == 0, "all are forgotten"
        assert (len(fcm.refused), max(fcm.refused.values())) == (devices, 1), "each was tried once"
        assert (fcm.grants, server.connections) == (1, 2)
        ended = Counter((one["to"], one["channel"], one["status"]["id"]) for one in told)
        assert ended == Counter([(one, "PUSH", 9) for one in people] + [(one, "SMS", 5) for one in people[::2]])
        assert await asyncio.to_thread(reports, shop) == []
        balance = (await asyncio.to_thread(shop.get, "/account/1/balance")).json["balance"]
        assert balance == 100 - len(people) * 0.001 - len(people) // 2 * 0.01
