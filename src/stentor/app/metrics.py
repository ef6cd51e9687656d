"""What the platform's parts measure, as readings of `core.measures.TABLE`."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import version
from pathlib import Path

import apsw
import msgspec

from stentor.api.admin.times import iso
from stentor.app.exposition import Reading, exposition
from stentor.app.health import Health, free_bytes
from stentor.app.inbox import Receiving
from stentor.app.notifying import Notifying
from stentor.app.pulse import Pulse
from stentor.app.vitals import examined
from stentor.catalogue import STATUSES
from stentor.core.diagnosis import Vitals
from stentor.core.feed import Feed
from stentor.core.message import EventKind
from stentor.core.numbers import WAYS
from stentor.core.ports import Clock, Connector, ConnectorState
from stentor.core.tally import Requests, Tally
from stentor.engine.dispatch import Dispatcher
from stentor.engine.notify import HostHealth
from stentor.storage.sqlite import SqliteStore
from stentor.storage.sqlite.depths import Depths, Waiting
from stentor.storage.sqlite.store import FILE_NAME

NAMED_HOSTS = 10
OTHER = "other"
_TROUBLES = ("down", "throttled", "slow")
_OUTCOMES = {
    "pulled": EventKind.REPORT_PULLED,
    "notified": EventKind.NOTIFIED,
    "failed": EventKind.NOTIFY_FAILED,
    "given_up": EventKind.NOTIFY_GIVEN_UP,
}


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that are measured."""

    clock: Clock
    tally: Tally
    requests: Requests
    feed: Feed
    pulse: Pulse
    health: Health
    store: SqliteStore
    folder: Path
    dispatcher: Dispatcher
    notifier: Notifying
    connectors: Callable[[], Iterable[Connector]]
    connections: Callable[[], int]
    tracked: Callable[[], Iterable[Reading]]
    receiving: Receiving


class Metrics:
    """What takes more than a moment runs on a thread: counting, and loading and using Prometheus' library."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="measure")
        self._depths = Depths(parts.folder / FILE_NAME, self._thread)
        self._started = iso(parts.clock.now_ms())

    async def text(self) -> bytes:
        waiting = await self._depths.read(self._parts.clock.now_ms())
        ready = not (await self._parts.health.readiness()).reasons
        readings = list(self._readings(waiting, ready=ready))
        return await asyncio.get_running_loop().run_in_executor(self._thread, exposition, readings)

    async def vitals(self) -> Vitals:
        """For `stentor doctor`."""
        parts = self._parts
        return examined(
            started=self._started,
            states=[connector.state() for connector in parts.connectors()],
            dispatcher=parts.dispatcher,
            notifier=parts.notifier,
            store=parts.store,
            folder=parts.folder,
            waiting=await self._depths.read(parts.clock.now_ms()),
        )

    def close(self) -> None:
        self._thread.shutdown()
        self._depths.close()

    def _readings(self, waiting: Waiting, *, ready: bool) -> Iterator[Reading]:
        parts = self._parts
        states = [connector.state() for connector in parts.connectors()]
        yield from _traffic(parts.tally, [state.name for state in states])
        yield from parts.tracked()
        yield from _latency(parts.tally, parts.requests)
        yield from _queues(parts.dispatcher.held(), waiting.queued)
        for state in states:
            yield from _upstream(state)
        yield "stentor_reports_owed", ("pull",), waiting.to_pull
        yield "stentor_reports_owed", ("notify",), waiting.to_notify + parts.notifier.held
        yield from hosts(parts.notifier.hosts())
        yield from _inbound(parts.receiving, [state.name for state in states], waiting.inbound)
        for until, count in zip(("now", "later"), waiting.omni, strict=True):
            yield "stentor_omni_waiting", (until,), count
        yield from _store(parts.store, parts.folder)
        yield "stentor_ready", (), ready
        yield from _process(parts)


def _traffic(tally: Tally, connectors: list[str]) -> Iterator[Reading]:
    """Connectors and outcomes are there from the start, so that the first one is seen as a change."""
    yield "stentor_messages_accepted_total", (), tally.accepted
    for status, count in tally.rejected.items():
        yield "stentor_messages_rejected_total", (STATUSES[status].name,), count
    for (status, error), count in tally.finished.items():
        yield "stentor_messages_final_total", (STATUSES[status].name, str(error)), count
    for name, counts in (
        ("stentor_parts_sent_total", tally.sent),
        ("stentor_parts_refused_total", tally.refused),
        ("stentor_parts_uncertain_total", tally.uncertain),
        ("stentor_messages_postponed_total", tally.postponed),
        ("stentor_messages_diverted_total", tally.diverted),
        ("stentor_receipts_total", tally.receipts),
    ):
        for connector in dict.fromkeys((*connectors, *counts)):
            yield name, (connector,), counts.get(connector, 0)
    for outcome, kind in _OUTCOMES.items():
        yield "stentor_reports_total", (outcome,), tally.events[kind]
    for kind, count in tally.events.items():
        yield "stentor_events_total", (kind,), count


def _latency(tally: Tally, requests: Requests) -> Iterator[Reading]:
    for (method, route, status), duration in requests.durations.items():
        yield "stentor_http_request_duration_seconds", (method, route, str(status)), duration
    for connector, duration in tally.until_sent.items():
        yield "stentor_message_until_sent_seconds", (connector,), duration
    for connector, duration in tally.until_final.items():
        yield "stentor_message_until_final_seconds", (connector,), duration


def _queues(held: dict[str, int], queued: dict[str, tuple[int, int]]) -> Iterator[Reading]:
    """A connector that is gone may still have messages on disk."""
    for connector in dict.fromkeys((*held, *queued)):
        yield "stentor_queue_messages", (connector, "memory"), held.get(connector, 0)
        due, later = queued.get(connector, (0, 0))
        yield "stentor_queue_messages", (connector, "disk"), due
        yield "stentor_queue_messages", (connector, "later"), later


def _upstream(state: ConnectorState) -> Iterator[Reading]:
    name = (state.name,)
    kind = (state.trouble or "").partition(":")[0]
    yield "stentor_upstream_up", name, state.bound > 0
    for trouble in _TROUBLES:
        yield "stentor_upstream_trouble", (state.name, trouble), kind == trouble
    yield "stentor_upstream_sessions_bound", name, state.bound
    yield "stentor_upstream_sessions", name, state.sessions
    yield "stentor_upstream_window_used", name, state.in_window
    yield "stentor_upstream_window_effective", name, state.window * state.bound
    yield "stentor_upstream_window", name, state.window_most * state.sessions
    if state.round_trip_ms is not None:
        yield "stentor_upstream_round_trip_seconds", name, state.round_trip_ms / 1000
    if state.learned_rate is not None:
        yield "stentor_upstream_rate_learned", name, state.learned_rate
    yield "stentor_upstream_submitted_total", name, state.submitted
    yield "stentor_upstream_answered_total", name, state.answered
    yield "stentor_upstream_throttled_total", name, state.throttled


def _inbound(receiving: Receiving, connectors: list[str], waiting: dict[str, int]) -> Iterator[Reading]:
    counts = receiving.inbox.counts
    for connector in dict.fromkeys((*connectors, *counts.parts)):
        yield "stentor_inbound_parts_total", (connector,), counts.parts[connector]
    for way in (*WAYS, "nobody"):
        yield "stentor_inbound_messages_total", (way,), counts.received[way]
    for way in ("pull", "smpp"):
        yield "stentor_inbound_given_total", (way,), receiving.rows.given[way]
    for way, count in waiting.items():
        yield "stentor_inbound_waiting", (way,), count
    yield "stentor_inbound_waiting", ("parts",), receiving.inbox.incomplete


def hosts(found: list[HostHealth]) -> Iterator[Reading]:
    """Customers choose the hosts, so only a few get names: those that fail longest, then those with most waiting."""
    for state, troubled in (("well", False), ("troubled", True)):
        yield "stentor_notify_hosts", (state,), sum(host.troubled is troubled for host in found)
    worst = sorted(found, key=lambda host: (host.failures, host.waiting, host.calls), reverse=True)
    named, others = worst[:NAMED_HOSTS], worst[NAMED_HOSTS:]
    for host in named:
        yield from _host(host)
    if others:
        waiting, calls = sum(host.waiting for host in others), sum(host.calls for host in others)
        yield from _host(HostHealth(OTHER, waiting, calls, max(host.failures for host in others), troubled=False))


def _host(host: HostHealth) -> Iterator[Reading]:
    yield "stentor_notify_waiting", (host.host,), host.waiting
    yield "stentor_notify_calls", (host.host,), host.calls
    yield "stentor_notify_failures", (host.host,), host.failures


def _store(store: SqliteStore, folder: Path) -> Iterator[Reading]:
    yield "stentor_store_commits_total", (), store.commits
    yield "stentor_store_commit_seconds", (), store.commit_times
    yield "stentor_store_failures_total", (), store.failures
    yield "stentor_store_backlog", (), store.backlog
    for kind, name in (("data", FILE_NAME), ("wal", f"{FILE_NAME}-wal")):
        file = folder / name
        yield "stentor_store_bytes", (kind,), file.stat().st_size if file.exists() else 0
    yield "stentor_disk_free_bytes", (), free_bytes(folder)


@cache
def _build() -> tuple[str, str, str]:
    return version("stentor"), platform.python_version(), apsw.sqlite_lib_version()


def _process(parts: Parts) -> Iterator[Reading]:
    yield "stentor_build_info", _build(), 1
    yield "stentor_event_loop_lag_seconds", (), parts.pulse.lag
    yield "stentor_http_connections", (), parts.connections()
    everyone = parts.requests.unauthorized("/")
    operators = parts.requests.unauthorized("/admin/") + parts.requests.unauthorized("/metrics")
    yield "stentor_login_failures_total", ("account",), everyone - operators
    yield "stentor_login_failures_total", ("admin",), operators
    yield "stentor_tails", (), parts.feed.tails
    yield "stentor_tail_dropped_total", (), parts.feed.dropped
