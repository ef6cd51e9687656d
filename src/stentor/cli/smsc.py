"""`stentor smsc`."""

from __future__ import annotations

import asyncio
import ssl
import sys
from pathlib import Path
from typing import Any

import msgspec

from stentor.app.running import log_to_stderr, run
from stentor.cli.exits import Problem
from stentor.connectors.simulated.smsc import SimulatedSmsc, SmscOptions


def run_smsc(
    host: str, port: int, options: dict[str, Any], tls: tuple[Path | None, Path | None], *, as_json: bool
) -> None:
    chosen = msgspec.convert(options, SmscOptions)
    log_to_stderr("info", "text")
    run(lambda stop: _smsc(stop, host, port, chosen, _tls(*tls), as_json=as_json))


async def _smsc(
    stop: asyncio.Event, host: str, port: int, options: SmscOptions, tls: ssl.SSLContext | None, *, as_json: bool
) -> None:
    smsc = SimulatedSmsc(options)
    try:
        bound = await smsc.start(host, port, tls)
    except OSError as error:
        raise Problem(f"cannot listen on {host}:{port}: {error.strerror}; choose another --host or --port") from None
    facts = {"host": host, "port": bound, "tls": tls is not None}
    words = f"Simulated SMSC (SMPP 3.4) on {host}:{bound}{', TLS' if tls else ''}. Stop with Ctrl-C."
    sys.stdout.write((msgspec.json.encode(facts).decode() if as_json else words) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await smsc.stop()
    throttled = f" ({smsc.throttled} throttled)" if smsc.throttled else ""
    sys.stderr.write(f"taken {smsc.submitted} submit_sm{throttled}, sent {smsc.delivered} receipts\n")


def _tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise Problem("--tls-certificate and --tls-key go together: one of them is missing")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise Problem(f"cannot use {certificate} and {key}: {error}") from None
    return context
