"""Number lookups of sessions bound with system_type HLR: submit_sm asks, deliver_sm answers (003 §3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast

import msgspec
import structlog

from stentor.core import money, retry
from stentor.core.account import Account
from stentor.core.calls import Call
from stentor.core.errors import Refusal
from stentor.core.ids import Ids, milliseconds_of
from stentor.core.lookup import LookupResult, Place, Telling
from stentor.core.ports import CallStore, Clock
from stentor.core.sessions import host_of_account
from stentor.numbering import InvalidMsisdn, normalise
from stentor.smpp import Pdu, receipt, tlv
from stentor.smpp.pdu import DeliverSm, SubmitSm
from stentor.smpp.receipt import ESM_CLASS_RECEIPT, MessageState, Receipt
from stentor.smpp.tlv import Tag
from stentor.smpp.wire import MAX_SM_LENGTH
from stentor.smppd.answers import of_refusal, of_status
from stentor.smppd.mailbox import Item
from stentor.smppd.receipts import Dates, address, state_of

log = structlog.get_logger()

DIALECT = "smpp"
_NOBODY = "0000000000"
"""Destination of the deliver_sm in the documents' dumps."""
_KEPT_MS = 48 * 3_600_000
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[LookupResult]).decode


class Asking(Protocol):
    """`core.lookup.Lookups`."""

    async def later(
        self, account: Account, numbers: Sequence[str], telling: Telling, *, bulk_id: str | None = None
    ) -> Sequence[LookupResult]: ...


def rendered(_: Account | None, results: Sequence[LookupResult], content_type: str) -> tuple[str, bytes]:
    """What is kept until a session takes it: implements `core.lookup.Renderer`."""
    return content_type, _encode(list(results))


class SessionLookups:
    """Implements `smppd.requests.LookingUp`."""

    def __init__(self, lookups: Asking, ids: Ids) -> None:
        self._lookups = lookups
        self._ids = ids

    async def ask(self, requests: Sequence[SubmitSm], account: Account) -> list[Pdu]:
        """Only destination_addr counts. Requests for one number are asked one after the other: each has its own id."""
        answers: dict[int, Pdu] = {}
        left = dict(enumerate(requests))
        while left:
            firsts = {_number(pdu): place for place, pdu in reversed(left.items())}
            taken = {place: left.pop(place) for place in sorted(firsts.values())}
            answers.update(zip(taken, await self._asked([*taken.values()], account), strict=True))
        return [answers[place] for place in range(len(requests))]

    async def _asked(self, requests: Sequence[SubmitSm], account: Account) -> list[Pdu]:
        """All for different numbers; what is refused as a whole leaves those of before alone."""
        telling = Telling(host_of_account(account.id), dialect=DIALECT)
        try:
            results = await self._lookups.later(account, [pdu.destination_addr for pdu in requests], telling)
        except Exception as error:
            if not isinstance(error, Refusal):
                log.exception("lookups failed")
            return [pdu.response(sequence=pdu.sequence, status=of_refusal(error)) for pdu in requests]
        return [self._answer(pdu, result) for pdu, result in zip(requests, results, strict=True)]

    def _answer(self, pdu: SubmitSm, result: LookupResult) -> Pdu:
        if not result.pending and (status := of_status(result.status)) and not result.found:
            return pdu.response(sequence=pdu.sequence, status=status)
        make: Any = pdu.response
        answer: Pdu = make(sequence=pdu.sequence, message_id=self._ids.public(result.id))
        return answer


def _number(pdu: SubmitSm) -> str:
    """The same for every spelling of a number."""
    try:
        return normalise(pdu.destination_addr)
    except InvalidMsisdn:
        return pdu.destination_addr


class LookupOutbox:
    """Implements `smppd.mailbox.Source`: results lie among the calls to customers' URLs."""

    name = "lookups"

    def __init__(self, *, store: CallStore, ids: Ids, clock: Clock, dates: Dates) -> None:
        self._store = store
        self._ids = ids
        self._clock = clock
        self._dates = dates

    async def claim(self, account: int, limit: int) -> list[Item]:
        calls = await self._store.claim(host_of_account(account), self._clock.now_ms(), limit)
        oldest = self._clock.now_ms() - _KEPT_MS
        late = [call.id for call in calls if milliseconds_of(call.id) < oldest]
        if late:
            await self._store.done(late)
        return [self._item(call) for call in calls if call.id not in late]

    async def delivered(self, items: Sequence[Item]) -> None:
        await self._store.done(_ids(items))

    async def refused(self, items: Sequence[Item]) -> None:
        await self._store.done(_ids(items))

    async def later(self, items: Sequence[Item]) -> float:
        wait = retry.next_offer(min(cast("Call", item.row).attempts for item in items) - 1)
        await self._store.later(_ids(items), self._clock.now_ms() + wait)
        return wait / 1000

    async def put_back(self, items: Sequence[Item]) -> None:
        await self._store.put_back(_ids(items))

    def _item(self, call: Call) -> Item:
        results = _decode(call.body)
        return Item(
            self,
            call,
            [deliver_sm(one, self._ids.public(one.id), self._dates) for one in results],
            after=max(one.id for one in results),
        )


def deliver_sm(result: LookupResult, message_id: str, dates: Dates) -> DeliverSm:
    """The documents' two dumps, byte for byte: text, optional parameters, and their order."""
    said = Receipt(
        message_id=message_id,
        state=state_of(result.status, 0),
        error=result.error,
        submit_date=dates(result.sent_at),
        done_date=dates(result.done_at),
        extra=_words(result),
    )
    text = receipt.format(said).encode("latin-1", "replace")[:MAX_SM_LENGTH]
    return DeliverSm(
        source_addr=address(result.to),
        destination_addr=_NOBODY,
        esm_class=ESM_CLASS_RECEIPT,
        short_message=text,
        tlvs=(*receipt.tlvs_of(said), *_parameters(result)),
    )


def _words(result: LookupResult) -> tuple[tuple[str, str], ...]:
    """IMSI, MSC, ORN and MCCMNC are always there, the others when they are known."""
    ported, roaming = result.ported_to, result.roaming_in
    rows = (
        ("IMSI", result.imsi, True),
        ("MSC", result.serving_msc, True),
        ("HLR", result.serving_hlr, False),
        ("ORN", result.original.network_name if result.original else None, True),
        ("PON", ported.network_name if ported else None, False),
        ("RON", roaming.network_name if roaming else None, False),
        ("ROC", roaming.country_code if roaming else None, False),
        ("MCCMNC", _network(result), True),
    )
    return tuple((name, value or "") for name, value, always in rows if value or always)


def _network(result: LookupResult) -> str:
    """Only what was found out; the plan's guess is none of it."""
    delivered = state_of(result.status, 0) is MessageState.DELIVERED
    return (result.mcc_mnc or "") if delivered else ""


def _parameters(result: LookupResult) -> tuple[tlv.Tlv, ...]:
    """003 table 14, in the order of the dumps; what the table has and the dumps lack comes in between."""
    original, ported, roaming = result.original, result.ported_to, result.roaming_in
    texts = (
        (Tag.SERVING_HLR, result.serving_hlr),
        (Tag.ORIGINAL_NETWORK_PREFIX, _part(original, "network_prefix")),
        (Tag.ORIGINAL_NETWORK_NAME, _part(original, "network_name")),
        (Tag.PORTED_NETWORK_NAME, _part(ported, "network_name")),
        (Tag.ROAMING_NETWORK_NAME, _part(roaming, "network_name")),
        (Tag.ROAMING_COUNTRY_NAME, _part(roaming, "country_name")),
        (Tag.ROAMING_COUNTRY_CODE, _part(roaming, "country_code")),
        (Tag.MCCMNC, _network(result)),
        (Tag.PRICE_PER_MESSAGE, money.hundredths(result.price)),
        (Tag.ROAMING_NETWORK_PREFIX, _part(roaming, "network_prefix")),
        (Tag.ROAMING_COUNTRY_PREFIX, _part(roaming, "country_prefix")),
        (Tag.IS_NUMBER_PORTED, int(bool(result.ported))),
        (Tag.ORIGINAL_COUNTRY_NAME, _part(original, "country_name")),
        (Tag.ORIGINAL_COUNTRY_CODE, _part(original, "country_code")),
        (Tag.ORIGINAL_COUNTRY_PREFIX, _part(original, "country_prefix")),
        (Tag.IS_NUMBER_CORRECT, int(result.correct)),
        (Tag.PORTED_NETWORK_PREFIX, _part(ported, "network_prefix")),
        (Tag.PORTED_NETWORK_COUNTRY_NAME, _part(ported, "country_name")),
        (Tag.PORTED_COUNTRY_PREFIX, _part(ported, "country_prefix")),
    )
    extra = ((Tag.IMSI, result.imsi), (Tag.SERVING_MSC, result.serving_msc))
    return (
        *(_tlv(tag, value) for tag, value in texts if value or isinstance(value, int) or tag == Tag.MCCMNC),
        *(tlv.octets(tag, value.encode("latin-1", "replace")) for tag, value in extra if value),
    )


def _tlv(tag: Tag, value: str | int | None) -> tlv.Tlv:
    if isinstance(value, int):
        return tlv.integer(tag, value)
    return tlv.cstring(tag, (value or "").encode("latin-1", "replace").decode("latin-1"))


def _part(place: Place | None, name: str) -> str:
    return "" if place is None else str(getattr(place, name))


def _ids(items: Sequence[Item]) -> list[int]:
    return [cast("Call", item.row).id for item in items]
