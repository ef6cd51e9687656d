"""What must hold between definitions: checked for each change before it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import ip_network
from typing import Any

import msgspec

from stentor.core import money
from stentor.core.account import Account, ApiKey, Operator, User
from stentor.core.definitions import EVERYONE, Application, Blocked, Change, Changed, Link, Record
from stentor.core.errors import Conflict, InvalidField
from stentor.core.notify import callable_url
from stentor.core.numbers import CALLS, Keyword, Number, is_keyword, is_number
from stentor.core.pricing import ANYWHERE, OWN, Price
from stentor.core.routing import Rule
from stentor.core.shortening import base_of
from stentor.numbering import countries

_COUNTRY = re.compile("[A-Z]{2}")
_NETWORK = re.compile("[0-9]{5,6}")
_NAME = re.compile(r"[^\s/@*][^/*]{0,63}")
_NUMBER = re.compile("[0-9]{7,15}")
_OF_ACCOUNT = ("user", "key", "blocked")

CheckLink = Callable[[Link], None]
"""Raises `InvalidField` when the connector's settings are not those of its type."""


class Misfit(InvalidField):
    """A value that one of several definitions may not have; `name` says which of them."""

    def __init__(self, change: Change, fault: InvalidField) -> None:
        super().__init__(fault.field, fault.reason)
        self.name = f"{change.kind} {change.key}"


def check(book: Changed, changes: Iterable[Change], check_link: CheckLink) -> None:
    """`book` is as it will be. Raises `Misfit`, or `Conflict` for what is still in use."""
    for change in changes:
        if change.after is None:
            _check_gone(book, change)
            continue
        try:
            _check(book, change, check_link)
        except InvalidField as fault:
            raise Misfit(change, fault) from None


def _check(book: Changed, change: Change, check_link: CheckLink) -> None:
    if isinstance(change.after, Link):
        _check_name("name", change.after.name)
        check_link(change.after)
        _check_conditions(book, change.after.options)
        if isinstance(change.after, Application):
            _check_code(book, change.after)
    else:
        _CHECKS[change.kind](book, change.after)
    _check_form(change.after)


def check_where(field: str, where: str) -> None:
    """Where a price holds."""
    if _COUNTRY.fullmatch(where):
        _check_country(field, where)
    elif where != ANYWHERE and not _NETWORK.fullmatch(where):
        raise InvalidField(field, f'{where[:40]!r} is not an MCC/MNC such as 22801, an ISO country such as CH, or "*".')


def _check_form(record: Record) -> None:
    """Within the limits of its type: what is not could not be read back at the next start."""
    try:
        msgspec.convert(msgspec.to_builtins(record), type(record))
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$")
        raise InvalidField(path.strip(".`") or "definition", f"{what}.") from None


def _check_gone(book: Changed, change: Change) -> None:
    """Nothing may go that others refer to."""
    if change.kind == "connector":
        using = [rule.name for rule in book.of("rule").values() for t in rule.targets if t.connector == change.key]
        _refuse_in_use(f"connector {change.key}", "rule", using)
    elif change.kind == "account":
        _refuse_in_use(
            f"account {change.key}", "rule", [r.name for r in book.of("rule").values() if r.account == change.key]
        )
        numbers = [number.number for number in book.of("number").values() if change.key in number.accounts]
        _refuse_in_use(f"account {change.key}", "number", numbers)
        asked = [source.name for source in book.of("resolver").values() if source.options.get("account") == change.key]
        _refuse_in_use(f"account {change.key}", "resolver", asked)
        pushing = [one.name for one in book.of("application").values() if one.account == change.key]
        _refuse_in_use(f"account {change.key}", "application", pushing)
        for kind in _OF_ACCOUNT:
            left = [key for key, record in book.of(kind).items() if record.account == change.key]
            _refuse_in_use(f"account {change.key}", kind, left)


def _refuse_in_use(what: str, kind: str, names: list[str]) -> None:
    if names:
        raise Conflict(f"{what} is still in use by {kind} {', '.join(sorted(names)[:5])}")


def _account(_book: Changed, account: Account) -> None:
    _check_name("name", account.name)
    for country in account.countries or ():
        _check_country("countries", country)
    if account.daily_limit is not None:
        try:
            money.parse(account.daily_limit)
        except ValueError as error:
            raise InvalidField("daily_limit", f"{error}.") from None
    if account.link_domain is not None:
        base_of("link_domain", account.link_domain)
    for field in ("click_url", "v3_report_url", "v3_lookup_url"):
        url = getattr(account, field)
        if url is not None and not callable_url(url):
            raise InvalidField(field, f"{url[:100]!r} is not an http or https URL of at most 2048 characters.")
    for network in account.addresses or ():
        try:
            ip_network(network)
        except ValueError as error:
            raise InvalidField("addresses", f"{error}.") from None


def _of_account(book: Changed, record: User | ApiKey) -> None:
    if isinstance(record, User) and (not record.name or ":" in record.name):
        raise InvalidField("name", f"{record.name!r} is not a login: it may not be empty or have a colon.")
    _check_account(book, record.account)


def _blocked(book: Changed, blocked: Blocked) -> None:
    if not _NUMBER.fullmatch(blocked.number):
        raise InvalidField("number", f"{blocked.number[:40]!r} is not an international number in digits only.")
    if blocked.account != EVERYONE:
        _check_account(book, blocked.account)


def _price(book: Changed, price: Price) -> None:
    if price.list.startswith(OWN):
        _check_account(book, price.list.removeprefix(OWN))
    else:
        _check_name("list", price.list)
    check_where("where", price.where)


def _rule(book: Changed, rule: Rule) -> None:
    _check_name("name", rule.name)
    if rule.account is not None:
        _check_account(book, rule.account)
    if rule.country is not None:
        _check_country("country", rule.country)
    if rule.mcc_mnc is not None and not _NETWORK.fullmatch(rule.mcc_mnc):
        raise InvalidField("mcc_mnc", f"{rule.mcc_mnc[:40]!r} is not an MCC/MNC such as 22801.")
    if rule.prefix is not None and not (rule.prefix.isascii() and rule.prefix.isdigit()):
        raise InvalidField("prefix", f"{rule.prefix[:40]!r} is not the beginning of an international number.")
    for target in rule.targets:
        if book.get("connector", target.connector) is None:
            known = ", ".join(sorted(book.of("connector"))) or "none is defined"
            raise InvalidField("targets", f"no connector is called {target.connector!r} (connectors: {known}).")
    names = [target.connector for target in rule.targets]
    if len(set(names)) < len(names):
        raise InvalidField("targets", "a connector is named twice.")


def _number(book: Changed, number: Number) -> None:
    if not is_number(number.number):
        raise InvalidField("number", f"{number.number[:40]!r} is not a number or short code of 3 to 15 digits.")
    for name in number.accounts:
        _check_account(book, name)
    if not number.accounts:
        raise InvalidField("account", "a number needs an account, or keywords with theirs.")
    _check_way(number)
    words = [one.keyword.casefold() for one in number.keywords]
    for one in number.keywords:
        if not is_keyword(one.keyword):
            reason = f"{one.keyword[:40]!r} is not one word of 1 to 40 characters, without comma or =."
            raise InvalidField("keywords", reason)
        if words.count(one.keyword.casefold()) > 1:
            raise InvalidField("keywords", f"{one.keyword!r} is there twice.")
        _check_way(one)


def _check_way(one: Number | Keyword) -> None:
    """A URL where one is called, and only there."""
    if (one.url is None) == (one.way in CALLS):
        raise InvalidField("url", f"way {one.way!r} {'needs a URL' if one.way in CALLS else 'calls no URL'}.")
    if one.url is not None and not callable_url(one.url):
        raise InvalidField("url", f"{one.url[:100]!r} is not an http or https URL of at most 2048 characters.")


def _operator(book: Changed, operator: Operator) -> None:
    """One token, one name: the audit log says who."""
    _check_name("name", operator.name)
    for other in book.of("operator").values():
        if other.digest == operator.digest and other.name != operator.name:
            raise InvalidField("token", f"operator {other.name!r} has the same one.")


def _check_conditions(book: Changed, options: dict[str, Any]) -> None:
    """Of a resolver: for whom and where it is asked."""
    if options.get("account") is not None:
        _check_account(book, options["account"])
    for country in options.get("countries") or ():
        _check_country("countries", country)


def _check_code(book: Changed, application: Application) -> None:
    for other in book.of("application").values():
        if other.code == application.code and other.name != application.name:
            raise InvalidField("code", f"application {other.name!r} has the same one.")


def _check_account(book: Changed, name: str) -> None:
    if book.get("account", name) is None:
        raise InvalidField("account", f"no account is called {name[:64]!r}.")


def _check_country(field: str, country: str) -> None:
    if country == "UK":
        raise InvalidField(field, "'UK' is not an ISO country code: the United Kingdom is GB.")
    if country not in countries():
        raise InvalidField(field, f"{country[:40]!r} is not an ISO country code such as CH.")


def _check_name(field: str, name: str) -> None:
    if not _NAME.fullmatch(name) or not name.isprintable() or name != name.strip():
        raise InvalidField(
            field, f"{name[:64]!r} is not a name: 1 to 64 characters, no slash or *, no @ or space in front."
        )


_CHECKS: dict[str, Callable[[Changed, Any], None]] = {
    "account": _account,
    "user": _of_account,
    "key": _of_account,
    "blocked": _blocked,
    "number": _number,
    "operator": _operator,
    "price": _price,
    "rule": _rule,
}
