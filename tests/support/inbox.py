"""The inbox on the real store, and parts as phones send them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from stentor.api.v1.inbox import InboundRenderer
from stentor.api.v1.times import Times
from stentor.core.assembly import InboundPart
from stentor.core.definitions import Record
from stentor.core.ids import Ids
from stentor.core.inbox import Inbox
from stentor.core.message import Event
from stentor.core.numbers import Keyword, Number
from stentor.core.rulebook import Rulebook
from stentor.storage.sqlite import SqliteStore
from stentor.storage.sqlite.inbox import InboundRows
from stentor.text import data_coding_for, encode
from support.making import START, FakeClock, book
from support.opening import opened

SHARED, OWN = "7000", "41790000001"
WAIT_MS = 600_000
URL = "http://customer.example/mo"
NUMBERS: tuple[Record, ...] = (
    Number(number=OWN, account="acme"),
    Number(
        number=SHARED,
        account="other",
        keywords=(
            Keyword(keyword="QUIZ", account="acme"),
            Keyword(keyword="join", account="other", way="smpp"),
            Keyword(keyword="PUSH", account="acme", way="json", url=URL, callback_data="data"),
            Keyword(keyword="GET", account="acme", way="get", url=f"{URL}?who=%sender%&what=%text%"),
        ),
    ),
)


def part(text: str = "hello", to: str = OWN, **changes: Any) -> InboundPart:
    """A whole message of one part."""
    encoded = encode(text)
    made = InboundPart("net", "41791112233", to, encoded.parts[0], data_coding_for(encoded.alphabet), 0, START)
    return replace(made, **changes)


def parts(text: str, to: str = OWN, reference: str = "8:7", **changes: Any) -> list[InboundPart]:
    """A long message."""
    encoded = encode(text)
    total = len(encoded.parts)
    return [
        part("", to, data=octets, data_coding=data_coding_for(encoded.alphabet), reference=reference, total=total,
             number=number, **changes)
        for number, octets in enumerate(encoded.parts, start=1)
    ]  # fmt: skip


class Bench:
    """An inbox with what it told."""

    def __init__(self, store: SqliteStore, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        self.rows = InboundRows(store.access)
        self.ids = Ids(b"s" * 32, last=store.largest_id())
        self.rulebook = Rulebook(store.records())
        self.events: list[Event] = []
        self.inbox = Inbox(
            store=self.rows,
            rulebook=self.rulebook,
            ids=self.ids,
            clock=clock,
            renderer=InboundRenderer(self.ids, Times("+0100")),
            wait_ms=WAIT_MS,
            publish=self.events.extend,
        )

    async def texts(self, arrived: Sequence[InboundPart]) -> list[str]:
        return [one.text for one in await self.inbox.receive(arrived)]

    def count(self, table: str) -> int:
        return int(self.store.access.reader.execute(f"SELECT count(*) FROM {table}").get)


@asynccontextmanager
async def inbox(folder: Path, clock: FakeClock | None = None) -> AsyncIterator[Bench]:
    time = clock or FakeClock()
    async with opened(folder, [*book(), *NUMBERS]) as store:
        yield Bench(store, time)
