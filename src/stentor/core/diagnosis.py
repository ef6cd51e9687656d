"""What holds messages up: the platform's figures read as a doctor would, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from stentor.core.ports import ConnectorState

_BUSY = 0.9
_SLOW_COMMIT_MS = 20.0
_MANY_WAITING = 100
_LITTLE_DISK = 1 << 30
_LITTLE_SHARE = 0.05

_PUMPED = (
    "somebody may be asking for codes that nobody types in: see who sends them, and limit the account by "
    "--per-number, --per-block, --sequence or --countries"
)

Level = Literal["ok", "note", "trouble"]


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at. `remedy` is empty where nothing needs to be done."""

    subject: Annotated[str, Meta(description="What was looked at, e.g. connector operator.")]
    level: Annotated[Level, Meta(description="ok, note (worth knowing), or trouble (holds messages up).")]
    said: Annotated[str, Meta(description="What was found, with its figures.")]
    remedy: Annotated[str, Meta(description="What to do.")] = ""


class AccountSessions(msgspec.Struct, frozen=True, kw_only=True):
    """SMPP sessions that an account has bound, and how many it may have."""

    account: str
    transmitters: int = 0
    receivers: int = 0
    transceivers: int = 0
    most: int = 0


class Vitals(msgspec.Struct, frozen=True, kw_only=True):
    """The running platform in figures. `waiting`: messages that wait for each connector, in memory and on disk."""

    started: str
    connectors: Sequence[ConnectorState]
    waiting: dict[str, int]
    commit_ms: float
    disk_free: int
    disk_total: int
    reports_due: int
    troubled_hosts: Sequence[str]
    sessions: Sequence[AccountSessions] | None = None
    """SMPP sessions of customers; None: they cannot connect so."""
    alarms: Sequence[tuple[str, str]] = ()
    """Conversion that fell: of what, and how far."""


def diagnose(vitals: Vitals) -> list[Finding]:
    """The worst first."""
    found = [
        *_nothing_to_send_by(vitals),
        *(_connector(state, vitals.waiting.get(state.name, 0)) for state in vitals.connectors),
        *_lost(vitals),
        *_disk(vitals),
        *_customers(vitals),
        *(Finding(f"conversion of {what}", "note", said, _PUMPED) for what, said in vitals.alarms),
    ]
    order: dict[Level, int] = {"trouble": 0, "note": 1, "ok": 2}
    return sorted(found, key=lambda finding: order[finding.level])


def _nothing_to_send_by(vitals: Vitals) -> Iterator[Finding]:
    """A platform that was just made."""
    if not vitals.connectors:
        yield Finding(
            "connectors",
            "note",
            "there is none: nothing can be sent",
            "make one, then a rule, a price and an account: stentor connector add NAME --type smsc --host HOST",
        )


def capacity(state: ConnectorState) -> float | None:
    """Messages a second that the windows allow: window x sessions / round trip; None while nothing was measured."""
    if not state.round_trip_ms or not state.bound:
        return None
    return state.window * state.bound / state.round_trip_ms * 1000


def _connector(state: ConnectorState, waiting: int) -> Finding:
    subject = f"connector {state.name}"
    queue = f"{waiting} waiting" if waiting else "nothing waits"
    if state.trouble is not None and state.trouble.startswith("down"):
        why = f" ({state.last_error})" if state.last_error not in state.trouble else ""
        usual = "check address, port, system_id and password of the connector, and whether the SMSC is up"
        return Finding(subject, "trouble", f"{state.trouble}{why}; {queue}", state.remedy or usual)
    if state.trouble is not None:
        return Finding(subject, "trouble", f"{state.trouble}; {queue}", "ask the operator for more, or add a target")
    limit = _limit(state)
    if waiting < _MANY_WAITING:
        return Finding(subject, "ok", f"{_facts(state)}; {queue}")
    return Finding(subject, "note", f"{_facts(state)}; {queue}: {limit[0]}", limit[1])


def _limit(state: ConnectorState) -> tuple[str, str]:
    """What sets the pace while messages wait, and how to raise it."""
    able = capacity(state)
    if state.learned_rate is not None and (state.rate is None or state.learned_rate < state.rate):
        return (
            f"the upstream throttles at about {state.learned_rate:.0f} a second",
            "agree on a higher rate with the operator, or share the load with another connector",
        )
    if state.rate is not None and (able is None or state.rate <= able):
        return f"its rate limit of {state.rate:g} a second sets the pace", "raise the connector's rate"
    if able is not None and state.in_window >= _BUSY * state.window * state.bound:
        windows = f"window {state.window} x {state.bound} sessions / round trip {state.round_trip_ms:.1f} ms"
        return (
            f"{windows} = {able:.0f} a second sets the pace",
            "raise window or sessions of the connector, if the operator allows it",
        )
    return "the queue is being worked off", ""


def _facts(state: ConnectorState) -> str:
    trip = f"round trip {state.round_trip_ms:.1f} ms" if state.round_trip_ms else "no round trip measured yet"
    return f"{state.bound} of {state.sessions} sessions, {state.in_window} in the window, {trip}"


def _lost(vitals: Vitals) -> Iterator[Finding]:
    """Messages for connectors that are gone."""
    known = {state.name for state in vitals.connectors}
    for name, count in sorted(vitals.waiting.items()):
        if name not in known and count:
            yield Finding(
                f"connector {name}",
                "trouble",
                f"{count} waiting for it, and it is not defined any more",
                "define it again, or let them expire",
            )


def _disk(vitals: Vitals) -> Iterator[Finding]:
    if vitals.commit_ms > _SLOW_COMMIT_MS:
        yield Finding(
            "disk",
            "note",
            f"a commit takes {vitals.commit_ms:.1f} ms, and every answer waits for one",
            "move the data folder to a faster disk",
        )
    else:
        yield Finding("disk", "ok", f"a commit takes {vitals.commit_ms:.2f} ms")
    if vitals.disk_free < min(_LITTLE_DISK, _LITTLE_SHARE * vitals.disk_total):
        yield Finding(
            "disk space",
            "trouble",
            f"{vitals.disk_free >> 20} MiB are left",
            "make room: when the disk is full, messages are refused with 503",
        )
    else:
        yield Finding("disk space", "ok", f"{vitals.disk_free >> 20} MiB are left")


def _customers(vitals: Vitals) -> Iterable[Finding]:
    if vitals.troubled_hosts:
        hosts = ", ".join(vitals.troubled_hosts[:5])
        said = f"{len(vitals.troubled_hosts)} hosts of customers take no reports: {hosts}"
        yield Finding("reports", "note", said, "tell the customer; reports are tried 20 times over 41 h 30 min")
    else:
        yield Finding("reports", "ok", f"{vitals.reports_due} reports wait for customers")
    if vitals.sessions is not None:
        kinds = ("transmitters", "receivers", "transceivers")
        counts = {kind: sum(getattr(one, kind) for one in vitals.sessions) for kind in kinds}
        bound = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "none"
        yield Finding("SMPP server", "ok", f"sessions bound by customers: {bound}")
