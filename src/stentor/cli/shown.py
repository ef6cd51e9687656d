"""Answers as people read them: tables, fields, or with --json as they came."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

_WIDEST = 60
_MOST_CHANGES = 100


def as_json(value: Any) -> None:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


def table(rows: Sequence[dict[str, Any]], columns: Iterable[str], empty: str) -> None:
    """Columns as wide as they need to be; `empty` is said when there is nothing, with what to do about it."""
    if not rows:
        line(empty)
        return
    names = list(columns)
    cells = [names, *([cell(row.get(name)) for name in names] for row in rows)]
    widths = [min(max(len(row[place]) for row in cells), _WIDEST) for place in range(len(names))]
    for row in cells:
        line("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def fields(record: dict[str, Any], *, without: Iterable[str] = ()) -> None:
    names = [name for name in record if name not in set(without)]
    width = max(map(len, names), default=0)
    for name in names:
        line(f"{name.ljust(width)}  {cell(record[name])}")


def cell(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.15g}"
        case list():
            return ",".join(map(cell, value)) or "-"
        case {"connector": connector, "weight": weight}:
            return f"{connector}={weight}"
        case {"keyword": keyword, "account": account, "way": way, "url": url}:
            return "=".join(filter(None, (keyword, account, way, url)))
        case dict():
            return " ".join(f"{name}={cell(inner)}" for name, inner in value.items())
    return str(value)


def line(text: str = "") -> None:
    sys.stdout.write(text + "\n")


def changes(answer: dict[str, Any]) -> None:
    """What a revision changed: `+` came, `-` went, `~` became another, with the fields that differ."""
    for change in answer.get("changes", ())[:_MOST_CHANGES]:
        before, after = change["before"], change["after"]
        sign = "+" if before is None else "-" if after is None else "~"
        line(f"{sign} {change['kind']} {change['key']}  {_difference(change['key'], before, after)}".rstrip())
    if answer["size"] > _MOST_CHANGES:
        line(f"... and {answer['size'] - _MOST_CHANGES} more; --json shows them all")


def revision(answer: dict[str, Any], *, preview: bool = False) -> None:
    """What was just changed, or would be."""
    if not answer["size"]:
        line("nothing to change: it is so already")
        return
    changes(answer)
    counted = f"{answer['size']} definition{'' if answer['size'] == 1 else 's'}"
    if preview:
        line(f"a preview: {counted} would change; nothing was changed")
    else:
        line(
            f"revision {answer['number']}: {counted} changed; take it back with: stentor audit undo {answer['number']}"
        )


def _difference(key: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """Without what the key says already, and what is empty."""
    if before is None or after is None:
        known = after or before or {}
        told = {name: value for name, value in known.items() if value not in (None, [], "", False, key)}
        return "  ".join(f"{name} {cell(value)}" for name, value in told.items())
    names = [name for name in before | after if before.get(name) != after.get(name)]
    return "  ".join(f"{name} {cell(before.get(name))} -> {cell(after.get(name))}" for name in names)
