"""Processes, tags and logs over HTTP (001)."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast, get_args

from stentor.api.conversion.models import (
    LOG,
    LOGS,
    PROCESS,
    PROCESSES,
    TAG,
    TAGS,
    LogList,
    LogModel,
    LogRequest,
    ProcessList,
    ProcessModel,
    ProcessRequest,
    TagList,
    TagModel,
    TagRequest,
)
from stentor.api.messages import Request, Response
from stentor.api.v1.reading import BodyReader, scalar
from stentor.api.v1.times import Times
from stentor.api.v1.xml import answer
from stentor.core.browsers import OS_TYPES, OsType
from stentor.core.conversion import Process, Tag, TagType
from stentor.core.errors import InvalidField
from stentor.core.processes import Logged, Processes, Step

_PROCESS, _TAG, _LOG = BodyReader(ProcessRequest), BodyReader(TagRequest), BodyReader(LogRequest)


class ProcessesApi:
    """`account_key` names the calling account in 32 hexadecimal digits."""

    def __init__(self, processes: Processes, printed: Times, account_key: Callable[[int], str]) -> None:
        self._processes = processes
        self._times = printed
        self._account_key = account_key

    async def make(self, request: Request) -> Response:
        body = _PROCESS.read(request)
        made = await self._processes.make(request.account.id, body.name, body.description)
        return answer(request, PROCESS, self._process(made))

    async def list(self, request: Request) -> Response:
        found = [self._process(one) for one in self._processes.all(request.account.id)]
        return answer(request, PROCESSES, ProcessList(processes=found))

    async def show(self, request: Request) -> Response:
        return answer(request, PROCESS, self._process(self._find(request)))

    async def describe(self, request: Request) -> Response:
        body = _PROCESS.read(request)
        after = await self._processes.describe(request.account.id, request.at["key"], body.name, body.description)
        return answer(request, PROCESS, self._process(after))

    async def add_tag(self, request: Request) -> Response:
        body = _TAG.read(request)
        made = await self._processes.add_tag(
            request.account.id, request.at["key"], body.name, body.description, _tag_type(body.process_tag_type)
        )
        return answer(request, TAG, _tag(made))

    async def tags(self, request: Request) -> Response:
        return answer(request, TAGS, TagList(tags=[_tag(one) for one in self._find(request).tags]))

    async def tag(self, request: Request) -> Response:
        return answer(request, TAG, _tag(self._processes.tag(self._find(request), request.at["tag"])))

    async def describe_tag(self, request: Request) -> Response:
        body = _TAG.read(request)
        after = await self._processes.describe_tag(
            request.account.id, request.at["key"], request.at["tag"], body.name, body.description
        )
        return answer(request, TAG, _tag(after))

    async def log(self, request: Request) -> Response:
        body = _LOG.read(request)
        step = Step(
            log_key=(scalar(body.process_log_key) or "").strip() or None,
            tag_key=(scalar(body.process_tag_key) or "").strip() or None,
            country=country(body.country_code) or "",
            os=system("osType", body.os_type),
        )
        return answer(request, LOG, self._log(await self._processes.log(request.account.id, request.at["key"], step)))

    async def logs(self, request: Request) -> Response:
        found = self._processes.logs(request.account.id, request.at["key"], request.at["log"])
        return answer(request, LOGS, LogList(logs=[self._log(one) for one in found]))

    def _find(self, request: Request) -> Process:
        return self._processes.find(request.account.id, request.at["key"])

    def _process(self, one: Process) -> ProcessModel:
        return ProcessModel(
            key=one.key,
            name=one.name,
            time_added=self._times.text(one.added_at),
            process_type=one.type,
            description=one.description,
        )

    def _log(self, one: Logged) -> LogModel:
        return LogModel(
            process_key=one.process.key,
            account_key=self._account_key(one.process.account),
            key=self._processes.log_key(one.run),
            process_tag_key=one.tag.key,
            time_added=self._times.text(one.at),
            country_code=one.country or None,
            os_type=one.os,
            add_count=one.count,
        )


def country(given: str | None) -> str | None:
    text = (given or "").strip().upper()
    if not text:
        return None
    if len(text) != 2 or not (text.isascii() and text.isalpha()):
        raise InvalidField("countryCode", f"{text[:40]!r} is not a code of two letters such as US.")
    return text


def system(field: str, given: str | None) -> OsType | None:
    """In capitals or not, with blanks as 001 writes "Windows Phone"."""
    text = "_".join((given or "").upper().split())
    if not text:
        return None
    if text not in OS_TYPES:
        raise InvalidField(field, f"{text[:40]!r} is not one of {', '.join(OS_TYPES)}.")
    return text


_TYPES = {"START": "START_TAG", "END": "END_TAG", "UNDEFINED_TAG_TYPE": "UNDEFINED"}
"""What 001 calls them in its tables."""


def _tag_type(given: str | None) -> TagType:
    text = "_".join((given or "UNDEFINED").upper().split()) or "UNDEFINED"
    text = _TYPES.get(text, text)
    if text not in get_args(TagType):
        raise InvalidField("processTagType", f"{text[:40]!r} is not one of {', '.join(get_args(TagType))}.")
    return cast("TagType", text)


def _tag(one: Tag) -> TagModel:
    return TagModel(key=one.key, name=one.name, description=one.description, process_tag_type=one.type)
