"""What `stentor doctor` looks at itself: disk, clock, ports, TLS, upstream addresses, open files."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import ssl
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from stentor.config import HttpLinkSettings, Settings, SmscSettings
from stentor.config.settings import SMPP_PORT
from stentor.core.diagnosis import Finding

_WRITES = 20
_SLOW_FSYNC_MS = 20.0
_CONNECT_S = 3.0
_SOON = timedelta(days=21)
_FILES = 4_096
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)


def checkup(settings: Settings, *, running: bool, newest_ms: int) -> Iterator[Finding]:
    """`newest_ms`: when the newest thing in the data folder was written, 0 for none."""
    folder = Path(settings.storage.data)
    yield _fsync(folder)
    yield _clock(newest_ms)
    yield _files()
    if settings.http.tls_certificate is not None and settings.http.tls_key is not None:
        yield _certificate(settings.http.tls_certificate, settings.http.tls_key)
    smpp = settings.smpp
    if smpp.enabled and smpp.tls_certificate is not None and smpp.tls_key is not None:
        yield _certificate(smpp.tls_certificate, smpp.tls_key, "TLS of SMPP")
    if not running:
        yield _port(settings.http.host, settings.http.port)
        port = SMPP_PORT if smpp.port is None else smpp.port
        if smpp.enabled and port:
            yield _port(smpp.host, port, "smpp")
        if smpp.enabled and smpp.tls_certificate is not None and smpp.tls_port:
            yield _port(smpp.host, smpp.tls_port, "smpp")
        for link in settings.connectors:
            if isinstance(link, SmscSettings):
                yield _upstream(link.name, link.host, link.port, "no bind was tried")
            elif isinstance(link, HttpLinkSettings):
                yield _upstream(link.name, *_address(link.url), "no login was tried")


def _fsync(folder: Path) -> Finding:
    """The median of a few small writes with fsync, as each commit makes one."""
    probe = folder / f".fsync-{os.getpid()}"
    try:
        took = _timed_writes(probe)
    except OSError as error:
        said = f"cannot write to {folder}: {error.strerror}"
        return Finding("disk write", "trouble", said, "give a folder that the program may write to")
    finally:
        probe.unlink(missing_ok=True)
    said = f"a write with fsync takes {took:.2f} ms (median of {_WRITES}): about {1000 / took:.0f} commits a second"
    if took > _SLOW_FSYNC_MS:
        return Finding("disk write", "note", said, "every answer waits for one: move the data folder to a faster disk")
    return Finding("disk write", "ok", said)


def _timed_writes(probe: Path) -> float:
    times = []
    handle = os.open(probe, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for _ in range(_WRITES):
            started = time.perf_counter()
            os.write(handle, b"\0" * 4096)
            os.fsync(handle)
            times.append((time.perf_counter() - started) * 1000)
    finally:
        os.close(handle)
    return max(statistics.median(times), 0.001)


def _clock(newest_ms: int) -> Finding:
    now = datetime.now(UTC)
    newest = datetime.fromtimestamp(newest_ms / 1000, UTC)
    remedy = "set the clock, and keep it set with NTP: validity, schedules and report times follow it"
    if now < _EARLIEST:
        return Finding("clock", "trouble", f"it says {now:%Y-%m-%d %H:%M} UTC, which is long past", remedy)
    if newest > now + timedelta(minutes=1):
        said = f"it says {now:%Y-%m-%d %H:%M} UTC, and the newest entry here is of {newest:%Y-%m-%d %H:%M}"
        return Finding("clock", "trouble", said, remedy)
    return Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _files() -> Finding:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit != resource.RLIM_INFINITY and limit < _FILES:
        said = f"the process may open {limit}"
        return Finding("open files", "note", said, f"allow {_FILES} or more for many connections (ulimit -n)")
    return Finding("open files", "ok", f"the process may open {limit}")


def _port(host: str, port: int, section: str = "http") -> Finding:
    subject = f"port {port}"
    if not port:
        return Finding(subject, "ok", "a free one is taken at the start")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            said = f"cannot listen on {host}:{port}: {error.strerror}"
            return Finding(subject, "trouble", said, f"stop what listens there, or set another [{section}] port")
    return Finding(subject, "ok", f"free on {host}")


def _certificate(certificate: str, key: str, subject: str = "TLS") -> Finding:
    from cryptography import x509  # noqa: PLC0415 - only where TLS is configured

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
        ends = x509.load_pem_x509_certificate(Path(certificate).read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        return Finding(
            subject, "trouble", f"cannot use {certificate} and {key}: {error}", "give a pair that belongs together"
        )
    left = ends - datetime.now(UTC)
    said = f"the certificate ends on {ends:%Y-%m-%d}"
    if left < timedelta(0):
        return Finding(subject, "trouble", said, "renew it: clients refuse to connect")
    return Finding(subject, "note" if left < _SOON else "ok", said, "renew it soon" if left < _SOON else "")


def _upstream(name: str, host: str, port: int, untried: str) -> Finding:
    subject = f"connector {name}"
    try:
        with contextlib.closing(socket.create_connection((host, port), _CONNECT_S)):
            return Finding(subject, "ok", f"{host}:{port} takes connections ({untried})")
    except OSError as error:
        said = f"{host}:{port}: {error.strerror or error}"
        return Finding(subject, "trouble", said, "check address, port, firewall, and whether the SMSC is up")


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
