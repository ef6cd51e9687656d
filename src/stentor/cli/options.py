"""Options of commands made of the fields of the API's bodies, and bodies made of what was given."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import typer
from msgspec import Meta

from stentor.cli.exits import Problem
from stentor.core import money
from stentor.core.routing import Target

NONE = "none"
TYPE = "type"
"""The option that chooses among several bodies."""


class Option(msgspec.Struct, frozen=True):
    """One option; `hint` is the type of the field, without its descriptions."""

    name: str
    help: str
    hint: Any = str

    def parameter(self) -> inspect.Parameter:
        dashed = self.name.replace("_", "-")
        if bool in _types(self.hint):
            option: Any = Annotated[bool | None, typer.Option(f"--{dashed}/--no-{dashed}", help=self.help)]
        else:
            option = Annotated[str | None, typer.Option(f"--{dashed}", help=self.help, metavar=_metavar(self.hint))]
        return inspect.Parameter(self.name, inspect.Parameter.KEYWORD_ONLY, annotation=option, default=None)


def options_of(bodies: Sequence[Any], without: Sequence[str]) -> list[Option]:
    """The fields of one or more bodies; with several, the tag that tells them apart is the option `--type`."""
    found: dict[str, Option] = {}
    tags = [body.__struct_config__.tag for body in bodies]
    if len(bodies) > 1 and TYPE not in without:
        found[TYPE] = Option(TYPE, "Which kind.", Literal[tuple(map(str, tags))])
    for body in bodies:
        for name, hint in get_type_hints(body, include_extras=True).items():
            if name not in without and name in body.__struct_fields__:
                found.setdefault(name, Option(name, _description(hint), _plain(hint)))
    return list(found.values())


def given(bodies: Sequence[Any], values: dict[str, Any]) -> dict[str, Any]:
    """The body that the options mean; what was not given is left out."""
    hints: dict[str, Any] = {TYPE: Literal[tuple(str(body.__struct_config__.tag) for body in bodies)]}
    for body in bodies:
        hints |= {name: hint for name, hint in get_type_hints(body).items() if name not in hints}
    return {name: _value(name, value, hints.get(name, str)) for name, value in values.items() if value is not None}


def _value(name: str, value: Any, hint: Any) -> Any:
    kinds, choices = _types(hint), _choices(hint)
    dashed = f"--{name.replace('_', '-')}"
    if not isinstance(value, str):
        return value
    if value == NONE and type(None) in kinds:
        return None
    if choices and value not in choices:
        raise Problem(f"{dashed}: {value!r} is not {' or '.join(choices)}")
    if tuple in kinds:
        pieces = [] if value == NONE else [piece.strip() for piece in value.split(",") if piece.strip()]
        return [_PIECES[name](piece) for piece in pieces] if name in _PIECES else pieces
    if int in kinds or float in kinds:
        return _number(dashed, value, whole=float not in kinds)
    return value


def amount(name: str, text: str) -> str:
    """A decimal in units of a currency, as it was typed; what is none is told before anybody is asked."""
    try:
        money.parse(text)
    except ValueError as error:
        raise Problem(f"{name}: {error}") from None
    return text


def _number(dashed: str, text: str, *, whole: bool) -> float:
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Problem(f"{dashed}: {text!r} is not a {'whole ' if whole else ''}number")
    return number


def _target(text: str) -> dict[str, Any]:
    connector, separator, weight = text.partition("=")
    if separator and not weight.isdigit():
        raise Problem(f"--targets: {text!r} is not CONNECTOR=WEIGHT, e.g. a=70,b=30")
    return msgspec.to_builtins(Target(connector, int(weight) if separator else 1))  # type: ignore[no-any-return]


def _keyword(text: str) -> dict[str, Any]:
    keyword, *rest = text.split("=", 3)
    names = ("account", "way", "url")
    if not rest:
        raise Problem(f"--keywords: {text!r} is not KEYWORD=ACCOUNT=WAY=URL, e.g. QUIZ=acme or STOP=acme=pull")
    return {"keyword": keyword, **dict(zip(names, rest, strict=False))}


_PIECES = {"targets": _target, "keywords": _keyword}
"""Lists whose pieces are more than texts."""


def _metavar(hint: Any) -> str:
    kinds = _types(hint)
    if choices := _choices(hint):
        return "|".join(choices)
    if tuple in kinds:
        return "A,B,..."
    return "NUMBER" if int in kinds or float in kinds else "TEXT"


def _types(hint: Any) -> set[Any]:
    """What a value may be: the members of a union, containers and literals by their plain type."""
    if get_origin(hint) is Annotated:
        return _types(get_args(hint)[0])
    arguments = get_args(hint)
    if get_origin(hint) is tuple:
        return {tuple}
    if arguments and not isinstance(arguments[0], type) and get_origin(arguments[0]) is None:
        return {type(one) for one in arguments}
    if arguments:
        return set().union(*map(_types, arguments))
    return {hint}


def _choices(hint: Any) -> list[str]:
    """The values a literal may have, as they are typed."""
    if get_origin(hint) is Annotated:
        return _choices(get_args(hint)[0])
    return [str(one) for one in get_args(hint)] if get_origin(hint) is Literal else []


def _plain(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _description(hint: Any) -> str:
    if get_origin(hint) is not Annotated:
        return ""
    metas = [meta for meta in get_args(hint)[1:] if isinstance(meta, Meta)]
    return next((meta.description for meta in metas if meta.description), "")
