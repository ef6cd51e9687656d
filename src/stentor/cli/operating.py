"""`stentor config`, `status`, `doctor`, `tail` and `erase`."""

from __future__ import annotations

import contextlib
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from stentor.cli import shown
from stentor.cli.administering import ConfigOption, DataOption, JsonOption
from stentor.cli.desk import Desk
from stentor.cli.exits import Problem
from stentor.cli.files import octets_of
from stentor.core.definitions import Link

_SIGNS = {"ok": "ok     ", "note": "note   ", "trouble": "TROUBLE"}


def register(app: typer.Typer) -> None:
    config = typer.Typer(help="Print the default configuration; or everything that is defined as one file.")
    config.callback(invoke_without_command=True)(printed)
    config.command("export")(export)
    config.command("import")(import_)
    app.add_typer(config, name="config")
    for command in (status, doctor, tail, erase):
        app.command()(command)


def printed(context: typer.Context) -> None:
    """Print the default configuration with comments; or export and import what is defined."""
    if context.invoked_subcommand is None:
        from stentor.config import printed as text  # noqa: PLC0415

        sys.stdout.write(text())


def export(
    *,
    secrets: Annotated[
        bool, typer.Option("--secrets", help="With passwords; otherwise <kept> stands for them.")
    ] = False,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Print all that is defined as one TOML file: connectors, accounts, prices, routes, black lists, operators.

    Example: stentor config export > all.toml
    """
    answer = Desk(data, config).call("GET", "config", query={"secrets": str(secrets).lower()})
    if json:
        shown.as_json(tomllib.loads(answer.text()))
    else:
        sys.stdout.write(answer.text())


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="TOML file, as `stentor config export` prints it.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the difference.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Also remove what the file does not have, of the kinds that it has.")
    ] = False,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Apply a file to the running program at once, as one revision: add and change what it has.

    Example: stentor config import all.toml --dry-run
    """
    query = {"preview": str(dry_run).lower(), "prune": str(prune).lower()}
    answer = Desk(data, config).call("POST", "config", query=query, body=octets_of(file)).json()
    if json:
        shown.as_json(answer)
    else:
        shown.revision(answer, preview=dry_run)


def status(*, data: DataOption = Path("data"), config: ConfigOption = None, json: JsonOption = False) -> None:
    """See how the running program fares: connectors, windows, queues, SMPP sessions of customers."""
    desk = Desk(data, config)
    if not desk.running:
        raise Problem(f"no program runs on {desk.folder}; start it, or give its --data or --config")
    answer = desk.call("GET", "status").json()
    if json:
        shown.as_json(answer)
        return
    shown.line(f"running since {answer['started']}, a commit takes {answer['commit_ms']} ms")
    rows = [
        {
            **one,
            "sessions": f"{one['bound']}/{one['sessions']}",
            "window": f"{one['in_window']}/{one['window'] * max(one['bound'], 1)}",
            "waiting": answer["waiting"].get(one["name"], 0),
            **{name: None if one[name] is None else round(one[name], 1) for name in ("round_trip_ms", "learned_rate")},
        }
        for one in answer["connectors"]
    ]
    columns = ("name", "sessions", "window", "waiting", "round_trip_ms", "rate", "learned_rate", "throttled", "trouble")
    shown.table(rows, columns, "no connectors yet; make one: stentor connector add NAME --type smsc --host HOST")
    if answer.get("smpp") is not None:  # a program of before does not say it
        customers = ("account", "transmitters", "receivers", "transceivers", "most")
        shown.line("")
        shown.table(answer["smpp"], customers, "no customer is bound over SMPP")


def doctor(*, data: DataOption = Path("data"), config: ConfigOption = None, json: JsonOption = False) -> None:
    """Name what holds messages up, and check ports, fsync speed, clock, TLS and disk. Exit code 1: something does."""
    findings = _findings(Desk(data, config), config)
    order = {"trouble": 0, "note": 1, "ok": 2}
    findings.sort(key=lambda finding: order[finding["level"]])
    if json:
        shown.as_json(findings)
    else:
        for finding in findings:
            shown.line(f"{_SIGNS[finding['level']]}  {finding['subject']}: {finding['said']}")
            if finding["remedy"]:
                shown.line(f"         to do: {finding['remedy']}")
    if any(finding["level"] == "trouble" for finding in findings):
        raise typer.Exit(1)


def _findings(desk: Desk, config: Path | None) -> list[dict[str, Any]]:
    from msgspec.structs import replace  # noqa: PLC0415

    from stentor.app.checkup import checkup  # noqa: PLC0415
    from stentor.config import Settings, load, settings_of  # noqa: PLC0415

    settings = load(config) if config is not None else Settings()
    settings = replace(settings, storage=replace(settings.storage, data=str(desk.folder)))
    running = desk.running
    asked: list[dict[str, Any]] = desk.call("GET", "status").json()["findings"] if running else []
    if not running:
        said = f"no program runs on {desk.folder}"
        asked.append(
            {"subject": "program", "level": "note", "said": said, "remedy": "start it: stentor serve, or demo"}
        )
    newest, links = _of_folder(desk.folder)
    named = {link.name: link for link in (*settings.connectors, *map(settings_of, links))}
    settings = replace(settings, connectors=tuple(named.values()))
    return [*asked, *msgspec.to_builtins(list(checkup(settings, running=running, newest_ms=newest)))]


def _of_folder(folder: Path) -> tuple[int, list[Link]]:
    """When the newest message of the folder was made, and the connectors that are defined there."""
    from stentor.core.ids import milliseconds_of  # noqa: PLC0415
    from stentor.storage.sqlite import SqliteStore, booking  # noqa: PLC0415

    try:
        connection = SqliteStore.reader(folder)
    except FileNotFoundError:
        return 0, []
    with contextlib.closing(connection):
        newest = milliseconds_of(connection.execute("SELECT ifnull(max(id), 0) FROM message").get)
        return newest, booking.links(connection)


def tail(
    *,
    account: Annotated[str | None, typer.Option(help="Only messages of this account.")] = None,
    sender: Annotated[str | None, typer.Option("--from", help="Only messages of this sender.")] = None,
    to: Annotated[str | None, typer.Option(help="Only messages to this number.")] = None,
    message_id: Annotated[str | None, typer.Option("--message-id", help="Only this message.")] = None,
    event: Annotated[str | None, typer.Option(help="Only these events, e.g. final,rejected.")] = None,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Follow what happens to messages, as it happens. Stop with Ctrl-C."""
    query = {"account": account, "from": sender, "to": to, "messageId": message_id, "event": event}
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        for line in Desk(data, config).lines("tail", query=query):
            if json:
                sys.stdout.write(line.decode())
            else:
                _tell(msgspec.json.decode(line))
            sys.stdout.flush()


def _tell(line: dict[str, Any]) -> None:
    if line["event"] == "heartbeat":
        return
    way = f"{line['from']} -> {line['to']}" if "to" in line else ""
    pieces = (line["at"], line.get("messageId", ""), line["event"].ljust(10), way, line.get("detail", ""))
    shown.line("  ".join(filter(None, pieces)))


def erase(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Number in international form.")],
    *,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Forget all messages to and from a number, but for those still under way. Example: stentor erase 41793026727"""
    body = msgspec.json.encode({"number": number})
    answer = Desk(data, config).call("POST", "erase", body=body).json()
    if json:
        shown.as_json(answer)
    else:
        shown.line(f"messages erased: {answer['messages']}; still under way, and left: {answer['left']}")
