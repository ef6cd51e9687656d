"""Conversion: processes, the runs through them, and the share that comes to its end (000 "Conversion tracking", 001).

A process has tags, its steps. A message that is tracked begins a run with the START tag; the END tag is logged when
the customer says so (`POST /ct/1/log/end/{messageId}`) or when the message's link is followed for the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, get_args

import msgspec

from stentor.core.browsers import OsType
from stentor.core.errors import InvalidField, NotFound
from stentor.core.ids import Ids
from stentor.core.ports import Clock
from stentor.core.rates import (
    MAX_LINES,
    Counted,
    Span,
    Statistic,
    Unit,
    check_intervals,
    cumulative,
    overhangs,
    spans,
    statistics,
    whole,
    within_reason,
)
from stentor.core.tracked import Begun, Run

MAX_TYPE = 100
MAX_PROCESSES = 1_000
"""Of one account."""
DAY_MS = 86_400_000
DEFAULT_TYPE = "DEFAULT"
"""Of messages that are tracked without a type and a processKey."""
_REMEMBERED = 10_000
_AHEAD_MS = 366 * DAY_MS
"""Further than messages are scheduled."""

ProcessType = Literal["USER_DEFINED", "DEFAULT", "TRACKING", "SYSTEM"]
TagType = Literal["START_TAG", "END_TAG", "UNDEFINED", "UNDEFINED_TAG"]
"""001 prints the first two and calls the third "Undefined tag type": as which of the last two it came, it is told."""
Aggregation = Literal["country", "network", "os"]
AGGREGATIONS: tuple[Aggregation, ...] = get_args(Aggregation)

DrawKey = Callable[[], str]
"""A fresh key: 32 hexadecimal digits in upper case."""


class Tag(msgspec.Struct, frozen=True):
    """A step of a process (001 "Setup the tracking process steps")."""

    id: int
    key: str
    name: str
    description: str
    type: TagType


class Process(msgspec.Struct, frozen=True):
    """`track` is the `type` of the messages that begin it; None for one that was made by itself (001)."""

    id: int
    account: int
    key: str
    name: str
    description: str
    type: ProcessType
    track: str | None
    added_at: int
    tags: tuple[Tag, ...] = ()

    def tag(self, wanted: TagType) -> Tag | None:
        """The first of that type."""
        return next((tag for tag in self.tags if tag.type == wanted), None)


class Ended(msgspec.Struct, frozen=True):
    """A run that is to be logged at its process's END tag."""

    run: Run
    tag: int
    at: int
    os: OsType


class ConversionStore(Protocol):
    """Where processes and their logs live. Runs begin with their message (`core.ports.NewMessages.tracked`)."""

    def process_of_type(self, account: int, track: str) -> Process | None: ...

    def process_of_key(self, account: int, key: str) -> Process | None: ...

    def process(self, number: int) -> Process | None: ...

    def processes(self, account: int) -> int:
        """How many the account has."""

    async def make(self, process: Process) -> Process:
        """Write it with its tags, or answer the one that is there for its account and `track`."""

    def run(self, account: int, wanted: int | str) -> Run | None:
        """By the message's number, or by the customer's id for it: the newest."""

    async def end(self, ended: Ended) -> bool:
        """Log and count it; False when that tag of the run is logged already."""

    async def counted(self, selection: Selection) -> list[Counted]:
        """In the order of their starts and of what is told apart."""

    async def lines(self, selection: Selection, most: int) -> int:
        """How many `counted` would answer, and those that only logs at times `without` have; at most `most`."""

    async def forget(self, before: int, limit: int) -> int:
        """Forget runs that began before this, with their logs, and counts by the minute: at most `limit` of each.

        Answers how many of those that were more. Other counts stay.
        """


class Narrowed(msgspec.Struct, frozen=True, kw_only=True):
    """What of a process is counted, and by what (`spec/wire.md` A1)."""

    by: Aggregation | None = None
    mcc: str | None = None
    mnc: str | None = None
    country: str | None = None
    os: OsType | None = None


class Selection(msgspec.Struct, frozen=True):
    """Logs at the two `tags` of a process that are counted, in the stretches `parts`.

    `granulation`: added up by intervals of that length; None: all together. `without`: times within the parts, each
    from when to before when, whose logs are not counted.
    """

    process: int
    tags: tuple[int, int]
    parts: Sequence[Span]
    narrowed: Narrowed
    granulation: Unit | None = None
    without: Sequence[tuple[int, int]] = ()


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Times are milliseconds since 1970; `until` None: now, `since` None: a day before that."""

    narrowed: Narrowed = Narrowed()
    since: int | None = None
    until: int | None = None
    granulation: Unit | None = None
    tag_keys: tuple[str, str] | None = None
    """START and END by default."""


class Tally(msgspec.Struct):
    """Runs since the program started, by `kind_of` their process's type."""

    begun: dict[str, int] = {}
    ended: dict[str, int] = {}


KINDS = ("ONE_TIME_PIN", "SOCIAL_INVITES", "other")
"""Types that the documents name; customers choose all others, so they have no name in measures."""


def kind_of(process: Process) -> str:
    track = (process.track or "").upper()
    return track if track in KINDS else KINDS[-1]


class Conversions:
    """`keep_ms`: how long logs are kept; older counts are known to the hour."""

    def __init__(
        self, *, store: ConversionStore, ids: Ids, clock: Clock, draw_key: DrawKey, keep_ms: int = 90 * DAY_MS
    ) -> None:
        self.tally = Tally(dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0))
        self.active: set[int] = set()
        """Processes that had a run lately; who looks at them takes them out."""
        self.keep_ms = keep_ms
        self._store = store
        self._ids = ids
        self._clock = clock
        self._draw_key = draw_key
        self._known: dict[tuple[int, str], Process] = {}

    async def process(self, account: int, track: str | None, key: str | None) -> Process:
        """The account's process of that key, else of that type, which is made when it is first named."""
        if key:
            return self._keyed(account, key)
        track = track or DEFAULT_TYPE
        found = self._known.get((account, track)) or self._store.process_of_type(account, track)
        if found is None:
            found = await self._make(account, track)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[account, track] = found
        return found

    def changed(self, process: Process) -> None:
        """It has another name, or other tags."""
        self._known.pop((process.account, process.track or ""), None)

    def begun(self, process: Process, run: Run, tag: Tag | None = None) -> Begun:
        """The run with its first tag, which is the START tag unless another is given."""
        tag = tag or process.tag("START_TAG")
        return Begun(run, tag.id if tag else None)

    def note_begun(self, process: Process, count: int = 1) -> None:
        """So many runs are on disk."""
        self.tally.begun[kind_of(process)] += count
        self.active.add(process.id)

    async def end(self, account: int, message_id: str) -> Process:
        """The process that the message began; said again, it counts once. `NotFound` for a message that began none."""
        number = self._ids.number(message_id)
        run = None if number is None else self._store.run(account, number)
        run = run or self._store.run(account, message_id)
        process = None if run is None else self._store.process(run.process)
        if run is None or process is None:
            raise NotFound("Message not found")
        await self.end_run(run, process, self._clock.now_ms(), run.os)
        return process

    async def end_run(self, run: Run, process: Process, at: int, os: OsType) -> None:
        tag = process.tag("END_TAG")
        if tag is not None and await self._store.end(Ended(run, tag.id, at, os)):
            self.tally.ended[kind_of(process)] += 1

    def ended(self, processes: Sequence[int]) -> None:
        """Runs of these came to their end by a click."""
        for number in processes:
            process = self._store.process(number)
            if process is not None:
                self.tally.ended[kind_of(process)] += 1

    async def rate(self, account: int, key: str, question: Question) -> tuple[Sequence[Statistic], Statistic]:
        """Counts by interval and aggregation, and of all together. `NotFound` for a process that is not theirs."""
        process = self._store.process_of_key(account, key.strip().upper())
        if process is None:
            raise NotFound("Process not found")
        now = self._clock.now_ms()
        until = max(now + 1, question.since or 0) if question.until is None else question.until
        since = until - DAY_MS if question.since is None else question.since
        if since > until:
            raise InvalidField("since", "it is after until.")
        since, until = within_reason(since), within_reason(until)
        tags = _tags(process, question.tag_keys)
        selected = self.selection(process, tags, (since, until), question.narrowed, question.granulation)
        rows = await self._counted(selected)
        return statistics(rows, since, question.granulation), cumulative(rows, whole(since))

    def selection(
        self,
        process: Process,
        tags: tuple[int, int],
        time: tuple[int, int],
        narrowed: Narrowed,
        granulation: Unit | None,
    ) -> Selection:
        """Logs from `time[0]` to before `time[1]`. Without logs, which are none before the process was made nor long
        after now, an interval is not answered: those that there may be are few enough, or it is refused.
        """
        since, until = time
        now = self._clock.now_ms()
        check_intervals(max(since, process.added_at), min(until, now + _AHEAD_MS), granulation)
        known = now - self.keep_ms
        parts, without = spans(since, until, granulation, known), overhangs(since, until, known)
        return Selection(process.id, tags, parts, narrowed, granulation, without)

    async def _counted(self, selection: Selection) -> list[Counted]:
        several = selection.granulation is not None and selection.narrowed.by is not None
        if several and await self._store.lines(selection, MAX_LINES + 1) > MAX_LINES:
            told = f"more than {MAX_LINES} lines: ask for longer intervals, less time or fewer phones."
            raise InvalidField("intervalGranulation", told)
        return await self._store.counted(selection)

    def _keyed(self, account: int, key: str) -> Process:
        found = self._store.process_of_key(account, key.strip().upper())
        if found is None:
            raise InvalidField("tracking.processKey", f"{key[:60]!r} is not the key of a process of yours.")
        return found

    async def _make(self, account: int, track: str) -> Process:
        if len(track) > MAX_TYPE:
            raise InvalidField("tracking.type", f"Length is limited to {MAX_TYPE} characters.")
        if self._store.processes(account) >= MAX_PROCESSES:
            raise InvalidField("tracking.type", f"There are {MAX_PROCESSES} types already, no more are taken.")
        kind: ProcessType = "DEFAULT" if track == DEFAULT_TYPE else "TRACKING"
        tags = (
            Tag(0, self._draw_key(), "START", "The message was sent.", "START_TAG"),
            Tag(0, self._draw_key(), "END", "The customer's aim was reached.", "END_TAG"),
        )
        told = f"Messages tracked as {track}."
        now = self._clock.now_ms()
        return await self._store.make(Process(0, account, self._draw_key(), track, told, kind, track, now, tags))


def named(process: Process, wanted: str, field: str) -> Tag:
    """The tag of a process by its key or its name, in capitals or not."""
    by_key = next((tag for tag in process.tags if tag.key == wanted.upper()), None)
    by_name = next((tag for tag in process.tags if tag.name.casefold() == wanted.casefold()), None)
    found = by_key or by_name
    if found is None:
        raise InvalidField(field, f"{wanted[:60]!r} is not a tag of this process.")
    return found


def _tags(process: Process, keys: tuple[str, str] | None) -> tuple[int, int]:
    if keys is None:
        ends = process.tag("START_TAG"), process.tag("END_TAG")
        return ends[0].id if ends[0] else 0, ends[1].id if ends[1] else 0
    known = {tag.key: tag.id for tag in process.tags}
    first, second = (key.strip().upper() for key in keys)
    missing = next((key for key in (first, second) if key not in known), None)
    if missing is not None:
        raise InvalidField("tagKeys", f"{missing[:60]!r} is not the key of a tag of this process.")
    return known[first], known[second]
