"""The local FCM and APNs with their keys and a certificate of their own."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from stentor.connectors.push.apns import ApnsOptions
from stentor.connectors.push.fcm import FcmOptions
from stentor.connectors.simulated.apns import LocalApns
from stentor.connectors.simulated.fcm import LocalFcm
from stentor.connectors.simulated.http2 import Http2Server
from support.certificates import certificate_in

PROJECT, EMAIL = "demo-project", "stentor@demo-project.iam.gserviceaccount.com"
KEY_ID, TEAM, TOPIC = "ABC123DEFG", "TEAM123456", "com.example.app"


def _texts(key: PrivateKeyTypes) -> tuple[str, str]:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@cache
def rsa_keys() -> tuple[str, str]:
    """Private and public."""
    return _texts(rsa.generate_private_key(65_537, 2_048))


@cache
def ec_keys() -> tuple[str, str]:
    return _texts(ec.generate_private_key(ec.SECP256R1()))


def account_json(token_url: str = "https://127.0.0.1:1/token") -> str:
    """As the console of the service hands it out."""
    known = {"type": "service_account", "project_id": PROJECT, "client_email": EMAIL, "private_key": rsa_keys()[0]}
    return json.dumps({**known, "private_key_id": "k1", "token_uri": token_url})


@asynccontextmanager
async def local_fcm(folder: Path) -> AsyncIterator[tuple[LocalFcm, FcmOptions, Http2Server]]:
    service = LocalFcm(PROJECT, EMAIL, rsa_keys()[1])
    certificate, key = await asyncio.to_thread(certificate_in, folder)
    server = Http2Server(service.answer, certificate, key)
    service.url = f"https://127.0.0.1:{await server.start()}"
    options = FcmOptions(account=account_json(f"{service.url}/token"), url=service.url, ca_file=str(certificate))
    try:
        yield service, options, server
    finally:
        await server.stop()


@asynccontextmanager
async def local_apns(
    folder: Path, now: Callable[[], float] = time.time
) -> AsyncIterator[tuple[LocalApns, ApnsOptions, Http2Server]]:
    private, public = ec_keys()
    service = LocalApns(key_id=KEY_ID, team=TEAM, topic=TOPIC, public_key=public, now=now)
    certificate, key = await asyncio.to_thread(certificate_in, folder)
    server = Http2Server(service.answer, certificate, key)
    url = f"https://127.0.0.1:{await server.start()}"
    options = ApnsOptions(key=private, key_id=KEY_ID, team=TEAM, topic=TOPIC, url=url, ca_file=str(certificate))
    try:
        yield service, options, server
    finally:
        await server.stop()
