"""The chain of resolvers: who is asked for a number, in which order, how long, and what is remembered of it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import structlog

from stentor.catalogue import StatusId
from stentor.core.lookup import Found, Resolver
from stentor.core.ports import Clock
from stentor.core.tally import FINE_S, Histogram
from stentor.numbering import lookup

log = structlog.get_logger()

NOBODY = ""
_REMEMBERED = 100_000
"""Answers kept; one takes some 500 octets."""
_FAILURES = 3
_REST_MS = 5_000
"""A resolver that failed so often in a row is not asked for so long; then one request tries it."""

Answer = tuple[str, Found]
_UNKNOWN = Found(status=StatusId.REJECTED_DESTINATION)
_UNREACHABLE = Found(status=StatusId.REJECTED_SYSTEM_ERROR)


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A resolver in the chain: for whom, where, how long it may take, and how long its answers are good for."""

    resolver: Resolver
    order: int = 0
    account: str | None = None
    countries: frozenset[str] | None = None
    timeout: float = 5.0
    keep_ms: int = 0
    concurrency: int = 16
    per_request: int = 100
    rests: bool = True
    """Whether it is left alone for a while when it fails several times in a row."""

    def holds(self, account: str, country: str) -> bool:
        mine = self.account is None or self.account == account
        return mine and (self.countries is None or country in self.countries)


class Fares:
    """How a resolver fares: requests under way, answers remembered, failures in a row."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.durations = Histogram(FINE_S)
        self.answered: dict[int, int] = {}
        """By status, remembered ones too."""
        self.failed = 0
        self._slots = asyncio.Semaphore(stage.concurrency)
        self._kept: OrderedDict[str, tuple[int, Found]] = OrderedDict()
        self._failures = 0
        self._rests_until = 0

    def known(self, number: str, now: int) -> Found | None:
        """What it knows without being asked."""
        found = self._remembered(number, now) or self.stage.resolver.find(number)
        if found is not None:
            self.answered[found.status] = self.answered.get(found.status, 0) + 1
        return found

    async def ask(self, numbers: Sequence[str], clock: Clock, *, patient: bool) -> tuple[Mapping[str, Found], set[str]]:
        """Its answers, in one request for so many numbers at most, and the numbers that it could not be asked for."""
        if self._rests_until - _REST_MS <= clock.now_ms() < self._rests_until:
            return {}, {*numbers}
        size = self.stage.per_request
        portions = [numbers[start : start + size] for start in range(0, len(numbers), size)]
        answers = await asyncio.gather(*(self._asked(portion, clock, patient=patient) for portion in portions))
        found = {number: one for answer in answers if answer is not None for number, one in answer.items()}
        pairs = zip(portions, answers, strict=True)
        return found, {number for portion, answer in pairs if answer is None for number in portion}

    async def _asked(self, numbers: Sequence[str], clock: Clock, *, patient: bool) -> Mapping[str, Found] | None:
        """Waiting for a free place counts too, so that no client waits longer than the resolver's timeout.

        Who is patient has all of it once there is a place.
        """
        timeout, loop = self.stage.timeout, asyncio.get_running_loop()
        began = loop.time() + timeout
        patience = asyncio.timeout_at(None if patient else began)
        try:
            async with patience, self._slots:
                began = loop.time()
                async with asyncio.timeout_at(began + timeout if patient else None):
                    answers = await self.stage.resolver.ask(numbers)
        except Exception as error:  # noqa: BLE001 - whatever it was, the next resolver is asked
            crowded = patience.expired() and loop.time() - began < timeout / 2
            self._failed(error, clock.now_ms(), crowded=crowded)
            return None
        self.durations.add(loop.time() - began)
        self._failures = 0
        for number, found in answers.items():
            self._keep(number, found, clock.now_ms())
        return answers

    def _failed(self, error: Exception, now: int, *, crowded: bool) -> None:
        """`crowded`: others had its places; that is no fault of the resolver's."""
        self.failed += 1
        self._failures += not crowded
        if self.stage.rests and self._failures >= _FAILURES:
            self._rests_until = now + _REST_MS
        said = str(error) or type(error).__name__
        log.warning("resolver failed", resolver=self.stage.resolver.name, failures=self._failures, reason=said[:200])

    def _keep(self, number: str, found: Found, now: int) -> None:
        self.answered[found.status] = self.answered.get(found.status, 0) + 1
        if self.stage.keep_ms:
            self._kept[number] = (now, found)
            self._kept.move_to_end(number)
            if len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)

    def _remembered(self, number: str, now: int) -> Found | None:
        at, found = self._kept.get(number, (0, None))
        return found if 0 <= now - at < self.stage.keep_ms else None


class Resolving:
    """Implements `core.lookup.Finder`. `default`: asked where no other resolver holds."""

    def __init__(self, clock: Clock, default: Iterable[Stage]) -> None:
        self._clock = clock
        self._default = tuple(Fares(stage) for stage in default)
        self._stages: tuple[Fares, ...] = ()
        self._chains: dict[tuple[str, str], tuple[Fares, ...]] = {}

    @property
    def stages(self) -> tuple[Fares, ...]:
        return self._stages or self._default

    def use(self, stages: Iterable[Stage]) -> None:
        """From now on these; one that stays as it was keeps what it remembers."""
        known = {fares.stage: fares for fares in self._stages}
        ordered = sorted(stages, key=lambda stage: (stage.order, stage.resolver.name))
        self._stages = tuple(known.get(stage) or Fares(stage) for stage in ordered)
        self._chains.clear()

    def at_once(self, account: str, number: str) -> Answer | None:
        now = self._clock.now_ms()
        for fares in self._chain(account, number):
            found = fares.known(number, now)
            if found is not None:
                return fares.stage.resolver.name, found
            if fares.stage.resolver.asks:
                return None
        return NOBODY, _UNKNOWN

    async def ask(self, account: str, numbers: Sequence[str], *, patient: bool = False) -> Mapping[str, Answer]:
        """Each chain by itself, so that a slow resolver of one country holds up no other's numbers."""
        groups: dict[tuple[Fares, ...], list[str]] = {}
        for number in numbers:
            groups.setdefault(self._chain(account, number), []).append(number)
        answers: dict[str, Answer] = {}
        await asyncio.gather(
            *(self._go_through(chain, group, answers, patient=patient) for chain, group in groups.items())
        )
        return answers

    async def _go_through(
        self, chain: Sequence[Fares], numbers: Sequence[str], answers: dict[str, Answer], *, patient: bool
    ) -> None:
        """Number by number from where the chain has to wait, in one request for all that wait at the same place."""
        left = [*numbers]
        failed: set[str] = set()
        for fares in chain:
            name, now = fares.stage.resolver.name, self._clock.now_ms()
            known = {number: found for number in left if (found := fares.known(number, now)) is not None}
            left = [number for number in left if number not in known]
            if left and fares.stage.resolver.asks:
                asked, unasked = await fares.ask(left, self._clock, patient=patient)
                failed |= unasked
                known |= {number: asked[number] for number in left if number in asked}
                left = [number for number in left if number not in known]
            answers |= {number: (name, found) for number, found in known.items()}
            if not left:
                return
        answers |= {number: (NOBODY, _UNREACHABLE if number in failed else _UNKNOWN) for number in left}

    def _chain(self, account: str, number: str) -> tuple[Fares, ...]:
        network = lookup(number)
        key = (account, network.country_code if network else "")
        chain = self._chains.get(key)
        if chain is None:
            chain = tuple(fares for fares in self._stages if fares.stage.holds(*key)) or self._default
            self._chains[key] = chain
        return chain
