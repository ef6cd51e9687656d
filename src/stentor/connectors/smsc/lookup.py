"""Another platform as a resolver of lookups over SMPP: bound with system_type HLR, submit_sm asks (003 §3.2)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from stentor.catalogue import ERRORS, StatusId
from stentor.connectors.smsc.link import Link
from stentor.connectors.smsc.options import SmscOptions
from stentor.connectors.smsc.pool import Pool
from stentor.core.lookup import Found, Place, place_of
from stentor.numbering import lookup, network_of
from stentor.smpp import receipt, tlv
from stentor.smpp.events import Bound, Event, RequestReceived, ResponseReceived, Unanswered
from stentor.smpp.pdu import DeliverSm, SubmitSm, SubmitSmResp
from stentor.smpp.receipt import MessageState
from stentor.smpp.tlv import Tag

_FAREWELL_S = 2.0
_EARLY = 1_000
"""Results that came before the response to their question, kept at most."""
_UNKNOWN_ERROR = 255
_STATUS: dict[MessageState, StatusId] = {
    MessageState.DELIVERED: StatusId.DELIVERED_TO_HANDSET,
    MessageState.UNDELIVERABLE: StatusId.UNDELIVERABLE_NOT_DELIVERED,
    MessageState.EXPIRED: StatusId.EXPIRED_EXPIRED,
}
"""Other ends are no answer: the next resolver is asked."""

Answer = asyncio.Future[Found | None]


class SmppResolver:
    """A resolver (`core.lookup.Resolver`). It connects when it is first asked, and stays connected."""

    asks = True

    def __init__(self, options: SmscOptions) -> None:
        self.name = options.name
        self._pool = Pool(options, self)
        self._started = False
        self._room = asyncio.Event()
        self._waiting: dict[str, tuple[str, Answer]] = {}
        """Number and answer by the id in the submit_sm_resp."""
        self._early: OrderedDict[str, DeliverSm] = OrderedDict()

    def find(self, _number: str) -> Found | None:
        """It has to be asked."""
        return None

    async def ask(self, numbers: Sequence[str]) -> Mapping[str, Found]:
        if not self._started:
            self._started = True
            self._pool.start()
        loop = asyncio.get_running_loop()
        answers: dict[str, Answer] = {}
        try:
            for number in numbers:
                link = await self._link()
                answers[number] = loop.create_future()
                link.send(_question(number), (number, answers[number]))
            await asyncio.gather(*answers.values())
        finally:
            for answer in answers.values():
                answer.cancel()
            self._waiting = {key: one for key, one in self._waiting.items() if not one[1].done()}
        found = {number: answer.result() for number, answer in answers.items()}
        return {number: one for number, one in found.items() if one is not None}

    async def close(self) -> None:
        if self._started:
            await self._pool.stop(_FAREWELL_S)

    # Towards its links (`connectors.smsc.link.LinkOwner`)

    def happened(self, link: Link, events: list[Event]) -> None:
        for event in events:
            match event:
                case Bound():
                    link.was_bound = True
                case ResponseReceived(pdu, (number, answer)):
                    self._asked(pdu if isinstance(pdu, SubmitSmResp) else None, number, answer)
                case Unanswered(_, (_, answer)):
                    _settle(answer, None)
                case RequestReceived(pdu) if isinstance(pdu, DeliverSm):
                    link.respond(pdu.response(sequence=pdu.sequence))
                    self._told(pdu)
                case RequestReceived(pdu) if pdu.response is not None:
                    link.respond(pdu.response(sequence=pdu.sequence, status=3))
                case _:
                    pass
        self._room.set()

    def lost(self, link: Link, events: list[Event], why: str) -> None:
        self.happened(link, events)
        self._pool.lost(link, why)

    def ticked(self) -> None:
        """Nothing here waits for time: who asks does not wait for ever (`engine.resolving`)."""

    # Inside

    async def _link(self) -> Link:
        """The one with the most room, as soon as there is one."""
        while True:
            able = [link for link in self._pool.senders if link.room > 0]
            if able:
                return max(able, key=lambda link: link.room)
            self._room.clear()
            await self._room.wait()

    def _asked(self, pdu: SubmitSmResp | None, number: str, answer: Answer) -> None:
        if pdu is None or pdu.status or not pdu.message_id:
            _settle(answer, None)
            return
        early = self._early.pop(pdu.message_id, None)
        if early is not None:
            _settle(answer, found_in(early, number))
        else:
            self._waiting[pdu.message_id] = number, answer

    def _told(self, pdu: DeliverSm) -> None:
        said = receipt.read(pdu)
        if said is None:
            return
        number, answer = self._waiting.pop(said.message_id, ("", None))
        if answer is not None:
            _settle(answer, found_in(pdu, number))
            return
        self._early[said.message_id] = pdu
        if len(self._early) > _EARLY:
            self._early.popitem(last=False)


def _settle(answer: Answer, found: Found | None) -> None:
    if not answer.done():
        answer.set_result(found)


def _question(number: str) -> SubmitSm:
    """Only destination_addr counts (003 §3.2)."""
    return SubmitSm(destination_addr=number, registered_delivery=1)


def found_in(pdu: DeliverSm, number: str) -> Found | None:
    """What the optional parameters say, and the text where they are left out; None: it does not know."""
    said = receipt.read(pdu)
    status = _STATUS.get(said.state) if said is not None else None
    if said is None or status is None:
        return None
    words = dict(said.extra)
    mcc_mnc = _text(pdu, Tag.MCCMNC) or words.get("MCCMNC") or None
    own, now = lookup(number), network_of(mcc_mnc) if mcc_mnc else None
    ported = tlv.find_integer(pdu.tlvs, Tag.IS_NUMBER_PORTED)
    original = _place(pdu, _ORIGINAL, words.get("ORN", "")) or (place_of(own) if own else None)
    home = _place(pdu, _PORTED, words.get("PON", "")) or (place_of(now) if now and ported else None)
    visited = _place(pdu, _ROAMING, words.get("RON", ""))
    error = said.error or 0
    return Found(
        status=status,
        error=0 if status == StatusId.DELIVERED_TO_HANDSET else error if error in ERRORS else _UNKNOWN_ERROR,
        mcc_mnc=mcc_mnc,
        imsi=_text(pdu, Tag.IMSI) or words.get("IMSI") or None,
        original=original,
        ported=None if ported is None else bool(ported),
        ported_to=home,
        roaming=None if visited is None else visited.network_name != (home or original or visited).network_name,
        roaming_in=visited,
        serving_msc=_text(pdu, Tag.SERVING_MSC) or words.get("MSC") or None,
        serving_hlr=_text(pdu, Tag.SERVING_HLR) or words.get("HLR") or None,
    )


_Tags = tuple[Tag | None, ...]
"""Network's name and prefix, country's name, prefix and code."""
_ORIGINAL: _Tags = (
    *(Tag.ORIGINAL_NETWORK_NAME, Tag.ORIGINAL_NETWORK_PREFIX, Tag.ORIGINAL_COUNTRY_NAME),
    *(Tag.ORIGINAL_COUNTRY_PREFIX, Tag.ORIGINAL_COUNTRY_CODE),
)
_PORTED: _Tags = (
    *(Tag.PORTED_NETWORK_NAME, Tag.PORTED_NETWORK_PREFIX, Tag.PORTED_NETWORK_COUNTRY_NAME),
    *(Tag.PORTED_COUNTRY_PREFIX, None),
)
_ROAMING: _Tags = (
    *(Tag.ROAMING_NETWORK_NAME, Tag.ROAMING_NETWORK_PREFIX, Tag.ROAMING_COUNTRY_NAME),
    *(Tag.ROAMING_COUNTRY_PREFIX, Tag.ROAMING_COUNTRY_CODE),
)


def _place(pdu: DeliverSm, tags: _Tags, name: str) -> Place | None:
    values = ["" if tag is None else _text(pdu, tag) for tag in tags]
    values[0] = values[0] or name
    return Place(*values) if any(values) else None


def _text(pdu: DeliverSm, tag: Tag) -> str:
    return (tlv.find_text(pdu.tlvs, tag) or "").strip()
