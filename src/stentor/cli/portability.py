"""`stentor portability import` and `show`: the file of ported numbers that lookups answer from."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from stentor.cli import shown
from stentor.cli.administering import ConfigOption, DataOption, JsonOption
from stentor.cli.desk import Desk
from stentor.cli.files import readable

_PATH = "portability"
_PIECE = 1 << 20
"""Octets sent at a time."""
_COUNTS = ("lines", "added", "changed", "unchanged", "dropped")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Ported numbers, imported from a file.", no_args_is_help=True)
    group.command("import")(import_)
    group.command("show")(show)
    app.add_typer(group, name="portability")


def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV lines: number or range FIRST-LAST, and its MCC/MNC now.")
    ],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Also drop what the file does not have.")] = False,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Take ported numbers from a CSV file. Example: stentor portability import ported.csv --dry-run"""
    desk = Desk(data, config)
    before = desk.call("GET", _PATH).json() if dry_run and prune else {}
    counts = _sent(desk, file, dry_run=dry_run, prune=prune, quiet=json)
    if before:
        counts["dropped"] = max(0, sum(before.values()) - counts["changed"] - counts["unchanged"])
    if json:
        shown.as_json({name: counts[name] for name in _COUNTS})
        return
    would = "would be " if dry_run else ""
    dropped = f", {counts['dropped']:,} {would}dropped" if prune else ""
    shown.line(
        f"{counts['lines']:,} lines: {counts['added']:,} {would}added, {counts['changed']:,} {would}changed,"
        f" {counts['unchanged']:,} as before{dropped}"
    )


def show(*, data: DataOption = Path("data"), config: ConfigOption = None, json: JsonOption = False) -> None:
    """Say how many ported numbers are imported. Example: stentor portability show"""
    answer = Desk(data, config).call("GET", _PATH).json()
    if json:
        shown.as_json(answer)
    else:
        shown.line(f"{answer['numbers']:,} numbers, {answer['ranges']:,} ranges")


def _sent(desk: Desk, file: Path, *, dry_run: bool, prune: bool, quiet: bool) -> Counter[str]:
    query: dict[str, Any] = {"preview": str(dry_run).lower(), "prune": str(prune).lower()}
    counts: Counter[str] = Counter()
    for line, body, more in _pieces(file):
        query |= {"line": line, "more": str(more).lower()}
        answer = desk.call("POST", _PATH, query=query, body=body).json()
        query["part_of"] = answer["part_of"]
        counts.update({name: answer[name] for name in _COUNTS})
        if sys.stderr.isatty() and not quiet:
            sys.stderr.write(f"\r{counts['lines']:,} lines{'' if more else chr(10)}")
            sys.stderr.flush()
    return counts


def _pieces(file: Path) -> Iterator[tuple[int, bytes, bool]]:
    """Whole lines: the number of the first, the octets, and whether more follow."""
    with readable(file), file.open("rb") as source:
        line, piece = 1, b"".join(source.readlines(_PIECE))
        while True:
            following = b"".join(source.readlines(_PIECE))
            yield line, piece, bool(following)
            if not following:
                return
            line, piece = line + piece.count(b"\n"), following
