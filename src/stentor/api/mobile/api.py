"""What applications on phones call, with the login `App <application code>` (`spec/wire.md` A2)."""

from __future__ import annotations

import time
from typing import Annotated
from urllib.parse import parse_qs

import msgspec
from msgspec import Meta, Struct

from stentor.api.messages import JSON, Request, Response
from stentor.api.route import Parameter
from stentor.core.definitions import Application
from stentor.core.errors import InvalidField, Unauthorized
from stentor.core.failures import Failures
from stentor.core.mobile import Mobile

_FORM = "application/x-www-form-urlencoded"
_DEVICE = Parameter("deviceApplicationInstanceId", "Id of the device, as its registration answered.")
REGISTRATION = (
    Parameter("platformType", "`GCM` or `APNS`."),
    Parameter("registrationId", "Address of the device at its push service."),
    _DEVICE,
)
MSISDN = (_DEVICE, Parameter("msisdn", "Phone number of the device; empty: it has none any more."))
MESSAGES = (
    _DEVICE,
    Parameter("messageIDs", "Ids of messages, as they came to the device. Repeat it.", list[str]),
)


class _Model(Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class RegistrationModel(_Model, frozen=True, kw_only=True):
    device_application_instance_id: Annotated[str, Meta(description="Id of the device, to be kept by it.")]


class MsisdnModel(_Model, frozen=True, kw_only=True):
    msisdn: Annotated[str, Meta(description="Phone number as it is kept; empty for none.")]


class SeenMessage(_Model, frozen=True, kw_only=True):
    message_id: str = ""


class SeenRequest(_Model, frozen=True, kw_only=True):
    """Messages that the owner of the phone has read; they may stand in the query instead."""

    messages: list[SeenMessage] | None = None
    message_ids: Annotated[list[str] | None, Meta(description="The same, ids alone.")] = msgspec.field(
        name="messageIDs", default=None
    )


class Done(_Model, frozen=True, kw_only=True):
    pass


_REGISTRATIONS = 4_000
"""A minute of one network behind one address may bring 5 times as many: all phones of a country, say, but no flood."""


class MobileApi:
    """`failures`: wrong codes of one address in a minute."""

    def __init__(self, mobile: Mobile, failures: int, registrations: int = _REGISTRATIONS) -> None:
        self._mobile = mobile
        self._failures = Failures(failures)
        self._registrations = Failures(registrations)

    async def register(self, request: Request) -> Response:
        application = self._application(request)
        self._registrations.spend(request.address, None, _now_ms())
        given = [_one(request, name) for name in ("platformType", "registrationId", "deviceApplicationInstanceId")]
        device = await self._mobile.register(application, (given[0] or "").upper(), given[1] or "", given[2])
        return _answer(RegistrationModel(device_application_instance_id=device))

    async def bind(self, request: Request) -> Response:
        application = self._application(request)
        number = await self._mobile.bind(application, _device(request), _one(request, "msisdn") or "")
        return _answer(MsisdnModel(msisdn=number))

    async def delivered(self, request: Request) -> Response:
        await self._mobile.delivered(self._application(request), _messages(request))
        return _answer(Done())

    async def seen(self, request: Request) -> Response:
        """Read means delivered too, should that receipt be lost."""
        await self._mobile.delivered(self._application(request), _messages(request), seen=True)
        return _answer(Done())

    def _application(self, request: Request) -> Application:
        """Wrong codes are counted by address, like wrong logins."""
        scheme, _, code = request.header(b"authorization").partition(" ")
        if scheme.lower() != "app" or not code.strip():
            raise Unauthorized
        try:
            return self._mobile.application(code.strip())
        except Unauthorized:
            self._failures.spend(request.address, None, _now_ms())
            raise


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def _answer(model: Struct) -> Response:
    return Response(200, msgspec.json.encode(model), JSON)


def _given(request: Request) -> dict[str, list[str]]:
    """What stands in the query, or in a form."""
    given = request.parameters()
    if not _json(request.body) and request.header(b"content-type").startswith(_FORM):
        for name, values in parse_qs(request.body.decode(errors="replace")).items():
            given.setdefault(name, []).extend(values)
    return given


def _json(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[")


def _one(request: Request, name: str) -> str | None:
    values = _given(request).get(name)
    return values[-1].strip() if values else None


def _device(request: Request) -> str:
    found = _one(request, "deviceApplicationInstanceId")
    if found is None:
        raise InvalidField("deviceApplicationInstanceId", "may not be empty")
    return found


def _messages(request: Request) -> list[str]:
    given = _given(request)
    named = [one for name in ("messageIDs", "messageIds", "messageId") for one in given.get(name, ())]
    return named + _in_body(request)


def _in_body(request: Request) -> list[str]:
    body = request.body
    if not body.strip() or (not _json(body) and request.header(b"content-type").startswith(_FORM)):
        return []
    try:
        found = msgspec.json.decode(body, type=SeenRequest)
    except msgspec.DecodeError as error:
        raise InvalidField("body", f"{error}") from None
    return [one.message_id for one in found.messages or ()] + (found.message_ids or [])
