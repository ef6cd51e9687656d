"""The running platform's figures, for `core.diagnosis`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from stentor.app.notifying import Notifying
from stentor.core.diagnosis import Vitals
from stentor.core.ports import ConnectorState
from stentor.engine.dispatch import Dispatcher
from stentor.storage.sqlite import SqliteStore
from stentor.storage.sqlite.depths import Waiting


def examined(
    *,
    started: str,
    states: Iterable[ConnectorState],
    dispatcher: Dispatcher,
    notifier: Notifying,
    store: SqliteStore,
    folder: Path,
    waiting: Waiting,
) -> Vitals:
    disk = os.statvfs(folder)
    connectors = list(states)
    return Vitals(
        started=started,
        connectors=connectors,
        waiting=_waiting(connectors, dispatcher, waiting),
        commit_ms=round(store.commit_s * 1000, 3),
        disk_free=disk.f_bavail * disk.f_frsize,
        disk_total=disk.f_blocks * disk.f_frsize,
        reports_due=waiting.to_notify + notifier.held,
        troubled_hosts=[host.host for host in notifier.hosts() if host.troubled],
    )


def _waiting(states: Iterable[ConnectorState], dispatcher: Dispatcher, waiting: Waiting) -> dict[str, int]:
    """Due messages that no upstream was given yet, by connector."""
    in_window = {state.name: state.in_window for state in states}
    counts = {name: due for name, (due, _) in waiting.queued.items()}
    for name, held in dispatcher.held().items():
        counts[name] = counts.get(name, 0) + max(0, held - in_window.get(name, 0))
    return counts
