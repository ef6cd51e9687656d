"""Lookups for tests, and a resolver that says what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core.lookup import PENDING, Found, LookupResult, NewLookups, Telling
from support.making import PRICE, START, SWISS, fresh_id

REACHED = Found(status=StatusId.DELIVERED_TO_HANDSET, mcc_mnc="22801", imsi="228012120181810", ported=False)


def asked(at: int = START, **changes: Any) -> LookupResult:
    """One that waits for its answer."""
    made = LookupResult(
        id=fresh_id(at),
        account=1,
        bulk="bulk",
        to=SWISS,
        status=PENDING,
        mcc_mnc="22801",
        price=PRICE,
        sent_at=at,
        done_at=at,
    )
    return replace(made, **changes)


def answered(one: LookupResult, at: int = START, **changes: Any) -> LookupResult:
    made = replace(one, status=REACHED.status, found=REACHED, done_at=at, resolver="hlr")
    return replace(made, **changes)


def new(*lookups: LookupResult, telling: Telling | None = None, limit: int | None = None) -> NewLookups:
    return NewLookups(lookups[0].account, lookups[0].sent_at, lookups, limit, telling)


class ScriptedResolver:
    """Implements `core.lookup.Resolver`: knows what it is given; may hang, or fail."""

    def __init__(self, name: str, known: Mapping[str, Found] | None = None, *, asks: bool = True) -> None:
        self.name = name
        self.asks = asks
        self.known = dict(known or {})
        self.requests: list[list[str]] = []
        self.fails: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.closed = False
        self.under_way = 0
        self.most = 0

    def find(self, number: str) -> Found | None:
        return None if self.asks else self.known.get(number)

    async def ask(self, numbers: Sequence[str]) -> Mapping[str, Found]:
        self.requests.append([*numbers])
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.gate.wait()
        finally:
            self.under_way -= 1
        if self.fails is not None:
            raise self.fails
        return {number: self.known[number] for number in numbers if number in self.known}

    async def close(self) -> None:
        self.closed = True
