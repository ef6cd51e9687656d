"""A request's numbers, each decided before anybody is asked: a number or not, allowed or not, at what price."""

from __future__ import annotations

from collections.abc import Sequence

from stentor.catalogue import StatusId
from stentor.core.account import Account
from stentor.core.lookup.records import PENDING, LookupResult
from stentor.core.rulebook import Rulebook
from stentor.numbering import InvalidMsisdn, Network, lookup, normalise

STATUS_OF_FAULT = {
    "empty": StatusId.MISSING_TO,
    "prefix": StatusId.REJECTED_PREFIX_MISSING,
    "not_digits": StatusId.REJECTED_DESTINATION_INVALID,
    "length": StatusId.REJECTED_DESTINATION_INVALID,
}
_MOST_DIGITS = 30


class Drafts:
    """The numbers to be kept, one for each however often it stands in the request, and what is no number.

    `any_digits`: what has only digits is kept too, whatever country code it lacks (003 §2.5: 123456 is one).
    """

    def __init__(
        self,
        rulebook: Rulebook,
        account: Account,
        numbers: Sequence[str],
        ids: Sequence[int],
        *,
        bulk: str,
        now: int,
        any_digits: bool = False,
    ) -> None:
        self._rulebook = rulebook
        self._account = account
        self._bulk = bulk
        self._now = now
        self._any_digits = any_digits
        self._faults: dict[str, int] = {}
        self._places: dict[str, int] = {}
        self._order: list[int | LookupResult] = []
        self._fresh: list[tuple[str, int]] = []
        for number, id_ in zip(numbers, ids, strict=True):
            self._order.append(self._placed(number, id_))

    def __len__(self) -> int:
        return len(self._fresh)

    def decided(self, start: int, end: int) -> list[LookupResult]:
        """A portion of them: a large request is decided step by step."""
        return [self._decided(number, id_) for number, id_ in self._fresh[start:end]]

    def results(self, decided: Sequence[LookupResult]) -> list[LookupResult]:
        """A result for each number that was given, in that order; `decided` are all portions."""
        return [decided[one] if isinstance(one, int) else one for one in self._order]

    def _placed(self, given: str, id_: int) -> int | LookupResult:
        try:
            number = normalise(given)
        except InvalidMsisdn as fault:
            status, number = STATUS_OF_FAULT[fault.reason], given.strip().removeprefix("+")
            if not (self._any_digits and number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS):
                return self._draft(0, given, status)
            self._faults[number] = status
        if number not in self._places:
            self._places[number] = len(self._fresh)
            self._fresh.append((number, id_))
        return self._places[number]

    def _decided(self, number: str, id_: int) -> LookupResult:
        if number in self._faults:
            return self._draft(id_, number, self._faults[number])
        network = lookup(number)
        price = self._price(network)
        if network is None or price is None:
            return self._draft(id_, number, StatusId.REJECTED_NETWORK, network)
        return self._draft(id_, number, PENDING, network, price)

    def _price(self, network: Network | None) -> int | None:
        """None where the account may not ask: a country that is not its own, or one without a price."""
        account = self._account
        if network is None or (account.countries is not None and network.country_code not in account.countries):
            return None
        return self._rulebook.prices.of(account.lookup_plan, network)

    def _draft(self, id_: int, to: str, status: int, network: Network | None = None, price: int = 0) -> LookupResult:
        return LookupResult(
            id=id_,
            account=self._account.id,
            bulk=self._bulk,
            to=to,
            status=status,
            mcc_mnc=network.mcc_mnc if network else None,
            price=price,
            sent_at=self._now,
            done_at=self._now,
        )
