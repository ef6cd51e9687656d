"""The commented default configuration, written from the table of settings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.inspect import Field, StructType, type_info

from stentor.config.settings import (
    AccountSettings,
    BlockedSettings,
    HttpLinkSettings,
    HttpResolverSettings,
    NumberSettings,
    OperatorSettings,
    PlanSettings,
    PortabilitySettings,
    PriceSettings,
    PushApplicationSettings,
    RouteSettings,
    Settings,
    SimulatedApplicationSettings,
    SimulatedHlrSettings,
    SimulatedSettings,
    SmppResolverSettings,
    SmscSettings,
)

_HEAD = """\
# Stentor's configuration. Everything below is the default. A line that starts with "# name =" is an example; so are
# the tables at the end: take the "# " away from the lines of one, and what may be left out stays a comment.
# Start with it: stentor serve --config FILE
"""
_EXAMPLES: dict[type[msgspec.Struct], tuple[str, dict[str, Any]]] = {
    SmscSettings: ("connectors", {"name": "operator", "host": "smsc.example.com", "rate": 100.0}),
    SimulatedSettings: ("connectors", {}),
    HttpLinkSettings: ("connectors", {"name": "next", "url": "https://sms.example.com", "user": "us"}),
    RouteSettings: ("routes", {"connector": "operator", "country": "CH"}),
    PriceSettings: ("prices", {"price": "0.01"}),
    AccountSettings: ("accounts", {"name": "example", "users": {"example": "change-me"}, "credit": "100"}),
    BlockedSettings: ("blocked", {"number": "41790000000"}),
    NumberSettings: ("numbers", {"number": "41790000001", "account": "example"}),
    PortabilitySettings: ("resolvers", {}),
    SmppResolverSettings: ("resolvers", {"name": "hlr", "host": "smpp.example.com"}),
    HttpResolverSettings: ("resolvers", {"name": "upstream", "url": "https://api.example.com"}),
    PlanSettings: ("resolvers", {}),
    SimulatedHlrSettings: ("resolvers", {}),
    SimulatedApplicationSettings: (
        "applications",
        {"name": "app", "code": "0" * 32 + "-00000000-0000-0000-0000-000000000000", "account": "example"},
    ),
    PushApplicationSettings: (
        "applications",
        {"name": "mobile", "code": "1" * 32 + "-00000000-0000-0000-0000-000000000000", "account": "example"},
    ),
    OperatorSettings: ("operators", {"name": "example", "token": "change-me"}),
}

_SAMPLES: dict[str, Any] = {
    "key_file": "/etc/stentor/stentor.key",
    "tls_certificate": "/etc/stentor/chain.pem",
    "tls_key": "/etc/stentor/key.pem",
    "tls_ca": "/etc/stentor/ca.pem",
    "ca_file": "/etc/stentor/ca.pem",
    "port": 8888,
    "inactivity": 600.0,
    "rate": 100.0,
    "public_url": "https://sms.example.com",
    "name": "swiss",
    "order": 10,
    "account": "example",
    "mcc_mnc": "22801",
    "prefix": "4179",
    "sender": "InfoSMS",
    "code": "premium",
    "senders": ["InfoSMS"],
    "default_sender": "InfoSMS",
    "countries": ["CH", "DE"],
    "addresses": ["192.0.2.0/24"],
    "daily_limit": "100",
    "per_number": 10,
    "per_block": 100,
    "sequence": 5,
    "link_domain": "https://eel.nu",
    "click_url": "https://customer.example/clicks",
    "v3_report_url": "https://customer.example/collector.php",
    "v3_lookup_url": "https://customer.example/lookups.php",
    "url": "https://customer.example/mo",
    "callback_data": "any text",
    "cache": 60,
}
"""What settings that may be left out may look like."""


def printed() -> str:
    """A file that `load` accepts and that changes nothing."""
    sections = [_section(one.encode_name, one.type) for one in _fields(Settings) if isinstance(one.type, StructType)]
    examples = [_example(kind, table, values) for kind, (table, values) in _EXAMPLES.items()]
    return "\n".join([_HEAD, *sections, *examples])


def _fields(kind: type[msgspec.Struct]) -> tuple[Field, ...]:
    info = type_info(kind)
    assert isinstance(info, StructType)
    return info.fields


def _section(name: str, info: StructType) -> str:
    lines = [f"# {_summary(info.cls)}", f"[{name}]"]
    for one in info.fields:
        lines += _comment(info.cls, one)
        lines.append(_line(one.encode_name, one.default))
    return "\n".join([*lines, ""])


def _example(kind: type[msgspec.Struct], table: str, values: dict[str, Any]) -> str:
    info = type_info(kind)
    assert isinstance(info, StructType)
    lines = [f"# {_summary(kind)}", f"# [[{table}]]"]
    if info.tag is not None:
        lines.append(f'# {info.tag_field} = "{info.tag}"')
    for one in info.fields:
        default = None if one.default is msgspec.NODEFAULT else one.default
        lines += [f"#   {line}" for line in _comment(kind, one)]
        line = _line(one.encode_name, values.get(one.encode_name, default))
        lines.append(f"#   {line}" if line.startswith("#") else f"# {line}")
    return "\n".join([*lines, ""])


def _line(name: str, value: Any) -> str:
    """The setting, or a comment that shows what it may look like."""
    return assignment(name, value) if value is not None else f"# {assignment(name, _SAMPLES[name])}"


def _summary(kind: type[msgspec.Struct]) -> str:
    return (kind.__doc__ or "").strip()


def _comment(kind: type[msgspec.Struct], one: Field) -> Iterable[str]:
    text = _description(kind, one.name)
    return [f"# {line}" for line in textwrap.wrap(text, 110)]


def _description(kind: type[msgspec.Struct], name: str) -> str:
    from typing import Annotated, get_args, get_origin, get_type_hints  # noqa: PLC0415 - only when printing

    hint = get_type_hints(kind, include_extras=True)[name]
    if get_origin(hint) is not Annotated:
        return ""
    metas = [meta for meta in get_args(hint)[1:] if isinstance(meta, msgspec.Meta)]
    return next((meta.description for meta in metas if meta.description), "")


def assignment(name: str, value: Any) -> str:
    if value is None or value is msgspec.NODEFAULT:
        return f'# {name} = ""'
    return f"{name} = {_toml(value)}"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        there = {key: inner for key, inner in value.items() if inner is not None}
        return "{" + ", ".join(f"{_toml(key)} = {_toml(inner)}" for key, inner in there.items()) + "}"
    return repr(value)
