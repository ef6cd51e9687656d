"""Which of a rule's targets carries the next message: shares by weight among those that are available."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stentor.core.routing import Rule, Target

Trouble = Callable[[str], str | None]
"""Why a connector cannot be used now, in words ("down: connection refused"); None: it can."""


class Shares:
    """Smooth weighted round robin, per rule: with weights 70 and 30 exactly 7 and 3 of 10, well mixed."""

    def __init__(self) -> None:
        self._levels: dict[str, tuple[Sequence[Target], list[int]]] = {}

    def next(self, rule: str, targets: Sequence[Target], usable: Sequence[bool]) -> Target | None:
        """The usable target whose turn it is, else the first usable one of weight 0; None when none is usable."""
        known, levels = self._levels.get(rule, ((), []))
        if known != targets:
            levels = [0] * len(targets)
            self._levels[rule] = (targets, levels)
        total, chosen = 0, -1
        for place, target in enumerate(targets):
            if usable[place] and target.weight:
                total += target.weight
                levels[place] += target.weight
                if chosen < 0 or levels[place] > levels[chosen]:
                    chosen = place
        if chosen < 0:
            return next((target for target, able in zip(targets, usable, strict=True) if able), None)
        levels[chosen] -= total
        return targets[chosen]


class Choice:
    """The choice at acceptance, with its reason. `trouble` is given by the application."""

    def __init__(self, trouble: Trouble = lambda _: None) -> None:
        self.trouble = trouble
        self._shares = Shares()

    def of(self, rule: Rule) -> tuple[str, str]:
        """A connector, and it again in words with what spoke against the others."""
        targets = rule.targets
        troubles = [self.trouble(target.connector) for target in targets]
        usable = [trouble is None for trouble in troubles]
        if len(targets) == 1:
            only = targets[0].connector
            return only, only if usable[0] else f"{only}, though {_said(targets, troubles)}"
        target = self._shares.next(rule.name, targets, usable)
        if target is not None:
            return target.connector, f"{target.connector}{_because(target, targets, troubles)}"
        target = self._shares.next(rule.name, targets, [True] * len(targets)) or targets[0]
        return target.connector, f"{target.connector}, though {_said(targets, troubles)}"


def _because(target: Target, targets: Sequence[Target], troubles: Sequence[str | None]) -> str:
    said = _said(targets, troubles)
    weighted = [one.weight for one, trouble in zip(targets, troubles, strict=True) if one.weight and trouble is None]
    share = f" (weight {target.weight} of {sum(weighted)})" if target.weight and len(weighted) > 1 else ""
    return f"{share}, for {said}" if said else share


def _said(targets: Sequence[Target], troubles: Sequence[str | None]) -> str:
    pairs = zip(targets, troubles, strict=True)
    return " and ".join(f"{target.connector} is {trouble}" for target, trouble in pairs if trouble is not None)
