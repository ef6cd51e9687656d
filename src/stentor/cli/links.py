"""`stentor link`: see a short link and its clicks, stop it, or stop all that lead to a host."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from stentor.cli import shown
from stentor.cli.administering import ConfigOption, DataOption, JsonOption
from stentor.cli.desk import Answer, Desk
from stentor.cli.exits import Problem
from stentor.core.shortening import code_in

_LinkArgument = Annotated[
    str | None, typer.Argument(metavar="LINK", help="The link, or what stands behind its domain: NJxE/cJ9UH.")
]
_HostOption = Annotated[str | None, typer.Option(help="Instead of a link: every link to this host.")]


def register(app: typer.Typer) -> None:
    links = typer.Typer(help="Short links in messages: see one and its clicks, stop it.", no_args_is_help=True)
    links.command("show")(show)
    links.command("stop")(stop)
    links.command("start")(start)
    links.command("stopped")(stopped)
    app.add_typer(links, name="link")


def show(
    link: Annotated[str, typer.Argument(metavar="LINK", help="The link, or what stands behind its domain.")],
    *,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show where a short link leads, to whom it was sent, and its clicks. Example: stentor link show NJxE/cJ9UH"""
    _tell(Desk(data, config).call("GET", "links", *_code(link)), json=json)


def stop(
    link: _LinkArgument = None,
    *,
    host: _HostOption = None,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Stop a short link, or all to a host and its subdomains: they answer 410. Example: stentor link stop NJxE/cJ9UH"""
    _tell(_set(Desk(data, config), link, host, stopped=True), json=json)


def start(
    link: _LinkArgument = None,
    *,
    host: _HostOption = None,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Let a stopped short link, or all to a host, lead on again. Example: stentor link start --host example.com"""
    _tell(_set(Desk(data, config), link, host, stopped=False), json=json)


def stopped(*, data: DataOption = Path("data"), config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the hosts that no short link may lead to."""
    _tell(Desk(data, config).call("GET", "link-hosts"), json=json)


def _set(desk: Desk, link: str | None, host: str | None, *, stopped: bool) -> Answer:
    if (link is None) == (host is None):
        raise Problem("give a link, or --host HOST")
    path = ("link-hosts", host) if host is not None else ("links", *_code(link or ""))
    return desk.call("PUT", *path, body=msgspec.json.encode({"stopped": stopped}))


def _code(link: str) -> tuple[str, str]:
    code = code_in(link)
    if code is None:
        raise Problem(f"{link!r} is not a short link such as NJxE/cJ9UH")
    return code[:4], code[4:]


def _tell(answer: Answer, *, json: bool) -> None:
    told = answer.json()
    if json:
        shown.as_json(told)
    elif "hosts" in told:
        shown.table(told["hosts"], ("host", "since"), "no host is stopped")
    else:
        _tell_link(told)


def _tell_link(told: dict[str, Any]) -> None:
    state = "leads to" if told["leads"] else "stopped, led to" if told["stopped"] else "leads nowhere, led to"
    shown.line(f"{told['code']} {state} {told['url']}")
    shown.line(f"  sent to {told['recipient']} at {told['sent_at']} by {told['account']}, until {told['expires']}")
    shown.line(f"  message {told['message_id']} (bulk {told['bulk_id']})")
    shown.table(told["clicks"], ("os", "clicks", "last"), "  no clicks yet")
