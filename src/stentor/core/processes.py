"""Processes that customers define, their tags and logs, and how many come to an end (001).

The model is that of `core.conversion`: what is logged here and what messages begin is counted in the same counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec
from msgspec.structs import replace

from stentor.core.browsers import OsType
from stentor.core.conversion import (
    DAY_MS,
    MAX_PROCESSES,
    Conversions,
    DrawKey,
    Narrowed,
    Process,
    Selection,
    Tag,
    TagType,
    kind_of,
    named,
)
from stentor.core.errors import Conflict, InvalidField, NotFound
from stentor.core.ids import RUN, Ids
from stentor.core.ports import Clock
from stentor.core.rates import Counted, Unit, after, begin, share, within_reason
from stentor.core.tracked import Run

MAX_TAGS = 1_000
"""Of one process; 001 has no limit ("as much tags as you want")."""
MAX_NAME = 100
MAX_DESCRIPTION = 1_000
DEFAULT_RANGE_MS = 30 * DAY_MS
"""The sample of 001 "Get average conversion rate for tags" covers the month before it."""
_NAMES: dict[TagType, str] = {
    "START_TAG": "START",
    "END_TAG": "END",
    "UNDEFINED": "UNDEFINED",
    "UNDEFINED_TAG": "UNDEFINED",
}


class NewLog(msgspec.Struct, frozen=True, gc=False):
    """Somebody came to a tag. A `fresh` run is written, unless another of its name came to be meanwhile."""

    run: Run
    fresh: bool
    tag: int
    at: int
    os: OsType


class Logged(msgspec.Struct, frozen=True, gc=False):
    """A log as it is kept. `count`: how often that tag of the run was logged; statistics count it once."""

    process: Process
    run: Run
    tag: Tag
    at: int
    os: OsType
    count: int
    country: str
    """As it was just given, else the run's, which is the one that counts."""


TagCheck = Callable[[Process, Tag], Tag]
"""The tag as the process takes it; raises the refusal of one that it cannot have."""


class ProcessStore(Protocol):
    """What writes returns once it is durable."""

    def process_of_key(self, account: int, key: str) -> Process | None: ...

    def processes(self, account: int) -> int:
        """How many the account has."""

    def all_processes(self, account: int) -> list[Process]:
        """Without their tags."""

    async def make(self, process: Process) -> Process: ...

    async def describe(self, process: Process) -> None:
        """Another name and description."""

    async def make_tag(self, process: int, tag: Tag, check: TagCheck) -> Tag:
        """With the number it got. `check` is asked once more, of the process as it is while this is written."""

    async def describe_tag(self, process: int, tag: Tag, check: TagCheck) -> None:
        """Another name and description; `check` as for `make_tag`."""

    def run_of(self, process: int, account: int, wanted: int | str) -> Run | None:
        """A run of that process: by its number, or the newest by the customer's name for it."""

    async def log(self, new: NewLog) -> tuple[Run, int, int, OsType]:
        """The run, when it was logged first at that tag, how often it is by now, and on what system."""

    def logs_of(self, run: int) -> list[tuple[int, int, OsType, int]]:
        """Tag, time, system and count of each."""

    async def counted(self, selection: Selection) -> list[Counted]: ...


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer logs (001 "Add new conversion rate log")."""

    log_key: str | None = None
    tag_key: str | None = None
    """Key or name; None: the START tag for a new run, the END tag for one that is there."""
    country: str = ""
    os: OsType | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question about two tags. Times are milliseconds since 1970, None where they are not given."""

    start_tag: str | None = None
    end_tag: str | None = None
    since: int | None = None
    until: int | None = None
    end_since: int | None = None
    end_until: int | None = None
    narrowed: Narrowed = Narrowed()


_Ends = tuple[Tag | None, Tag | None]
"""The tag that counts as start and the one that counts as end, if the process has them."""


class Frame(msgspec.Struct, frozen=True, gc=False):
    since: int
    until: int


class Rate(msgspec.Struct, frozen=True, gc=False):
    """Runs that came to two tags. `of`: country, network or system, if it is told apart."""

    frame: Frame
    start_count: int
    end_count: int
    time_ms: int = 0
    """From one tag to the other, on average."""
    of: str = ""

    @property
    def rate(self) -> float:
        return share(self.start_count, self.end_count)


class Average(msgspec.Struct, frozen=True):
    start: Tag | None
    end: Tag | None
    end_frame: Frame
    rate: Rate


class Processes:
    """`conversions` counts for the measures what is begun and ended here."""

    def __init__(
        self, *, store: ProcessStore, conversions: Conversions, ids: Ids, clock: Clock, draw_key: DrawKey
    ) -> None:
        self._store = store
        self._conversions = conversions
        self._ids = ids
        self._clock = clock
        self._draw_key = draw_key

    def find(self, account: int, key: str) -> Process:
        """`NotFound` for a process that is not theirs."""
        found = self._store.process_of_key(account, key.strip().upper())
        if found is None:
            raise NotFound("Process not found")
        return found

    def all(self, account: int) -> list[Process]:
        """Without their tags."""
        return self._store.all_processes(account)

    async def make(self, account: int, name: str | None, description: str | None) -> Process:
        name, description = _text("name", name), _text("description", description)
        if self._store.processes(account) >= MAX_PROCESSES:
            raise Conflict(f"There are {MAX_PROCESSES} processes already, no more are taken.")
        now = self._clock.now_ms()
        return await self._store.make(
            Process(0, account, self._draw_key(), name, description, "USER_DEFINED", None, now)
        )

    async def describe(self, account: int, key: str, name: str | None, description: str | None) -> Process:
        """What is not given stays."""
        before = self.find(account, key)
        after = replace(
            before,
            name=before.name if name is None else _text("name", name),
            description=before.description if description is None else _text("description", description),
        )
        await self._store.describe(after)
        self._conversions.changed(after)
        return after

    async def add_tag(self, account: int, key: str, name: str | None, description: str | None, kind: TagType) -> Tag:
        process = self.find(account, key)
        tag = Tag(0, self._draw_key(), _optional("name", name), _optional("description", description), kind)
        _taken(process, tag)
        made = await self._store.make_tag(process.id, tag, _taken)
        self._conversions.changed(process)
        return made

    async def describe_tag(
        self, account: int, key: str, tag_key: str, name: str | None, description: str | None
    ) -> Tag:
        process = self.find(account, key)
        before = self.tag(process, tag_key)
        after = replace(
            before,
            name=_optional("name", name, before.name),
            description=before.description if description is None else _optional("description", description),
        )
        _taken(process, after)
        await self._store.describe_tag(process.id, after, _taken)
        self._conversions.changed(process)
        return after

    def tag(self, process: Process, key: str) -> Tag:
        found = next((tag for tag in process.tags if tag.key == key.strip().upper()), None)
        if found is None:
            raise NotFound("Tag not found")
        return found

    async def log(self, account: int, key: str, step: Step) -> Logged:
        """The first log of a tag counts; said again it is noted (`addCount`)."""
        process = self.find(account, key)
        run = self._run(process, step.log_key)
        tag = self._tag(process, step.tag_key, fresh=run is None)
        now = self._clock.now_ms()
        fresh = run is None
        os: OsType = step.os or (run.os if run else "UNKNOWN")
        if run is None:
            run = Run(self._ids.take(now)[0], account, process.id, step.log_key, now, "", step.country, os)
        elif not run.country and step.country:
            run = replace(run, country=step.country)
        run, at, count, system = await self._store.log(NewLog(run, fresh, tag.id, now, os))
        if count == 1:
            self._note(process, tag)
        return Logged(process, run, tag, at, system, count, step.country or run.country)

    def logs(self, account: int, key: str, log_key: str) -> list[Logged]:
        """What a run was logged at, in order."""
        process = self.find(account, key)
        run = self._run(process, log_key)
        if run is None:
            raise NotFound("Log not found")
        tags = {tag.id: tag for tag in process.tags}
        return [
            Logged(process, run, tags[tag], at, os, count, run.country)
            for tag, at, os, count in self._store.logs_of(run.id)
            if tag in tags
        ]

    def log_key(self, run: Run) -> str:
        """What a run is called: as its customer named it, unless that is the name of its message."""
        number = self._ids.public(run.id, RUN)
        return run.key if run.key is not None and not run.mcc_mnc else number

    async def average(self, account: int, key: str, asked: Asked) -> Average:
        """001 "Get average conversion rate for tags": each tag within its own time."""
        process = self.find(account, key)
        start, end = _ends(process, asked)
        frame = self._frame(asked.since, asked.until, "from")
        end_frame = self._end_frame(asked, frame)
        rates = await self._totals(process, (start, end), frame, asked.narrowed)
        if end_frame != frame:
            ends = await self._totals(process, (None, end), end_frame, asked.narrowed)
            rates = replace(rates, ends=ends.ends, ends_took=ends.ends_took)
        return Average(start, end, end_frame, _rate(frame, rates))

    async def by_interval(self, account: int, key: str, asked: Asked, unit: Unit) -> list[Rate]:
        """001 "Get conversion rate by date"; intervals of UTC, those with logs only, whole where no time is given."""
        process = self.find(account, key)
        frame = self._frame(asked.since, asked.until, "from")
        if asked.since is None:
            frame = replace(frame, since=begin(frame.since, unit))
        rows = await self._counted(process, _ends(process, asked), frame, asked.narrowed, unit)
        rates = [Rate(Frame(row.start, after(row.start, unit)), row.starts, row.ends) for row in rows]
        for place in {0, len(rates) - 1} if rates else ():
            rates[place] = replace(rates[place], frame=_cut(rates[place].frame, asked))
        return rates

    async def by_kind(self, account: int, key: str, asked: Asked) -> tuple[Frame, list[Rate]]:
        """By what `asked.narrowed` tells apart, within one time."""
        process = self.find(account, key)
        frame = self._frame(asked.since, asked.until, "from")
        rows = await self._counted(process, _ends(process, asked), frame, asked.narrowed, None)
        return frame, [_rate(frame, row) for row in rows]

    async def _totals(self, process: Process, ends: _Ends, frame: Frame, narrowed: Narrowed) -> Counted:
        rows = await self._counted(process, ends, frame, narrowed, None)
        return rows[0] if rows else Counted(0, "", 0, 0)

    async def _counted(
        self, process: Process, ends: _Ends, frame: Frame, narrowed: Narrowed, unit: Unit | None
    ) -> list[Counted]:
        start, end = ends
        pair = (start.id if start else 0, end.id if end else 0)
        try:
            selected = self._conversions.selection(process, pair, (frame.since, frame.until), narrowed, unit)
        except InvalidField as error:
            raise InvalidField("granulation", error.reason) from None
        return await self._store.counted(selected)

    def _end_frame(self, asked: Asked, frame: Frame) -> Frame:
        """Where one end of it is not given, that of the start tag's time, unless that is on the wrong side."""
        since, until = asked.end_since, asked.end_until
        if since is None:
            since = frame.since if until is None else min(frame.since, until)
        return self._frame(since, max(frame.until, since) if until is None else until, "end-tag-from")

    def _frame(self, since: int | None, until: int | None, field: str) -> Frame:
        """Up to now and with it, where no end is given; nothing, when it begins later than that."""
        if until is None:
            until = max(self._clock.now_ms() + 1, since or 0)
        since = until - DEFAULT_RANGE_MS if since is None else since
        if since > until:
            raise InvalidField(field, "it is after its end.")
        return Frame(within_reason(since), within_reason(until))

    def _run(self, process: Process, log_key: str | None) -> Run | None:
        if not log_key:
            return None
        if len(log_key) > MAX_NAME:
            raise InvalidField("processLogKey", f"Length is limited to {MAX_NAME} characters.")
        number = self._ids.number(log_key, RUN)
        found = None if number is None else self._store.run_of(process.id, process.account, number)
        return found or self._store.run_of(process.id, process.account, log_key)

    def _tag(self, process: Process, wanted: str | None, *, fresh: bool) -> Tag:
        if wanted:
            return named(process, wanted, "processTagKey")
        kind: TagType = "START_TAG" if fresh else "END_TAG"
        found = process.tag(kind)
        if found is None:
            raise InvalidField("processTagKey", f"may not be empty: the process has no {kind}.")
        return found

    def _note(self, process: Process, tag: Tag) -> None:
        if tag.type == "START_TAG":
            self._conversions.note_begun(process)
        elif tag.type == "END_TAG":
            self._conversions.tally.ended[kind_of(process)] += 1


def _rate(frame: Frame, row: Counted) -> Rate:
    """The time between two tags: from a run's beginning to the end, less that to the start."""
    to_end = row.ends_took / row.ends if row.ends else 0
    to_start = row.starts_took / row.starts if row.starts else 0
    time = max(0, round(to_end - to_start)) if row.ends else 0
    return Rate(frame, row.starts, row.ends, time, row.of)


def _cut(frame: Frame, asked: Asked) -> Frame:
    """A whole interval, unless the question begins or ends within it."""
    since = frame.since if asked.since is None else max(frame.since, asked.since)
    return Frame(since, frame.until if asked.until is None else min(frame.until, asked.until))


def _ends(process: Process, asked: Asked) -> _Ends:
    start = named(process, asked.start_tag, "start-tag") if asked.start_tag else process.tag("START_TAG")
    end = named(process, asked.end_tag, "end-tag") if asked.end_tag else process.tag("END_TAG")
    return start, end


def _taken(process: Process, tag: Tag) -> Tag:
    """One without a name is called as its type, the second one of them with a 2 behind that, and so on."""
    if len(process.tags) >= MAX_TAGS and not tag.id:
        raise Conflict(f"The process has {MAX_TAGS} tags already, no more are taken.")
    names = {one.name.casefold() for one in process.tags if one.key != tag.key}
    if not tag.name:
        return replace(tag, name=next(name for name in _defaults(tag.type) if name.casefold() not in names))
    if tag.name.casefold() in names:
        raise Conflict(f"The process has a tag {tag.name} already.")
    return tag


def _defaults(kind: TagType) -> Iterator[str]:
    yield _NAMES[kind]
    yield from (f"{_NAMES[kind]} {number}" for number in itertools.count(2))


def _text(field: str, given: str | None) -> str:
    text = _optional(field, given)
    if not text:
        raise InvalidField(field, "may not be empty")
    return text


def _optional(field: str, given: str | None, default: str = "") -> str:
    text = (given or "").strip() or default
    most = MAX_NAME if field == "name" else MAX_DESCRIPTION
    if len(text) > most:
        raise InvalidField(field, f"Length is limited to {most} characters.")
    return text
