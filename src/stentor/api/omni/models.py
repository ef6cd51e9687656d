"""The typed model of the OMNI API: names and order as 002 prints them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from stentor.api.v1.models import ErrorModel, Language, MessageId, Moment, Network, PriceModel, Scalar, StatusModel
from stentor.core.omni.channels import CHANNELS


class _Model(Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class StepModel(_Model, frozen=True, kw_only=True):
    """One step: a channel, and who sends there."""

    from_: Annotated[
        Scalar | None, Meta(description="Application code for PUSH, sender for SMS.", examples=["InfoSMS"])
    ] = msgspec.field(name="from", default=None)
    channel: Annotated[str | None, Meta(description="`PUSH`, `SMS` or another channel.", examples=["SMS"])] = None


class ScenarioRequest(_Model, frozen=True, kw_only=True):
    """A scenario to make, or what to change of one (002 "Create OMNI scenario")."""

    name: Annotated[Scalar | None, Meta(description="Your name of it.", examples=["My PUSH-SMS scenario"])] = None
    flow: Annotated[list[StepModel] | StepModel | None, Meta(description="Steps, in their order.")] = None
    default: Annotated[bool | None, Meta(description="Whether it is meant where no scenarioKey is given.")] = None
    default_scenario: Annotated[bool | None, Meta(description="Another name of `default`.")] = None


class StepView(_Model, frozen=True, kw_only=True):
    from_: str = msgspec.field(name="from")
    channel: str


class ScenarioModel(_Model, frozen=True, kw_only=True):
    key: Annotated[str, Meta(description="What sending calls it.", examples=["AD9E01A5DC7BEE2C2B828D208182A611"])]
    name: str
    flow: list[StepView]
    default: bool
    default_scenario: Annotated[bool, Meta(description="The same as `default`.")]


class ScenariosResponse(_Model, frozen=True, kw_only=True):
    scenarios: list[ScenarioModel]


class ToModel(_Model, frozen=True, kw_only=True):
    """How one person is reached."""

    phone_number: Annotated[Scalar | None, Meta(description="Number in international format.")] = None
    push_registration_id: Annotated[Scalar | None, Meta(description="A device, as it registered.")] = None
    email_address: Annotated[str | None, Meta(description="For scenarios with e-mail.")] = None


class OmniDestinationModel(_Model, frozen=True, kw_only=True):
    to: ToModel | None = None
    message_id: Annotated[Scalar | None, Meta(description="Your own id for the message, at most 100 characters.")] = (
        None
    )


class ChannelContent(_Model, frozen=True, kw_only=True):
    """What the message says on one channel."""

    text: Annotated[Scalar | None, Meta(description="Text on this channel.")] = None
    subject: Annotated[str | None, Meta(description="Subject, for e-mail.")] = None
    validity_period: Annotated[
        int | str | None, Meta(description="How long to wait before the next step: 30 seconds to 48 hours.")
    ] = None
    validity_period_time_unit: Annotated[
        str | None, Meta(description="`SECONDS`, `MINUTES` (the default) or `HOURS`.")
    ] = None
    language: Annotated[Language | None, Meta(description="SMS: send with the tables of a national language.")] = None
    transliteration: Annotated[str | None, Meta(description="SMS: spell the text with a table as in /sms/1.")] = None
    custom_payload: Annotated[dict[str, Any] | None, Meta(description="PUSH: goes to the application as it is.")] = None
    notification_options: Annotated[
        dict[str, Any] | None, Meta(description="PUSH: title, soundEnabled, soundName, badge, vibrationEnabled.")
    ] = None


class OmniCommon(_Model, frozen=True, kw_only=True):
    """What both ways to send have."""

    bulk_id: Annotated[Scalar | None, Meta(description="Your own id for the whole request.")] = None
    scenario_key: Annotated[Scalar | None, Meta(description="The scenario; where it is left out, the default one.")] = (
        None
    )
    destinations: list[OmniDestinationModel] | OmniDestinationModel | None = None
    notify: Annotated[bool | None, Meta(description="Taken for compatibility; reports are always made.")] = None
    intermediate_report: Annotated[
        bool | None, Meta(description="Report to `notifyUrl` too when delivery is delayed.")
    ] = None
    notify_url: Annotated[str | None, Meta(description="Your http or https URL that reports are sent to.")] = None
    notify_content_type: Annotated[
        str | None, Meta(description="`application/json`, the default, or `application/xml`.")
    ] = None
    callback_data: Annotated[Scalar | None, Meta(description="Comes back in each report.")] = None
    send_at: Annotated[str | None, Meta(description="When to send, at most 180 days ahead.")] = None


class OmniTextRequest(OmniCommon, frozen=True, kw_only=True):
    """POST /omni/1/text: one text for every channel."""

    text: Annotated[Scalar | None, Meta(description="Text on every channel of the scenario.")] = None
    mail_subject: Annotated[str | None, Meta(description="Subject, for e-mail.")] = None


OmniAdvancedRequest: Any = msgspec.defstruct(
    "OmniAdvancedRequest",
    [
        (
            channel.block,
            Annotated[ChannelContent | None, Meta(description=f"What the message says on {channel.name}.")],
            None,
        )
        for channel in CHANNELS.values()
    ],
    bases=(OmniCommon,),
    namespace={"__doc__": "POST /omni/1/advanced: a text for each channel, named as the channel is."},
    module=__name__,
    frozen=True,
    kw_only=True,
    rename="camel",
)


class ToView(_Model, frozen=True, kw_only=True):
    phone_number: str | UnsetType = UNSET
    push_registration_id: str | UnsetType = UNSET
    email_address: str | UnsetType = UNSET


class OmniSentMessage(_Model, frozen=True, kw_only=True):
    to: ToView
    status: StatusModel
    message_id: MessageId


class OmniResponse(_Model, frozen=True, kw_only=True):
    bulk_id: Annotated[str, Meta(description="Id of the request: yours, or for several messages.")] | UnsetType = UNSET
    messages: list[OmniSentMessage]


class OmniReportModel(_Model, frozen=True, kw_only=True):
    """One step that ended (002 "Get Delivery Reports")."""

    bulk_id: str | UnsetType = UNSET
    message_id: Annotated[str, Meta(description="Id of the message; all its steps have the same.")]
    to: Annotated[str, Meta(description="Whom the step was for.", examples=["41793026727"])]
    sent_at: Moment
    done_at: Moment
    message_count: Annotated[int, Meta(description="Messages the step took: parts of an SMS.")]
    mcc_mnc: Network | UnsetType = UNSET
    price: PriceModel
    callback_data: str | UnsetType = UNSET
    status: StatusModel
    error: ErrorModel
    channel: Annotated[str, Meta(description="Channel of the step.", examples=["PUSH"])]


class OmniReportsResponse(_Model, frozen=True, kw_only=True):
    results: list[OmniReportModel]


class OmniLogModel(_Model, frozen=True, kw_only=True):
    """One step of a message."""

    bulk_id: str | UnsetType = UNSET
    message_id: MessageId
    to: str
    from_: str = msgspec.field(name="from")
    text: str
    sent_at: Moment
    done_at: Moment
    message_count: int
    mcc_mnc: Network | UnsetType = UNSET
    price: PriceModel
    status: StatusModel
    channel: str


class OmniLogsResponse(_Model, frozen=True, kw_only=True):
    results: list[OmniLogModel]
