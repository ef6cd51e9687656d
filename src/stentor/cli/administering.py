"""Commands of administration: one group for each kind of definition, with options made of the same models as the API.

Every command works beside the running program, or without one on its folder; `--json` prints the API's own answer.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from stentor.api.admin.models import AccountBody, BlockedBody, KeyBody, OperatorBody, PriceBody, UserBody
from stentor.cli import shown
from stentor.cli.desk import Desk
from stentor.cli.exits import Problem
from stentor.cli.files import text_of
from stentor.cli.options import TYPE, Option, amount, given, options_of
from stentor.config.settings import (
    HttpLinkSettings,
    HttpResolverSettings,
    PlanSettings,
    PortabilitySettings,
    PushApplicationSettings,
    SimulatedApplicationSettings,
    SimulatedHlrSettings,
    SimulatedSettings,
    SmppResolverSettings,
    SmscSettings,
)
from stentor.core.definitions import EVERYONE
from stentor.core.numbers import Number
from stentor.core.routing import Rule

DataOption = Annotated[Path, typer.Option("--data", help="Data folder of the platform.")]
ConfigOption = Annotated[Path | None, typer.Option("--config", "-c", help="Its configuration file, instead of --data.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
_COMMON = {
    "data": (DataOption, Path("data")),
    "config": (ConfigOption, None),
    "json": (JsonOption, False),
}
ASK = "-"
"""Instead of a password."""


class Group(msgspec.Struct, frozen=True):
    """`key`: what names one, as arguments, but for those that are `by` options. `first`: arguments to make one.

    `one` and `many`: what they are called in help. `gone`: what else a removal does.
    """

    name: str
    path: str
    one: str
    many: str
    what: str
    bodies: tuple[Any, ...]
    key: tuple[str, ...] = ("name",)
    by: tuple[str, ...] = ()
    first: tuple[str, ...] = ("name",)
    columns: tuple[str, ...] = ("name",)
    filters: tuple[str, ...] = ()
    example: str = ""
    change: str = ""
    named: str = ""
    makes: str = "add"
    note: str = ""
    gone: str = ""


GROUPS = (
    Group("account", "accounts", "an account", "the accounts",
          "Customers: terms, senders, countries, limits, credit.", (AccountBody,),
          columns=("name", "balance", "currency", "plan", "rate", "enabled"), filters=("plan",),
          example="acme --rate 50 --countries CH,DE", change="acme --rate none", named="acme",
          gone="Its logins, keys, own prices, black list and subscriptions go with it; its messages and ledger stay."),
    Group("user", "users", "a login", "the logins", "Logins of accounts.", (UserBody,),
          columns=("name", "account"), filters=("account",), example="shop --account acme", change="shop --password -",
          named="shop", note="Without --password, or with -, the password is asked for, or read from standard input."),
    Group("key", "keys", "an API key", "the API keys", "API keys of accounts.", (KeyBody,), key=("id",),
          first=("account",), columns=("id", "account", "name"), filters=("account",), example="acme --name shop",
          change="c1214cb41e15 --name shop", named="c1214cb41e15", note="It is shown once."),
    Group("price", "prices", "a price", "the prices",
          "Price lists: a plan, or @NAME for the own list of an account.", (PriceBody,), key=("list", "where"),
          first=("list", "where", "price"), columns=("list", "where", "price"), filters=("list", "where"),
          example="standard CH 0.05", named="standard CH", makes="set"),
    Group("rule", "rules", "a rule", "the rules", "Routing rules: conditions, and the connectors they lead to.",
          (Rule,),
          columns=("order", "name", "priority", "targets", "account", "country", "mcc_mnc", "prefix", "sender", "code"),
          filters=("account", "country"), example="swiss --order 10 --country CH --targets a=70,b=30,spare=0",
          change="swiss --targets a,b", named="swiss",
          note="70 of 100 messages go to a, 30 to b, and to spare only when neither is available."),
    Group("connector", "connectors", "a link", "the links", "Links to networks.",
          (SmscSettings, SimulatedSettings, HttpLinkSettings),
          columns=("name", "type", "host", "port", "url", "system_id", "user", "sessions", "window", "rate"),
          example="operator --type smsc --host smsc.example.com --system-id us --password -",
          change="operator --window 100", named="operator",
          note="With - the password is asked for, or read from standard input."),
    Group("resolver", "resolvers", "a resolver", "the resolvers",
          "Resolvers of number lookups, asked in their order.",
          (HttpResolverSettings, SmppResolverSettings, PortabilitySettings, PlanSettings, SimulatedHlrSettings),
          columns=("order", "name", "type", "account", "countries", "url", "host", "timeout"),
          example="upstream --type http --order 10 --url https://api.example.com --user us --password -",
          change="upstream --timeout 2", named="upstream",
          note="With - the password is asked for, or read from standard input."),
    Group("application", "applications", "a push application", "the push applications",
          "Push applications: their code, and the services that reach their devices.",
          (SimulatedApplicationSettings, PushApplicationSettings),
          columns=("name", "code", "account", "type", "title", "apns_topic"), first=("name", "code", "account"),
          filters=(),
          example="shop-app 233623e3c860b49ec69a464834343481-8bj4el4a-256d-23fd-56ad-b5bc3d568b53 shop --type push"
          " --fcm-account @account.json", change="shop-app --title Shop", named="shop-app",
          note="With @FILE a key is read from that file."),
    Group("blocked", "blocked", "a number", "the black lists", "Black lists: numbers that get no messages.",
          (BlockedBody,), key=("account", "number"), by=("account",), first=("number",),
          columns=("number", "account"), filters=("account",), example="41790000000", named="41790000000"),
    Group("number", "numbers", "a number", "the numbers",
          "Numbers and short codes that phones write to: whose they are, and how messages go there.", (Number,),
          key=("number",), first=("number",), columns=("number", "account", "way", "url", "keywords"),
          filters=("account",), example="41790000001 --account acme --way json --url https://acme.example/mo",
          change="41790000001 --keywords QUIZ=acme,STOP=shop=json=https://shop.example/mo", named="41790000001",
          note="A keyword is KEYWORD=ACCOUNT, KEYWORD=ACCOUNT=WAY or KEYWORD=ACCOUNT=WAY=URL."),
    Group("operator", "operators", "an operator", "the operators", "Who may call /admin/1, each with a token.",
          (OperatorBody,), columns=("name",), example="alice", named="alice", note="The token is shown once."),
)  # fmt: skip


def register(app: typer.Typer) -> None:
    from stentor.cli import (  # noqa: PLC0415 - they use what is defined above
        accounts,
        audit,
        devices,
        links,
        numbers,
        operating,
        portability,
        prices,
        rules,
        trigger,
    )

    groups = {group.name: _app_of(group) for group in GROUPS}
    for name, one in groups.items():
        app.add_typer(one, name=name)
    accounts.register(groups["account"])
    prices.register(groups["price"])
    rules.register(groups["rule"], app)
    numbers.register(groups["number"])
    audit.register(app)
    operating.register(app)
    portability.register(app)
    devices.register(app)
    links.register(app)
    trigger.register(app)


def _app_of(group: Group) -> typer.Typer:
    app = typer.Typer(help=group.what, no_args_is_help=True)

    def add(name: str, run: Callable[..., None], first: Sequence[str], options: list[Option], text: str) -> None:
        example = {"list": "", "set": group.change, group.makes: group.example}.get(name, group.named)
        told = f"{text}\n\nExample: stentor {group.name} {name} {example}".rstrip()
        _add(app, name, run, [_argument(one) for one in first], options, told)

    filters = [Option(name, f"Only with this {name}.") for name in group.filters]
    keys = [name for name in group.key if name not in group.by]
    by = [Option(name, "Of this account; by default of everyone's.") for name in group.by]
    if group.makes == "set":
        add("set", _put(group), group.first, [], f"Set {group.one}, new or there already.")
    else:
        options = options_of(group.bodies, without=group.first)
        add("add", _make(group), group.first, options, f"Add {group.one}. {group.note}".rstrip())
    add("list", _list(group), (), filters, f"List {group.many}.")
    if group.name not in ("price", "blocked"):
        add("show", _show(group), keys, by, f"Show {group.one}.")
    if group.change:
        options = options_of(group.bodies, without=(*group.key, TYPE))
        text = "Change what is given; what is not given stays. `none` empties a value that may be empty."
        add("set", _change(group), keys, options, text)
    add("remove", _remove(group), keys, by, f"Remove {group.one}. {group.gone}".rstrip())
    return app


def _make(group: Group) -> Callable[..., None]:
    def run(data: Path, config: Path | None, *, json: bool, **values: Any) -> None:
        if group.name == "user":
            if values["account"] is None:
                raise Problem("--account is needed")  # before a password is asked for
            values["password"] = values["password"] or ASK
        _ask_for_password(values)
        body = msgspec.json.encode(given(group.bodies, values))
        answer = Desk(data, config).call("POST", group.path, body=body).json()
        _print(answer, as_json=json)

    return run


def _ask_for_password(values: dict[str, Any]) -> None:
    """So that it does not stand in the shell's history; nor does the API key of a connector or resolver."""
    for name in ("fcm_account", "apns_key"):
        value = values.get(name)
        if value is not None and value.startswith("@"):
            values[name] = text_of(Path(value[1:]))
    for name, words in (("password", "Password"), ("api_key", "API key")):
        if values.get(name) != ASK:
            continue
        if sys.stdin.isatty():
            values[name] = str(typer.prompt(words, hide_input=True, confirmation_prompt=True))
        else:
            values[name] = sys.stdin.readline().rstrip("\n")


def _put(group: Group) -> Callable[..., None]:
    def run(data: Path, config: Path | None, *, json: bool, **values: Any) -> None:
        key = [values[name] for name in group.key]
        if "price" in values:
            values["price"] = amount("price", values["price"])
        body = msgspec.json.encode(given(group.bodies, values))
        _print(Desk(data, config).call("PUT", group.path, *key, body=body).json(), as_json=json)

    return run


def _change(group: Group) -> Callable[..., None]:
    def run(data: Path, config: Path | None, *, json: bool, **values: Any) -> None:
        key = [values.pop(name) for name in group.key]
        _ask_for_password(values)
        body = msgspec.json.encode(given(group.bodies, values))
        _print(Desk(data, config).call("PATCH", group.path, *key, body=body).json(), as_json=json)

    return run


def _show(group: Group) -> Callable[..., None]:
    def run(data: Path, config: Path | None, *, json: bool, **values: Any) -> None:
        key = [values[name] for name in group.key]
        _print(Desk(data, config).call("GET", group.path, *key).json(), as_json=json)

    return run


def _remove(group: Group) -> Callable[..., None]:
    def run(data: Path, config: Path | None, *, json: bool, **values: Any) -> None:
        key = [values[name] or EVERYONE for name in group.key]
        Desk(data, config).call("DELETE", group.path, *key)
        if json:
            shown.as_json({"removed": "/".join(key)})
        else:
            shown.line(f"{group.name} {' '.join(key)} removed")

    return run


def _list(group: Group) -> Callable[..., None]:
    def run(data: Path, config: Path | None, *, json: bool, **values: Any) -> None:
        rows = pages(Desk(data, config), group.path, values)
        if json:
            shown.as_json(rows)
            return
        if "order" in group.columns:
            rows.sort(key=lambda row: (row["order"] is None, row["order"], row["name"]))
        for row in rows:
            row.update({"targets": _targets(row["targets"])} if "targets" in row else {})
        columns = [name for name in group.columns if any(row.get(name) is not None for row in rows)]
        shown.table(rows, columns, f"none yet; make one: stentor {group.name} {group.makes} {group.example}")

    return run


def pages(desk: Desk, path: str, query: dict[str, Any]) -> list[dict[str, Any]]:
    """All of a collection, page by page."""
    rows: list[dict[str, Any]] = []
    after = None
    while True:
        answer = desk.call("GET", path, query={**query, "limit": 1_000, "after": after}).json()
        rows += answer["results"]
        after = answer.get("next")
        if after is None:
            return rows


def _targets(targets: list[dict[str, Any]]) -> str:
    if len(targets) == 1:
        return str(targets[0]["connector"])
    return " ".join(f"{target['connector']}={target['weight']}" for target in targets)


def _print(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        shown.as_json(answer)
    else:
        shown.fields(answer)
        if "key" in answer or "token" in answer:
            shown.line("Keep it: it is not shown again.")


def _argument(name: str) -> inspect.Parameter:
    hint = Annotated[str, typer.Argument(metavar=name.upper(), help=_ARGUMENTS.get(name, ""))]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=hint)


_ARGUMENTS = {
    "account": "Name of the account.",
    "id": "What the key is called: see `stentor key list`.",
    "list": 'Plan, or "@NAME" for the own list of an account.',
    "number": "Number in international form.",
    "price": "Price of one SMS.",
    "where": 'MCC/MNC ("22801"), ISO country ("CH"), or "*".',
}


def _add(
    app: typer.Typer,
    name: str,
    run: Callable[..., None],
    arguments: list[inspect.Parameter],
    options: list[Option],
    text: str,
) -> None:
    """A command whose parameters are made here: typer reads them from the signature."""
    parameters = [*arguments, *(option.parameter() for option in options)]
    for common, (hint, default) in _COMMON.items():
        parameters.append(
            inspect.Parameter(common, inspect.Parameter.KEYWORD_ONLY, annotation=hint, default=default),
        )

    def command(**values: Any) -> None:
        data, config, json = values.pop("data"), values.pop("config"), values.pop("json")
        run(data, config, json=json, **values)

    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    app.command(name, help=text)(command)
