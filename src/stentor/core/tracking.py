"""What tracking does to a request: links in the place of URLs, and the beginning of a process (004, 000)."""

from __future__ import annotations

from typing import Literal, cast, get_args

import msgspec

from stentor.core import shortening
from stentor.core.account import Account
from stentor.core.conversion import Conversions, Process, Tag, named
from stentor.core.errors import InvalidField
from stentor.core.message import Message
from stentor.core.shortening import Draw, Template
from stentor.core.tracked import Begun, Run, ShortLink, Tracked
from stentor.numbering import lookup

Track = Literal["SMS", "URL"]


class Tracking(msgspec.Struct, frozen=True, kw_only=True):
    """As a door understood it (004 "Text message with parameters")."""

    track: Track
    type: str | None = None
    process_key: str | None = None
    base_url: str | None = None
    """The domain of the links, where it is not the account's or the platform's."""
    tag: str | None = None
    """Name or key of the tag that the messages are logged at; None: the START tag (001 "InitTagInfo")."""


def tracking(
    *,
    track: str | None,
    type_: str | None,
    process_key: str | None,
    base_url: str | None = None,
    tag: str | None = None,
) -> Tracking | None:
    """What a door was given; nothing to track, None. Raises `InvalidField`."""
    wanted = (track or "").strip().upper()
    if not wanted:
        return None
    if wanted not in get_args(Track):
        raise InvalidField("tracking.track", f"{wanted[:40]!r} is not SMS or URL.")
    base = shortening.base_of("tracking.baseUrl", base_url) if base_url else None
    return Tracking(
        track=cast("Track", wanted),
        type=type_ or None,
        process_key=process_key or None,
        base_url=base,
        tag=tag,
    )


class Session:
    """One request while it is decided: what its messages are tracked by."""

    def __init__(
        self,
        process: Process,
        base: str | None,
        draw: Draw,
        conversions: Conversions,
        keep_ms: int,
        tag: Tag | None = None,
    ) -> None:
        self._process = process
        self._tag = tag
        self._base = base
        self._draw = draw
        self._conversions = conversions
        self._keep_ms = keep_ms
        self._template: tuple[str, Template] | None = None
        self._drawn: list[tuple[str, str]] = []
        self._links: list[ShortLink] = []
        self._begun: list[Begun] = []

    @property
    def process_key(self) -> str:
        return self._process.key

    def shortens(self, text: str) -> bool:
        """Whether each message gets a text of its own."""
        return self._base is not None and bool(self._of(text, self._base).urls)

    def text(self, text: str) -> str:
        """With fresh links in it, which are the next message's."""
        assert self._base is not None
        cut = self._of(text, self._base)
        self._drawn = [(self._draw(), url) for url in cut.urls]
        return cut.text([shortening.link(self._base, code) for code, _ in self._drawn])

    def note(self, message: Message) -> None:
        """A message that is to be sent: it begins a run, and its links lead somewhere."""
        network = lookup(message.recipient)
        country = network.country_code if network else ""
        run = Run(
            message.id,
            message.account,
            self._process.id,
            message.client_id,
            message.sent_at,
            message.mcc_mnc or "",
            country,
        )
        self._begun.append(self._conversions.begun(self._process, run, self._tag))
        self._links += (self._link(message, place, *drawn) for place, drawn in enumerate(self._drawn))
        self._drawn = []

    def taken(self) -> Tracked:
        """What was noted since the last time."""
        tracked = Tracked(self._links, self._begun)
        self._links, self._begun = [], []
        return tracked

    def written(self, count: int) -> None:
        """So many runs are on disk."""
        self._conversions.note_begun(self._process, count)

    def _of(self, text: str, base: str) -> Template:
        if self._template is None or self._template[0] != text:
            self._template = text, shortening.template(text, base)
        return self._template[1]

    def _link(self, message: Message, place: int, code: str, url: str) -> ShortLink:
        number = shortening.number_of(code)
        assert number is not None
        return ShortLink(
            number,
            message.id,
            message.account,
            url,
            message.recipient,
            message.client_id,
            message.bulk,
            message.callback_data,
            message.sent_at,
            message.sent_at + self._keep_ms,
            shortening.host_of(url),
            place,
        )


class Tracker:
    """`base` is the platform's own domain for links, which live for `keep_ms`."""

    def __init__(self, *, conversions: Conversions, base: str, draw: Draw, keep_ms: int) -> None:
        self.base = base
        self._conversions = conversions
        self._draw = draw
        self._keep_ms = keep_ms

    async def session(self, account: Account, wanted: Tracking) -> Session:
        """`InvalidField` for a process that is not the account's."""
        process = await self._conversions.process(account.id, wanted.type, wanted.process_key)
        base = wanted.base_url or self._base_of(account) if wanted.track == "URL" else None
        tag = named(process, wanted.tag, "tag") if wanted.tag else None
        return Session(process, base, self._draw, self._conversions, self._keep_ms, tag)

    def _base_of(self, account: Account) -> str:
        return shortening.base_of("link_domain", account.link_domain) if account.link_domain else self.base
