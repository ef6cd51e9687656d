"""Bodies and filters of the v1 API as typed values; what is wrong is named as `[field : reason]`."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from stentor.api import bodies
from stentor.api.messages import Request
from stentor.api.negotiation import is_xml
from stentor.api.v1.models import Scalar
from stentor.api.xml import reading
from stentor.core.errors import InvalidField
from stentor.core.ids import Ids

T = TypeVar("T", bound=msgspec.Struct)

MAX_LIMIT = 1_000
DEFAULT_LIMIT = 50


def scalar(value: Scalar | None) -> str | None:
    return None if value is None else str(value)


class BodyReader(Generic[T]):
    """XML where the Content-Type says so, else JSON, also when there is none (`spec/xml.md` 3)."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._decoder = msgspec.json.Decoder(kind)

    def read(self, request: Request) -> T:
        if is_xml(request.headers):
            return bodies.read(self._decode_xml, request.body)
        return bodies.read(self._decoder.decode, request.body)

    def _decode_xml(self, body: bytes) -> T:
        return reading.read(body, self._kind)


class Filters:
    """The query string of reports and logs. An array may be named `bulkId[]`: JavaScript clients write it so."""

    def __init__(self, request: Request, ids: Ids) -> None:
        self._values: dict[str, list[str]] = {}
        for name, values in request.parameters().items():
            self._values.setdefault(name.removesuffix("[]"), []).extend(values)
        self._ids = ids

    def one(self, name: str) -> str | None:
        """The value of a filter; empty means no filter."""
        values = [value for value in self._values.get(name, ()) if value.strip()]
        return values[-1].strip() if values else None

    def several(self, name: str) -> tuple[str, ...]:
        """Values given as `a&a`, as `a,b` or both (`spec/wire.md` (b)14); an id with a comma in it works too."""
        given = [value.strip() for value in self._values.get(name, ()) if value.strip()]
        split = [piece.strip() for value in given if "," in value for piece in value.split(",")]
        return tuple(dict.fromkeys([*given, *(piece for piece in split if piece)]))

    def messages(self) -> tuple[int | str, ...] | None:
        """The ids of `messageId`: ours as numbers, and each as the client may have given it."""
        given = self.several("messageId")
        if not given:
            return None
        numbers = [number for one in given if (number := self._ids.number(one)) is not None]
        return (*numbers, *given)

    def limit(self) -> int:
        """1 to 1000, 50 by default; more is cut to 1000."""
        text = self.one("limit")
        if text is None:
            return DEFAULT_LIMIT
        if not (text.isascii() and text.isdigit() and int(text[:9]) >= 1):
            raise InvalidField("limit", f"{text[:40]!r} is not a whole number from 1 to {MAX_LIMIT}.")
        return min(int(text[:9]), MAX_LIMIT)
