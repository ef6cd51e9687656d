"""What a step costs on a channel that has a price list of its own."""

from __future__ import annotations

from stentor.core.rulebook import Rulebook
from stentor.numbering import Network, lookup

_NOWHERE = Network("", "", "", "", "", None, None)


class ChannelPrices:
    """An account's own list, `push@NAME`, goes before the channel's, `push`; without a price a step is free."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook

    def of(self, account: int, plan: str, phone_number: str) -> tuple[int, str | None]:
        """Micros, and the network of the phone number."""
        network = (lookup(phone_number) if phone_number else None) or _NOWHERE
        known = self._rulebook.directory.accounts.get(account)
        if not plan or known is None:
            return 0, network.mcc_mnc
        for name in (f"{plan}@{known.name}", plan):
            price = self._rulebook.prices.of(name, network)
            if price is not None:
                return price, network.mcc_mnc
        return 0, network.mcc_mnc
