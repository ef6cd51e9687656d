"""Short links and conversion, put together: for a running platform, and for commands on its folder."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import structlog

from stentor.api.conversion.processes import ProcessesApi
from stentor.api.conversion.routes import ConversionApi
from stentor.api.conversion.statistics import StatisticsApi
from stentor.api.redirect import RedirectApi
from stentor.api.v1.clicked import ClickRenderer
from stentor.api.v1.conversions import ConversionsApi
from stentor.api.v1.times import Times
from stentor.app.exposition import Reading
from stentor.config import Settings
from stentor.core import shortening
from stentor.core.account import Directory
from stentor.core.alarm import ConversionWatch
from stentor.core.conversion import DAY_MS, KINDS, Conversions, kind_of
from stentor.core.ids import Ids
from stentor.core.links import Links
from stentor.core.ports import Clock
from stentor.core.processes import Processes
from stentor.core.tracking import Tracker
from stentor.engine.clicks import Clicks
from stentor.engine.forgetting import BATCH, in_batches
from stentor.engine.timekeeper import Duty
from stentor.storage.sqlite import SqliteStore
from stentor.storage.sqlite.links import LinkRows
from stentor.storage.sqlite.processes import ProcessRows

log = structlog.get_logger()

_PERIOD_S, _WATCH_S = 60.0, 300.0


def _code() -> str:
    return shortening.code_of(secrets.randbelow(len(shortening.DIGITS) ** shortening.CODE))


def _key() -> str:
    return secrets.token_hex(16).upper()


def _name(directory: Directory, account: int) -> str:
    known = directory.accounts.get(account)
    return str(account) if known is None else known.name


class Tracking:
    def __init__(self, settings: Settings, store: SqliteStore, ids: Ids, clock: Clock, directory: Directory) -> None:
        given = settings.links
        self._store = store
        self._clock = clock
        self._directory = directory
        self._links = LinkRows(store.access)
        self._runs = ProcessRows(store.access)
        self._keep_ms = given.log_days * DAY_MS
        self.conversions = Conversions(store=self._runs, ids=ids, clock=clock, draw_key=_key, keep_ms=self._keep_ms)
        self.processes = Processes(store=self._runs, conversions=self.conversions, ids=ids, clock=clock, draw_key=_key)
        self.watch = ConversionWatch(
            store=self._runs, conversions=self.conversions, clock=clock, name_of=partial(_name, directory)
        )
        self.links = Links(store=self._links, clock=clock, directory=directory)
        self.tracker = Tracker(
            conversions=self.conversions,
            base=shortening.base_of("links.domain", given.domain) if given.domain else "",
            draw=_code,
            keep_ms=given.days * DAY_MS,
        )
        self._clicks = Clicks(
            store=self._links,
            ids=ids,
            directory=directory,
            render=ClickRenderer(ids),
            ended=self.conversions.ended,
        )

    def start(self, http_url: str, soon: Callable[[], None] | None = None) -> None:
        """Where phones reach the program unless a domain is set, and who sends what clicks owe."""
        self.tracker.base = self.tracker.base or http_url
        self._clicks.soon = soon
        self.links.tell = self._clicks.note

    async def stop(self) -> None:
        await self._clicks.stop()

    def redirects(self) -> RedirectApi:
        return RedirectApi(self.links)

    def conversion(self, times: Times) -> ConversionsApi:
        return ConversionsApi(self.conversions, times)

    def rates(self, times: Times) -> ConversionApi:
        return ConversionApi(
            ProcessesApi(self.processes, times, self._account_key), StatisticsApi(self.processes, times)
        )

    def _account_key(self, account: int) -> str:
        """Says nothing about the account's number."""
        digest = hashlib.blake2b(account.to_bytes(8, "big"), digest_size=16, key=self._store.secret())
        return digest.hexdigest().upper()

    @property
    def duties(self) -> tuple[Duty, ...]:
        return ((_PERIOD_S, self.forget), (_WATCH_S, self._watch))

    async def forget(self) -> None:
        """Links that are over, and logs that nobody asks for any more; with pauses, so that messages go first."""
        now = self._clock.now_ms()
        await in_batches(partial(self._links.forget, now, BATCH))
        await in_batches(partial(self._runs.forget, now - self._keep_ms, BATCH))

    async def _watch(self) -> None:
        began, over = await self.watch.look()
        for one in began:
            account = _name(self._directory, one.process.account)
            log.warning(
                "conversion fell", account=account, process=one.process.name, country=one.country, said=one.said
            )
        for one in over:
            log.info("conversion is as usual again", process=one.process.name, country=one.country)

    def readings(self) -> Iterator[Reading]:
        yield "stentor_link_clicks_total", ("person",), self._clicks.noted
        yield "stentor_link_clicks_total", ("machine",), self.links.previews
        yield "stentor_link_clicks_lost_total", (), self._clicks.lost
        for kind, count in self.conversions.tally.begun.items():
            yield "stentor_conversions_begun_total", (kind,), count
        for kind, count in self.conversions.tally.ended.items():
            yield "stentor_conversions_ended_total", (kind,), count
        alarms = Counter(kind_of(one.process) for one in self.watch.alarms.values())
        for kind in KINDS:
            yield "stentor_conversion_alarms", (kind,), alarms[kind]
