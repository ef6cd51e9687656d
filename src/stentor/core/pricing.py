"""What a message costs: the price of one SMS by network, country or anywhere, per account or plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from stentor.numbering import Network

ANYWHERE = "*"
OWN = "@"
"""What precedes an account's name where a list is named, so that it is not taken for a plan."""


class Price(msgspec.Struct, frozen=True):
    """One line of a price list."""

    list: Annotated[
        str, Meta(min_length=1, description='A plan such as "standard", or "@NAME": the own list of an account.')
    ]
    where: Annotated[str, Meta(description='MCC/MNC ("22801"), ISO country ("CH"), or "*".')]
    micros: Annotated[int, Meta(ge=0, description="Price of one SMS, millionths.")]


class PriceList:
    """An account's own list goes before its plan; in each, the network's price before the country's, then `*`."""

    def __init__(self, prices: Iterable[Price] = ()) -> None:
        self._prices: dict[str, dict[str, int]] = {}
        for price in prices:
            self.put(price)

    def put(self, price: Price) -> None:
        self._prices.setdefault(price.list, {})[price.where] = price.micros

    def drop(self, price: Price) -> None:
        self._prices.get(price.list, {}).pop(price.where, None)

    def of(self, plan: str, network: Network, account: str = "") -> int | None:
        """Micros for one SMS, or None: the network is not covered (status 6, SMPP 0x22)."""
        found = self.found(plan, network, account)
        return None if found is None else found.micros

    def found(self, plan: str, network: Network, account: str = "") -> Price | None:
        """The line that decides."""
        for name in (OWN + account, plan):
            lines = self._prices.get(name)
            if lines:
                for where in (network.mcc_mnc, network.country_code, ANYWHERE):
                    if where is not None and where in lines:
                        return Price(name, where, lines[where])
        return None
