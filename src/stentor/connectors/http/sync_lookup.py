"""Another platform as a resolver over its v3 API: GET /api/hlr/sync, one number a request (003 §2.7)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from stentor.catalogue import ERRORS, StatusId
from stentor.connectors.http.lookup import HttpResolver, Refused
from stentor.connectors.http.options import HttpOptions
from stentor.core.lookup import Found, Place, place_of
from stentor.numbering import lookup, network_of

PATH = "/api/hlr/sync"
_OK = 200
_UNKNOWN_ERROR = 255
_STATUS = {"DELIVRD": StatusId.DELIVERED_TO_HANDSET, "UNDELIV": StatusId.UNDELIVERABLE_NOT_DELIVERED}
"""Other words are no answer: the next resolver is asked."""


class _Answer(msgspec.Struct, frozen=True, gc=False):
    """The values of 003 §2.7 by their names there; a package may leave out most. Each is a text, or a number."""

    stat: str = ""
    err: str | int = ""
    num_ok: str | bool = ""
    mccmnc: str | int = ""
    imsi: str | int = msgspec.field(name="IMSI", default="")
    msc: str | int = msgspec.field(name="MSC", default="")
    hlr: str | int = ""
    is_ported: str | bool = ""
    is_roaming: str | bool = ""
    orn: str = ""
    onp: str | int = ""
    ocn: str = ""
    ocp: str | int = ""
    occ: str = ""
    pon: str = ""
    pnp: str | int = ""
    pcn: str = ""
    pcp: str | int = ""
    pcc: str = ""
    ron: str = ""
    rnp: str | int = ""
    rcn: str = ""
    rcp: str | int = ""
    roc: str = ""


_read = msgspec.json.Decoder(_Answer).decode


class SyncResolver(HttpResolver):
    """The same in v3. It needs a login: v3 knows no API keys."""

    def __init__(self, options: HttpOptions, *, reachability: bool = True) -> None:
        super().__init__(options, reachability=reachability)
        self._login = [("user", options.user), ("pass", options.password)]

    async def _known(self, numbers: Sequence[str]) -> Mapping[str, Found]:
        answers = await asyncio.gather(*map(self._ask, numbers))
        return {number: one for number, one in zip(numbers, answers, strict=True) if one is not None}

    async def _ask(self, number: str) -> Found | None:
        reply = await self._client.get(PATH, [*self._login, ("destination", number), ("output", "json")])
        if reply.status != _OK:
            raise Refused(f"{self._url} answered {reply.status}")
        try:
            return found_in(_read(reply.body), number)
        except msgspec.MsgspecError:
            shown = reply.body[:40].decode("latin-1")
            raise Refused(f"{self._url} answered {shown!r}") from None


def found_in(answer: _Answer, number: str) -> Found | None:
    """None: it does not know the number, or will not say."""
    status = _STATUS.get(answer.stat.strip().upper())
    if status is None or _said(answer.num_ok) is False:
        return None
    mcc_mnc = str(answer.mccmnc).strip() or None
    own, now = lookup(number), network_of(mcc_mnc) if mcc_mnc else None
    ported = _said(answer.is_ported)
    home = _place(answer.pon, answer.pnp, answer.pcn, answer.pcp, answer.pcc)
    return Found(
        status=status,
        error=0 if status == StatusId.DELIVERED_TO_HANDSET else _error(str(answer.err).strip()),
        mcc_mnc=mcc_mnc,
        imsi=str(answer.imsi).strip() or None,
        original=_place(answer.orn, answer.onp, answer.ocn, answer.ocp, answer.occ) or (place_of(own) if own else None),
        ported=ported,
        ported_to=home or (place_of(now) if now and ported else None),
        roaming=_said(answer.is_roaming),
        roaming_in=_place(answer.ron, answer.rnp, answer.rcn, answer.rcp, answer.roc),
        serving_msc=str(answer.msc).strip() or None,
        serving_hlr=str(answer.hlr).strip() or None,
    )


def _said(value: str | bool) -> bool | None:  # noqa: FBT001 - JSON's own
    """The samples print true, false and, once, `>false`."""
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip(" >").lower())


def _error(text: str) -> int:
    number = int(text[:9]) if text.isascii() and text.isdigit() else 0
    return number if number and number in ERRORS else _UNKNOWN_ERROR


def _place(*values: str | int) -> Place | None:
    """Network's name and prefix, country's name, prefix and code."""
    texts = [str(value).strip() for value in values]
    return Place(*texts) if any(texts) else None
