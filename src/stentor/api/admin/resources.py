"""Handlers that serve every kind of definition: list, make, show, replace, change, remove."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from types import GenericAlias
from typing import Any

import msgspec
from msgspec import UNSET

from stentor.api.admin.kinds import Resource
from stentor.api.admin.models import encode, partial
from stentor.api.bodies import decoded
from stentor.api.messages import Request, Response
from stentor.core.administration import Administration
from stentor.core.definitions import KINDS, Record
from stentor.core.errors import Conflict, InvalidField

MOST = 1_000
DEFAULT = 100
_PAUSE_AFTER = 1_000


class Collection:
    """One resource. A PUT makes or replaces, a PATCH changes some fields; each is one revision."""

    def __init__(self, resource: Resource, administration: Administration) -> None:
        self.resource = resource
        self._administration = administration
        self._key_of: Callable[[Any], str] = KINDS[resource.kind].key
        results = ("results", GenericAlias(list, (resource.view,)))
        self.view_of_several = msgspec.defstruct(
            f"{type(resource).__name__}Page", [results, ("next", str | msgspec.UnsetType, UNSET)]
        )
        self._partials: dict[type[Any], type[msgspec.Struct]] = {}

    async def list(self, request: Request) -> Response:
        """In the order of their keys; `next` is what to give as `after` for more."""
        resource = self.resource
        limit, after = limit_of(request), request.parameters().get("after", [""])[0]
        found = await self._found(after, self._filters(request), limit + 1)
        shown = [resource.show(record, "") for _, record in found[:limit]]
        more = (found[limit - 1][0],) if len(found) > limit else ()
        return Response(200, encode(self.view_of_several(shown, *more)))

    async def _found(self, after: str, wanted: dict[str, str], most: int) -> Sequence[tuple[str, Any]]:
        """Keys and records in order; while many are looked at for few that fit, others work between."""
        kind = self.resource.kind
        keys, records = self._administration.book.keys(kind), self._administration.book.of(kind)
        found: deque[tuple[str, Any]] = deque()
        for count, place in enumerate(range(bisect_right(keys, after), len(keys)), start=1):
            record = records.get(keys[place])
            if record is not None and _fits(record, wanted):
                found.append((keys[place], record))
                if len(found) == most:
                    break
            if count % _PAUSE_AFTER == 0:
                await asyncio.sleep(0)
        return tuple(found)

    async def make(self, request: Request) -> Response:
        """409 when it is there already."""
        resource = self.resource
        record, secret = await resource.read(decoded(request.body, resource.body), None)
        key = self._key_of(record)

        async def made() -> list[Record]:
            if self._administration.book.get(resource.kind, key) is not None:
                raise Conflict(f"{resource.kind} {key} is there already")
            return [record]

        await self._administration.revise(request.operator, f"{resource.kind} {key} made", made)
        return Response(201, encode(resource.show(self._administration.get(resource.kind, key), secret)))

    async def show(self, request: Request) -> Response:
        return self._shown(self._key(request))

    async def replace(self, request: Request) -> Response:
        resource, key = self.resource, self._key(request)
        body = decoded(request.body, resource.body, self._named(request))
        secret = ""

        async def set_() -> list[Record]:
            nonlocal secret
            record, secret = await resource.read(body, self._administration.book.get(resource.kind, key))
            if self._key_of(record) != key:
                raise InvalidField(resource.key[0], "the path names another.")
            return [record]

        await self._administration.revise(request.operator, f"{resource.kind} {key} set", set_)
        return self._shown(key, secret)

    async def change(self, request: Request) -> Response:
        resource, key = self.resource, self._key(request)

        async def changed() -> list[Record]:
            known = self._administration.get(resource.kind, key)
            written = resource.written(known)
            given = msgspec.structs.asdict(decoded(request.body, self._partial(type(written))))
            given = {name: value for name, value in given.items() if value is not UNSET}
            record, _ = await resource.read(msgspec.structs.replace(written, **given), known)
            if self._key_of(record) != key:
                raise InvalidField(resource.key[0], "a name cannot be changed: make another.")
            return [record]

        await self._administration.revise(request.operator, f"{resource.kind} {key} changed", changed)
        return self._shown(key)

    async def remove(self, request: Request) -> Response:
        """404 when it is not there, 409 while others refer to it."""
        resource, key = self.resource, self._key(request)
        self._administration.get(resource.kind, key)
        await self._administration.revise(
            request.operator, f"{resource.kind} {key} removed", gone=[(resource.kind, key)]
        )
        return Response(204)

    def partial_body(self) -> Any:
        """The type of a PATCH's body, for the description."""
        return self._partial(self.resource.body) if isinstance(self.resource.body, type) else dict[str, Any]

    def _shown(self, key: str, secret: str = "") -> Response:
        return Response(200, encode(self.resource.show(self._administration.get(self.resource.kind, key), secret)))

    def _named(self, request: Request) -> dict[str, str]:
        """What the path says of a record that is put there; a key's id is no field of its body."""
        fields = getattr(self.resource.body, "__struct_fields__", self.resource.key)
        return {name: request.at[name] for name in self.resource.key if name in fields}

    def _key(self, request: Request) -> str:
        return "/".join(request.at[name] for name in self.resource.key)

    def _partial(self, kind: type[Any]) -> type[msgspec.Struct]:
        if kind not in self._partials:
            self._partials[kind] = partial(kind)
        return self._partials[kind]

    def _filters(self, request: Request) -> dict[str, str]:
        given = request.parameters()
        return {name: given[name][-1] for name in self.resource.filters if name in given}


def _fits(record: Any, wanted: dict[str, str]) -> bool:
    return all(_text(getattr(record, name)) == value for name, value in wanted.items())


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def limit_of(request: Request) -> int:
    text = request.parameters().get("limit", [str(DEFAULT)])[-1]
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST):
        raise InvalidField("limit", f"{text[:40]!r} is not a whole number from 1 to {MOST}.")
    return int(text)
