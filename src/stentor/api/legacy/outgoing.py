"""A draft as the core's `Outgoing`: tables 1, 4 and 7 of 003 §2.2."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from stentor.api.legacy.wrong import Wrong
from stentor.catalogue.legacy import ResponseCode
from stentor.core.account import Account
from stentor.core.content import NO_EXTRA, Extra, text_of
from stentor.core.notify import V3_JSON, V3_XML
from stentor.core.submit import Destination, Outgoing
from stentor.text import Alphabet, alphabet_of, data_coding_for, is_flash, wap
from stentor.text.headers import MAX_PARTS

_MINUTE_MS = 60_000
_LATER = re.compile("([0-9]{1,8})([dhms])")
_UNITS_S = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_VALIDITY = re.compile(r"(\d{1,6}):([0-5]\d)")
_TYPES = range(7)
"""003 table 2."""
_PLANS = frozenset({0, 1, 3, 4, 6, 8, 9, 10, 14, 18})
"""003 table 3."""
_MARKS = ("srcton", "srcnpi", "destton", "destnpi", "campaignid", "appid")
_YES, _NO = ("1", "true", "yes"), ("0", "false", "no")


def outgoing(given: Mapping[str, str], account: Account, destinations: Sequence[Destination], now: int) -> Outgoing:
    """Raises `Wrong`: -23 for a value that cannot be used, -27 for sendDateTime."""
    kind = given["type"].lower()
    flash = _flag(given["flash"]) or kind == "nsms"
    coding = _number(given["datacoding"], range(256)) or 0
    text, extra = _content(given, kind, coding, flash=flash)
    return Outgoing(
        destinations=destinations,
        text=text,
        extra=_marked(given, account, extra),
        sender=given["sender"].strip() or None,
        flash=flash or is_flash(coding),
        notify_url=_url(given, account),
        notify_type=V3_JSON if account.v3_report_type == "json" else V3_XML,
        send_at=_later(given["senddatetime"], now),
        most_parts=_most_parts(kind, account, extra),
        validity_ms=_validity(given["validityperiod"]),
    )


def _content(given: Mapping[str, str], kind: str, coding: int, *, flash: bool) -> tuple[str, Extra]:
    text, binary, url = given["text"], given["binary"], given["wapurl"]
    esm_class = _number(given["esmclass"], range(256)) or 0
    if kind == "bookmark" or (url and not text and not binary):
        if not url:
            raise Wrong(ResponseCode.ERROR_PROCESSING)
        title = text.strip()
        data = wap.service_indication(url, title)
        return f"{title} {url}".strip(), Extra(data=data, data_coding=wap.DATA_CODING, elements=wap.PORTS)
    if binary:
        if text:
            raise Wrong(ResponseCode.ERROR_PROCESSING)
        return _octets(binary, coding, esm_class, flash=flash)
    return text, _coded(text, coding, flash=flash) if coding else NO_EXTRA


def _octets(binary: str, coding: int, esm_class: int, *, flash: bool) -> tuple[str, Extra]:
    try:
        data = bytes.fromhex(binary)
    except ValueError:
        raise Wrong(ResponseCode.ERROR_PROCESSING) from None
    if flash and not is_flash(coding):
        coding = data_coding_for(alphabet_of(coding), flash=True)
    extra = Extra(data=data, data_coding=coding, esm_class=esm_class)
    return text_of(extra), extra


def _coded(text: str, coding: int, *, flash: bool) -> Extra:
    """Unicode and Latin-1 as they were asked for; else what the text needs, as everywhere."""
    alphabet = alphabet_of(coding)
    if alphabet is Alphabet.BINARY and text:
        raise Wrong(ResponseCode.ERROR_PROCESSING)
    if flash and not is_flash(coding):
        coding = data_coding_for(alphabet, flash=True)
    try:
        if alphabet is Alphabet.UCS2:
            return Extra(data=text.encode("utf-16-be"), data_coding=coding)
        if alphabet is Alphabet.LATIN1:
            return Extra(data=text.encode("latin-1"), data_coding=coding)
    except UnicodeEncodeError:
        return NO_EXTRA
    return NO_EXTRA


def _marked(given: Mapping[str, str], account: Account, extra: Extra) -> Extra:
    if not any(map(given.__getitem__, _MARKS)):
        return extra
    sender = given["sender"].strip() or account.default_sender or ""
    custom = 1 if sender.lstrip("+").isdigit() else 5
    source, destination = _kind(given, "src", custom), _kind(given, "dest", 1)
    campaign, app = given["campaignid"][:100], given["appid"]
    return replace(extra, source=source, destination=destination, campaign=campaign, app=app)


def _kind(given: Mapping[str, str], end: str, custom: int) -> tuple[int, int] | None:
    """TON and NPI; None where neither is given. Of an alphanumeric sender the plan is 0."""
    types, plans = given[f"{end}ton"], given[f"{end}npi"]
    if not types and not plans:
        return None
    ton, npi = _number(types, _TYPES), _number(plans, _PLANS)
    ton = custom if ton is None else ton
    return ton, (0 if ton == 5 else 1) if npi is None else npi


def _url(given: Mapping[str, str], account: Account) -> str | None:
    """The pushurl or the account's own, unless nopush is 1; None: its report waits to be pulled."""
    url = given["pushurl"]
    if _flag(given["nopush"]):
        return None
    return account.v3_report_url if url.lower() in ("", "nopush") else url


def _most_parts(kind: str, account: Account, extra: Extra) -> int:
    """A notification is one SMS; so is a text that is not said to be long, where the account has it so."""
    short = account.v3_long == "reject" and kind != "longsms" and not extra.elements
    return 1 if kind == "nsms" or short else MAX_PARTS


def _later(text: str, now: int) -> int | None:
    """`4d3h2m1s` from now, in any combination and order, each unit once (003 §2.2.1.2)."""
    if not text:
        return None
    found = _LATER.findall(text.lower())
    seconds = {unit: int(count) * _UNITS_S[unit] for count, unit in found}
    if sum(len(count) + 1 for count, _ in found) != len(text) or len(seconds) != len(found):
        raise Wrong(ResponseCode.INVALID_SENDDATETIME)
    return now + 1_000 * sum(seconds.values())


def _validity(text: str) -> int | None:
    """`HH:mm`; the core cuts what is over 48 h."""
    if not text:
        return None
    found = _VALIDITY.fullmatch(text)
    if found is None:
        raise Wrong(ResponseCode.ERROR_PROCESSING)
    return (int(found[1]) * 60 + int(found[2])) * _MINUTE_MS or None


def _flag(text: str) -> bool:
    if not text:
        return False
    if text.lower() not in (*_YES, *_NO):
        raise Wrong(ResponseCode.ERROR_PROCESSING)
    return text.lower() in _YES


def _number(text: str, allowed: range | frozenset[int]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) in allowed):
        raise Wrong(ResponseCode.ERROR_PROCESSING)
    return int(text)
