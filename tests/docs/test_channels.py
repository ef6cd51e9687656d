"""docs/howto/add-a-channel.md: its carrier, wired as it says, against a mail server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from stentor.app.platform import Platform
from stentor.config import (
    AccountSettings,
    PriceSettings,
    RouteSettings,
    Settings,
    SimulatedApplicationSettings,
    SimulatedSettings,
)
from stentor.config.settings import HttpSettings, LogSettings, SmppSettings, StorageSettings
from support.waiting import PATIENCE_S
from support.web import Client, basic

PAGE = (Path(__file__).parents[2] / "docs/howto/add-a-channel.md").read_text()
CODE = "1" * 32 + "-00000000-0000-0000-0000-000000000001"


class MailServer:
    """Takes mail (RFC 5321), but for nobody@."""

    def __init__(self) -> None:
        self.mails: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail\r\n")
        lines: list[str] = []
        data = False
        while line := (await reader.readline()).decode():
            word = line[:4].upper().strip()
            if data:
                lines.append(line)
                if line == ".\r\n":
                    self.mails.append("".join(lines))
                    data, lines = False, []
                    writer.write(b"250 taken\r\n")
            elif word == "DATA":
                data = True
                writer.write(b"354 go on\r\n")
            elif word == "QUIT":
                writer.write(b"221 bye\r\n")
                writer.close()
                return
            else:
                writer.write(b"550 no such mailbox\r\n" if "nobody@" in line else b"250 ok\r\n")


def carrier(host: str, port: int) -> Any:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "add-a-channel.md", "exec"), names)
    return names["MailCarrier"](host, port)


@asynccontextmanager
async def platform(folder: Path, mail_port: int) -> AsyncIterator[Client]:
    settings = Settings(
        storage=StorageSettings(data=str(folder)),
        http=HttpSettings(port=0),
        smpp=SmppSettings(port=0),
        log=LogSettings(moves=False),
        connectors=(SimulatedSettings(delay=0.01),),
        routes=(RouteSettings(connector="simulated"),),
        prices=(PriceSettings(price="0.01"), PriceSettings(price="0.002", plan="email")),
        accounts=(AccountSettings(name="shop", users={"shop": "shop"}, credit="100"),),
        applications=(SimulatedApplicationSettings(name="app", code=CODE, account="shop"),),
    )
    running = Platform(settings)
    running.omni.carriers["EMAIL"] = carrier("127.0.0.1", mail_port)
    await running.start()
    try:
        yield Client(running.http_url, basic("shop", "shop"))
    finally:
        await running.stop()


async def reports(shop: Client, message: str, count: int) -> list[tuple[str, str, float]]:
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(found) < count:
            answer = await asyncio.to_thread(shop.get, "/omni/1/reports", {"messageId": message})
            found += answer.json["results"]
    return [(one["channel"], one["status"]["name"], one["price"]["pricePerMessage"]) for one in found]


async def send(shop: Client, message: str, address: str) -> None:
    to = {"phoneNumber": "41793026727", "emailAddress": address}
    body = {
        "destinations": [{"to": to, "messageId": message}],
        "push": {"text": "pushed"},
        "email": {"text": "mailed", "subject": "Hello"},
        "sms": {"text": "sent"},
    }
    answer = await asyncio.to_thread(shop.post, "/omni/1/advanced", body)
    assert answer.status == 200, answer


async def test_mail_between_push_and_sms(tmp_path: Path) -> None:
    mail = MailServer()
    server = await asyncio.start_server(mail.serve, "127.0.0.1", 0)
    async with server, platform(tmp_path / "data", server.sockets[0].getsockname()[1]) as shop:
        senders = (("PUSH", CODE), ("EMAIL", "shop@example.com"), ("SMS", "InfoSMS"))
        flow = [{"channel": channel, "from": sender} for channel, sender in senders]
        made = await asyncio.to_thread(shop.post, "/omni/1/scenarios", {"name": "x", "flow": flow, "default": True})
        assert made.status == 200, made
        await send(shop, "m-1", "somebody@example.com")
        await send(shop, "m-2", "nobody@example.com")
        assert await reports(shop, "m-1", 2) == [
            ("PUSH", "UNDELIVERABLE_NOT_DELIVERED", 0),
            ("EMAIL", "DELIVERED_TO_OPERATOR", 0.002),
        ]
        assert [row[:2] for row in await reports(shop, "m-2", 3)] == [
            ("PUSH", "UNDELIVERABLE_NOT_DELIVERED"),
            ("EMAIL", "UNDELIVERABLE_NOT_DELIVERED"),
            ("SMS", "DELIVERED_TO_HANDSET"),
        ]
    (text,) = mail.mails
    assert "Subject: Hello" in text
    assert "mailed" in text
