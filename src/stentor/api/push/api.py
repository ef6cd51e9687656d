"""/push: the applications of an account, and one message to devices (`spec/wire.md` A2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from stentor.api import errors
from stentor.api.messages import JSON, Request, Response
from stentor.api.omni.models import ToModel, ToView
from stentor.api.omni.send import notify_type, options_of, to_of, to_view, validity
from stentor.api.v1 import times
from stentor.api.v1.models import STATUS_MODELS, Scalar, StatusModel, encode_json
from stentor.api.v1.reading import BodyReader, scalar
from stentor.api.v1.xml import PUSH_SEND, answer
from stentor.catalogue import StatusId
from stentor.core.definitions import Application
from stentor.core.devices import DeviceStore
from stentor.core.errors import InvalidField
from stentor.core.lifecycle import is_final
from stentor.core.omni.records import Step, Words
from stentor.core.omni.sending import OmniAccepted, OmniDestination, OmniSending, OmniSubmission

_LONGEST_MS = 72 * 3_600_000
"""Of the validity of a push message alone."""


_NO_APPLICATION = errors.ErrorKind(404, "APPLICATION_NOT_FOUND", "Application not found")


class _Model(Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class Enabled(_Model, frozen=True, kw_only=True):
    enabled: bool


class ApplicationModel(_Model, frozen=True, kw_only=True):
    """A push application."""

    application_code: Annotated[str, Meta(description="What scenarios and mobile applications call it.")]
    application_id: Annotated[str, Meta(description="Its name on the platform.")]
    name: str
    description: str
    registrations_count: Annotated[int, Meta(description="Devices.")]
    apns: Enabled
    gcm: Enabled


class PushRequest(_Model, frozen=True, kw_only=True):
    """POST /push/2/message/single."""

    from_: Annotated[Scalar | None, Meta(description="Application code.")] = msgspec.field(name="from", default=None)
    to: Annotated[ToModel | str | None, Meta(description="A phone number or a device; a text is a device.")] = None
    text: Annotated[Scalar | None, Meta(description="Text of the message.")] = None
    bulk_id: Annotated[Scalar | None, Meta(description="Your own id for the request.")] = None
    message_id: Annotated[Scalar | None, Meta(description="Your own id for the message.")] = None
    validity_period: Annotated[int | str | None, Meta(description="30 seconds to 72 hours; 48 hours by default.")] = (
        None
    )
    validity_period_time_unit: Annotated[
        str | None, Meta(description="`SECONDS`, `MINUTES` or `HOURS` (the default).")
    ] = None
    send_at: Annotated[str | None, Meta(description="When to send, at most 180 days ahead.")] = None
    custom_payload: Annotated[dict[str, Any] | None, Meta(description="Goes to the application as it is.")] = None
    notification_options: Annotated[
        dict[str, Any] | None, Meta(description="title, soundEnabled, soundName, badge, vibrationEnabled.")
    ] = None
    notify_url: Annotated[str | None, Meta(description="Your http or https URL that reports are sent to.")] = None
    notify_content_type: Annotated[str | None, Meta(description="`application/json` or `application/xml`.")] = None
    callback_data: Annotated[Scalar | None, Meta(description="Comes back in the report.")] = None


class PushBulk(_Model, frozen=True, kw_only=True):
    to: ToView
    status: StatusModel
    message_count: int
    bulk_id: str
    message_id: str


class PushResponse(_Model, frozen=True, kw_only=True):
    bulks: list[PushBulk]


_read: BodyReader[PushRequest] = BodyReader(PushRequest)


class PushApi:
    def __init__(
        self,
        *,
        sending: OmniSending,
        applications: Mapping[str, Application],
        devices: DeviceStore,
    ) -> None:
        self._sending = sending
        self._applications = applications
        self._devices = devices

    async def applications(self, request: Request) -> Response:
        ours = [one for one in self._applications.values() if one.account == request.account.name]
        shown = [await self._model(one) for one in sorted(ours, key=lambda one: one.name)]
        return Response(200, encode_json(shown), JSON)

    async def application(self, request: Request) -> Response:
        """Another account's looks missing."""
        found = self._applications.get(request.at["applicationCode"])
        if found is None or found.account != request.account.name:
            return errors.render(_NO_APPLICATION)
        return Response(200, encode_json(await self._model(found)), JSON)

    async def single(self, request: Request) -> Response:
        body = _read.read(request)
        code = scalar(body.from_) or ""
        known = self._applications.get(code)
        if known is None or known.account != request.account.name:
            raise InvalidField("from", "There is no such application.")
        text = scalar(body.text) or ""
        if not text:
            raise InvalidField("text", "may not be empty")
        try:
            acceptance = await self._sending(self._submission(request, body, code, text))
        except InvalidField as fault:  # as this request calls it, which has one channel
            raise InvalidField(fault.field.removeprefix("push."), fault.reason) from None
        bulks = [_bulk(one, acceptance.bulk_id) for one in acceptance.messages]
        return answer(request, PUSH_SEND, PushResponse(bulks=bulks))

    @staticmethod
    def _submission(request: Request, body: PushRequest, code: str, text: str) -> OmniSubmission:
        words = Words(
            text=text,
            validity_ms=validity("push", body.validity_period, body.validity_period_time_unit or "HOURS"),
            options=options_of(body.custom_payload, body.notification_options),
        )
        to = ToModel(push_registration_id=body.to) if isinstance(body.to, str) else body.to or ToModel()
        return OmniSubmission(
            account=request.account,
            destinations=(OmniDestination(to_of(to), scalar(body.message_id) or None),),
            words={"PUSH": words},
            flow=(Step("PUSH", code),),
            bulk_id=scalar(body.bulk_id),
            notify_url=body.notify_url or None,
            notify_type=notify_type(body.notify_content_type),
            callback_data=scalar(body.callback_data),
            send_at=times.read("sendAt", body.send_at) if body.send_at else None,
            door="push",
            longest_ms=_LONGEST_MS,
        )

    async def _model(self, application: Application) -> ApplicationModel:
        given = application.options
        simulated = application.type == "simulated"
        return ApplicationModel(
            application_code=application.code,
            application_id=application.name,
            name=given.get("title") or application.name,
            description=given.get("description", ""),
            registrations_count=await self._devices.count(application.code),
            apns=Enabled(enabled=simulated or bool(given.get("apns_key"))),
            gcm=Enabled(enabled=simulated or bool(given.get("fcm_account"))),
        )


def _bulk(one: OmniAccepted, bulk_id: str) -> PushBulk:
    status = one.status if is_final(one.status) else StatusId.PENDING_ACCEPTED
    shown = STATUS_MODELS[status]
    return PushBulk(to=to_view(one.to), status=shown, message_count=1, bulk_id=bulk_id, message_id=one.message_id)
