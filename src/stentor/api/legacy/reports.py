"""Delivery reports in the words of 003 §2.4: pulled once, or pushed to a URL; and those of the generation before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from stentor.api.legacy.answers import TEXT, answer, attribute
from stentor.api.legacy.asking import Answer, Asking
from stentor.api.legacy.fields import Fields, pieces
from stentor.api.messages import Request, Response, giving
from stentor.catalogue import NO_DATA, STATUSES
from stentor.core import money
from stentor.core.account import Account
from stentor.core.ids import Ids, milliseconds_of
from stentor.core.message import Owed
from stentor.core.notify import V3_JSON
from stentor.core.ports import Clock, ReportFilter, Store

XML = "application/xml;charset=UTF-8"
MOST = 1_000
"""Reports in one answer; the rest stays for the next pull."""
_encode = msgspec.json.Encoder().encode

Moment = Callable[[int], datetime]
"""A time in the zone that the platform prints."""


class Renderer:
    def __init__(self, ids: Ids, moment: Moment) -> None:
        self._ids = ids
        self._moment = moment

    def pulled(self, batch: Sequence[Owed]) -> bytes:
        return _document([self._row(one) for one in batch])

    def pushed(self, batch: Sequence[Owed], notify_type: str) -> bytes:
        """The same as the pull; as JSON with the same names."""
        rows = [self._row(one) for one in batch]
        return _encode({"DeliveryReport": {"message": rows}}) if notify_type == V3_JSON else _document(rows)

    def first(self, batch: Sequence[Owed]) -> bytes:
        """/api/dlrpull: seven attributes, and dates with leading zeros (`spec/wire.md` (b)9)."""
        return _document([self._first_row(one) for one in batch])

    def _row(self, owed: Owed) -> dict[str, str]:
        """003 table 8."""
        return self._named(owed, self._short)

    def _first_row(self, owed: Owed) -> dict[str, str]:
        price = f"{owed.message.price / money.MICROS:.4f}"
        row = self._named(owed, lambda at: f"{self._moment(at):%Y/%m/%d %H:%M:%S}")
        return {**row, "price": price, "pducount": str(owed.message.parts)}

    def _named(self, owed: Owed, written: Callable[[int], str]) -> dict[str, str]:
        """`sentdate` is when the message came to us, also where it had to wait (003 table 8)."""
        message, report = owed.message, owed.report
        return {
            "id": message.client_id or self._ids.public(message.id),
            "sentdate": written(milliseconds_of(message.id)),
            "donedate": written(report.done_at),
            "status": STATUSES[report.status].v3_status,
            "gsmerror": str(report.error),
        }

    def _short(self, at: int) -> str:
        """yyyy/m/d hh:mm:ss."""
        moment = self._moment(at)
        return f"{moment.year}/{moment.month}/{moment.day} {moment:%H:%M:%S}"


class ReportsApi:
    def __init__(self, *, asking: Asking, store: Store, clock: Clock, ids: Ids, renderer: Renderer) -> None:
        self._asking = asking
        self._store = store
        self._clock = clock
        self._ids = ids
        self._renderer = renderer

    async def pull(self, request: Request) -> Response:
        return await self._asking.answer(request, self._pulled_as(self._renderer.pulled))

    async def first_pull(self, request: Request) -> Response:
        return await self._asking.answer(request, self._pulled_as(self._renderer.first))

    def _pulled_as(self, render: Callable[[Sequence[Owed]], bytes]) -> Answer:
        return lambda account, given: self._pulled(account, given, render)

    async def _pulled(self, account: Account, given: Fields, render: Callable[[Sequence[Owed]], bytes]) -> Response:
        """With ids, those; otherwise those of `appid`, or those of none."""
        wanted = pieces(given.get("messageid", ""))
        app = given.get("appid", "").strip()
        numbers = [number for one in wanted if (number := self._ids.number(one)) is not None]
        filters = ReportFilter(
            limit=MOST,
            messages=(*numbers, *wanted) if wanted else None,
            app=app if app or not wanted else None,
        )
        owed = await self._store.take_reports(account.id, filters, self._clock.now_ms())
        return giving(answer((XML, render(owed)) if owed else (TEXT, NO_DATA.encode())), owed)


def _document(rows: Sequence[dict[str, Any]]) -> bytes:
    lines = "".join(f"<message {_attributes(row)} />\n" for row in rows)
    return f"<DeliveryReport>\n{lines}</DeliveryReport>".encode()


def _attributes(row: dict[str, str]) -> str:
    return " ".join(f'{name}="{attribute(value)}"' for name, value in row.items())
