"""Number lookup put together: the use case, the chain of resolvers as it is defined, and what goes on behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

import structlog
from msgspec.structs import replace

from stentor.api.v1.lookup import LookupApi
from stentor.api.v1.times import Times
from stentor.app.exposition import Reading
from stentor.app.foundation import Foundation
from stentor.catalogue import STATUSES
from stentor.config import (
    HttpResolverSettings,
    PlanSettings,
    PortabilitySettings,
    ResolverSettings,
    SimulatedHlrSettings,
    SmppResolverSettings,
    resolver_settings_of,
)
from stentor.connectors.http.lookup import HttpResolver
from stentor.connectors.http.options import HttpOptions
from stentor.connectors.http.sync_lookup import SyncResolver
from stentor.connectors.simulated.hlr import SimulatedHlr
from stentor.connectors.smsc.lookup import SmppResolver
from stentor.connectors.smsc.options import SmscOptions
from stentor.core.definitions import Change, Source
from stentor.core.lookup import Lookups
from stentor.core.lookup.portability import PortabilityFile, StaticPlan
from stentor.core.ports import Turns
from stentor.engine.lookups import LookingUp, forgetting_of
from stentor.engine.resolving import Resolving, Stage
from stentor.engine.timekeeper import Duty

log = structlog.get_logger()

_LAST = 1_000_000
"""The order of a resolver that has none."""
_HLR_CACHE_S, _PORTABILITY_CACHE_S = 60, 86_400
_LOOK_S, _FORGET_S = 5.0, 60.0
_AT_A_TIME = 1_000
"""Numbers that the simulated HLR may be asked for at a time."""


class NumberLookup:
    """`soon`: called when calls to customers may be owed."""

    def __init__(self, foundation: Foundation, *, turns: Turns, printed: Times, soon: Callable[[], object]) -> None:
        ids, clock, rulebook = foundation.ids, foundation.clock, foundation.rulebook
        self._foundation = foundation
        self._stages: dict[str, tuple[Source, Stage]] = {}
        self._retiring: set[asyncio.Task[None]] = set()
        default = (PortabilitySettings(order=1), PlanSettings(order=2))
        self.resolving = Resolving(clock, [self._stage(settings) for settings in default])
        self.background = LookingUp(foundation.lookups, soon)
        self.lookups = Lookups(
            rulebook=rulebook,
            store=foundation.lookups,
            finder=self.resolving,
            background=self.background,
            ids=ids,
            clock=clock,
            turns=turns,
        )
        self.background.settle = self.lookups.settle
        self.api = LookupApi(lookups=self.lookups, store=foundation.lookups, ids=ids, clock=clock, printed=printed)
        forgetting = forgetting_of(foundation.lookups, rulebook.directory, clock)
        self.duties: tuple[Duty, ...] = ((_LOOK_S, self.background.tick), (_FORGET_S, forgetting.forget))

    async def start(self) -> None:
        await self._use()
        await self.background.start()

    async def stop(self) -> None:
        await self.background.stop()
        for task in self._retiring:
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        for _, stage in self._stages.values():
            await stage.resolver.close()

    def readings(self) -> Iterator[Reading]:
        """For /metrics."""
        for fares in self.resolving.stages:
            name = fares.stage.resolver.name
            for status, count in fares.answered.items():
                yield "stentor_lookups_total", (name, STATUSES[status].name), count
            yield "stentor_lookup_failures_total", (name,), fares.failed
            yield "stentor_lookup_seconds", (name,), fares.durations
        yield "stentor_lookups_waiting", (), self.background.held

    async def follow(self, changes: Sequence[Change]) -> None:
        """Resolvers as they are defined now; those that did not change keep what they remember."""
        if any(change.kind == "resolver" for change in changes):
            await self._use()

    async def _use(self) -> None:
        sources: dict[str, Source] = self._foundation.rulebook.book.of("resolver")
        before = self._stages
        self._stages = {
            name: before[name]
            if name in before and before[name][0] == source
            else (source, self._stage(resolver_settings_of(source)))
            for name, source in sources.items()
        }
        self.resolving.use(stage for _, stage in self._stages.values())
        for name, (_, stage) in before.items():
            if self._stages.get(name, (None, None))[1] is not stage:
                task = asyncio.get_running_loop().create_task(_retired(stage))
                self._retiring.add(task)
                task.add_done_callback(self._retiring.discard)
                log.info("resolver changed", resolver=name, gone=name not in self._stages)

    def _stage(self, settings: ResolverSettings) -> Stage:
        order = _LAST if settings.order is None else settings.order
        countries = None if settings.countries is None else frozenset(settings.countries)
        return replace(self._alone(settings), order=order, account=settings.account, countries=countries)

    def _alone(self, settings: ResolverSettings) -> Stage:
        """Its resolver and what may be asked of it, wherever in the chain it stands."""
        match settings:
            case HttpResolverSettings():
                return _http(settings)
            case SmppResolverSettings():
                return _smpp(settings)
            case SimulatedHlrSettings(name=name, delay=delay, timeout=timeout):
                hlr = SimulatedHlr(name, delay)
                return Stage(resolver=hlr, timeout=timeout, concurrency=_AT_A_TIME, per_request=1, rests=False)
            case PlanSettings():
                return Stage(resolver=StaticPlan(settings.name))
            case PortabilitySettings():
                return Stage(resolver=PortabilityFile(settings.name, self._foundation.portability))


async def _retired(stage: Stage) -> None:
    """Whom it is just asked about gets its answer."""
    try:
        await asyncio.sleep(stage.timeout)
    finally:
        await stage.resolver.close()


def _http(settings: HttpResolverSettings) -> Stage:
    options = HttpOptions(
        name=settings.name,
        url=settings.url,
        user=settings.user,
        password=settings.password,
        api_key=settings.api_key,
        response_timer=settings.timeout,
    )
    hlr, several = settings.answers == "hlr", settings.api == "v1"
    usual = _HLR_CACHE_S if hlr else _PORTABILITY_CACHE_S
    return Stage(
        resolver=(HttpResolver if several else SyncResolver)(options, reachability=hlr),
        timeout=settings.timeout,
        keep_ms=(usual if settings.cache is None else settings.cache) * 1_000,
        concurrency=settings.concurrency,
        per_request=settings.per_request if several else 1,
    )


def _smpp(settings: SmppResolverSettings) -> Stage:
    options = SmscOptions(
        name=settings.name,
        host=settings.host,
        port=settings.port,
        system_id=settings.system_id,
        password=settings.password,
        system_type=settings.system_type,
        sessions=settings.sessions,
        window=settings.window,
        tls=settings.tls,
        tls_ca=settings.tls_ca,
        tls_verify=settings.tls_verify,
        response_timer=settings.timeout,
    )
    return Stage(
        resolver=SmppResolver(options),
        timeout=settings.timeout,
        keep_ms=settings.cache * 1_000,
        concurrency=settings.concurrency,
        per_request=1,
    )
