"""What went in and what came out, counted as for a queue, and shown as one table."""

from __future__ import annotations

from collections import Counter

import msgspec


class Tally(msgspec.Struct):
    """Messages by the names their senders gave them."""

    attempted: int = 0
    acknowledged: set[str] = msgspec.field(default_factory=set)
    delivered: Counter[str] = msgspec.field(default_factory=Counter)
    """How often each reached the network, or was found after a crash."""
    reported: Counter[str] = msgspec.field(default_factory=Counter)

    def lines(self) -> dict[str, int]:
        """`unexpected`: there, but its sender was never told; a crash before the answer leaves some."""
        return {
            "attempted": self.attempted,
            "acknowledged": len(self.acknowledged),
            "delivered": len(self.delivered),
            "lost": len(self.acknowledged - set(self.delivered)),
            "unexpected": len(set(self.delivered) - self.acknowledged),
            "duplicated": sum(count - 1 for count in self.delivered.values()),
        }

    def with_reports(self) -> dict[str, int]:
        return {
            **self.lines(),
            "reports missing": len(self.acknowledged - set(self.reported)),
            "reported twice": sum(count - 1 for count in self.reported.values()),
        }


def table(title: str, lines: dict[str, int]) -> str:
    width = max(len(name) for name in lines)
    return "\n".join(["", title, *(f"  {name:<{width}} {count:>9,}" for name, count in lines.items())])
