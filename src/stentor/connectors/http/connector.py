"""Another platform of the same API as a connector: messages that wait go out together, several requests at a time.

Each message has our own id there. One that is sent again because its answer was lost is told apart there by that id
(23 REJECTED_DUPLICATE_MESSAGE_ID), and the log there says what became of it: so nothing goes out twice
(docs/decisions/0010-chained-platforms.md).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import structlog

from stentor.catalogue import GroupId, StatusId
from stentor.connectors.http import answers, wire
from stentor.connectors.http.answers import Verdict
from stentor.connectors.http.doubtful import Doubtful
from stentor.connectors.http.names import Names
from stentor.connectors.http.options import HttpOptions
from stentor.connectors.http.reports import Reports
from stentor.connectors.http.trouble import Trouble
from stentor.connectors.smsc.pace import RoundTrip
from stentor.connectors.smsc.rate import Rate
from stentor.core.ports import Clock, ConnectorState, Outcome, OutgoingPart, Upstream

if TYPE_CHECKING:
    from stentor.connectors.http.client import HttpClient, Reply

log = structlog.get_logger()

_FAREWELL_S = 3.0
_THROTTLED_S = 1.0
_INVALID_REQUEST = 4096
_NO_CREDIT = "no credit left at the other platform"
_PAY = "pay in credit there, or add a target to the rules that lead here"
_CHECK = "check url and login of the connector, and whether the other platform is up"
_THROTTLING = (429, 503)
_LOGIN = (401, 403)
_FAULTY = (400, 413, 422)
"""Of the request itself: one of its messages is at fault."""


class HttpConnector:
    """Implements `core.ports.Connector`. `public_id` gives a message its id there; `door` is our URL for reports."""

    whole_messages = True
    reference_bits = 8
    piece_form = "whole"
    on_uncertain = "resend"

    def __init__(
        self,
        options: HttpOptions,
        upstream: Upstream,
        clock: Clock,
        public_id: Callable[[int], str],
        door: str | None = None,
    ) -> None:
        self.name = options.name
        self._options = options
        self._upstream = upstream
        self._clock = clock
        self._door = door
        self._names = Names(public_id)
        self._rate = Rate(options.rate)
        self._trouble = Trouble(options.retry_max)
        self._round_trip = RoundTrip()
        self._texts: deque[OutgoingPart] = deque()
        self._octets: deque[OutgoingPart] = deque()
        self._requests: dict[asyncio.Task[None], list[OutgoingPart]] = {}
        self._doubtful = Doubtful()
        self._unsettled = 0
        self._submitted = self._answered = self._throttled = 0
        self._sending = self._stopped = False
        self._mending: asyncio.Task[None] | None = None
        self._waking: asyncio.TimerHandle | None = None
        self.reports = Reports(options, upstream, clock)
        self._client: HttpClient

    async def start(self) -> None:
        from stentor.connectors.http.client import HttpClient  # noqa: PLC0415 - aiohttp, only where there is a link

        self._client = HttpClient(self._options)
        self.reports.start(self._client, self._reachable)
        self._mending = asyncio.get_running_loop().create_task(self._look_first())
        self._upstream.room(self.name)

    async def stop(self) -> None:
        """What is unanswered then is uncertain: whoever sends it again learns there what became of it."""
        self._stopped = True
        if self._mending is not None:
            self._mending.cancel()
        if self._waking is not None:
            self._waking.cancel()
        if self._requests:
            await asyncio.wait(self._requests, timeout=_FAREWELL_S)
        for task in list(self._requests):
            task.cancel()
        await asyncio.gather(*self._requests, return_exceptions=True)
        self._send_back("the link was stopped before it could be sent")
        self._uncertain(self._doubtful.all(), "the link was stopped before it could ask")
        await self.reports.stop()
        if hasattr(self, "_client"):
            await self._client.close()

    # Towards the engine

    def room(self) -> int:
        if self._trouble.words is not None or self._stopped:
            return 0
        places = self._options.window * self._options.batch - self._unsettled
        if self._trouble.on_trial:
            places = min(places, 1 - self._unsettled)
        allowed = self._rate.room(self._now())
        if allowed is not None and allowed < places:
            if not allowed:
                self._wake_in(self._rate.wait())
            return allowed
        return places

    def trouble(self) -> str | None:
        if self._trouble.words is None and self._rate.saturated(self._now()):
            return f"throttled: it takes {self._rate.limit:.0f} a second"
        return self._trouble.words

    def submit(self, part: OutgoingPart) -> None:
        self._submitted += 1
        self._unsettled += 1
        self._rate.spend()
        self._enqueue(part)

    def settled(self, count: int) -> None:
        self._unsettled -= count

    def state(self) -> ConnectorState:
        trip = self._round_trip.smoothed
        well = self._trouble.words is None or self._trouble.kind == "throttled"
        return ConnectorState(
            name=self.name,
            trouble=self.trouble(),
            last_error="" if well else self._trouble.last,
            sessions=1,
            bound=int(well),
            window=self._options.window * self._options.batch,
            window_most=self._options.window * self._options.batch,
            in_window=self._unsettled,
            round_trip_ms=None if trip is None else 1000 * trip,
            rate=self._options.rate,
            learned_rate=self._rate.learned,
            submitted=self._submitted,
            answered=self._answered,
            throttled=self._throttled,
            remedy="" if well else _PAY if _NO_CREDIT in (self._trouble.words or "") else _CHECK,
        )

    # Sending

    def _enqueue(self, part: OutgoingPart) -> None:
        (self._octets if wire.is_binary(part.message) else self._texts).append(part)
        if not self._sending:
            self._sending = True
            asyncio.get_running_loop().call_soon(self._send_waiting)

    def _send_waiting(self) -> None:
        """Everything that was submitted in this turn goes in as few requests as it fits into."""
        self._sending = False
        while (self._texts or self._octets) and len(self._requests) < self._options.window and not self._stopped:
            queue, path = (self._texts, wire.TEXT_PATH) if self._texts else (self._octets, wire.BINARY_PATH)
            batch = [queue.popleft() for _ in range(min(len(queue), self._options.batch))]
            task = asyncio.get_running_loop().create_task(self._request(path, batch))
            self._requests[task] = batch
            task.add_done_callback(self._request_over)

    def _request_over(self, task: asyncio.Task[None]) -> None:
        """Whatever ended it: no part of its batch stays without an outcome."""
        batch = self._requests.pop(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("request failed", connector=self.name, exc_info=task.exception())
            self._down("the request failed here: see the log")
        self._uncertain(batch, "the link was stopped before the answer")
        self._send_waiting()
        self._upstream.room(self.name)

    async def _request(self, path: str, batch: list[OutgoingPart]) -> None:
        """Each part leaves `batch` with its outcome."""
        from stentor.connectors.http.client import NoAnswer, NotSent  # noqa: PLC0415 - loaded when it started

        named = [(part.message, self._names.of(part.message.id)) for part in batch]
        started = self._now()
        try:
            reply = await self._client.post(path, wire.body(named, self._door, self._clock.now_ms()))
        except NotSent as error:
            self._down(str(error))
            self._give_back(batch, str(error))
            return
        except NoAnswer as error:
            self._down(str(error))
            self._uncertain(batch, str(error))
            return
        if 200 <= reply.status < 300:
            self._round_trip.add(self._now() - started, self._now())
            await self._read(batch, reply)
        elif reply.status in _FAULTY and len(batch) > 1:
            await self._halve(path, batch)
        else:
            self._turned_away(batch, reply)

    async def _halve(self, path: str, batch: list[OutgoingPart]) -> None:
        """The other platform refuses a request for one message's sake; halves find which."""
        middle = len(batch) // 2
        halves = (batch[:middle], batch[middle:])
        batch.clear()
        try:
            for half in halves:
                await self._request(path, half)
        finally:
            batch += [part for half in halves for part in half]

    def _turned_away(self, batch: list[OutgoingPart], reply: Reply) -> None:
        """The whole request: nothing of it was taken, but for what a 5xx leaves open."""
        text = wire.refusal(reply.body)
        said = f"{reply.status} {text}".strip()
        if reply.status in _FAULTY and "notifyUrl" in text:
            self._down(f"the other platform answered {said}: check public_url of the connector")
            self._give_back(batch, said)
        elif reply.status in _FAULTY:
            for part in _taken_from(batch):
                self._refuse(part, StatusId.UNDELIVERABLE_REJECTED_OPERATOR, _INVALID_REQUEST, said)
        elif reply.status in _THROTTLING:
            self._throttled += len(batch)
            self._rate.throttled(self._now())
            self._rest(f"the other platform answered {said}", reply.retry_after or _THROTTLED_S)
            self._give_back(batch, said)
        elif reply.status in _LOGIN:
            self._down(f"login refused ({reply.status}): check user and password, or api_key, of the connector")
            self._give_back(batch, said)
        elif reply.status >= 500:
            self._down(f"the other platform answered {said}")
            self._uncertain(batch, said)
        else:
            self._down(f"the other platform answered {said}: check the url of the connector")
            self._give_back(batch, said)

    # Answers

    async def _read(self, batch: list[OutgoingPart], reply: Reply) -> None:
        try:
            given = wire.answers(reply.body)
        except wire.Unreadable:
            self._down("its answer cannot be read: check the url of the connector")
            self._uncertain(batch, "the answer cannot be read")
            return
        by_id = {str(one.message_id): one for one in given if one.message_id is not None}
        in_order = len(given) == len(batch)
        known: list[OutgoingPart] = []
        for place, part in enumerate(_taken_from(batch)):
            one = by_id.get(self._names.of(part.message.id)) or (given[place] if in_order else None)
            if one is None:
                self._down("its answer does not name every message")
                self._lose(part, "the answer does not name it")
            elif answers.verdict_of(one.status) is Verdict.KNOWN:
                known.append(part)
            else:
                self._decide(part, one.status, str(one.message_id or self._names.of(part.message.id)))
        batch += known
        if known:
            await self._look_up(batch)

    def _decide(self, part: OutgoingPart, said: wire.Status | None, upstream_id: str) -> None:
        verdict = answers.verdict_of(said)
        if verdict is Verdict.TAKEN:
            self._take(part, upstream_id)
        elif verdict is Verdict.REFUSED:
            self._refuse(part, answers.status_of(said), 0, answers.in_words(said))
        else:
            if verdict is Verdict.NO_CREDIT:
                self._down(_NO_CREDIT)
            self._names.refused(part.message.id)
            status, error = answers.status_of(said), answers.RETRY_ERROR[verdict]
            self._answered += 1
            self._doubtful.forget(part)
            self._upstream.answered(Outcome(part, None, status, error, retry=True, said=answers.in_words(said)))

    async def _look_up(self, batch: list[OutgoingPart]) -> None:
        """Ids that were used before: the log there knows whether that message was taken."""
        from stentor.connectors.http.client import NoAnswer, NotSent  # noqa: PLC0415 - loaded when it started

        while batch:
            some = batch[: wire.MOST_ASKED]
            try:
                lines = await self.reports.ask([self._names.of(part.message.id) for part in some])
            except (NotSent, NoAnswer, wire.Unreadable) as error:
                self._down(f"its log cannot be read: {error}")
                self._uncertain(batch, f"the id was used before, and the log there cannot be read: {error}")
                return
            del batch[: len(some)]
            for part in some:
                self._known(part, lines.get(self._names.of(part.message.id)))
            self.reports.keep_final(lines.values())

    def _known(self, part: OutgoingPart, line: wire.Report | None) -> None:
        """What is in no log was taken all the same: only we know its id."""
        upstream_id = self._names.of(part.message.id)
        if line is None or not _rejected(line):
            log.info("recognised as sent before", connector=self.name, upstream_id=upstream_id)
            self._take(part, upstream_id)
        elif answers.verdict_of(line.status) is Verdict.REFUSED:
            self._refuse(part, answers.status_of(line.status), answers.error_of(line), answers.in_words(line.status))
        else:
            self._names.refused(part.message.id)
            self._enqueue(part)

    def _take(self, part: OutgoingPart, upstream_id: str) -> None:
        self._count_answer(part)
        self._rate.taken(1, self._now())
        self.reports.expect(upstream_id)
        self._upstream.answered(Outcome(part, upstream_id))

    def _refuse(self, part: OutgoingPart, status: int, error: int, said: str) -> None:
        self._count_answer(part)
        said = f"refused by the other platform: {said}"
        self._upstream.answered(Outcome(part, None, status, error, said=said))

    def _count_answer(self, part: OutgoingPart) -> None:
        self._answered += 1
        self._doubtful.forget(part)
        self._names.forget(part.message.id)
        self._trouble.answered()

    # What had no answer

    def _give_back(self, batch: list[OutgoingPart], why: str) -> None:
        for part in _taken_from(batch):
            self._return(part, why)

    def _return(self, part: OutgoingPart, why: str) -> None:
        if part in self._doubtful and self._holds(part):
            return
        self._unsettled -= 1
        self._upstream.answered(Outcome(part, returned=True, said=why))

    def _uncertain(self, batch: list[OutgoingPart], why: str) -> None:
        for part in _taken_from(batch):
            self._lose(part, why)

    def _lose(self, part: OutgoingPart, why: str) -> None:
        if self._options.on_uncertain == "hold" and self._holds(part):
            return
        self._unsettled -= 1
        self._upstream.answered(Outcome(part, uncertain=True, said=why))

    def _holds(self, part: OutgoingPart) -> bool:
        """Kept here until this platform says whether it has it; not beyond its validity, nor the link's end."""
        if self._stopped or self._clock.now_ms() >= part.message.expires_at:
            self._doubtful.forget(part)
            return False
        self._doubtful.hold(part)
        return True

    # Trouble

    def _down(self, why: str) -> None:
        if self._trouble.words != f"down: {why}":
            log.warning("link down", connector=self.name, reason=why)
        self._trouble.down(why, self._now())
        self._mend()

    def _rest(self, why: str, seconds: float) -> None:
        self._trouble.throttled(why, seconds, self._now())
        self._mend()

    def _mend(self) -> None:
        self._send_back("the link is in trouble")
        if not self._stopped and (self._mending is None or self._mending.done()):
            self._mending = asyncio.get_running_loop().create_task(self._mended())

    def _send_back(self, why: str) -> None:
        """What was submitted and not sent yet need not wait here for better times."""
        for queue in (self._texts, self._octets):
            while queue:
                self._return(queue.popleft(), why)

    async def _mended(self) -> None:
        """Returns when the trouble is over."""
        while self._trouble.words is not None:
            await asyncio.sleep(max(self._trouble.until - self._now(), 0.001))
            if self._now() < self._trouble.until:
                continue
            why = await self._probe() if self._trouble.kind == "down" else None
            if why is not None:
                self._trouble.down(why, self._now())
                self._uncertain(self._doubtful.older(self._clock.now_ms()), "no answer within its validity")
                continue
            log.info("link tried again", connector=self.name, after=self._trouble.words)
            self._trouble.over()
            for part in self._doubtful.all():
                self._enqueue(part)
        self._upstream.room(self.name)

    async def _look_first(self) -> None:
        """A wrong login shows at the start, not with the first message."""
        why = await self._probe()
        if why is not None:
            log.warning("link down", connector=self.name, reason=why)
            self._trouble.down(why, self._now())
            self._upstream.room(self.name)
        await self._mended()

    async def _probe(self) -> str | None:
        """Ask for the balance there: why the link is still down, or None."""
        from stentor.connectors.http.client import NoAnswer, NotSent  # noqa: PLC0415 - loaded when it started

        try:
            reply = await self._client.get(wire.BALANCE_PATH)
        except (NotSent, NoAnswer) as error:
            return str(error)
        if reply.status in _LOGIN:
            return f"login refused ({reply.status}): check user and password, or api_key, of the connector"
        if reply.status >= 500:
            return f"the other platform answered {reply.status} {wire.refusal(reply.body)}".rstrip()
        broke = _NO_CREDIT in (self._trouble.words or "") and wire.balance(reply.body) <= 0
        return _NO_CREDIT if broke else None

    def _reachable(self) -> bool:
        """Reports come on while it is only out of credit or has enough."""
        words = self._trouble.words
        return words is None or self._trouble.kind == "throttled" or _NO_CREDIT in words

    def _wake_in(self, seconds: float) -> None:
        if self._waking is None:
            self._waking = asyncio.get_running_loop().call_later(max(seconds, 0.001), self._wake)

    def _wake(self) -> None:
        self._waking = None
        self._upstream.room(self.name)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _taken_from(batch: list[OutgoingPart]) -> Iterable[OutgoingPart]:
    """Each is out of the batch before its outcome is told, so that none has two."""
    while batch:
        yield batch.pop(0)


def _rejected(line: wire.Report) -> bool:
    return answers.verdict_of(line.status) in (Verdict.NO_CREDIT, Verdict.LATER) or (
        answers.group_of(line.status) is GroupId.REJECTED
    )
