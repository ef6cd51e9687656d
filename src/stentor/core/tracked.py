"""The records of what is tracked: links in messages, clicks, and runs of a process (004 "URL shortening", 001)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from stentor.core.browsers import OsType


class ShortLink(msgspec.Struct, frozen=True, gc=False):
    """One URL in one message. The order of the fields is the order of the columns of table `link`."""

    code: int
    message: int
    account: int
    url: str
    recipient: str
    client_id: str | None
    """The customer's id of the message."""
    bulk: str
    callback_data: str | None
    sent_at: int
    expires: int
    host: str
    place: int
    """Which of the message's different URLs it stands for."""
    stopped: bool = False


class Click(msgspec.Struct, frozen=True, gc=False):
    """Somebody followed a link. What is known of the phone stands in the link."""

    link: ShortLink
    at: int
    os: OsType


class Run(msgspec.Struct, frozen=True, gc=False):
    """One passage of somebody through a process (001 "process log"); begun by a message, it has the message's number.

    The order of the fields is the order of the columns of table `process_run`.
    """

    id: int
    account: int
    process: int
    key: str | None
    """The customer's name for it: the messageId given."""
    at: int
    mcc_mnc: str
    country: str
    """ISO code. Empty, like the network, when it is not known."""
    os: OsType = "UNKNOWN"


class Begun(msgspec.Struct, frozen=True, gc=False):
    """A run with the tag that it begins with; None where its process has no START tag: then no tag is logged."""

    run: Run
    tag: int | None


class Tracked(msgspec.Struct, frozen=True, gc=False):
    """What is written with the messages it belongs to, or not at all."""

    links: Sequence[ShortLink]
    begun: Sequence[Begun]
