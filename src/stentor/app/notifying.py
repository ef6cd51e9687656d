"""What is sent to customers' URLs, both kinds of it: delivery reports, and calls that tell of other things."""

from __future__ import annotations

from msgspec.structs import replace

from stentor.app.calling import CallerOnDemand
from stentor.config.settings import NotifySettings
from stentor.core.calls import Call
from stentor.core.message import Owed
from stentor.core.ports import CallStore, Clock, Store
from stentor.engine.address import AddressPolicy
from stentor.engine.notify import HostHealth, Notifier, NotifyLimits
from stentor.engine.outboxes import CallOutbox, Render, ReportOutbox


class Notifying:
    """One machine for each kind, so that neither waits for the other's calls."""

    def __init__(
        self,
        *,
        store: Store,
        calls: CallStore,
        clock: Clock,
        render: Render,
        settings: NotifySettings,
        limits: NotifyLimits,
    ) -> None:
        policy = AddressPolicy(settings.allow)
        self.reports: Notifier[Owed] = Notifier(
            outbox=ReportOutbox(store, render), clock=clock, caller=CallerOnDemand(policy), limits=limits
        )
        self.calls: Notifier[Call] = Notifier(
            outbox=CallOutbox(calls), clock=clock, caller=CallerOnDemand(policy), limits=limits
        )

    @property
    def held(self) -> int:
        """In memory."""
        return self.reports.held + self.calls.held

    def hosts(self) -> list[HostHealth]:
        """Each once."""
        merged = {host.host: host for host in self.reports.hosts()}
        for other in self.calls.hosts():
            host = merged.get(other.host)
            merged[other.host] = other if host is None else _sum(host, other)
        return list(merged.values())

    async def stop(self) -> None:
        await self.reports.stop()
        await self.calls.stop()


def _sum(one: HostHealth, other: HostHealth) -> HostHealth:
    return replace(
        one,
        waiting=one.waiting + other.waiting,
        calls=one.calls + other.calls,
        failures=max(one.failures, other.failures),
        troubled=one.troubled or other.troubled,
    )
