"""GET /admin/1/tail: what happens to messages, line by line as it happens, for people and for programs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from stentor.api.messages import Request, Response
from stentor.api.route import Parameter
from stentor.api.v1.reading import Filters
from stentor.api.v1.times import Times
from stentor.catalogue import STATUSES
from stentor.core.errors import InvalidField, NotFound, Throttled
from stentor.core.feed import Feed, Tail, Wanted
from stentor.core.ids import Ids
from stentor.core.message import Event, EventKind
from stentor.core.ports import Clock
from stentor.core.rulebook import Rulebook

NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"
HEARTBEAT_S = 15.0
MOST_TAILS = 20
_PAUSE_S = 0.05
"""Between two chunks, so that a busy platform sends a few large ones."""
_CHUNK = 500

QUERY = (
    Parameter("account", "Only messages of the account with this name."),
    Parameter("from", "Only messages of this sender."),
    Parameter("to", "Only messages to this number."),
    Parameter("messageId", "Only these messages. Repeat it, or separate ids by commas.", list[str]),
    Parameter("event", "Only these events, e.g. final. Repeat it, or separate them by commas.", list[EventKind]),
)


class Line(msgspec.Struct, frozen=True, rename={"message_id": "messageId", "sender": "from", "recipient": "to"}):
    """One line of a message's history. `heartbeat` and `dropped` are lines without a message."""

    at: Annotated[str, Meta(description="When, in UTC.", examples=["2026-11-22T04:40:29.363Z"])]
    event: Annotated[str, Meta(description="What happened: a word of the history, `heartbeat` or `dropped`.")]
    message_id: str | msgspec.UnsetType = msgspec.UNSET
    detail: str | msgspec.UnsetType = msgspec.UNSET
    account: str | msgspec.UnsetType = msgspec.UNSET
    sender: str | msgspec.UnsetType = msgspec.UNSET
    recipient: str | msgspec.UnsetType = msgspec.UNSET
    status: Annotated[str, Meta(description="Where the message stands now.")] | msgspec.UnsetType = msgspec.UNSET


_Form = Callable[[Line], bytes]
_encode = msgspec.json.Encoder().encode


def _as_line(line: Line) -> bytes:
    return _encode(line) + b"\n"


def _as_event(line: Line) -> bytes:
    """A heartbeat is a comment, which browsers' `EventSource` skips."""
    return b": heartbeat\n\n" if line.event == "heartbeat" else b"data: " + _encode(line) + b"\n\n"


class TailApi:
    def __init__(
        self, *, feed: Feed, rulebook: Rulebook, ids: Ids, clock: Clock, heartbeat_s: float = HEARTBEAT_S
    ) -> None:
        self._feed = feed
        self._rulebook = rulebook
        self._ids = ids
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self._times = Times("+0000")

    async def tail(self, request: Request) -> Response:
        if self._feed.tails >= MOST_TAILS:
            raise Throttled(5.0)
        wanted = self._wanted(Filters(request, self._ids))
        as_events = EVENT_STREAM in request.header(b"accept")
        lines = self._stream(wanted, _as_event if as_events else _as_line)
        return Response(200, content_type=EVENT_STREAM if as_events else NDJSON, stream=lines)

    def _wanted(self, filters: Filters) -> Wanted:
        recipient, messages, kinds = filters.one("to"), filters.messages(), filters.several("event")
        return Wanted(
            account=self._account(filters.one("account")),
            sender=filters.one("from"),
            recipient=recipient.lstrip("+ ") if recipient else None,
            messages=frozenset(messages) if messages else None,
            kinds=frozenset(_kind(one) for one in kinds) if kinds else None,
        )

    def _account(self, name: str | None) -> int | None:
        if name is None:
            return None
        account = self._rulebook.directory.named.get(name)
        if account is None:
            raise NotFound(f"No account is called {name[:60]!r}")
        return account.id

    async def _stream(self, wanted: Wanted, form: _Form) -> AsyncGenerator[bytes, None]:
        """The first line is a heartbeat: nothing that happens after it is missed."""
        more = asyncio.Event()
        tail = self._feed.tail(wanted, more.set)
        try:
            yield form(self._beat())
            while True:
                try:
                    async with asyncio.timeout(self._heartbeat_s):
                        await more.wait()
                except TimeoutError:
                    yield form(self._beat())
                    continue
                more.clear()
                while chunk := self._chunk(tail, form):
                    yield chunk
                await asyncio.sleep(_PAUSE_S)
        finally:
            self._feed.leave(tail)

    def _chunk(self, tail: Tail, form: _Form) -> bytes:
        events, dropped = tail.take(_CHUNK)
        lines = [form(self._line(event)) for event in events]
        if dropped:
            told = f"{dropped} events were left out: this reader is slower than the platform"
            lines.insert(0, form(Line(self._now(), "dropped", detail=told)))
        return b"".join(lines)

    def _line(self, event: Event) -> Line:
        message = event.of
        if message is None:
            return Line(self._time(event.at), event.kind, self._ids.public(event.message), event.detail)
        status = message.status if event.status is None else event.status
        return Line(
            self._time(event.at),
            event.kind,
            message.client_id or self._ids.public(event.message),
            event.detail,
            self._account_name(message.account),
            message.sender,
            message.recipient,
            STATUSES[status].name,
        )

    def _account_name(self, number: int) -> str:
        account = self._rulebook.directory.accounts.get(number)
        return account.name if account else str(number)

    def _beat(self) -> Line:
        return Line(self._now(), "heartbeat")

    def _now(self) -> str:
        return self._time(self._clock.now_ms())

    def _time(self, milliseconds: int) -> str:
        return self._times.text(milliseconds).removesuffix("+0000") + "Z"


def _kind(text: str) -> EventKind:
    try:
        return EventKind(text)
    except ValueError:
        known = ", ".join(EventKind)
        raise InvalidField("event", f"{text[:40]!r} is not one of {known}.") from None
