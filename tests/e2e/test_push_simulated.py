"""Simulated devices over a restart, and applications whose settings or devices are odd beside one that is well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from stentor.app.platform import Platform
from stentor.config import (
    AccountSettings,
    PushApplicationSettings,
    RouteSettings,
    Settings,
    SimulatedApplicationSettings,
    SimulatedSettings,
)
from stentor.config.settings import HttpSettings, LogSettings, SmppSettings, StorageSettings
from support.push_services import account_json
from support.sms import new_id, number
from support.waiting import PATIENCE_S
from support.web import Client, basic

CODE, BROKEN = (f"{digit * 32}-00000000-0000-0000-0000-000000000001" for digit in "12")


@asynccontextmanager
async def platform(folder: Path) -> AsyncIterator[Client]:
    broken = PushApplicationSettings(
        name="broken", code=BROKEN, account="shop", fcm_account=account_json(), ca_file=str(folder / "not-there.pem")
    )
    running = Platform(
        Settings(
            storage=StorageSettings(data=str(folder / "data")),
            http=HttpSettings(port=0),
            smpp=SmppSettings(port=0),
            log=LogSettings(moves=False),
            connectors=(SimulatedSettings(delay=0.01),),
            routes=(RouteSettings(connector="simulated"),),
            accounts=(AccountSettings(name="shop", users={"shop": "shop"}, credit="100"),),
            applications=(SimulatedApplicationSettings(name="app", code=CODE, account="shop", delay=0.05), broken),
        )
    )
    await running.start()
    try:
        yield Client(running.http_url, basic("shop", "shop"))
    finally:
        await running.stop()


async def phone(shop: Client, token: str, code: str = CODE) -> str:
    """A device; its token serves as its address."""
    app = Client(shop.url, f"App {code}")
    query = urlencode({"platformType": "GCM", "registrationId": token})
    assert (await asyncio.to_thread(app.call, "POST", f"/mobile/2/registration?{query}")).status == 200
    return token


async def send(shop: Client, token: str, code: str = CODE) -> str:
    body = {"from": code, "to": {"pushRegistrationId": token}, "text": "x", "messageId": (mine := new_id())}
    answer = await asyncio.to_thread(shop.post, "/push/2/message/single", body)
    assert answer.status == 200, answer
    return mine


async def status(shop: Client, message: str, good: Callable[[int], bool]) -> int:
    """The status of its only step, once it is a good one."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            rows: list[Any] = (await asyncio.to_thread(shop.get, "/omni/1/logs", {"messageId": message})).json[
                "results"
            ]
            if rows and good(rows[0]["status"]["id"]):
                return int(rows[0]["status"]["id"])


async def test_simulated_devices_go_on_after_a_restart(tmp_path: Path) -> None:
    async with platform(tmp_path) as shop:
        taken = [await send(shop, await phone(shop, f"late:1:{number()}")) for _ in range(3)]
        silent = await send(shop, await phone(shop, f"silent:{number()}"))
        for message in (*taken, silent):
            await status(shop, message, lambda now: now in (3, 5))
    async with platform(tmp_path) as shop:
        for message in taken:
            await status(shop, message, lambda now: now == 5)
        assert await status(shop, silent, lambda _: True) == 3


async def test_what_is_odd_holds_up_nobody_else(tmp_path: Path) -> None:
    async with platform(tmp_path) as shop:
        odd = [f"late:{'9' * 60}", "late:\u00b2", "late:", "late:-1", "late:1e9"]
        for token in odd:
            await send(shop, await phone(shop, token))
        broken = await send(shop, await phone(shop, "token", BROKEN), BROKEN)
        well = await send(shop, await phone(shop, "well"))
        assert await status(shop, well, lambda now: now == 5) == 5
        assert await status(shop, broken, lambda now: now == 9) == 9, "so that another channel may have it"
