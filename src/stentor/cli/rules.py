"""`stentor rule versions` and `undo`, and `stentor route test`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from stentor.cli import shown
from stentor.cli.administering import ConfigOption, DataOption, JsonOption
from stentor.cli.audit import undo_of
from stentor.cli.desk import Desk
from stentor.cli.exits import Problem


def register(rules: typer.Typer, app: typer.Typer) -> None:
    rules.command("versions")(versions)
    rules.command("undo")(undo)
    route = typer.Typer(help="Where messages go.", no_args_is_help=True)
    route.command("test")(route_test)
    route.callback()(lambda: None)
    app.add_typer(route, name="route")


def versions(
    *,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 20,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the revisions that changed rules, newest first. Example: stentor rule versions"""
    rows = _versions(Desk(data, config), limit)
    if json:
        shown.as_json(rows)
    else:
        shown.table(rows, ("number", "at", "operator", "action", "size"), "no rule was changed yet")


def undo(
    number: Annotated[int | None, typer.Argument(help="Which version; the newest by default.")] = None,
    *,
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would change.")] = False,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Take back a change of the rules; taking that back brings it again.

    Example: stentor rule undo --preview
    """
    desk = Desk(data, config)
    if number is None:
        newest = _versions(desk, 1)
        if not newest:
            raise Problem("no rule was changed yet: there is nothing to undo")
        number = newest[0]["number"]
    undo_of(desk, number, preview=preview, json=json)


def _versions(desk: Desk, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.call("GET", "revisions", query={"kind": "rule", "limit": limit}).json()[
        "results"
    ]
    return found


def route_test(
    to: Annotated[str, typer.Argument(metavar="NUMBER", help="The number a message would go to.")],
    *,
    sender: Annotated[str | None, typer.Option("--from", help="The sender.")] = None,
    account: Annotated[str | None, typer.Option(help="The account; may be left out when there is only one.")] = None,
    text: Annotated[str | None, typer.Option(help="The text, for the number of parts.")] = None,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say which rule matches, where a message would go, at what price, and why. Nothing is sent.

    Example: stentor route test 41793026727 --account acme --from InfoSMS
    """
    query = {"to": to, "from": sender, "account": account, "text": text}
    answer = Desk(data, config).call("GET", "route", query=query).json()
    if json:
        shown.as_json(answer)
    else:
        _tell(answer)


def _tell(answer: dict[str, Any]) -> None:
    where = " ".join(filter(None, (answer["country"], answer["network"], answer["mcc_mnc"])))
    shown.line(f"{answer['to']}  {where or 'no known network'}")
    for passed in answer["passed_over"]:
        shown.line(f"  rule {passed['rule']!r} does not match: {passed['because']}")
    if answer["rule"] is not None:
        shown.line(f"  rule {answer['rule']!r} matches")
        for target in answer["targets"]:
            chosen = "->" if target["connector"] == answer["connector"] else "  "
            trouble = f", {target['trouble']}" if target["trouble"] else ""
            shown.line(f"  {chosen} {target['connector']}, weight {target['weight']}{trouble}")
    if answer["connector"] is None:
        shown.line(f"refused with {answer['status']}: {answer['reason']}")
        return
    price = f"{answer['price']} {answer['currency']} from {answer['price_from']}"
    shown.line(f"goes to {answer['connector']}: {answer['parts']} SMS at {price}, {answer['total']} in all")
    shown.line(answer["reason"])
