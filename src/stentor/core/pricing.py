"""What a message costs: the price of one SMS by network, country or anywhere, per plan."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from stentor.numbering import Network

ANYWHERE = "*"


class Price(msgspec.Struct, frozen=True):
    """One line of a price list. `where` is an MCC/MNC ("22801"), an ISO country ("CH") or `*`; micros an SMS."""

    plan: str
    where: str
    micros: int


class PriceList:
    """The nearest price wins: the network's, then the country's, then the plan's `*`."""

    def __init__(self, prices: Iterable[Price]) -> None:
        self._prices = {(price.plan, price.where): price.micros for price in prices}

    def of(self, plan: str, network: Network) -> int | None:
        """Micros for one SMS, or None: the network is not covered (status 6, SMPP 0x22)."""
        get = self._prices.get
        price = get((plan, network.mcc_mnc or ""))
        if price is None:
            price = get((plan, network.country_code))
        return get((plan, ANYWHERE)) if price is None else price
