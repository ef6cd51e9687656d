"""The digit prefixes that a numbering-plan pattern accepts.

The metadata of `phonenumbers` gives a country's ranges as regular expressions over digits, in a small dialect:
literals, `\\d`, character classes, `(?:a|b)`, `?`, `{n}` and `{n,m}`. A prefix table needs the beginnings instead.
"""

from __future__ import annotations

import re
from itertools import product

_TOKEN = re.compile(r"\(\?:|\(|\)|\||\\d|\[[^]]*]|\d|\?|\{\d+(?:,\d+)?}")
_ALL = frozenset("0123456789")

Slots = tuple[frozenset[str], ...]


def prefixes(pattern: str, depth: int) -> set[str]:
    """The shortest digit strings, of at most `depth` digits, after which `pattern` accepts any further digit."""
    found: set[str] = set()
    for slots in _Parser(pattern, depth).alternatives():
        kept = list(slots[:depth])
        while kept and kept[-1] == _ALL:
            kept.pop()
        found.update("".join(digits) for digits in product(*(sorted(slot) for slot in kept)))
    return found


class _Parser:
    """Recursive descent; every construct becomes a set of sequences of digit classes, cut at `depth`."""

    def __init__(self, pattern: str, depth: int) -> None:
        self._tokens = _TOKEN.findall(pattern)
        if "".join(self._tokens) != pattern:
            raise ValueError(f"not a digit pattern: {pattern}")
        self._depth = depth

    def alternatives(self) -> set[Slots]:
        found = self._sequence()
        while self._tokens and self._tokens[0] == "|":
            self._tokens.pop(0)
            found |= self._sequence()
        return found

    def _sequence(self) -> set[Slots]:
        found: set[Slots] = {()}
        while self._tokens and self._tokens[0] not in ("|", ")"):
            item = self._atom()
            found = self._chain(found, self._repeated(item))
        return found

    def _atom(self) -> set[Slots]:
        token = self._tokens.pop(0)
        if token.startswith("("):
            inner = self.alternatives()
            self._tokens.pop(0)
            return inner
        return {(_digits(token),)}

    def _repeated(self, item: set[Slots]) -> set[Slots]:
        low, high = self._bounds()
        run: set[Slots] = {()}
        found = set(run) if low == 0 else set()
        for count in range(1, high + 1):
            run = self._chain(run, item)
            if count >= low:
                found |= run
        return found

    def _bounds(self) -> tuple[int, int]:
        token = self._tokens[0] if self._tokens else ""
        if token == "?":
            self._tokens.pop(0)
            return 0, 1
        if token.startswith("{"):
            self._tokens.pop(0)
            low, _, high = token[1:-1].partition(",")
            return int(low), int(high or low)
        return 1, 1

    def _chain(self, left: set[Slots], right: set[Slots]) -> set[Slots]:
        return {(a + b)[: self._depth] for a in left for b in right}


def _digits(token: str) -> frozenset[str]:
    if token == r"\d":
        return _ALL
    return frozenset(digit for digit in _ALL if re.fullmatch(token, digit))
