"""Look numbers up: authorise > price > record and charge > ask > record > answer. Every door comes through here.

What a client is answered is on disk and charged once. A lookup that a crash cut off is taken up again at the next
start, and what is owed to a URL is written in the transaction of its answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core import ids as public_ids
from stentor.core import money
from stentor.core.account import Account
from stentor.core.calls import Call, owed
from stentor.core.errors import InvalidField, StoreUnavailable, Throttled
from stentor.core.ids import Ids
from stentor.core.lookup.drafts import Drafts
from stentor.core.lookup.packages import seen
from stentor.core.lookup.ports import Background, Finder, LookupStore, Renderer
from stentor.core.lookup.records import Found, LookupResult, NewLookups, Telling, Waiting
from stentor.core.ports import Clock, Turns
from stentor.core.rulebook import Rulebook
from stentor.core.throttle import Buckets

MAX_NUMBERS = 1_000
MAX_LATER = 10_000
MAX_BULK_ID = 100
RESULTS_PER_CALL = 100
"""Results in one call to a URL (003 §2.6)."""
UNFOUND = frozenset({StatusId.REJECTED_DESTINATION, StatusId.REJECTED_SYSTEM_ERROR})
"""Nobody knew, or nobody could be asked: nothing was found, so nothing is paid."""


class Lookups:
    """The use case, with the parts it stands on.

    `renderers`: how each dialect spells results for a URL; a door adds its own.
    """

    def __init__(
        self,
        *,
        rulebook: Rulebook,
        store: LookupStore,
        finder: Finder,
        background: Background,
        ids: Ids,
        clock: Clock,
        turns: Turns,
    ) -> None:
        self._rulebook = rulebook
        self._store = store
        self._finder = finder
        self._background = background
        self._ids = ids
        self._clock = clock
        self._turns = turns
        self._buckets = Buckets()
        self.renderers: dict[str, Renderer] = {}

    async def __call__(
        self, account: Account, numbers: Sequence[str], *, bulk_id: str | None = None, any_digits: bool = False
    ) -> Sequence[LookupResult]:
        """A result for each number, in their order; a number that stands twice is asked and paid for once.

        `any_digits`: whatever has only digits gets an id and is kept.
        """
        if len(numbers) > MAX_NUMBERS:
            reason = f"Number of destinations is limited to {MAX_NUMBERS}."
            raise InvalidField("to", f"{reason} For larger requests use /number/1/notify API endpoint.")
        drafts = self._drafts(account, numbers, bulk_id, any_digits=any_digits)
        accepted = await self._accept(account, drafts, None)
        open_ = [one for one in accepted if one.pending]
        if not open_:
            return drafts.results(accepted)
        done = {one.id: one for one in await self._finished(account, open_)}
        return drafts.results([done.get(one.id, one) for one in accepted])

    async def later(
        self,
        account: Account,
        numbers: Sequence[str],
        telling: Telling,
        *,
        bulk_id: str | None = None,
        any_digits: bool = False,
    ) -> Sequence[LookupResult]:
        """As far as it is known now: most are pending, and their results go where `telling` says.

        `any_digits`: whatever has only digits gets an id and is kept, and what becomes of it is told, refusals too
        (003 §2.5, §2.6). Without an id there is nothing to come.
        """
        if len(numbers) > MAX_LATER:
            raise InvalidField("to", f"Number of destinations is limited to {MAX_LATER}.")
        drafts = self._drafts(account, numbers, bulk_id, any_digits=any_digits)
        accepted = await self._accept(account, drafts, telling)
        self._background.take([Waiting(one, telling) for one in accepted if one.pending])
        if any_digits:
            accepted = await self._told(account, accepted, telling)
        return drafts.results(accepted)

    async def settle(self, waiting: Sequence[Waiting]) -> tuple[Sequence[LookupResult], Sequence[Call]]:
        """Answers to lookups of one account that nobody waits for, and what is owed then: for `LookupStore.finish`."""
        account = self._rulebook.directory.accounts.get(waiting[0].lookup.account)
        name = account.name if account else ""
        answers = await self._finder.ask(name, [one.lookup.to for one in waiting], patient=True)
        done = [replace(one, lookup=self._settled(account, one.lookup, answers)) for one in waiting]
        return [one.lookup for one in done], self._calls(account, done)

    def _drafts(self, account: Account, numbers: Sequence[str], bulk_id: str | None, *, any_digits: bool) -> Drafts:
        now = self._clock.now_ms()
        if not numbers:
            raise InvalidField("to", "may not be empty")
        self._buckets.spend(account, len(numbers), now)
        ids = self._ids.take(now, len(numbers))
        bulk = (bulk_id or "")[:MAX_BULK_ID] or self._ids.public(ids[0], public_ids.BULK)
        return Drafts(self._rulebook, account, numbers, ids, bulk=bulk, now=now, any_digits=any_digits)

    def _answered(self, account: Account, one: LookupResult) -> LookupResult:
        """With the answer that needs no waiting, so that charge and answer are one transaction."""
        known = self._finder.at_once(account.name, one.to) if one.pending else None
        return one if known is None else self._settled(account, one, {one.to: known})

    async def _accept(self, account: Account, drafts: Drafts, telling: Telling | None) -> list[LookupResult]:
        """Charge and write them, a large request in portions that others go between."""
        accepted: list[LookupResult] = []
        while len(accepted) < len(drafts):
            size = self._turns.portion(account.id, len(drafts) - len(accepted))
            if not self._turns.enter(account.id, size):
                await self._turns.wait(account.id, size)
            try:
                portion = drafts.decided(len(accepted), len(accepted) + size)
                accepted += await self._kept(account, portion, telling, first=not accepted)
            finally:
                self._turns.leave(account.id, size)
        return accepted

    async def _kept(
        self, account: Account, portion: list[LookupResult], telling: Telling | None, *, first: bool
    ) -> list[LookupResult]:
        """When the disk refuses after earlier ones were accepted, the rest is refused one by one."""
        try:
            return await self._portion(account, portion, telling)
        except (StoreUnavailable, Throttled):
            if first:
                raise
            return [replace(_unless_refused(one, StatusId.REJECTED_SYSTEM_ERROR), id=0) for one in portion]

    async def _told(self, account: Account, accepted: list[LookupResult], telling: Telling) -> list[LookupResult]:
        """Calls for those that are final already; what the disk refuses of them has no id."""
        final = [one for one in accepted if one.id and not one.pending]
        told: set[int] = set()
        try:
            for start in range(0, len(final), RESULTS_PER_CALL):
                portion = final[start : start + RESULTS_PER_CALL]
                if calls := self._calls(account, [Waiting(one, telling) for one in portion]):
                    await self._store.finish((), calls)
                told.update(one.id for one in portion)
        except (StoreUnavailable, Throttled):
            return [one if one.pending or one.id in told else replace(one, id=0) for one in accepted]
        return accepted

    async def _portion(
        self, account: Account, portion: list[LookupResult], telling: Telling | None
    ) -> list[LookupResult]:
        """What is waited for takes the answers that are at hand."""
        if telling is None:
            portion = [self._answered(account, one) for one in portion]
        limit = None if account.daily_limit is None else money.parse(account.daily_limit)
        refusals = await self._store.accept(NewLookups(account.id, self._clock.now_ms(), portion, limit, telling))
        return [*map(_unless_refused, portion, refusals)]

    async def _finished(self, account: Account, open_: Sequence[LookupResult]) -> list[LookupResult]:
        """Ask while the client waits; when it leaves, or the disk refuses, the background goes on."""
        try:
            answers = await self._finder.ask(account.name, [one.to for one in open_])
            done = [self._settled(account, one, answers) for one in open_]
            await self._store.finish(done)
        except BaseException:
            self._background.take([Waiting(one) for one in open_])
            raise
        return done

    def _settled(
        self, account: Account | None, one: LookupResult, answers: Mapping[str, tuple[str, Found]]
    ) -> LookupResult:
        resolver, found = answers[one.to]
        now = self._clock.now_ms()
        if found.status in UNFOUND:
            return replace(one, status=found.status, error=found.error, price=0, done_at=now, resolver=resolver)
        return replace(
            one,
            status=found.status,
            error=found.error,
            found=seen(found, account.lookup_package if account else "cleaning"),
            mcc_mnc=found.mcc_mnc or one.mcc_mnc,
            done_at=now,
            resolver=resolver,
        )

    def _calls(self, account: Account | None, done: Sequence[Waiting]) -> list[Call]:
        """One for each hundred results that go the same way."""
        calls = []
        now = self._clock.now_ms()
        for telling, group in groupby(done, key=lambda one: one.telling):
            results = [one.lookup for one in group]
            render = self.renderers.get(telling.dialect) if telling else None
            if telling is None or render is None or not telling.url:
                continue
            for start in range(0, len(results), RESULTS_PER_CALL):
                portion = results[start : start + RESULTS_PER_CALL]
                content_type, body = render(account, portion, telling.content_type)
                number = self._ids.take(now)[0]
                subject = portion[0]
                calls.append(
                    owed(
                        number,
                        subject.account,
                        "lookup",
                        subject.id,
                        telling.url,
                        at=now,
                        content_type=content_type,
                        body=body,
                    )
                )
        return calls


def _unless_refused(one: LookupResult, refusal: int | None) -> LookupResult:
    if refusal is None:
        return one
    return replace(one, status=refusal, error=0, found=None, price=0, resolver="")
