"""Devices of push applications, as operators see and change them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from stentor.api.admin.models import encode
from stentor.api.admin.times import iso
from stentor.api.bodies import decoded
from stentor.api.messages import Request, Response
from stentor.core.administration import Administration
from stentor.core.definitions import Application
from stentor.core.devices import INSTANCE, Device, DeviceStore
from stentor.core.errors import InvalidField, NotFound
from stentor.core.ids import Ids
from stentor.core.mobile import Mobile

_MOST = 1_000


class DeviceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device to register."""

    application: Annotated[str, Meta(description="Name of the push application.")]
    registration_id: Annotated[str, Meta(description="Its address at the push service.")]
    platform: Annotated[str, Meta(description="GCM or APNS.")] = "GCM"
    msisdn: Annotated[str, Meta(description="Its phone number; empty for none.")] = ""


class BindBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The phone number of a device."""

    msisdn: Annotated[str, Meta(description="In international form; empty for none.")]


class ReceivedBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Push messages that a device has."""

    messages: Annotated[list[str], Meta(description="Ids as devices or as customers know them.")]
    seen: Annotated[bool, Meta(description="Whether they were read, too.")] = False


class Received(msgspec.Struct, frozen=True):
    known: Annotated[int, Meta(description="How many of them are push messages.")]


class DeviceView(msgspec.Struct, frozen=True):
    id: str
    application: Annotated[str, Meta(description="Name of the push application.")]
    platform: str
    registration_id: str
    msisdn: str
    since: Annotated[str, Meta(description="When it registered last.")]


class Devices(msgspec.Struct, frozen=True):
    results: list[DeviceView]
    next: Annotated[str | None, Meta(description="Where to go on: `after`.")] = None


class DevicesApi:
    def __init__(
        self,
        *,
        administration: Administration,
        mobile: Mobile,
        devices: DeviceStore,
        applications: Mapping[str, Application],
        ids: Ids,
    ) -> None:
        self._administration = administration
        self._mobile = mobile
        self._devices = devices
        self._applications = applications
        self._ids = ids

    async def list(self, request: Request) -> Response:
        given = request.parameters()
        name = (given.get("application") or [""])[-1]
        application = self._named(name).code if name else None
        after = self._number((given.get("after") or [""])[-1])
        wanted = (given.get("limit") or ["100"])[-1]
        if not (wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:9]) <= _MOST):
            raise InvalidField("limit", f"{wanted[:40]!r} is not a whole number from 1 to {_MOST}.")
        limit = int(wanted)
        found = await self._devices.page(application, after, limit)
        more = self._mobile.shown(found[-1]) if len(found) == limit and found else None
        return Response(200, encode(Devices([self._view(one) for one in found], more)))

    async def make(self, request: Request) -> Response:
        body: DeviceBody = decoded(request.body, DeviceBody)
        application = self._named(body.application)
        name = await self._mobile.register(application, body.platform.upper(), body.registration_id, None)
        if body.msisdn:
            await self._mobile.bind(application, name, body.msisdn, by_operator=True)
        await self._administration.note(request.operator, f"device {name} registered")
        return Response(201, encode(self._view(self._device(name))))

    async def bind(self, request: Request) -> Response:
        body: BindBody = decoded(request.body, BindBody)
        name = request.at["id"]
        application = self._applications[self._device(name).application]
        await self._mobile.bind(application, name, body.msisdn, by_operator=True)
        await self._administration.note(request.operator, f"device {name} tied to another number")
        return Response(200, encode(self._view(self._device(name))))

    async def remove(self, request: Request) -> Response:
        device = self._device(request.at["id"])
        await self._devices.remove(device.id)
        await self._administration.note(request.operator, f"device {request.at['id']} removed")
        return Response(204)

    async def received(self, request: Request) -> Response:
        """What a device would say itself."""
        body: ReceivedBody = decoded(request.body, ReceivedBody)
        known = await self._mobile.received(body.messages, seen=body.seen)
        await self._administration.note(request.operator, f"{known} push messages said to have arrived")
        return Response(200, encode(Received(known)))

    def _named(self, name: str) -> Application:
        found: Any = self._administration.book.get("application", name)
        if found is None:
            raise InvalidField("application", f"no application is called {name[:64]!r}.")
        application: Application = found
        return application

    def _device(self, name: str) -> Device:
        device = self._devices.get(self._number(name))
        if device is None or device.application not in self._applications:
            raise NotFound(f"there is no device {name[:60]!r}")
        return device

    def _number(self, name: str) -> int:
        return self._ids.number(name, INSTANCE) or 0

    def _view(self, device: Device) -> DeviceView:
        known = self._applications.get(device.application)
        shown, name = self._mobile.shown(device), known.name if known else ""
        return DeviceView(shown, name, device.platform, device.token, device.msisdn or "", iso(device.at))
