"""`stentor demo`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec

from stentor.app import demo
from stentor.app.platform import Platform
from stentor.app.running import log_to_stderr, run, started
from stentor.app.web import CannotListen, listen
from stentor.config import Settings
from stentor.connectors.simulated.smsc import SimulatedSmsc, SmscOptions

_SMPP_PORTS = (8888, 8887)
"""Plain and TLS; a demo that a script asked for takes free ones."""

_WELCOME = """\
Stentor is ready.

  HTTP API    {http}
  login       user {username}, password "{password}"   (also: test / test)
  API key     {api_key}   (as header: Authorization: App KEY)
  management  {http}/admin/1/..., token {admin_token}; described at {http}/openapi.json
  SMPP        {smpp[host]}:{smpp[port]}, TLS on {smpp[tls_port]}; system_id {smpp[system_id]}, password {smpp[password]}
  data        {data}

Send a message:

  curl -s {http}/sms/1/text/single -u '{username}:{password}' \\
    -H 'Content-Type: application/json' \\
    -d '{{"from":"InfoSMS","to":"41793026727","text":"My first Infobip SMS"}}'

Read its delivery report, once:

  curl -s {http}/sms/1/reports -u '{username}:{password}'

See its whole story:

  {program} message show MESSAGE_ID --data {data}

Stop with Ctrl-C.
"""


def run_demo(data: Path, port: int, *, as_json: bool, smpp_upstream: bool) -> None:
    log_to_stderr("info" if as_json else "warning", "text")
    ports = (0, 0) if as_json or not port else tuple(map(_free, _SMPP_PORTS))
    plain, tls = ports
    settings = demo.with_smpp(demo.settings(data, port), plain, tls)
    run(lambda stop: _demo(stop, settings, as_json=as_json, smpp_upstream=smpp_upstream))


def _free(port: int) -> int:
    """The port, or 0 for any when another program has it: a demo starts wherever it can."""
    try:
        listen("127.0.0.1", port).close()
    except CannotListen:
        return 0
    return port


async def _demo(stop: asyncio.Event, settings: Settings, *, as_json: bool, smpp_upstream: bool) -> None:
    smsc: SimulatedSmsc | None = None
    if smpp_upstream:
        system_id, password = demo.SMSC_LOGIN
        smsc = SimulatedSmsc(SmscOptions(system_id=system_id, password=password))
        settings = demo.over_smpp(settings, await smsc.start("127.0.0.1", 0))
    platform = Platform(settings)
    platform.settings, keys = demo.with_keys(settings, platform.store.secret())
    await platform.start()
    started()
    if smsc is not None:
        smsc.resume(demo.SMSC_LOGIN[0], platform.store.unfinished("smpp"))
    _announce(_facts(platform, keys), as_json=as_json)
    await stop.wait()
    await platform.stop()
    if smsc is not None:
        await smsc.stop()


def _facts(platform: Platform, keys: demo.Keys) -> dict[str, Any]:
    username, password = next(iter(demo.USERS.items()))
    return {
        "http": platform.http_url,
        "username": username,
        "password": password,
        "api_key": keys.api_key,
        "admin_token": keys.admin_token,
        "account": demo.ACCOUNT,
        "smpp": {
            "host": platform.smpp.host,
            "port": platform.smpp.port,
            "tls_port": platform.smpp.tls_port,
            "system_id": "test",
            "password": demo.USERS["test"],
        },
        "data": str(Path(platform.settings.storage.data).resolve()),
    }


def _announce(facts: dict[str, Any], *, as_json: bool) -> None:
    program = sys.argv[0] if "/" in sys.argv[0] else "stentor"
    text = msgspec.json.encode(facts).decode() + "\n" if as_json else _WELCOME.format(**facts, program=program)
    sys.stdout.write(text)
    sys.stdout.flush()
