"""GET /admin/1/tail without a server: what a reader gets, for which filter, and when nothing happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from stentor.api.messages import Request, Response
from stentor.api.tail import MOST_TAILS, TailApi
from stentor.catalogue import StatusId
from stentor.core.errors import InvalidField, NotFound, Throttled
from stentor.core.feed import UNREAD, Feed
from stentor.core.ids import Ids
from stentor.core.message import Event, EventKind
from stentor.core.rulebook import Rulebook
from support.making import START, FakeClock, book, message

IDS = Ids(b"s" * 32)
ONE = message(client_id="order-1", sender="Shop", recipient="41793026727")
OTHER = message(account=2, sender="Bank", recipient="41791112233", status=StatusId.PENDING_WAITING_DELIVERY)


class Bench:
    def __init__(self, heartbeat_s: float = 60.0) -> None:
        self.feed = Feed()
        self._api = TailApi(
            feed=self.feed, rulebook=Rulebook(book()), ids=IDS, clock=FakeClock(), heartbeat_s=heartbeat_s
        )

    async def call(self, query: str = "", accept: bytes = b"*/*") -> Response:
        return await self._api.tail(_request(query, accept))

    async def open(self, query: str = "", accept: bytes = b"*/*") -> AsyncGenerator[bytes, None]:
        """A stream after its first heartbeat."""
        stream = (await self.call(query, accept)).stream
        assert stream is not None
        assert await anext(stream)
        return stream

    async def lines(self, query: str, *events: Event) -> list[dict[str, Any]]:
        stream = await self.open(query)
        self.feed.publish(events)
        chunk = await asyncio.wait_for(anext(stream), 5)
        await stream.aclose()
        return [json.loads(line) for line in chunk.splitlines()]


def _request(query: str, accept: bytes) -> Request:
    return Request("GET", "/admin/1/tail", query, {b"accept": accept}, b"", None, "operator", "127.0.0.1", {})


def _event(of: Any, kind: EventKind = EventKind.SENT, detail: str = "why", **facts: Any) -> Event:
    return Event(of.id, START, kind, detail, of, **facts)


async def test_a_line_says_who_what_when_and_where_it_stands() -> None:
    final = _event(OTHER, EventKind.FINAL, status=StatusId.DELIVERED_TO_HANDSET)
    lines = await Bench().lines("", _event(ONE, detail="part 1 of 1"), final)
    assert lines[0] == {
        "at": "2025-06-15T15:06:40.000Z",
        "event": "sent",
        "messageId": "order-1",
        "detail": "part 1 of 1",
        "account": "acme",
        "from": "Shop",
        "to": "41793026727",
        "status": "PENDING_ENROUTE",
    }
    assert lines[1]["messageId"] == IDS.public(OTHER.id)
    assert (lines[1]["account"], lines[1]["status"]) == ("other", "DELIVERED_TO_HANDSET")


@pytest.mark.parametrize(
    "query",
    [
        "account=acme",
        "from=Shop",
        "to=41793026727",
        "to=%2B41793026727",
        "messageId=order-1",
        f"messageId=x,{IDS.public(ONE.id)}",
        "event=sent&account=acme",
        "event=notify+given+up&event=sent&from=Shop",
    ],
)
async def test_a_filter_lets_only_its_own_through(query: str) -> None:
    others = [_event(OTHER), _event(ONE, EventKind.FINAL)] if "event" in query else [_event(OTHER)]
    lines = await Bench().lines(query, *others, _event(ONE))
    assert [(line["messageId"], line["event"]) for line in lines] == [("order-1", "sent")]


async def test_a_filter_that_means_nothing_is_refused() -> None:
    with pytest.raises(NotFound, match="No account is called 'nobody'"):
        await Bench().call("account=nobody")
    with pytest.raises(InvalidField, match="'gone' is not one of accepted, rejected"):
        await Bench().call("event=gone")


async def test_without_events_there_are_heartbeats() -> None:
    stream = await Bench(heartbeat_s=0.001).open()
    beats = [json.loads(await asyncio.wait_for(anext(stream), 5)) for _ in range(3)]
    await stream.aclose()
    assert beats == [{"at": "2025-06-15T15:06:40.000Z", "event": "heartbeat"}] * 3


async def test_server_sent_events_when_asked_for() -> None:
    bench = Bench()
    response = await bench.call(accept=b"text/event-stream")
    stream = response.stream
    assert stream is not None
    assert response.content_type == "text/event-stream"
    assert await anext(stream) == b": heartbeat\n\n"
    bench.feed.publish([_event(ONE)])
    chunk = await asyncio.wait_for(anext(stream), 5)
    await stream.aclose()
    assert chunk.startswith(b"data: {")
    assert chunk.endswith(b"}\n\n")


async def test_a_slow_reader_is_told_what_it_missed() -> None:
    bench = Bench()
    stream = await bench.open()
    bench.feed.publish([_event(ONE, detail=str(number)) for number in range(UNREAD + 7)])
    first = json.loads((await asyncio.wait_for(anext(stream), 5)).splitlines()[0])
    await stream.aclose()
    assert (first["event"], first["detail"][:22]) == ("dropped", "7 events were left out")


async def test_who_leaves_costs_nothing_more() -> None:
    bench = Bench()
    stream = await bench.open()
    assert bench.feed.tails == 1
    await stream.aclose()
    assert bench.feed.tails == 0


async def test_readers_are_few() -> None:
    bench = Bench()
    streams = [await bench.open() for _ in range(MOST_TAILS)]
    with pytest.raises(Throttled):
        await bench.call()
    for stream in streams:
        await stream.aclose()
    assert (await bench.call()).status == 200
