"""Which connectors carry a message: ordered rules, the first that matches decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from stentor.numbering import Network

MAX_PRIORITY = 9
_Text = Annotated[str, Meta(min_length=1)]


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the connectors a rule leads to."""

    connector: Annotated[_Text, Meta(description="Name of the connector.")]
    weight: Annotated[
        int,
        Meta(
            ge=0,
            description="Its share of the rule's messages, e.g. 70 beside 30. 0: only when no other is available.",
        ),
    ] = 1


class Rule(msgspec.Struct, frozen=True, kw_only=True, dict=True, forbid_unknown_fields=True):
    """One rule; a condition that is left out holds for every message."""

    name: Annotated[_Text, Meta(description="Name of the rule, shown in the history of each message it decides.")]
    order: Annotated[int, Meta(description="Rules are tried in ascending order (then by name); the first decides.")]
    targets: Annotated[
        tuple[Target, ...],
        Meta(
            min_length=1,
            description="Where matching messages go: shared by weight among the connectors that are available, then"
            " those of weight 0 in their order.",
        ),
    ]
    account: Annotated[str | None, Meta(description="Only this account's messages.")] = None
    country: Annotated[str | None, Meta(description="Only to this country, ISO code, e.g. CH.")] = None
    mcc_mnc: Annotated[str | None, Meta(description="Only to this network, MCC and MNC in one, e.g. 22801.")] = None
    prefix: Annotated[str | None, Meta(description="Only to numbers that start so, international, e.g. 4179.")] = None
    sender: Annotated[str | None, Meta(description="Only from this sender.")] = None
    code: Annotated[
        str | None, Meta(description="Only from SMPP sessions bound with system_type R: and this route code.")
    ] = None
    priority: Annotated[
        int,
        Meta(
            ge=0,
            le=MAX_PRIORITY,
            description="Of the messages that wait for a connector, those with the highest number go first.",
        ),
    ] = 0

    def failing(
        self, account: str, sender: str, recipient: str, network: Network, code: str | None = None
    ) -> Iterator[str]:
        """The conditions that do not hold, in words."""
        checked = (
            ("account", self.account, account),
            ("country", self.country, network.country_code),
            ("network", self.mcc_mnc, network.mcc_mnc),
            ("sender", self.sender, sender),
            ("route code", self.code, code),
        )
        for name, wanted, given in checked:
            if wanted is not None and wanted != given:
                yield f"{name} is {given or 'unknown'}, not {wanted}"
        if self.prefix is not None and not recipient.startswith(self.prefix):
            yield f"{recipient} does not start with {self.prefix}"

    def why(self) -> str:
        """The conditions in words, for the message's history."""
        return self._words

    @cached_property
    def _words(self) -> str:
        named = {"account": self.account, "country": self.country, "network": self.mcc_mnc}
        named |= {"prefix": self.prefix, "sender": self.sender, "route code": self.code}
        held = [f"{name} {value}" for name, value in named.items() if value is not None]
        return " and ".join(held) or "every message"


class PassedOver(msgspec.Struct, frozen=True):
    """A rule that was tried and did not match, with its conditions that do not hold."""

    rule: Rule
    because: str


class Routing(msgspec.Struct, frozen=True):
    """How a message was routed: the rule that decided (None: no route), and those tried before it."""

    rule: Rule | None
    before: tuple[PassedOver, ...]


class RoutingTable:
    """Rules by the conditions they name: a message asks each combination in use once, however many rules share it."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: (rule.order, rule.name)))
        shapes: dict[tuple[tuple[int, ...], int], _Shape] = {}
        for place, rule in enumerate(self.rules):
            key = _shape_of(rule)
            shape = shapes.get(key) or shapes.setdefault(key, _Shape(*key, first=place))
            shape.rules.setdefault(shape.key(_conditions(rule)), (place, rule))
        self._shapes = tuple(shapes.values())
        self._named = {rule.name: rule for rule in self.rules}

    def targets(self, rule: str) -> tuple[Target, ...]:
        """Where the rule of that name leads now; none when it is gone."""
        found = self._named.get(rule)
        return found.targets if found is not None else ()

    def knows(self, code: str, account: str) -> bool:
        """Whether a rule of this account, or of any, has the route code (003 §3.1 "Using different routes")."""
        return any(rule.code == code and rule.account in (None, account) for rule in self.rules)

    def route(
        self, account: str, sender: str, recipient: str, network: Network, code: str | None = None
    ) -> Rule | None:
        """The deciding rule, or None: no route (status 19 REJECTED_ROUTE_NOT_AVAILABLE)."""
        best, decided = len(self.rules), None
        facts = ["", account, network.country_code, network.mcc_mnc, sender, code, ""]
        for shape in self._shapes:
            if shape.first > best:
                break
            facts[_PREFIX] = recipient[: shape.prefix_length]
            found = shape.rules.get(shape.key(facts))
            if found is not None and found[0] < best:
                best, decided = found
        return decided

    def explain(self, account: str, sender: str, recipient: str, network: Network) -> Routing:
        """The same decision with its reasons, for people: looks at every rule up to the deciding one."""
        before: list[PassedOver] = []
        for rule in self.rules:
            failing = list(rule.failing(account, sender, recipient, network))
            if not failing:
                return Routing(rule, tuple(before))
            before.append(PassedOver(rule, " and ".join(failing)))
        return Routing(None, tuple(before))


_PREFIX = 6


class _Shape:
    """The rules that name the same conditions (and prefixes of the same length), by the values they want.

    `first`: the place of the first of them in the order of all rules.
    """

    __slots__ = ("first", "key", "prefix_length", "rules")

    def __init__(self, conditions: tuple[int, ...], prefix_length: int, *, first: int) -> None:
        self.key: Callable[[Sequence[str | None]], Any] = itemgetter(0, *conditions)
        self.prefix_length = prefix_length
        self.first = first
        self.rules: dict[Any, tuple[int, Rule]] = {}


def _conditions(rule: Rule) -> list[str | None]:
    return ["", rule.account, rule.country, rule.mcc_mnc, rule.sender, rule.code, rule.prefix]


def _shape_of(rule: Rule) -> tuple[tuple[int, ...], int]:
    named = tuple(place for place, wanted in enumerate(_conditions(rule)) if wanted is not None and place)
    return named, len(rule.prefix or "")
