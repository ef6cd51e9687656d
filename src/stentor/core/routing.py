"""Which connector carries a message: ordered rules, the first that matches decides."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from stentor.numbering import Network


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule; a condition that is None holds for every message. Rules are tried in ascending `order`."""

    name: str
    order: int
    connector: str
    account: str | None = None
    country: str | None = None
    mcc_mnc: str | None = None
    prefix: str | None = None
    sender: str | None = None

    def matches(self, account: str, sender: str, recipient: str, network: Network) -> bool:
        return (
            (self.account is None or self.account == account)
            and (self.country is None or self.country == network.country_code)
            and (self.mcc_mnc is None or self.mcc_mnc == network.mcc_mnc)
            and (self.prefix is None or recipient.startswith(self.prefix))
            and (self.sender is None or self.sender == sender)
        )

    def why(self) -> str:
        """The conditions in words, for the message's history."""
        named = {"account": self.account, "country": self.country, "network": self.mcc_mnc}
        named |= {"prefix": self.prefix, "sender": self.sender}
        held = [f"{name} {value}" for name, value in named.items() if value is not None]
        return " and ".join(held) or "every message"


class RoutingTable:
    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: rule.order))

    def route(self, account: str, sender: str, recipient: str, network: Network) -> Rule | None:
        """The deciding rule, or None: no route (status 19 REJECTED_ROUTE_NOT_AVAILABLE)."""
        for rule in self.rules:
            if rule.matches(account, sender, recipient, network):
                return rule
        return None
