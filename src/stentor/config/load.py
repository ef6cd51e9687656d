"""Reading the configuration file: a mistake is answered with the file, the name, the value and what to do."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec

from stentor.config.settings import DIGEST, HttpSettings, Settings, SmppSettings
from stentor.core import money
from stentor.core.definitions import EVERYONE
from stentor.core.errors import InvalidField
from stentor.core.numbers import bare
from stentor.core.shortening import base_of
from stentor.numbering import normalise

_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>[^`]*)`(?: - at `(?P<path>[^`]*)`)?")
_HEX_DIGEST = re.compile("[0-9a-f]{64}")
_INDEX = re.compile(r"\[[^]]*\]")


class ConfigError(Exception):
    """A configuration that cannot be used; the message is for the operator."""


def load(path: Path) -> Settings:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: {error.strerror}; write one with: stentor config > {path}") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text") from None
    return parse(text, str(path))


def parse(text: str, source: str, *, whole: bool = True) -> Settings:
    """Settings of a file. Not `whole`: it may use names that are defined elsewhere (`stentor config import`)."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: not valid TOML: {error}") from None
    try:
        settings = msgspec.convert(data, Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{source}: {_explain(str(error))}") from None
    for problem in (*_problems(settings), *(_broken_references(settings) if whole else ())):
        raise ConfigError(f"{source}: {problem}")
    return settings


def _explain(error: str) -> str:
    unknown = _UNKNOWN.match(error)
    if unknown is None:
        what, _, path = error.partition(" - at `$")
        where = path.strip(".`")
        choices = ", ".join(_choices(where)) if what.startswith("Invalid ") else ""
        return f"{where or 'the file'}: {what}{'; known here: ' if choices else ''}{choices}"
    where = (unknown["path"] or "$").removeprefix("$").lstrip(".")
    names = _names(where)
    near = difflib.get_close_matches(unknown["name"], names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(names))}"
    return f"{f'[{where}] ' if where else ''}unknown setting {unknown['name']!r}; {hint}"


def _names(where: str) -> set[str]:
    """The settings that are known there, e.g. in `routes[0].targets[0]`."""
    tables = [table for kind in _kinds(where) for table in _tables(kind)]
    tags = {table.tag_field for table in tables if table.tag_field}
    return {field.encode_name for table in tables for field in table.fields} | tags


def _choices(where: str) -> list[str]:
    """The values that the setting there may have, e.g. `log.level`, where they can be counted."""
    table, _, name = where.rpartition(".")
    tags = [one.tag for kind in _kinds(table) for one in _tables(kind) if one.tag_field == name]
    values = [value for kind in _kinds(where) for value in _literals(kind)]
    return list(dict.fromkeys(map(str, tags or values)))


def _kinds(where: str) -> list[msgspec.inspect.Type]:
    """The types that the value there may be of, e.g. at `routes[0].targets[0]`."""
    kinds = [msgspec.inspect.type_info(Settings)]
    for name in _INDEX.sub("", where).split(".") if where else ():
        tables = [table for kind in kinds for table in _tables(kind)]
        kinds = [field.type for table in tables for field in table.fields if field.encode_name == name]
    return kinds


def _literals(kind: Any) -> Iterable[object]:
    if isinstance(kind, msgspec.inspect.LiteralType):
        yield from kind.values
    for inner in _parts(kind):
        yield from _literals(inner)


def _tables(kind: Any) -> Iterable[msgspec.inspect.StructType]:
    """The structs that a value may be, or be a list of."""
    if isinstance(kind, msgspec.inspect.StructType):
        yield kind
    for inner in _parts(kind):
        yield from _tables(inner)


def _parts(kind: Any) -> Iterable[Any]:
    """What a union, a list or a described type is made of."""
    for attribute in ("type", "item_type", "types"):
        inner = getattr(kind, attribute, ())
        yield from inner if isinstance(inner, tuple) else (inner,)


def _problems(settings: Settings) -> Iterable[str]:
    """What types alone cannot say."""
    yield from _twice("connectors", [connector.name for connector in settings.connectors])
    yield from _twice("accounts", [account.name for account in settings.accounts])
    yield from _twice("users", [user for account in settings.accounts for user in account.users])
    yield from _twice("prices", [f"{price.account or price.plan} {price.where}" for price in settings.prices])
    yield from _twice("routes", [route.name for route in settings.routes if route.name])
    yield from _twice("resolvers", [resolver.name for resolver in settings.resolvers])
    yield from _twice("applications", [application.name for application in settings.applications])
    yield from _twice("numbers", [bare(number.number) for number in settings.numbers])
    yield from _twice("operators", [operator.name for operator in settings.operators])
    yield from _shared_keys(settings)
    for number, route in enumerate(settings.routes, start=1):
        if (route.connector is None) == (not route.targets):
            yield f"[[routes]] {number}: needs connector or targets, and not both"
    for number, price in enumerate(settings.prices, start=1):
        yield from _checked(_not_below_0, price.price, f"[[prices]] {number}: price")
    for account in settings.accounts:
        yield from _checked(_not_below_0, account.credit, f"[[accounts]] {account.name}: credit")
        for key in account.keys:
            yield from _checked(_digest, key if isinstance(key, str) else key.key, f"[[accounts]] {account.name}: keys")
    for number, blocked in enumerate(settings.blocked, start=1):
        yield from _checked(normalise, blocked.number, f"[[blocked]] {number}: number")
    for operator in settings.operators:
        yield from _checked(_digest, operator.token, f"[[operators]] {operator.name}: token")
    for network in settings.notify.allow:
        yield from _checked(ip_network, network, "[notify] allow")
    for network in settings.http.proxies:
        yield from _checked(ip_network, network, "[http] proxies")
    if settings.links.domain:
        yield from _checked(_domain, settings.links.domain, "[links] domain")
    for network in settings.http.metrics_allow:
        yield from _checked(ip_network, network, "[http] metrics_allow")
    sections: dict[str, HttpSettings | SmppSettings] = {"http": settings.http, "smpp": settings.smpp}
    for name, section in sections.items():
        if (section.tls_certificate is None) != (section.tls_key is None):
            yield f"[{name}] tls_certificate and tls_key go together: one of them is missing"


def _broken_references(settings: Settings) -> Iterable[str]:
    """Names that the file uses and does not define."""
    connectors = dict.fromkeys(connector.name for connector in settings.connectors)
    accounts = dict.fromkeys(account.name for account in settings.accounts)
    for number, route in enumerate(settings.routes, start=1):
        for name in (route.connector, *(target.connector for target in route.targets)):
            yield from _known(f"[[routes]] {number}", "connector", name, connectors)
        yield from _known(f"[[routes]] {number}", "account", route.account, accounts)
    for number, price in enumerate(settings.prices, start=1):
        yield from _known(f"[[prices]] {number}", "account", price.account, accounts)
    for number, resolver in enumerate(settings.resolvers, start=1):
        yield from _known(f"[[resolvers]] {number}", "account", resolver.account, accounts)
    for number, application in enumerate(settings.applications, start=1):
        yield from _known(f"[[applications]] {number}", "account", application.account, accounts)
    for number, owned in enumerate(settings.numbers, start=1):
        for name in sorted(owned.accounts):
            yield from _known(f"[[numbers]] {number}", "account", name, accounts)
    for number, blocked in enumerate(settings.blocked, start=1):
        if blocked.account != EVERYONE:
            yield from _known(f"[[blocked]] {number}", "account", blocked.account, accounts)


def _known(where: str, kind: str, name: str | None, names: Collection[str]) -> Iterable[str]:
    if name is not None and name not in names:
        known = ", ".join(names) or "none is defined"
        yield f"{where}: no {kind} is called {name!r} ({kind}s: {known})"


def _shared_keys(settings: Settings) -> Iterable[str]:
    """The message names the accounts and not the key, which is a secret."""
    owner: dict[str, str] = {}
    for account in settings.accounts:
        for one in account.keys:
            key = one if isinstance(one, str) else one.key
            if owner.setdefault(key, account.name) != account.name:
                yield f"[[accounts]] {owner[key]!r} and {account.name!r} have the same key"


def _twice(what: str, names: list[str]) -> Iterable[str]:
    for name, count in sorted(Counter(names).items()):
        if count > 1:
            yield f"[[{what}]] {name!r} is defined twice"


def _not_below_0(amount: str) -> None:
    if money.parse(amount) < 0:
        raise ValueError(f"{amount} is below 0")


def _digest(secret: str) -> None:
    """The message may not name a secret."""
    if secret.startswith(DIGEST) and not _HEX_DIGEST.fullmatch(secret.removeprefix(DIGEST)):
        raise ValueError(f"what follows {DIGEST} is not a digest of 64 hexadecimal digits, lower case")


def _domain(text: str) -> None:
    try:
        base_of("domain", text)
    except InvalidField as fault:
        raise ValueError(fault.reason) from None


def _checked(check: Callable[[str], object], value: str, where: str) -> Iterable[str]:
    try:
        check(value)
    except ValueError as error:
        yield f"{where}: {error}"
