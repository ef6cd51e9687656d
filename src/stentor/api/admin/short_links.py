"""Short links for operators: see one with its clicks, stop one, or all that lead to a host."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from stentor.api.admin.models import encode
from stentor.api.admin.times import iso
from stentor.api.bodies import decoded
from stentor.api.messages import Request, Response
from stentor.core.administration import Administration
from stentor.core.errors import InvalidField
from stentor.core.ids import Ids
from stentor.core.links import Links
from stentor.core.shortening import code_of, host_name
from stentor.core.tracked import ShortLink

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")


class ClicksView(msgspec.Struct, frozen=True):
    os: Annotated[str, Meta(examples=["ANDROID"])]
    clicks: int
    last: Annotated[str, Meta(description="When the latest was.")]


class ShortLinkView(msgspec.Struct, frozen=True, kw_only=True):
    code: Annotated[str, Meta(description="What stands behind the domain.", examples=["NJxE/cJ9UH"])]
    url: Annotated[str, Meta(description="Where it leads.")]
    account: str
    recipient: Annotated[str, Meta(description="The phone it was sent to.")]
    message_id: str
    bulk_id: str
    sent_at: str
    expires: str
    stopped: Annotated[bool, Meta(description="Whether this link was stopped.")]
    leads: Annotated[bool, Meta(description="Whether it leads anywhere: not stopped, nor its host, nor over.")]
    clicks: list[ClicksView]


class StoppedBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    stopped: Annotated[bool, Meta(description="`true`: answer 410; `false`: lead on again.")]


class StoppedHost(msgspec.Struct, frozen=True):
    host: Annotated[str, Meta(description="No link may lead to it, nor to its subdomains.", examples=["example.com"])]
    since: str


class StoppedHosts(msgspec.Struct, frozen=True):
    hosts: list[StoppedHost]


class ShortLinksApi:
    def __init__(self, administration: Administration, links: Links, ids: Ids) -> None:
        self._administration = administration
        self._links = links
        self._ids = ids

    async def show(self, request: Request) -> Response:
        return await self._shown(self._links.show(_code(request)))

    async def stop(self, request: Request) -> Response:
        code = _code(request)
        body: StoppedBody = decoded(request.body, StoppedBody)
        link = await self._links.stop(code, stopped=body.stopped)
        await self._administration.note(request.operator, f"{_verb(stopped=body.stopped)}: link {code}")
        return await self._shown(link)

    async def hosts(self, _: Request) -> Response:
        return Response(200, encode(StoppedHosts([StoppedHost(host, iso(at)) for host, at in self._links.hosts()])))

    async def stop_host(self, request: Request) -> Response:
        body: StoppedBody = decoded(request.body, StoppedBody)
        host = _host(request.at["host"])
        await self._links.stop_host(host, stopped=body.stopped)
        await self._administration.note(request.operator, f"{_verb(stopped=body.stopped)}: links to {host}")
        return await self.hosts(request)

    async def _shown(self, link: ShortLink) -> Response:
        code = code_of(link.code)
        view = ShortLinkView(
            code=f"{code[:4]}/{code[4:]}",
            url=link.url,
            account=self._links.account_of(link),
            recipient=link.recipient,
            message_id=link.client_id or self._ids.public(link.message),
            bulk_id=link.bulk,
            sent_at=iso(link.sent_at),
            expires=iso(link.expires),
            stopped=link.stopped,
            leads=self._links.stands(link),
            clicks=[ClicksView(one.os, one.clicks, iso(one.last)) for one in await self._links.clicks(link)],
        )
        return Response(200, encode(view))


def _code(request: Request) -> str:
    return request.at["first"] + request.at["second"]


def _host(given: str) -> str:
    try:
        host = host_name(given)
    except ValueError:
        host = ""
    if not _HOST.fullmatch(host):
        raise InvalidField("host", f"{given[:60]!r} is not the name of a host such as example.com.")
    return host


def _verb(*, stopped: bool) -> str:
    return "stopped" if stopped else "let go on"
