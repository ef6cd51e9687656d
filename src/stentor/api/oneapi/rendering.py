"""Messages, reports and lookups in the words of OneAPI (`spec/wire.md` (b)11)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from stentor.api.messages import JSON
from stentor.api.oneapi.models import (
    DeliveryInfo,
    DeliveryInfoNotification,
    ExtendedData,
    InboundMessage,
    InboundMessages,
    MccMnc,
    Notification,
    Roaming,
    RoamingAnswer,
    RoamingNotification,
    encode,
)
from stentor.catalogue import StatusId
from stentor.core import money
from stentor.core.account import Account
from stentor.core.ids import INBOUND, Ids
from stentor.core.inbound import Inbound
from stentor.core.lifecycle import STATE_OF, State
from stentor.core.lookup import LookupResult, Place
from stentor.core.message import Message, Owed

_UNCERTAIN = (StatusId.EXPIRED_UNKNOWN, StatusId.EXPIRED_DLR_UNKNOWN)
_WORDS = {
    State.SCHEDULED: "MessageWaiting",
    State.QUEUED: "MessageWaiting",
    State.SENT: "DeliveredToNetwork",
    State.DELIVERED: "DeliveredToTerminal",
}
_FOUND = (StatusId.DELIVERED_TO_OPERATOR, StatusId.DELIVERED_TO_HANDSET)


class LookupWish(msgspec.Struct, frozen=True):
    """What a query for a push asked besides: kept as the `content_type` of its `Telling`, which is the dialect's own.

    `unique` keeps the results of two queries from going in one call.
    """

    unique: int
    extended: bool = True
    callback_data: str | None = None


def word(status: int) -> str:
    """A delivery status."""
    if status in _UNCERTAIN:
        return "DeliveryUncertain"
    return _WORDS.get(STATE_OF[status], "DeliveryImpossible")


class OneApiRenderer:
    """Implements `core.subscriptions.Renderer`."""

    content_type = JSON

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def pushed(self, owed: Owed) -> bytes:
        """The call to the notifyURL of a request."""
        return self.receipt(owed.message, owed.report.status, owed.message.callback_data)

    def receipt(self, message: Message, status: int, callback_data: str | None) -> bytes:
        info = DeliveryInfo(address=message.recipient, delivery_status=word(status))
        notification = Notification(delivery_info=info, callback_data=callback_data or "")
        return encode(DeliveryInfoNotification(delivery_info_notification=notification))

    def received(self, inbound: Inbound) -> InboundMessage:
        return InboundMessage(
            date_time=inbound.received_at,
            destination_address=inbound.recipient,
            message_id=self._ids.public(inbound.id, INBOUND),
            message=inbound.text,
            sender_address=inbound.sender,
        )

    def inbound(self, inbound: Inbound, callback_data: str | None) -> bytes:
        return encode(
            InboundMessages(
                inbound_sms_message=[self.received(inbound)],
                number_of_messages_in_this_batch=1,
                total_number_of_pending_messages=0,
                callback_data=callback_data,
            )
        )

    def lookup(self, result: LookupResult, callback_data: str | None) -> bytes:
        return _pushed(roaming(result, extended=True, callback_data=callback_data))


def lookup_pushed(_: Account | None, results: Sequence[LookupResult], wish: str) -> tuple[str, bytes]:
    """Implements `core.lookup.Renderer`: the push to the notifyURL of a query."""
    wanted = msgspec.json.decode(wish, type=LookupWish)
    return JSON, _pushed(roaming(results[0], extended=wanted.extended, callback_data=wanted.callback_data))


def roaming(result: LookupResult, *, extended: bool, callback_data: str | None) -> Roaming:
    codes = result.mcc_mnc if result.found else None
    return Roaming(
        address=result.to,
        current_roaming=_current(result),
        serving_mcc_mnc=MccMnc(mcc=codes[:3], mnc=codes[3:]) if codes else None,
        retrieval_status=_retrieval(result),
        extended_data=_extended(result) if extended else None,
        callback_data=callback_data,
    )


def _pushed(found: Roaming) -> bytes:
    return encode(RoamingNotification(terminal_roaming_status_list=RoamingAnswer(roaming=found)))


def _retrieval(result: LookupResult) -> str:
    if result.status in _FOUND:
        return "Retrieved"
    return "NotRetrieved" if result.found else "Error"


def _current(result: LookupResult) -> str | None:
    if result.roaming is None:
        return None
    if not result.roaming:
        return "NotRoaming"
    here, home = result.roaming_in, result.original
    same = here is not None and home is not None and here.country_prefix == home.country_prefix
    return "DomesticRoaming" if same else "InternationalRoaming"


def _extended(result: LookupResult) -> ExtendedData:
    original, ported_to = result.original or Place(), (result.ported_to if result.ported else None) or Place()
    return ExtendedData(
        destination_address=result.to,
        status_id=result.status,
        done_time=result.done_at,
        price_per_message=Decimal(money.plain(result.price)),
        mcc_mnc=result.mcc_mnc if result.found else None,
        serving_msc=result.serving_msc,
        censored_serving_msc=_censored(result.serving_msc),
        gsm_error_code=result.error,
        original_network_name=original.network_name or None,
        ported_network_name=ported_to.network_name or None,
        serving_hlr=result.serving_hlr,
        imsi=result.imsi,
        original_network_prefix=original.network_prefix or None,
        original_country_prefix=original.country_prefix or None,
        original_country_name=original.country_name or None,
        is_number_ported=result.ported,
        ported_network_prefix=ported_to.network_prefix or None,
        ported_country_prefix=ported_to.country_prefix or None,
        ported_country_name=ported_to.country_name or None,
        number_in_roaming=result.roaming,
    )


def _censored(msc: str | None) -> str | None:
    """Enough for the network, too little for the place."""
    return None if msc is None else msc[:5] + "X" * max(0, len(msc) - 5)
