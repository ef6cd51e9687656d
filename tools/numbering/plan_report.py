"""How many carrier prefixes have an MCC and MNC, and which carriers have none."""

from __future__ import annotations

from collections import Counter

from carriers import carriers
from operators import Operators


def report() -> str:
    """Coverage in all, by country (largest first), and the carriers that lack a code, largest first."""
    operators = Operators()
    every: Counter[str] = Counter()
    mapped: Counter[str] = Counter()
    missing: Counter[tuple[str, str]] = Counter()
    for carrier in carriers():
        every[carrier.country] += 1
        if operators.code(carrier.country, carrier.name):
            mapped[carrier.country] += 1
        else:
            missing[carrier.country, carrier.name] += 1
    lines = [f"all  {mapped.total():6} of {every.total():6}  {mapped.total() / every.total():7.2%}"]
    lines += [
        f"{iso:3}  {mapped[iso]:6} of {total:6}  {mapped[iso] / total:7.2%}" for iso, total in every.most_common()
    ]
    lines += ["", "Carriers without a code:"]
    lines += [f"{total:6}  {iso:3}  {name}" for (iso, name), total in missing.most_common()]
    return "\n".join(lines)
