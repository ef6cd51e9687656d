"""Another platform of the same API as a resolver of lookups: POST /number/1/query (004 "Number lookup")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from stentor.catalogue import ERRORS, GroupId, StatusId
from stentor.connectors.http.answers import group_of, status_of
from stentor.connectors.http.options import HttpOptions
from stentor.connectors.http.wire import Status
from stentor.core.lookup import Found, Place, place_of
from stentor.core.lookup.portability import UNKNOWN_REACH
from stentor.numbering import Network, lookup, network_of

PATH = "/number/1/query"
_OK = range(200, 300)
_UNKNOWN_ERROR = 255
_ANSWERS = (GroupId.DELIVERED, GroupId.UNDELIVERABLE, GroupId.EXPIRED)
"""What is an answer; anything else means that it does not know."""
_Digits = str | int | None


class _Model(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    pass


class _Network(_Model, frozen=True, kw_only=True):
    network_name: str | None = None
    network_prefix: _Digits = None
    country_name: str | None = None
    country_prefix: _Digits = None


class _Error(_Model, frozen=True, kw_only=True):
    id: int | None = None


class _Result(_Model, frozen=True, kw_only=True):
    """Read leniently: the other platform need not be a Stentor, and its package may leave out most of it."""

    to: _Digits = None
    mcc_mnc: _Digits = None
    imsi: _Digits = None
    original_network: _Network | None = None
    ported: bool | None = None
    ported_network: _Network | None = None
    roaming: bool | None = None
    roaming_network: _Network | None = None
    serving_msc: _Digits = msgspec.field(name="servingMSC", default=None)
    status: Status | None = None
    error: _Error | None = None


class _Response(_Model, frozen=True, kw_only=True):
    results: list[_Result] = []


_read = msgspec.json.Decoder(_Response, strict=False).decode


class Refused(Exception):
    """The other platform answered something else than results."""


class HttpResolver:
    """A resolver (`core.lookup.Resolver`), made while the loop runs.

    Without `reachability` it says only whose a number is, which is good for a day.
    """

    asks = True

    def __init__(self, options: HttpOptions, *, reachability: bool = True) -> None:
        self.name = options.name
        self._reachability = reachability
        self._url = options.url
        from stentor.connectors.http.client import HttpClient  # noqa: PLC0415 - aiohttp takes 12 MB

        self._client = HttpClient(options)

    def find(self, _number: str) -> Found | None:
        """It has to be asked."""
        return None

    async def ask(self, numbers: Sequence[str]) -> Mapping[str, Found]:
        known = await self._known(numbers)
        return known if self._reachability else {number: whose(one) for number, one in known.items()}

    async def close(self) -> None:
        await self._client.close()

    async def _known(self, numbers: Sequence[str]) -> Mapping[str, Found]:
        reply = await self._client.post(PATH, msgspec.json.encode({"to": [*numbers]}))
        if reply.status not in _OK:
            raise Refused(f"{self._url} answered {reply.status}")
        found = {_text(one.to): found_in(one) for one in _read(reply.body).results}
        return {number: one for number in numbers if (one := found.get(number)) is not None}


def found_in(result: _Result) -> Found | None:
    """None: it does not know the number, or will not say."""
    status = _status(result.status)
    number = _text(result.to)
    if status is None or not number:
        return None
    mcc_mnc = _text(result.mcc_mnc) or None
    error = result.error.id if result.error else None
    own = lookup(number)
    current = network_of(mcc_mnc) if mcc_mnc else None
    return Found(
        status=status,
        error=_error(error) if status != StatusId.DELIVERED_TO_HANDSET else 0,
        mcc_mnc=mcc_mnc,
        imsi=_text(result.imsi) or None,
        original=_place(result.original_network, own) or (place_of(own) if own else None),
        ported=result.ported,
        ported_to=_place(result.ported_network, current) or (place_of(current) if current and result.ported else None),
        roaming=result.roaming,
        roaming_in=_place(result.roaming_network),
        serving_msc=_text(result.serving_msc) or None,
    )


def whose(found: Found) -> Found:
    """Only what does not change from minute to minute."""
    return replace(
        found,
        status=UNKNOWN_REACH,
        error=0,
        imsi=None,
        roaming=None,
        roaming_in=None,
        serving_msc=None,
        serving_hlr=None,
    )


def _status(said: Status | None) -> int | None:
    group = group_of(said)
    if said is None or group not in _ANSWERS:
        return None
    return status_of(said)


def _error(given: int | None) -> int:
    if not given:
        return 0
    return given if given in ERRORS else _UNKNOWN_ERROR


def _place(said: _Network | None, known: Network | None = None) -> Place | None:
    """With the names that the numbering plan has, where the other platform's package leaves them out."""
    if said is None:
        return None
    prefix, country = _text(said.network_prefix), _text(said.country_prefix)
    there = lookup(country)
    return Place(
        said.network_name or (known.network_name if known else ""),
        prefix,
        said.country_name or (there.country_name if there else ""),
        country,
        there.country_code if there else "",
    )


def _text(value: _Digits) -> str:
    return "" if value is None else str(value)
