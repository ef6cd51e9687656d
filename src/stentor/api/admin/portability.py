"""The file of ported numbers: imported piece by piece while the platform runs (`spec/domain.md` 4)."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from typing import Annotated

import msgspec
from msgspec import Meta

from stentor.api.admin.models import encode
from stentor.api.admin.revisions import flag, is_preview
from stentor.api.messages import Request, Response
from stentor.core.administration import Administration
from stentor.core.errors import InvalidField
from stentor.core.lookup.portability import Counted, Line, PortabilityStore, lines

_PORTION = 125
"""Lines written as one unit: a millisecond or two of work, with a pause after it."""


class Imported(msgspec.Struct, frozen=True):
    """What a piece of the file did; with `preview`, would do."""

    part_of: Annotated[int, Meta(description="The import; to be named with the next piece.")]
    lines: int
    added: int
    changed: int
    unchanged: int
    dropped: Annotated[int, Meta(description="With `prune`: lines of before that the file does not have.")]


class Ported(msgspec.Struct, frozen=True):
    """How much is imported."""

    numbers: int
    ranges: int


class PortabilityApi:
    """`pause` lets others work: a file of a million lines comes in steps of a few milliseconds."""

    def __init__(
        self, administration: Administration, store: PortabilityStore, pause: Callable[[], Awaitable[None]]
    ) -> None:
        self._administration = administration
        self._store = store
        self._pause = pause

    async def show(self, _request: Request) -> Response:
        holdings = await self._store.holdings()
        return Response(200, encode(Ported(holdings.numbers, holdings.ranges)))

    async def take(self, request: Request) -> Response:
        """A file, or one piece of it; the last piece may drop what the whole file does not have."""
        preview, last = is_preview(request), not flag(request, "more")
        import_ = _number(request, "part_of") or await self._store.newest() + 1
        counted, count = Counted(), 0
        rows = _lines(request.body, _number(request, "line") or 1)
        while portion := [*islice(rows, _PORTION)]:
            counted += await self._store.put(portion, import_, preview=preview)
            count += len(portion)
            await self._pause()
        dropped = 0
        if last and not preview:
            dropped = await self._store.prune(import_) if flag(request, "prune") else 0
            await self._administration.note(request.operator, "ported numbers imported")
        answer = Imported(import_, count, counted.added, counted.changed, counted.unchanged, dropped)
        return Response(200, encode(answer))


def _lines(body: bytes, first: int) -> Iterator[Line]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidField("body", "The file is not UTF-8 text.") from None
    return (line for _, line in lines(enumerate(io.StringIO(text), start=first)))


def _number(request: Request, name: str) -> int:
    """0 when it is not there."""
    text = request.parameters().get(name, ["0"])[-1]
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise InvalidField(name, f"{text[:40]!r} is not a number.")
    return int(text)
