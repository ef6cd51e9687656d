"""The demo: the documents' own logins, credit, the simulated network, nothing to configure."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from stentor.app.own_certificate import own_certificate
from stentor.config import (
    AccountSettings,
    OperatorSettings,
    PlanSettings,
    PortabilitySettings,
    PriceSettings,
    RouteSettings,
    Settings,
    SimulatedApplicationSettings,
    SimulatedHlrSettings,
    SimulatedSettings,
    SmppSettings,
    SmscSettings,
)
from stentor.config.settings import HttpSettings, LogSettings, NotifySettings, NumberSettings, StorageSettings

ACCOUNT = "demo"
PUSH_CODE = "233623e3c860b49ec69a464834343481-8bj4el4a-256d-23fd-56ad-b5bc3d568b53"
"""The application code that 002 prints."""
USERS = {"Aladdin": "open sesame", "test": "test"}
SECOND = "demo2"
LOOPBACK = ("127.0.0.0/8", "::1/128")
CREDIT = "1000000"
NUMBER = "41790000001"
"""Phones may write to it: `stentor trigger mo`."""
OPERATOR = "demo"
_SECRETS = (b"demo api key", b"demo admin token")
SMSC_LOGIN = ("stentor", "stentor")


def settings(data: Path, port: int) -> Settings:
    """Loopback only; one account that may use any sender; its API key follows from the data folder's own secret."""
    return Settings(
        storage=StorageSettings(data=str(data)),
        http=HttpSettings(host="127.0.0.1", port=port),
        notify=NotifySettings(allow=LOOPBACK),
        log=LogSettings(moves=False),
        connectors=(SimulatedSettings(),),
        routes=(RouteSettings(connector="simulated", name="demo"),),
        prices=(
            PriceSettings(price="0.01"),
            PriceSettings(price="0.005", plan="lookup"),
            PriceSettings(price="0.0104", plan="push"),
        ),
        resolvers=(PortabilitySettings(), SimulatedHlrSettings(), PlanSettings()),
        accounts=(
            AccountSettings(name=ACCOUNT, users=USERS, credit=CREDIT, default_sender="Stentor"),
            AccountSettings(name=SECOND, users={SECOND: SECOND}, credit=CREDIT, default_sender="Stentor"),
        ),
        applications=(SimulatedApplicationSettings(name="demo-app", code=PUSH_CODE, account=ACCOUNT, title="Demo"),),
        numbers=(NumberSettings(number=NUMBER, account=ACCOUNT),),
    )


def with_smpp(given: Settings, port: int, tls_port: int) -> Settings:
    """Customers may connect over SMPP too, with TLS on a port of its own."""
    certificate, key = own_certificate(Path(given.storage.data))
    smpp = SmppSettings(port=port, tls_port=tls_port, tls_certificate=str(certificate), tls_key=str(key))
    return replace(given, smpp=smpp)


def over_smpp(given: Settings, smsc_port: int) -> Settings:
    """The same through a real SMPP link."""
    system_id, password = SMSC_LOGIN
    link = SmscSettings(name="smpp", host="127.0.0.1", port=smsc_port, system_id=system_id, password=password)
    return replace(given, connectors=(link,), routes=(RouteSettings(connector="smpp", name="demo"),))


def with_keys(given: Settings, secret: bytes) -> tuple[Settings, Keys]:
    """API key and operator token follow from the data folder's own secret: they stay, and differ between folders."""
    key, token = (hashlib.blake2b(what, key=secret, digest_size=16).hexdigest() for what in _SECRETS)
    account = replace(given.accounts[0], keys=(key,))
    operator = OperatorSettings(name=OPERATOR, token=token)
    return replace(given, accounts=(account, *given.accounts[1:]), operators=(operator,)), Keys(key, token)


class Keys(NamedTuple):
    api_key: str
    admin_token: str
