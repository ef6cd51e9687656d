"""The records of OMNI messages. Times are milliseconds since 1970, money is in micros."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from stentor.core.calls import Call
from stentor.core.ports import LogFilter
from stentor.text.national import Shift

Door = Literal["omni", "push"]
"""Where a message came in, and where its reports are pulled."""


class Step(msgspec.Struct, frozen=True, gc=False):
    """One step of a scenario: a channel, and who sends there (002: application code, or SMS sender)."""

    channel: str
    sender: str = ""


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """An account's order of steps."""

    id: int
    account: int
    key: str
    name: str
    flow: tuple[Step, ...]
    default: bool


class To(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """How one person is reached."""

    phone_number: str = ""
    push_registration_id: str = ""
    email_address: str = ""

    @property
    def shown(self) -> str:
        """As reports name it: one of them, the phone number first."""
        return self.phone_number or self.push_registration_id or self.email_address


class Words(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a message says on one channel."""

    text: str = ""
    subject: str = ""
    validity_ms: int | None = None
    shift: Shift | None = None
    transliteration: str | None = None
    options: dict[str, Any] = {}
    """What only that channel knows, as the customer wrote it: customPayload, notificationOptions."""


class OmniMessage(msgspec.Struct, frozen=True, gc=False):
    """One message to one person. The order of the fields is the order of the columns of table `omni`."""

    id: int
    account: int
    bulk: str
    """Empty where the customer was told none."""
    client_id: str | None
    door: Door
    recipient: str
    """As reports name it."""
    to: str
    """JSON of `To`."""
    flow: str
    """JSON of its steps: a scenario that is changed later changes nothing here."""
    words: str
    """JSON of `Words` by channel."""
    position: int
    """The step it is at; -1 before the first."""
    attempt: int | None
    """The number of that step's `Attempt`."""
    due: int | None
    """When it must be looked at; None when only something from outside moves it, or it is over."""
    over: bool
    sent_at: int
    notify_url: str | None
    notify_type: str
    callback_data: str | None
    intermediate: bool


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """One step that was begun: an event of the message's history, and a report when it ends.

    The order of the fields is the order of the columns of table `omni_attempt`.
    """

    id: int
    omni: int
    account: int
    position: int
    channel: str
    sender: str
    recipient: str
    count: int
    """Messages that the step takes: parts of an SMS."""
    mcc_mnc: str | None
    price: int
    """Of one of them."""
    status: int
    error: int
    sent_at: int
    done_at: int
    expires: int
    delivered_at: int | None = None
    """When the device said so, also when the step was over by then."""
    seen_at: int | None = None
    detail: str = ""
    """Why it ended so, for people."""


class Running(msgspec.Struct, frozen=True, gc=False):
    """A message with the step it is at."""

    message: OmniMessage
    attempt: Attempt | None


class Turn(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is written of a message as one unit: the end of a step together with the beginning of the next."""

    message: OmniMessage
    """As it will be."""
    was_at: int
    """The position it must be at."""
    at: int
    ended: Attempt | None = None
    """As it ended; nothing of the turn happens when it had ended before."""
    refund: int = 0
    refused: Attempt | None = None
    """A step that was over before it began."""
    begun: Attempt | None = None
    sent: Attempt | None = None
    """A step whose channel took it."""
    report: int | None = None
    """The number of the report that waits to be pulled; of `ended` or `refused`."""
    calls: tuple[Call, ...] = ()
    only_calls: bool = False
    """The message stays where it is, whatever became of it meanwhile."""
    daily_limit: int | None = None


class End(msgspec.Struct, frozen=True, gc=False):
    """What a channel says of a step it took: final, or that it is delayed."""

    attempt: int
    status: int
    error: int
    at: int
    said: str
    count: int = 1
    mcc_mnc: str | None = None
    price: int | None = None
    """None: as it was charged when the step began."""
    sent_at: int | None = None


class Handed(msgspec.Struct, frozen=True, gc=False):
    """A channel's answer to a step: taken (status 3), over already (a final status), or to be tried again later."""

    status: int
    error: int = 0
    said: str = ""
    count: int = 1
    retry_ms: int | None = None
    """Neither: try again after so many milliseconds."""
    free: bool = False
    """Nothing was sent, so nothing is charged."""
    price: int | None = None
    """Of one message, where the channel charges for itself."""


class OmniReport(msgspec.Struct, frozen=True, gc=False):
    """A step that ended, with its message."""

    message: OmniMessage
    attempt: Attempt


class OmniStory(msgspec.Struct, frozen=True):
    """Everything known of one message, for `stentor message show`."""

    message: OmniMessage
    steps: tuple[Attempt, ...]
    """Those that were begun, in their order."""
    reports: tuple[int, ...]
    """Numbers of reports that wait to be pulled."""
    calls: tuple[tuple[str, int, int], ...]
    """Calls that are owed: URL, attempts, when the next is due."""


class OmniLogFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Filters of GET /omni/1/logs (`spec/wire.md` A2)."""

    log: LogFilter
    channel: str | None = None


class OmniReportFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Filters of GET /omni/1/reports."""

    door: Door = "omni"
    limit: int = 50
    bulk_ids: tuple[str, ...] = ()
    messages: tuple[int | str, ...] | None = None
    channel: str | None = None


_encode = msgspec.json.Encoder().encode
_flow = msgspec.json.Decoder(tuple[Step, ...]).decode
_words = msgspec.json.Decoder(dict[str, Words]).decode
_to = msgspec.json.Decoder(To).decode


def kept(value: object) -> str:
    """As a column keeps it."""
    return _encode(value).decode()


def flow_of(text: str) -> tuple[Step, ...]:
    return _flow(text)


def words_of(text: str) -> dict[str, Words]:
    return _words(text)


def to_of(text: str) -> To:
    return _to(text)
