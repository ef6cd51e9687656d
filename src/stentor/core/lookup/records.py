"""What is asked about a number, what was found, and what an account gets to see of it (004 "Number lookup")."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from stentor.catalogue import StatusId
from stentor.numbering import Network

PENDING = StatusId.PENDING_WAITING_DELIVERY
"""The status of a lookup that has no answer yet (`spec/wire.md` (b)6)."""
MALFORMED = frozenset(
    {StatusId.MISSING_TO, StatusId.REJECTED_PREFIX_MISSING, StatusId.REJECTED_DESTINATION_INVALID},
)
"""Statuses of what is no number: it is asked of nobody, and most doors keep no line of it."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """A network, as far as it is known; what is not known is empty."""

    network_name: str = ""
    network_prefix: str = ""
    """National destination code, "79"."""
    country_name: str = ""
    country_prefix: str = ""
    """E.164 country code, "41"."""
    country_code: str = ""
    """ISO 3166-1 alpha-2, "CH"."""


class Found(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What a resolver answers. None: it does not know; `status` never says more than it knows."""

    status: int
    error: int = 0
    mcc_mnc: str | None = None
    """Of the network that serves the number now: the one it was ported to, if it was."""
    imsi: str | None = None
    original: Place | None = None
    """Whom the number was given to."""
    ported: bool | None = None
    ported_to: Place | None = None
    """The network it belongs to now; with `ported` false, the original one, where the resolver says it."""
    roaming: bool | None = None
    roaming_in: Place | None = None
    """The network the phone is in; with `roaming` false, that of its own."""
    serving_msc: str | None = None
    serving_hlr: str | None = None
    brief: bool = False
    """Names of networks are for SMPP and the older APIs, whose documents (003) print them; 004 prints prefixes."""


class LookupResult(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One number's lookup as its account sees it: `found` has what its package includes, and nothing else.

    `id` is 0 for what is not kept: what is no number (`MALFORMED`), what the disk refused. Any other is in the log.
    """

    id: int
    account: int
    bulk: str
    to: str
    """In international digits; as it was given when it is no number."""
    status: int
    error: int = 0
    found: Found | None = None
    """None while it is pending, and when it was refused or nobody knew."""
    mcc_mnc: str | None = None
    """Also while it is pending: as the numbering plan has it."""
    price: int = 0
    """Micros that it costs; 0 when it was refused or nobody knew."""
    sent_at: int = 0
    done_at: int = 0
    resolver: str = ""
    """Whose answer it is, for operators."""

    @property
    def pending(self) -> bool:
        return self.status == PENDING

    @property
    def correct(self) -> bool:
        """Whether it is a number at all ("is number correct", 003 §2.7, §3.2)."""
        return self.status not in MALFORMED

    @property
    def imsi(self) -> str | None:
        return self.found.imsi if self.found else None

    @property
    def original(self) -> Place | None:
        return self.found.original if self.found else None

    @property
    def ported(self) -> bool | None:
        return self.found.ported if self.found else None

    @property
    def ported_to(self) -> Place | None:
        return self.found.ported_to if self.found else None

    @property
    def roaming(self) -> bool | None:
        return self.found.roaming if self.found else None

    @property
    def roaming_in(self) -> Place | None:
        return self.found.roaming_in if self.found else None

    @property
    def serving_msc(self) -> str | None:
        return self.found.serving_msc if self.found else None

    @property
    def serving_hlr(self) -> str | None:
        return self.found.serving_hlr if self.found else None


class Telling(msgspec.Struct, frozen=True, gc=False):
    """Where the results go that nobody waits for, and in which dialect (`core.lookup.ports.Renderer`)."""

    url: str
    content_type: str = "application/json"
    dialect: str = "v1"


class NewLookups(msgspec.Struct, frozen=True, gc=False):
    """A portion of a request: charged and written as a whole. Those with `found` are final at once."""

    account: int
    at: int
    lookups: Sequence[LookupResult]
    daily_limit: int | None = None
    telling: Telling | None = None


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """A lookup on disk that has no answer yet. `telling` None: its client waited for it, or still does."""

    lookup: LookupResult
    telling: Telling | None = None


class LookupFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Filters of GET /number/1/logs; ids that are not ours match nothing."""

    since: int
    until: int | None = None
    limit: int = 50
    numbers: tuple[str, ...] = ()
    bulk_ids: tuple[str, ...] = ()
    ids: tuple[int, ...] | None = None
    """None for any, empty for none."""
    statuses: tuple[int, ...] | None = None
    mcc: str | None = None
    mnc: str | None = None


def place_of(network: Network) -> Place:
    return Place(
        network.network_name,
        network.network_prefix,
        network.country_name,
        network.country_prefix,
        network.country_code,
    )
