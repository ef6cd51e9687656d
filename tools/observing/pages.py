"""Writes what follows from the table of measures: the tables of docs/reference/metrics.md, and the dashboard."""

from __future__ import annotations

import re
from pathlib import Path

from dashboard import dashboard

from stentor.core.measures import GROUPS, Measure

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "metrics.md"
DASHBOARD = ROOT / "docs" / "grafana" / "stentor.json"
_GENERATED = re.compile(r"(<!-- measures -->\n).*?(<!-- end of measures -->)", re.DOTALL)


def page(text: str) -> str:
    """The page with its tables as they should be."""
    tables = "\n".join(f"## {title}\n\n{_table(measures)}\n" for title, measures in GROUPS.items())
    return _GENERATED.sub(lambda found: f"{found[1]}\n{tables}\n{found[2]}", text)


def _table(measures: tuple[Measure, ...]) -> str:
    rows = ["| name | kind | labels | unit | meaning |", "|---|---|---|---|---|"]
    for one in measures:
        labels = ", ".join(f"`{label}`" for label in one.labels)
        rows.append(f"| `{one.name}` | {one.kind} | {labels} | {one.unit} | {one.meaning} |")
    return "\n".join(rows)


def main() -> None:
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    DASHBOARD.write_text(dashboard(), encoding="utf-8")


if __name__ == "__main__":
    main()
