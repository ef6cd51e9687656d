"""The audit log: who changed what and when; and taking it back."""

from __future__ import annotations

import asyncio

import msgspec
from msgspec import UNSET

from stentor.api.admin.kinds import decimal
from stentor.api.admin.models import ChangeView, Revisions, RevisionView, encode
from stentor.api.admin.resources import limit_of
from stentor.api.admin.times import iso
from stentor.api.messages import Request, Response
from stentor.core.administration import NEWEST, Administration
from stentor.core.definitions import KINDS, Link, Revision
from stentor.core.errors import InvalidField, NotFound
from stentor.core.ports import Store
from stentor.core.pricing import Price

_HIDDEN = frozenset({"password_hash", "digest"})
_SMALL = 500
"""Changes that are shown within a millisecond or two."""


class RevisionsApi:
    def __init__(self, administration: Administration, store: Store) -> None:
        self._administration = administration
        self._store = store

    async def list(self, request: Request) -> Response:
        """Newest first."""
        given = request.parameters()
        kind = given.get("kind", [None])[-1]
        if kind is not None and kind not in KINDS:
            raise InvalidField("kind", f"{kind[:40]!r} is not one of {', '.join(KINDS)}.")
        before = _number("before", given["before"][-1]) if "before" in given else NEWEST
        found = await self._store.revisions(kind, before, limit_of(request))
        return Response(200, encode(Revisions([shown(one, whole=False) for one in found])))

    async def show(self, request: Request) -> Response:
        number = _number("number", request.at["number"])
        found = await self._store.revision(number)
        if found is None:
            raise NotFound(f"there is no revision {number}")
        return await answered(found)

    async def undo(self, request: Request) -> Response:
        """409 when something it changed was changed again since."""
        number = _number("number", request.at["number"])
        revision = await self._administration.undo(request.operator, number, preview=is_preview(request))
        return await answered(revision)


def is_preview(request: Request) -> bool:
    """`preview=true`: say what would change, and change nothing."""
    return flag(request, "preview")


def flag(request: Request, name: str) -> bool:
    text = request.parameters().get(name, ["false"])[-1].lower()
    if text not in ("true", "false"):
        raise InvalidField(name, f"{text[:40]!r} is not true or false.")
    return text == "true"


async def answered(revision: Revision) -> Response:
    """On a thread when it is large: 100,000 changes take a second to show."""
    if revision.size <= _SMALL:
        return Response(200, encode(shown(revision)))
    return Response(200, await asyncio.to_thread(lambda: encode(shown(revision))))


def shown(revision: Revision, *, whole: bool = True) -> RevisionView:
    changes = [
        ChangeView(change.kind, change.key, _visible(change.before), _visible(change.after))
        for change in revision.changes
    ]
    head = (revision.number, iso(revision.at), revision.operator, revision.action, revision.size)
    return RevisionView(*head, changes if whole else UNSET)


def _visible(record: object) -> object:
    if record is None:
        return None
    if isinstance(record, Link):
        return {"name": record.name, "type": record.type, **record.without_secrets().options}
    if isinstance(record, Price):
        return {"list": record.list, "where": record.where, "price": decimal(record.micros)}
    fields = msgspec.to_builtins(record)
    return {name: value for name, value in fields.items() if name not in _HIDDEN}


def _number(field: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidField(field, f"{text[:40]!r} is not a number.")
    return int(text)
