"""`stentor trigger`: let something happen in the simulated network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from stentor.cli import shown
from stentor.cli.administering import ConfigOption, DataOption, JsonOption
from stentor.cli.desk import Desk


def register(app: typer.Typer) -> None:
    trigger = typer.Typer(help="Let something happen in the simulated network.", no_args_is_help=True)
    trigger.callback()(lambda: None)
    trigger.command("mo")(mo)
    app.add_typer(trigger, name="trigger")


def mo(
    *,
    sender: Annotated[str, typer.Option("--from", help="Number of the phone that writes.")],
    to: Annotated[str, typer.Option("--to", help="Number or short code it writes to.")],
    text: Annotated[str, typer.Option(help="What it writes.")],
    connector: Annotated[
        str | None, typer.Option(help="Simulated connector it comes through; the first one by default.")
    ] = None,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Let a phone of the simulated network write to one of your numbers.

    Example: stentor trigger mo --from 41791234567 --to 41790000001 --text "QUIZ Paris"
    """
    body = {"from": sender, "to": to, "text": text, "connector": connector}
    given = {name: value for name, value in body.items() if value is not None}
    answer = Desk(data, config).call("POST", "trigger", "mo", body=msgspec.json.encode(given)).json()
    if json:
        shown.as_json(answer)
    else:
        shown.line(_told(answer))


def _told(answer: dict[str, Any]) -> str:
    came = f"{answer['from']} wrote to {answer['to']}: {answer['parts']} SMS through {answer['connector']}"
    if answer["account"] is None:
        number = f"stentor number add {answer['to']} --account NAME"
        return f"{came}; nobody owns the number, so it is kept for the operator. Give it an owner: {number}"
    keyword = f", keyword {answer['keyword']}" if answer["keyword"] else ""
    return f"{came}; it is {answer['account']}'s{keyword} and goes by {answer['way']}"
