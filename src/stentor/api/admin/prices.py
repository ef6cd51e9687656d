"""A price list as CSV: looked at before it counts, then taken as one revision."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator

from stentor.api.admin.revisions import answered, flag, is_preview
from stentor.api.messages import Request, Response
from stentor.core import money
from stentor.core.administration import Administration
from stentor.core.consistency import check_where
from stentor.core.errors import InvalidField
from stentor.core.pricing import ANYWHERE, Price

CSV = "text/csv"
_WHERE = ("where", "mccmnc", "mcc_mnc", "country")
_PAUSE_AFTER = 250


class PriceListApi:
    """`pause` lets others work: a list of 100,000 lines is read in steps."""

    def __init__(self, administration: Administration, pause: Callable[[], Awaitable[None]]) -> None:
        self._administration = administration
        self._pause = pause

    async def export(self, request: Request) -> Response:
        name = request.at["list"]
        prices = [price for price in self._administration.book.of("price").values() if price.list == name]
        text = await asyncio.to_thread(written, prices)
        return Response(200, text.encode(), f"{CSV}; charset=utf-8")

    async def take(self, request: Request) -> Response:
        """Lines of the list are added and changed; with `prune=true` lines that the file has not are dropped."""
        name = request.at["list"]
        prices = [price async for price in self._read(name, request.body)]
        gone: list[tuple[str, str]] = []
        if flag(request, "prune"):
            kept = {price.where for price in prices}
            book = self._administration.book.of("price").values()
            gone = [("price", f"{name}/{p.where}") for p in book if p.list == name and p.where not in kept]
        revision = await self._administration.revise(
            request.operator, f"price list {name} imported", prices, gone=gone, preview=is_preview(request)
        )
        return await answered(revision)

    async def _read(self, name: str, body: bytes) -> AsyncIterator[Price]:
        for count, price in enumerate(lines(name, body), start=1):
            yield price
            if count % _PAUSE_AFTER == 0:
                await self._pause()


def written(prices: Iterable[Price]) -> str:
    ordered = sorted((price.where, price.micros) for price in prices)
    return "where,price\n" + "".join(f"{where},{money.plain(micros)}\n" for where, micros in ordered)


def lines(name: str, body: bytes) -> Iterator[Price]:
    """`where,price` with a header in any order, `;` or tab work as well; a mistake is told with its line."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidField("body", "The file is not UTF-8 text.") from None
    rows = csv.reader(io.StringIO(text, newline=None), delimiter=_delimiter(text))
    try:
        yield from _prices(name, ((row, rows.line_num) for row in rows))
    except csv.Error as error:
        raise InvalidField(f"line {rows.line_num}", f"{error}.") from None


def _prices(name: str, rows: Iterator[tuple[list[str], int]]) -> Iterator[Price]:
    head, _ = next(rows, ([], 1))
    header = [column.strip().lower() for column in head]
    where = next((header.index(column) for column in _WHERE if column in header), None)
    if where is None or "price" not in header:
        raise InvalidField("line 1", f"The header is {','.join(header)[:80]!r}; it needs the columns where and price.")
    seen: dict[str, int] = {}
    for row, line in rows:
        if any(field.strip() for field in row):
            price = _price(name, row, where, header.index("price"), line)
            if price.where in seen:
                raise InvalidField(f"line {line}", f"{price.where} stands in line {seen[price.where]} already.")
            seen[price.where] = line
            yield price


def _price(name: str, row: list[str], where: int, price: int, line: int) -> Price:
    if len(row) <= max(where, price):
        raise InvalidField(f"line {line}", "where or price is missing.")
    try:
        micros = money.parse(row[price].strip())
    except ValueError as error:
        raise InvalidField(f"line {line}", f"{error}.") from None
    if micros < 0:
        raise InvalidField(f"line {line}", f"{row[price].strip()} is below 0.")
    place = row[where].strip().upper() or ANYWHERE
    check_where(f"line {line}", place)
    return Price(name, place, micros)


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)
