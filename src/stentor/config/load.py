"""Reading the configuration file: a mistake is answered with the file, the name, the value and what to do."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec

from stentor.config.settings import Settings
from stentor.core import money

_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>[^`]*)`(?: - at `(?P<path>[^`]*)`)?")


class ConfigError(Exception):
    """A configuration that cannot be used; the message is for the operator."""


def load(path: Path) -> Settings:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; write one with: stentor config > {path}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text") from None
    return parse(text, str(path))


def parse(text: str, source: str) -> Settings:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: not valid TOML: {error}") from None
    try:
        settings = msgspec.convert(data, Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{source}: {_explain(str(error))}") from None
    for problem in _problems(settings):
        raise ConfigError(f"{source}: {problem}")
    return settings


def _explain(error: str) -> str:
    unknown = _UNKNOWN.match(error)
    if unknown is None:
        what, _, path = error.partition(" - at `$")
        return f"{path.strip('.`') or 'the file'}: {what}"
    where = (unknown["path"] or "$").removeprefix("$").lstrip(".")
    section = where.split("[")[0]
    names = _names(section)
    near = difflib.get_close_matches(unknown["name"], names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(names))}"
    return f"{f'[{where}] ' if where else ''}unknown setting {unknown['name']!r}; {hint}"


def _names(section: str) -> set[str]:
    if not section:
        return set(Settings.__struct_fields__)
    found: set[str] = set()
    info = msgspec.inspect.type_info(Settings)
    assert isinstance(info, msgspec.inspect.StructType)
    for one in info.fields:
        if one.encode_name == section:
            found |= set(_fields_of(one.type))
    return found


def _fields_of(kind: Any) -> Iterable[str]:
    if isinstance(kind, msgspec.inspect.StructType):
        yield from (one.encode_name for one in kind.fields)
        if kind.tag_field:
            yield kind.tag_field
    for attribute in ("item_type", "types"):
        inner = getattr(kind, attribute, ())
        for one in inner if isinstance(inner, tuple) else (inner,):
            yield from _fields_of(one)


def _problems(settings: Settings) -> Iterable[str]:
    """What types alone cannot say."""
    connectors = [connector.name for connector in settings.connectors]
    accounts = [account.name for account in settings.accounts]
    yield from _twice("connectors", connectors)
    yield from _twice("accounts", accounts)
    yield from _twice("users", [user for account in settings.accounts for user in account.users])
    yield from _twice("prices", [f"{price.plan} {price.where}" for price in settings.prices])
    yield from _shared_keys(settings)
    for number, route in enumerate(settings.routes, start=1):
        if route.connector not in connectors:
            known = ", ".join(connectors) or "none is defined"
            yield f"[[routes]] {number}: no connector is called {route.connector!r} (connectors: {known})"
        if route.account is not None and route.account not in accounts:
            known = ", ".join(accounts) or "none is defined"
            yield f"[[routes]] {number}: no account is called {route.account!r} (accounts: {known})"
    for price in settings.prices:
        yield from _checked(money.parse, price.price, "[[prices]] price")
    for account in settings.accounts:
        yield from _checked(money.parse, account.credit, f"[[accounts]] {account.name}: credit")
    for network in settings.notify.allow:
        yield from _checked(ip_network, network, "[notify] allow")
    if (settings.http.tls_certificate is None) != (settings.http.tls_key is None):
        yield "[http] tls_certificate and tls_key go together: one of them is missing"


def _shared_keys(settings: Settings) -> Iterable[str]:
    """The message names the accounts and not the key, which is a secret."""
    owner: dict[str, str] = {}
    for account in settings.accounts:
        for key in account.keys:
            if owner.setdefault(key, account.name) != account.name:
                yield f"[[accounts]] {owner[key]!r} and {account.name!r} have the same key"


def _twice(what: str, names: list[str]) -> Iterable[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"[[{what}]] {name!r} is defined twice"


def _checked(check: Callable[[str], object], value: str, where: str) -> Iterable[str]:
    try:
        check(value)
    except ValueError as error:
        yield f"{where}: {error}"
