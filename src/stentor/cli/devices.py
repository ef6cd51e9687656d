"""`stentor device`: devices of push applications, and what they would say themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from stentor.cli import shown
from stentor.cli.administering import ConfigOption, DataOption, JsonOption
from stentor.cli.desk import Desk

_PATH = "devices"
_COLUMNS = ("id", "application", "platform", "msisdn", "registration_id", "since")
_Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the device.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Devices of push applications.", no_args_is_help=True)
    for name, command in (("list", list_), ("add", add), ("bind", bind), ("remove", remove), ("received", received)):
        group.command(name)(command)
    app.add_typer(group, name="device")


def list_(
    application: Annotated[str, typer.Argument(metavar="APPLICATION", help="Name of the push application.")],
    *,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 100,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List devices. Example: stentor device list shop-app"""
    query = {"application": application, "limit": limit}
    answer = Desk(data, config).call("GET", _PATH, query=query).json()
    if json:
        shown.as_json(answer)
    else:
        shown.table(answer["results"], _COLUMNS, "no device; they come by themselves, or with: stentor device add")


def add(
    application: Annotated[str, typer.Argument(metavar="APPLICATION", help="Name of the push application.")],
    registration_id: Annotated[str, typer.Argument(metavar="REGISTRATION", help="Address at the push service.")],
    *,
    msisdn: Annotated[str, typer.Option(help="Its phone number.")] = "",
    platform: Annotated[str, typer.Option(help="GCM or APNS.")] = "GCM",
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Register a device. Example: stentor device add shop-app token-1 --msisdn 41793026727"""
    body = {"application": application, "registration_id": registration_id, "msisdn": msisdn, "platform": platform}
    _print(Desk(data, config).call("POST", _PATH, body=msgspec.json.encode(body)).json(), as_json=json)


def bind(
    id_: _Id,
    msisdn: Annotated[str, typer.Argument(metavar="NUMBER", help='Its phone number; "" for none.')],
    *,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Tie a device to a phone number. Example: stentor device bind ID 41793026727"""
    body = msgspec.json.encode({"msisdn": msisdn})
    _print(Desk(data, config).call("PUT", _PATH, id_, body=body).json(), as_json=json)


def remove(id_: _Id, *, data: DataOption = Path("data"), config: ConfigOption = None) -> None:
    """Forget a device. Example: stentor device remove ID"""
    Desk(data, config).call("DELETE", _PATH, id_)


def received(
    messages: Annotated[list[str], typer.Argument(metavar="MESSAGE...", help="Ids of push messages.")],
    *,
    seen: Annotated[bool, typer.Option("--seen", help="They were read, too.")] = False,
    data: DataOption = Path("data"),
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say that a device has messages, in its place. Example: stentor device received MESSAGE --seen"""
    body = msgspec.json.encode({"messages": messages, "seen": seen})
    answer = Desk(data, config).call("POST", "received", body=body).json()
    if json:
        shown.as_json(answer)
    else:
        shown.line(f"{answer['known']} of {len(messages)} are push messages")


def _print(answer: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        shown.as_json(answer)
    else:
        shown.fields(answer)
