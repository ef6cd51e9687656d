"""`stentor number unowned`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stentor.cli import shown
from stentor.cli.administering import ConfigOption, DataOption, JsonOption
from stentor.cli.desk import Desk


def register(numbers: typer.Typer) -> None:
    numbers.command("unowned")(unowned)


def unowned(
    *,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 20,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the messages to numbers that nobody owns, newest first. Example: stentor number unowned"""
    rows = Desk(data, config).call("GET", "unowned", query={"limit": limit}).json()["results"]
    if json:
        shown.as_json(rows)
    else:
        shown.table(rows, ("at", "from", "to", "parts", "connector", "text"), "every message had an owner")
