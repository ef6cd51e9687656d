"""The engine around the real store, with a network and customers' URLs that do what a test says."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from stentor.core.ids import Ids
from stentor.core.message import Message, Owed, Story
from stentor.core.ports import ConnectorState, Outcome, OutgoingPart
from stentor.core.routing import Target
from stentor.engine.dispatch import Dispatcher
from stentor.engine.moves import Mover
from stentor.engine.notify import Answer, Notifier, NotifyLimits
from stentor.engine.outboxes import ReportOutbox
from stentor.engine.receipts import Receipts
from stentor.storage.sqlite import SqliteStore
from support.making import FakeClock, new
from support.opening import opened
from support.waiting import PATIENCE_S


async def until(done: Callable[[], object]) -> None:
    """Let the loop turn until it is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not done():
            await asyncio.sleep(0.001)


async def quiet(turns: int = 20) -> None:
    """Let everything happen that is ready to."""
    for _ in range(turns):
        await asyncio.sleep(0.001)


class ScriptedConnector:
    """Implements `core.ports.Connector`: keeps what it is given until the test answers."""

    whole_messages = False
    reference_bits = 8
    piece_form = "udh 8"
    on_uncertain = "resend"

    def __init__(self, dispatcher: Dispatcher, *, name: str = "net", window: int = 10) -> None:
        self.name = name
        self.window = window
        self.unsettled = 0
        self.most = 0
        self.parts: deque[OutgoingPart] = deque()
        self.seen: list[OutgoingPart] = []
        self.stopped = False
        self._trouble: str | None = None
        self._dispatcher = dispatcher
        self._ids = 0

    async def start(self) -> None:
        self._dispatcher.room(self.name)

    async def stop(self) -> None:
        self.stopped = True
        while self.parts:
            self.lose()

    def room(self) -> int:
        able = self._trouble is None or self._trouble.startswith("slow")
        return self.window - self.unsettled if able else 0

    def trouble(self) -> str | None:
        return self._trouble

    def say(self, trouble: str | None) -> None:
        """From now on it is in trouble, or is well again."""
        self._trouble = trouble
        self._dispatcher.room(self.name)

    def state(self) -> ConnectorState:
        return ConnectorState(
            name=self.name,
            trouble=self._trouble,
            last_error="",
            sessions=1,
            bound=int(self._trouble is None),
            window=self.window,
            window_most=self.window,
            in_window=self.unsettled,
            round_trip_ms=None,
            rate=None,
            learned_rate=None,
            submitted=len(self.seen),
            answered=self._ids,
            throttled=0,
        )

    def submit(self, part: OutgoingPart) -> None:
        self.unsettled += 1
        self.most = max(self.most, self.unsettled)
        self.parts.append(part)
        self.seen.append(part)

    def settled(self, count: int) -> None:
        self.unsettled -= count
        assert self.unsettled >= 0

    def take(self, part: OutgoingPart | None = None) -> str:
        """The answer is an id."""
        self._ids += 1
        self._dispatcher.answered(Outcome(part or self.parts.popleft(), f"{self.name}-{self._ids}"))
        return f"{self.name}-{self._ids}"

    def refuse(self, part: OutgoingPart | None = None, *, retry: bool = False) -> None:
        said = "refused for now" if retry else "refused"
        self._dispatcher.answered(Outcome(part or self.parts.popleft(), None, 4, 34, retry, said=said))

    def lose(self, part: OutgoingPart | None = None) -> None:
        """No answer came: connectors free the place themselves."""
        self.unsettled -= 1
        self._dispatcher.answered(Outcome(part or self.parts.popleft(), uncertain=True, said="link lost"))

    def give_back(self, part: OutgoingPart | None = None) -> None:
        """Throttled: connectors free the place themselves."""
        self.unsettled -= 1
        self._dispatcher.answered(Outcome(part or self.parts.popleft(), returned=True, said="throttled"))

    @property
    def recipients(self) -> list[str]:
        return [part.message.recipient for part in self.seen]


Reply = Callable[[], str] | asyncio.Future[str]


class ScriptedCaller:
    """Implements `engine.notify.Caller`: hosts answer 200 unless the test says otherwise."""

    def __init__(self, clock: FakeClock) -> None:
        self.calls: list[tuple[int, str, str, bytes]] = []
        self.failing: set[str] = set()
        self.hanging: dict[str, asyncio.Event] = {}
        self.closed = False
        self._clock = clock

    async def post(self, url: str, content_type: str, body: bytes) -> str:
        self.calls.append((self._clock.now_ms(), url, content_type, body))
        if url in self.hanging:
            await self.hanging[url].wait()
        if url in self.failing:
            raise Answer("503")
        return "200 in 1 ms"

    async def get(self, url: str) -> str:
        return await self.post(url, "", b"")

    async def close(self) -> None:
        self.closed = True

    @property
    def times(self) -> list[int]:
        return [call[0] for call in self.calls]


def render(owed: Sequence[Owed], content_type: str) -> bytes:
    return ",".join(f"{one.message.id}:{one.report.status}" for one in owed).encode()


class Engine:
    """Wired as `app.platform` wires it."""

    def __init__(self, store: SqliteStore, clock: FakeClock, limits: NotifyLimits) -> None:
        self.store, self.clock = store, clock
        self.ids = Ids(b"s" * 32, last=store.largest_id())
        self.caller = ScriptedCaller(clock)
        outbox = ReportOutbox(store, render)
        self.notifier = Notifier(outbox=outbox, clock=clock, caller=self.caller, limits=limits)
        self.mover = Mover(store, self.notifier, self.ids, clock)
        self.receipts = Receipts(store=store, mover=self.mover, ids=self.ids, clock=clock)
        self.targets: dict[str, tuple[Target, ...]] = {}
        self.dispatcher = Dispatcher(
            store=store,
            mover=self.mover,
            receipts=self.receipts,
            clock=clock,
            targets_of=lambda rule: self.targets.get(rule, ()),
        )
        self.net = self.add("net")

    def add(self, name: str) -> ScriptedConnector:
        connector = ScriptedConnector(self.dispatcher, name=name)
        self.dispatcher.add(connector)
        return connector

    async def send(self, *messages: Message, priority: int = 0) -> None:
        """As acceptance does: reserve, write, push or leave on disk."""
        for message in messages:
            held = self.dispatcher.reserve(message.connector, message.account, priority)
            await self.store.accept(new(message, in_hand=held, at=self.clock.now_ms(), priority=priority))
            if held:
                self.dispatcher.push(message, priority)
            else:
                self.dispatcher.spilled(message.connector, message.account, priority)
        await quiet(2)

    def story(self, message: Message) -> Story:
        story = self.store.story(message.id)
        assert story is not None
        return story

    def status(self, message: Message) -> int:
        return self.story(message).message.status

    @property
    def held(self) -> int:
        """Places taken in the lanes."""
        return sum(self.dispatcher.held().values())


@asynccontextmanager
async def engine(
    folder: Path, clock: FakeClock | None = None, limits: NotifyLimits | None = None
) -> AsyncIterator[Engine]:
    time = clock or FakeClock()
    async with opened(folder) as store:
        running = Engine(store, time, limits or NotifyLimits())
        running.receipts.start()
        try:
            yield running
        finally:
            await running.dispatcher.stop(0.02)
            await running.receipts.stop()
            await running.notifier.stop(0.01)
