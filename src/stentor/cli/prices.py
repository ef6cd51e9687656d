"""`stentor price import` and `export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from stentor.cli import shown
from stentor.cli.administering import ConfigOption, DataOption, JsonOption, pages
from stentor.cli.desk import Desk
from stentor.cli.files import octets_of

List = Annotated[str, typer.Argument(metavar="LIST", help='Plan, or "@NAME" for the own list of an account.')]


def register(app: typer.Typer) -> None:
    app.command("import")(import_)
    app.command("export")(export)


def import_(
    list_: List,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with the columns where and price.")],
    *,
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would change.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Also drop lines that the file does not have.")] = False,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Take a price list from a CSV file, as one revision. Example: stentor price import standard new.csv --preview"""
    query = {"preview": str(preview).lower(), "prune": str(prune).lower()}
    answer = Desk(data, config).call("POST", "price-lists", list_, query=query, body=octets_of(file)).json()
    if json:
        shown.as_json(answer)
    else:
        shown.revision(answer, preview=preview)


def export(
    list_: List, *, data: DataOption = Path("data"), config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Print a price list as CSV. Example: stentor price export standard > standard.csv"""
    desk = Desk(data, config)
    if json:
        shown.as_json(pages(desk, "prices", {"list": list_}))
    else:
        sys.stdout.write(desk.call("GET", "price-lists", list_).text())
