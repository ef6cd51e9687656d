"""submit_multi: one text to many numbers (SMPP 3.4 §4.5)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from stentor.core import sessions
from stentor.core.account import Account
from stentor.core.submit import Accepted, Destination, Outgoing
from stentor.smpp import CommandStatus
from stentor.smpp.pdu import DistributionList, SmeAddress, SubmitMulti, SubmitMultiResp, UnsuccessSme
from stentor.smppd import reading
from stentor.smppd.answers import Refused, of_status


class Asked(msgspec.Struct, frozen=True):
    """What to send, to whom (in the order of its destinations), and who is refused beforehand."""

    outgoing: Outgoing
    addresses: Sequence[SmeAddress]
    refused: Sequence[UnsuccessSme]


def read(pdu: SubmitMulti, account: Account, now: int, message_id: str, *, flash: bool) -> Asked:
    """Distribution lists are none of ours: each is refused with ESME_RINVDLNAME."""
    addresses: list[SmeAddress] = []
    refused: list[UnsuccessSme] = []
    for one in pdu.dest_address:
        status = _fault(one)
        if isinstance(one, SmeAddress) and not status:
            addresses.append(one)
        else:
            refused.append(_unsuccessful(one, status))
    destinations = [Destination(one.destination_addr) for one in addresses]
    # Without destinations the reader would look for the only one of a submit_sm.
    outgoing = reading.outgoing(pdu, account, now, destinations=destinations or (Destination(""),), flash=flash)
    receipt = outgoing.receipt
    if receipt is not None:
        wanted = replace(sessions.wanted_of(receipt), destination=_kind(addresses), message_id=message_id)
        receipt = sessions.target(account.id, wanted)
    return Asked(replace(outgoing, destinations=destinations, receipt=receipt), addresses, refused)


def response(pdu: SubmitMulti, message_id: str, asked: Asked, accepted: Sequence[Accepted]) -> SubmitMultiResp:
    """Numbers that were refused are listed; when nobody is left, the response says why in its status."""
    refused = list(asked.refused)
    for address, one in zip(asked.addresses, accepted, strict=True):
        status = of_status(one.status)
        if status:
            refused.append(_unsuccessful(address, status))
    if len(refused) == len(pdu.dest_address):
        return SubmitMultiResp(sequence=pdu.sequence, status=refused[0].error_status_code)
    return SubmitMultiResp(sequence=pdu.sequence, message_id=message_id, unsuccess_sme=tuple(refused))


def _kind(addresses: Sequence[SmeAddress]) -> sessions.Kind:
    """Type and plan of the numbers, when all have the same: one address for receipts stands for all of them."""
    kinds = {(one.dest_addr_ton, one.dest_addr_npi) for one in addresses}
    return kinds.pop() if len(kinds) == 1 else (0, 0)


def _fault(one: SmeAddress | DistributionList) -> int:
    if isinstance(one, DistributionList):
        return CommandStatus.ESME_RINVDLNAME
    try:
        reading.check_destination(one.dest_addr_ton, one.dest_addr_npi)
    except Refused as refusal:
        return refusal.status
    return 0


def _unsuccessful(one: SmeAddress | DistributionList, status: int) -> UnsuccessSme:
    if isinstance(one, DistributionList):
        return UnsuccessSme(destination_addr=one.dl_name, error_status_code=status)
    return UnsuccessSme(
        dest_addr_ton=one.dest_addr_ton,
        dest_addr_npi=one.dest_addr_npi,
        destination_addr=one.destination_addr,
        error_status_code=status,
    )
