"""What the operator defined, ready for decisions without I/O; it follows each revision at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from stentor.core.account import Directory
from stentor.core.choice import Choice
from stentor.core.definitions import EVERYONE, Application, Book, Change, Record
from stentor.core.pricing import PriceList
from stentor.core.routing import RoutingTable, Target


class Rulebook:
    """`wide`: whether a connector's long messages carry 16-bit references, which leaves less room in each part."""

    def __init__(self, records: Iterable[Record] = (), wide: Callable[[str], bool] = lambda _: False) -> None:
        self.wide = wide
        self.book = Book()
        self.directory = Directory()
        self.prices = PriceList()
        self.routing = RoutingTable(())
        self.choice = Choice()
        self.applications: dict[str, Application] = {}
        """Push applications by their code."""
        self._blocked: dict[str, set[str]] = {}
        self._takers: dict[str, Callable[[Change], None]] = {
            "account": self._account,
            "user": self._user,
            "key": self._key,
            "operator": self._operator,
            "price": self._price,
            "blocked": self._block,
            "application": self._application,
        }
        self.apply(Book().difference(records))

    def blocks(self, account: str, number: str) -> bool:
        """Whether the number is on the account's black list or on everyone's."""
        blocked = self._blocked
        return bool(blocked) and any(number in blocked[whose] for whose in (EVERYONE, account) if whose in blocked)

    def targets(self, rule: str) -> Sequence[Target]:
        """Where the rule of that name leads now."""
        return self.routing.targets(rule)

    def apply(self, changes: Sequence[Change]) -> None:
        """Only what changed is touched: 100,000 prices are not read again for one account."""
        self.book.apply(changes)
        for change in changes:
            take = self._takers.get(change.kind)
            if take is not None:
                take(change)
        if any(change.kind == "rule" for change in changes):
            self.routing = RoutingTable(self.book.of("rule").values())

    def _account(self, change: Change) -> None:
        directory = self.directory
        if change.after is None:
            directory.accounts.pop(change.before.id, None)
            directory.named.pop(change.key, None)
        else:
            directory.accounts[change.after.id] = directory.named[change.key] = change.after

    def _user(self, change: Change) -> None:
        if change.after is None:
            self.directory.users.pop(change.key, None)
        else:
            self.directory.users[change.key] = change.after

    def _key(self, change: Change) -> None:
        if change.before is not None:
            self.directory.keys.pop(change.before.digest, None)
        if change.after is not None:
            self.directory.keys[change.after.digest] = change.after

    def _operator(self, change: Change) -> None:
        if change.before is not None:
            self.directory.operators.pop(change.before.digest, None)
        if change.after is not None:
            self.directory.operators[change.after.digest] = change.after.name

    def _price(self, change: Change) -> None:
        if change.after is None:
            self.prices.drop(change.before)
        else:
            self.prices.put(change.after)

    def _application(self, change: Change) -> None:
        if change.before is not None:
            self.applications.pop(change.before.code, None)
        if change.after is not None:
            self.applications[change.after.code] = change.after

    def _block(self, change: Change) -> None:
        whose, _, number = change.key.rpartition("/")
        numbers = self._blocked.setdefault(whose, set())
        if change.after is None:
            numbers.discard(number)
        else:
            numbers.add(number)
