"""O: OMNI messages whose push reaches nobody, each followed by its SMS; and push through FCM on one connection."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import multiprocessing
import sqlite3
import time
from multiprocessing.connection import Connection
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bench.processes import Child
from bench.requests import PASSWORD, USER
from bench.results import Row, Usage, median
from bench.stand import Plan, Stand, settle, simulated
from stentor.app.own_certificate import own_certificate
from stentor.connectors.push.fcm import Fcm, FcmOptions
from stentor.connectors.simulated.fcm import LocalFcm
from stentor.connectors.simulated.http2 import Http2Server
from stentor.core.devices import Device, Notification

_CODE = "1" * 32 + "-00000000-0000-0000-0000-000000000001"
_TABLES = f"""
[[applications]]
type = "simulated"
name = "app"
code = "{_CODE}"
account = "bench"
[[prices]]
plan = "push"
price = "0.0001"
"""
_A_REQUEST = 250
_A_SECOND = 1_000
_PUSHES = 1_000
_PROJECT, _EMAIL = "bench", "bench@bench.iam.gserviceaccount.com"


def failing_over(plan: Plan) -> list[Row]:
    with Stand(plan) as stand:
        server, port = stand.serve(simulated(0.1) + _TABLES)
        flow = [{"channel": "PUSH", "from": _CODE}, {"channel": "SMS", "from": "InfoSMS"}]
        _post(port, "/omni/1/scenarios", {"name": "bench", "flow": flow, "default": True})
        sent = _send(stand, port, 0, 2 * _A_REQUEST)
        rows = []
        for _ in range(plan.rounds):
            row, sent = _round(stand, server, port, sent)
            rows.append(row)
    return [median(rows), median([_pushed(plan) for _ in range(plan.rounds)])]


def _round(stand: Stand, server: Child, port: int, sent: int) -> tuple[Row, int]:
    count = int(stand.plan.seconds * _A_SECOND)
    usage, began = Usage([server.pid]), time.monotonic()
    after = _send(stand, port, sent, count)
    seconds = time.monotonic() - began
    used = usage.end()
    row = Row(
        scenario="O  OMNI, push to nobody, then SMS",
        rate=count / seconds,
        cpu_ms=1000 * used.server / count,
        rss_mb=used.rss_mb,
        target="1,000/s",
        limited_by=used.limit("the platform"),
    )
    return row, after


def _send(stand: Stand, port: int, first: int, count: int) -> int:
    """Until the SMS of each is delivered."""
    for start in range(first, first + count, _A_REQUEST):
        numbers = range(start, start + _A_REQUEST)
        to = [{"to": {"phoneNumber": f"4179{number:07d}"}} for number in numbers]
        _post(port, "/omni/1/text", {"destinations": to, "text": "Hello"})
    with sqlite3.connect(f"file:{stand.database}?mode=ro", uri=True) as store:
        over = "SELECT count(*) FROM omni WHERE over = 1"
        settle(lambda: int(store.execute(over).fetchone()[0]), first + count)
    return first + count


def _post(port: int, path: str, body: object) -> None:
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, json.dumps(body), {"Authorization": f"Basic {login}"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()


def _pushed(plan: Plan) -> Row:
    """The service is in a process of its own."""
    with Stand(plan) as stand:
        certificate, key = own_certificate(stand.folder)
        private = rsa.generate_private_key(65_537, 2_048)
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        secret = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        ours, theirs = multiprocessing.Pipe()
        service = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(theirs, certificate, key, public.decode()), daemon=True
        )
        service.start()
        url = f"https://127.0.0.1:{ours.recv()}"
        account = {"project_id": _PROJECT, "client_email": _EMAIL, "private_key": secret.decode()}
        account["token_uri"] = f"{url}/token"
        options = FcmOptions(account=json.dumps(account), url=url, ca_file=str(certificate))
        seconds, cpu = asyncio.run(_push(options))
        ours.send(None)
        service.join(10)
    return Row(
        scenario="O  push through FCM, one connection",
        rate=_PUSHES / seconds,
        cpu_ms=1000 * cpu / _PUSHES,
        target="500/s",
        limited_by="the client",
    )


async def _push(options: FcmOptions) -> tuple[float, float]:
    fcm = Fcm(options)
    device = Device(1, _CODE, "GCM", "token", None, 0)
    expires = int(time.time() * 1000) + 3_600_000
    notes = [Notification(str(number), device, "Hello", {}, expires) for number in range(_PUSHES)]
    assert (await fcm.push(notes[:1]))[0].fate == "taken"
    began, cpu = time.monotonic(), time.process_time()
    told = await fcm.push(notes)
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    assert {one.fate for one in told} == {"taken"}
    await fcm.close()
    return seconds, cpu


def _serve(pipe: Connection, certificate: Path, key: Path, public: str) -> None:
    asyncio.run(_served(pipe, certificate, key, public))


async def _served(pipe: Connection, certificate: Path, key: Path, public: str) -> None:
    local = LocalFcm(_PROJECT, _EMAIL, public)
    server = Http2Server(local.answer, certificate, key)
    port = await server.start()
    local.url = f"https://127.0.0.1:{port}"
    pipe.send(port)
    await asyncio.to_thread(pipe.recv)
    await server.stop()
