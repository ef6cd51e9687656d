"""`stentor audit`: who changed what, and taking it back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stentor.cli import shown
from stentor.cli.administering import ConfigOption, DataOption, JsonOption
from stentor.cli.desk import Desk

Number = Annotated[int, typer.Argument(help="Number of the revision.")]


def register(app: typer.Typer) -> None:
    audit = typer.Typer(help="The audit log: who changed what and when; and undo.", no_args_is_help=True)
    audit.command("list")(list_)
    audit.command("show")(show)
    audit.command("undo")(undo)
    app.add_typer(audit, name="audit")


def list_(
    *,
    kind: Annotated[str | None, typer.Option(help="Only changes of this kind, e.g. rule.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 50,
    before: Annotated[int | None, typer.Option(help="Only numbers under this one.")] = None,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List revisions, newest first. Example: stentor audit list --kind price"""
    query = {"kind": kind, "limit": limit, "before": before}
    rows = Desk(data, config).call("GET", "revisions", query=query).json()["results"]
    if json:
        shown.as_json(rows)
    else:
        shown.table(rows, ("number", "at", "operator", "action", "size"), "nothing was changed yet")


def show(
    number: Number, *, data: DataOption = Path("data"), config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Show what a revision changed. Example: stentor audit show 17"""
    answer = Desk(data, config).call("GET", "revisions", str(number)).json()
    if json:
        shown.as_json(answer)
        return
    shown.line(f"{answer['at']}  {answer['operator']}: {answer['action']}")
    shown.changes(answer)
    if answer["size"]:
        shown.line(f"take it back with: stentor audit undo {number}")


def undo(
    number: Number,
    *,
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would change.")] = False,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Take a revision back, unless something it changed was changed again since.

    Example: stentor audit undo 17 --preview
    """
    undo_of(Desk(data, config), number, preview=preview, json=json)


def undo_of(desk: Desk, number: int, *, preview: bool, json: bool) -> None:
    query = {"preview": str(preview).lower()}
    answer = desk.call("POST", "revisions", str(number), "undo", query=query).json()
    if json:
        shown.as_json(answer)
    else:
        shown.revision(answer, preview=preview)
