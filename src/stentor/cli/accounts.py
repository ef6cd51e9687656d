"""`stentor account credit` and `ledger`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from stentor.cli import shown
from stentor.cli.administering import ConfigOption, DataOption, JsonOption
from stentor.cli.desk import Desk
from stentor.cli.options import amount as checked

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the account.")]


def register(app: typer.Typer) -> None:
    app.command("credit")(credit)
    app.command("ledger")(ledger)


def credit(
    name: Name,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="To give, e.g. 100; to take back: -- -100.")],
    *,
    note: Annotated[str, typer.Option(help="Why; kept in the ledger.")] = "",
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Give credit to an account, or take it back. Example: stentor account credit acme 100 --note invoice-17

    To take back: stentor account credit acme --note mistake -- -100
    """
    body = msgspec.json.encode({"amount": checked("amount", amount), "note": note})
    answer = Desk(data, config).call("POST", "accounts", name, "credit", body=body).json()
    if json:
        shown.as_json(answer)
    else:
        shown.line(f"{name} has {answer['balance']} {answer['currency']}")


def ledger(
    name: Name,
    *,
    limit: Annotated[int, typer.Option(help="At most so many rows.")] = 100,
    before: Annotated[str | None, typer.Option(help="Go on behind the row with this id.")] = None,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Read the ledger of an account, newest first: every charge, refund and top-up.

    Example: stentor account ledger acme --limit 20
    """
    answer: dict[str, Any] = (
        Desk(data, config).call("GET", "accounts", name, "ledger", query={"limit": limit, "before": before}).json()
    )
    if json:
        shown.as_json(answer)
        return
    shown.line(f"{name} has {answer['balance']} {answer['currency']}")
    columns = ("at", "kind", "amount", "message_id", "note")
    shown.table(answer["rows"], columns, "no rows yet; give credit: stentor account credit NAME AMOUNT")
    if len(answer["rows"]) == limit:
        shown.line(f"older ones: --before {answer['rows'][-1]['id']}")
