"""Number Context over /api/hlr: results later as `dlr=` lines, or at once for one number (003 §2.5 to §2.7)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from stentor.api.legacy import answers
from stentor.api.legacy.answers import TEXT, answer
from stentor.api.legacy.asking import Asking
from stentor.api.legacy.fields import FORM, Fields, pieces
from stentor.api.legacy.wrong import Wrong
from stentor.api.messages import JSON, Request, Response
from stentor.catalogue import StatusId
from stentor.catalogue.legacy import ResponseCode, lookup_stat
from stentor.core import money
from stentor.core.account import Account
from stentor.core.ids import hex_id
from stentor.core.lookup import LookupResult, Lookups, Place, Telling

DIALECT = "v3"
FAILED = "FAILED"
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
"""In small letters only here (003 §2.7)."""
_ORDER = (
    "destination", "id", "stat", "IMSI", "MSC", "err", "hlr", "orn", "pon", "ron", "roc", "mccmnc", "rcn", "ppm",
    "onp", "ocn", "occ", "ocp", "is_ported", "rnp", "rcp", "num_ok",
)  # fmt: skip
"""Of the sample in XML, which is that of the list of parameters: for XML and commas."""
_JSON_ORDER = (
    "destination", "id", "stat", "IMSI", "MSC", "err", "mccmnc", "ppm", "onp", "ocp", "is_ported", "rnp", "rcp",
    "is_roaming", "pnp", "pcp",
)  # fmt: skip
"""Of the samples in JSON."""
_FULL = ("hlr", "orn", "pon", "ron", "roc", "rcn", "ocn", "occ", "num_ok")
"""What the package "full" adds to them."""
_NOWHERE = Place()
_ESCAPES = ((b"&", b"\\u0026"), (b"+", b"\\u002b"), (b"%", b"\\u0025"), (b";", b"\\u003b"))
"""What a form would mistake inside a value; JSON reads both alike."""
_encode = msgspec.json.Encoder().encode


class LookupsApi:
    def __init__(self, *, asking: Asking, lookups: Lookups) -> None:
        self._asking = asking
        self._lookups = lookups
        lookups.renderers[DIALECT] = self.pushed

    async def later(self, request: Request) -> Response:
        return await self._asking.answer(request, self._later, _failed)

    async def at_once(self, request: Request) -> Response:
        return await self._asking.answer(request, self._at_once, _failed)

    def pushed(self, account: Account | None, results: Sequence[LookupResult], _: str) -> tuple[str, bytes]:
        """A row for each, as 003 §2.6 prints them."""
        rows = []
        for one in results:
            row = _encode(self._shown(account, one))
            for mark, escaped in _ESCAPES:
                row = row.replace(mark, escaped)
            rows.append(b"dlr=" + row)
        return FORM, b"\n".join(rows)

    async def _later(self, account: Account, given: Fields) -> Response:
        numbers = pieces(given.get("destinations", "").replace(",", ";"), ";")
        if not numbers:
            raise Wrong(ResponseCode.MISSING_DESTINATION_ADDRESS)
        telling = Telling(account.v3_lookup_url or "", FORM, DIALECT)
        results = await self._lookups.later(account, numbers, telling, any_digits=True)
        lines = (_line(_one_line(number), one) for number, one in zip(numbers, results, strict=True))
        return answer((TEXT, "\n".join(("OK", *lines)).encode()))

    async def _at_once(self, account: Account, given: Fields) -> Response:
        numbers = pieces(given.get("destination", "").replace(",", ";"), ";")
        if len(numbers) != 1:
            raise Wrong(ResponseCode.MISSING_DESTINATION_ADDRESS)
        (one,) = await self._lookups(account, numbers, any_digits=True)
        if one.status == StatusId.REJECTED_SYSTEM_ERROR:  # "a system problem" (003 §2.7)
            raise Wrong(ResponseCode.COMMUNICATION_ERROR)
        match given.get("output", "").strip().lower():
            case "json":
                return answer((JSON, _encode(self._shown(account, one))))
            case "xml":
                values = self._values(one)
                inner = "".join(f"<{name}>{answers.text(values[name])}</{name}>\n" for name in _ORDER)
                return answer(("application/xml;charset=UTF-8", f"{_DECLARATION}<hlr>\n{inner}</hlr>".encode()))
        values = self._values(one)
        return answer((TEXT, ",".join(_one_line(values[name].replace(",", " ")) for name in _ORDER).encode()))

    def _shown(self, account: Account | None, one: LookupResult) -> dict[str, str]:
        values = self._values(one)
        full = account is not None and account.lookup_package == "full"
        return {name: values[name] for name in (*_JSON_ORDER, *(_FULL if full else ()))}

    def _values(self, one: LookupResult) -> dict[str, str]:
        """What is not known, or not in the account's package, is empty."""
        original, ported, roaming = (place or _NOWHERE for place in (one.original, one.ported_to, one.roaming_in))
        return {
            "destination": one.to,
            "id": _id(one),
            "stat": lookup_stat(one.status),
            "IMSI": one.imsi or "",
            "MSC": one.serving_msc or "",
            "err": str(one.error),
            "hlr": one.serving_hlr or "",
            "orn": original.network_name,
            "pon": ported.network_name,
            "ron": roaming.network_name,
            "roc": roaming.country_code,
            "mccmnc": one.mcc_mnc or "",
            "rcn": roaming.country_name,
            "ppm": str(money.hundredths(one.price)),
            "onp": original.network_prefix,
            "ocn": original.country_name,
            "occ": original.country_code,
            "ocp": original.country_prefix,
            "is_ported": _word(one.ported),
            "is_roaming": _word(one.roaming),
            "rnp": roaming.network_prefix,
            "rcp": roaming.country_prefix,
            "pnp": ported.network_prefix,
            "pcp": ported.country_prefix,
            "num_ok": _word(one.correct),
        }


def _line(number: str, one: LookupResult) -> str:
    """Two semicolons in any case (`spec/wire.md` (b)10); a result follows wherever there is an id."""
    return f"{number};OK;{_id(one)}" if one.id else f"{number};{FAILED};"


def _id(one: LookupResult) -> str:
    return hex_id(one.id) if one.id else ""


def _one_line(number: str) -> str:
    """As it was given; a line end inside would look like another number's line."""
    return " ".join(number.split())


def _word(value: bool | None) -> str:  # noqa: FBT001 - what was found
    return "" if value is None else str(value).lower()


def _failed(_: ResponseCode) -> str:
    return FAILED
