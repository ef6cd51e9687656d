"""Where one destination leads: number, network, price and route, or the status that refuses it."""

from __future__ import annotations

import msgspec

from stentor.catalogue import StatusId
from stentor.core import content, money
from stentor.core.account import Account, sender_status
from stentor.core.content import Content
from stentor.core.rulebook import Rulebook
from stentor.numbering import InvalidMsisdn, Network, lookup, normalise
from stentor.text import segments
from stentor.text.headers import MAX_PARTS

STATUS_OF_MSISDN_FAULT = {
    "empty": StatusId.MISSING_TO,
    "prefix": StatusId.REJECTED_PREFIX_MISSING,
    "not_digits": StatusId.REJECTED_DESTINATION_INVALID,
    "length": StatusId.REJECTED_DESTINATION_INVALID,
}


class Plan(msgspec.Struct, frozen=True, gc=False):
    """`status` is final when the destination is refused; `reason` goes to the message's history."""

    recipient: str
    parts: int
    status: int
    mcc_mnc: str | None = None
    price: int = 0
    connector: str = ""
    rule: str = ""
    reason: str = ""
    priority: int = 0
    """Of the rule."""


class Planner:
    """Plans for the destinations of one text: what is the same for all of them is decided once."""

    def __init__(
        self,
        rulebook: Rulebook,
        account: Account,
        sender: str,
        carried: Content,
        code: str | None = None,
        most_parts: int = MAX_PARTS,
    ) -> None:
        """`code`: the route that the customer chose among its own. `most_parts`: it wants no longer message."""
        self._code = code
        self._most_parts = most_parts
        self._rulebook = rulebook
        self._account = account
        self._sender = sender
        self._refused = sender_status(account, sender)
        self._counts: dict[int, int | None] = {}
        self._content = carried
        self._coding = ""
        self._fault: tuple[StatusId, str] = (StatusId.REJECTED_MESSAGE_TOO_LONG, "more than 255 parts")
        self._parts = self._count(8)

    def plan(self, to: str) -> Plan:
        if self._parts is None:
            return Plan(to, 0, self._fault[0], reason=self._fault[1])
        try:
            recipient = normalise(to)
        except InvalidMsisdn as fault:
            return Plan(to, self._parts, STATUS_OF_MSISDN_FAULT[fault.reason], reason=str(fault))
        network = lookup(recipient)
        if self._refused is not None:
            why = (
                f"sender {self._sender!r} is not allowed"
                if self._sender
                else "no sender, and the account has no default_sender"
            )
            return self._refusal(recipient, network, self._refused, why)
        forbidden = self._forbidden(recipient, network)
        if forbidden is not None:
            return self._refusal(recipient, network, *forbidden)
        price = self._rulebook.prices.of(self._account.plan, network, self._account.name) if network else None
        if network is None or price is None:
            where = network.country_name if network else recipient
            reason = f"no price for {where} in plan {self._account.plan}"
            return self._refusal(recipient, network, StatusId.REJECTED_NETWORK, reason)
        return self._routed(recipient, network, price)

    def _forbidden(self, recipient: str, network: Network | None) -> tuple[StatusId, str] | None:
        """What the operator forbids this account: countries, and numbers on a black list."""
        countries = self._account.countries
        if countries is not None and network is not None and network.country_code not in countries:
            return StatusId.REJECTED_NETWORK, f"{network.country_name} is not among the account's countries"
        if self._rulebook.blocks(self._account.name, recipient):
            return StatusId.REJECTED_DESTINATION, f"{recipient} is on the black list"
        return None

    def _routed(self, recipient: str, network: Network, price: int) -> Plan:
        rule = self._rulebook.routing.route(self._account.name, self._sender, recipient, network, self._code)
        if rule is None:
            reason = f"no rule matches {recipient} from {self._sender}"
            return self._refusal(recipient, network, StatusId.REJECTED_ROUTE_NOT_AVAILABLE, reason)
        connector, leads_to = self._rulebook.choice.of(rule)
        parts = self._count(16) if self._rulebook.wide(connector) else self._parts
        if parts is None:
            return self._refusal(recipient, network, *self._fault)
        where = " ".join(filter(None, (network.country_code, network.network_name, network.mcc_mnc)))
        reason = (
            f"rule {rule.name!r} ({rule.why()}) leads to {leads_to}; {where};"
            f" {parts} x {self._coding} at {money.plain(price)} {self._account.currency}"
            f"{f', priority {rule.priority}' if rule.priority else ''}"
        )
        mcc_mnc = network.mcc_mnc
        status = StatusId.PENDING_ENROUTE
        return Plan(recipient, parts, status, mcc_mnc, price, connector, rule.name, reason, rule.priority)

    def _refusal(self, recipient: str, network: Network | None, status: StatusId, reason: str) -> Plan:
        return Plan(recipient, self._parts or 0, status, network.mcc_mnc if network else None, reason=reason)

    def _count(self, reference_bits: segments.ReferenceBits) -> int | None:
        """Parts with references of this width; None for more than 255."""
        if reference_bits not in self._counts:
            try:
                encoded = content.encoded(self._content.text, self._content.extra, reference_bits)
            except segments.TooLong as error:
                self._counts[reference_bits] = None
                self._fault = (StatusId.REJECTED_MESSAGE_TOO_LONG, str(error))
            except segments.InvalidUdh as error:
                self._counts[reference_bits] = None
                self._fault = (StatusId.REJECTED_INVALID_UDH, str(error))
            else:
                self._coding = encoded.alphabet.name
                self._counts[reference_bits] = encoded.count if encoded.count <= self._most_parts else None
                if encoded.count > self._most_parts:
                    self._fault = (StatusId.REJECTED_MESSAGE_TOO_LONG, f"{encoded.count} parts, not {self._most_parts}")
        return self._counts[reference_bits]
