"""Between the configuration file and definitions: what a file defines, and the file that defines what there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import msgspec
from msgspec.structs import replace

from stentor.config.printed import assignment
from stentor.config.settings import (
    DIGEST,
    AccountSettings,
    ApplicationSettings,
    BlockedSettings,
    HttpLinkSettings,
    HttpResolverSettings,
    KeySettings,
    NumberSettings,
    OperatorSettings,
    PriceSettings,
    ResolverSettings,
    RouteSettings,
    Settings,
    SimulatedApplicationSettings,
    SimulatedSettings,
    SmscSettings,
)
from stentor.core import money
from stentor.core.account import Account, ApiKey, Operator, User, digest_of
from stentor.core.administration import OPENING, Payment
from stentor.core.definitions import KEPT, SECRET_OPTIONS, Application, Blocked, Book, Link, Record, Source, kind_of
from stentor.core.errors import InvalidField
from stentor.core.numbers import Number, bare
from stentor.core.pricing import OWN, Price
from stentor.core.routing import Rule, Target
from stentor.numbering import normalise

LinkSettings = SmscSettings | SimulatedSettings | HttpLinkSettings
LONGEST_HLR_CACHE_S = 300
"""`spec/domain.md` 4: portability 24 h, HLR 0 to 5 minutes."""
_STEP = 10
"""Between the order of two rules of a file, so that another finds room."""
_OF_ACCOUNT = ("users", "keys", "credit")
_EXPORT_HEAD = "# What this Stentor has defined. Apply it with: stentor config import FILE\n"


class Entry(msgspec.Struct, frozen=True):
    """A record that a file defines; `password` is a login's, which the record has only as a hash."""

    record: Record
    password: str | None = None


def entries(settings: Settings) -> Iterator[Entry]:
    """Everything the file defines."""
    for link in settings.connectors:
        yield Entry(link_of(link))
    for number, resolver in enumerate(settings.resolvers, start=1):
        order = number * _STEP if resolver.order is None else resolver.order
        yield Entry(link_of(replace(resolver, order=order)))
    for application in settings.applications:
        yield Entry(link_of(application))
    for account in settings.accounts:
        terms = {name: value for name, value in _fields(account).items() if name not in _OF_ACCOUNT}
        yield Entry(Account(**terms))
        for name, password in account.users.items():
            yield Entry(User(name, account.name, ""), password)
        for key in account.keys:
            named = KeySettings(key=key) if isinstance(key, str) else key
            yield Entry(ApiKey(_digest(named.key), account.name, named.name))
    for number, route in enumerate(settings.routes, start=1):
        yield Entry(_rule(route, number))
    for price in settings.prices:
        list_ = price.plan if price.account is None else OWN + price.account
        yield Entry(Price(list_, price.where, money.parse(price.price)))
    for blocked in settings.blocked:
        yield Entry(Blocked(normalise(blocked.number), blocked.account))
    for owned in settings.numbers:
        yield Entry(Number(**{**_fields(owned), "number": bare(owned.number)}))
    for operator in settings.operators:
        yield Entry(Operator(operator.name, _digest(operator.token)))


def openings(settings: Settings) -> list[Payment]:
    """The credit that accounts begin with."""
    return [Payment(account.name, money.parse(account.credit), OPENING) for account in settings.accounts]


def link_of(settings: LinkSettings | ResolverSettings | ApplicationSettings) -> Link:
    """Only what differs from the defaults: a better default is good for connectors of before too.

    Lists are lists, as they are when they are read back.
    """
    kind = type(settings)
    defaults = {field.name: field.default for field in msgspec.structs.fields(kind)}
    given = {
        name: [*value] if isinstance(value, tuple) else value
        for name, value in _fields(settings).items()
        if value != defaults[name] and name != "name"
    }
    record = Source if isinstance(settings, ResolverSettings) else Link
    if isinstance(settings, ApplicationSettings):
        record = Application
    return record(settings.name, str(kind.__struct_config__.tag), given)


def settings_of(link: Link) -> LinkSettings:
    """`InvalidField` when the type does not know a setting or the value is wrong."""
    found: LinkSettings = _converted(link, LinkSettings)
    return found


def resolver_settings_of(source: Link) -> ResolverSettings:
    found: ResolverSettings = _converted(source, ResolverSettings)
    return found


def application_settings_of(application: Application) -> ApplicationSettings:
    found: ApplicationSettings = _converted(application, ApplicationSettings)
    return found


def _converted(link: Link, kind: Any) -> Any:
    try:
        return msgspec.convert({"type": link.type, "name": link.name, **link.options}, kind)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$")
        raise InvalidField(path.strip(".`") or kind_of(link).name, what) from None


def check_link(link: Link) -> None:
    """That a connector's or resolver's settings are those of its type."""
    if isinstance(link, Application):
        check_application(application_settings_of(link))
        return
    if not isinstance(link, Source):
        _check_chained(settings_of(link))
        return
    settings = resolver_settings_of(link)
    if isinstance(settings, HttpResolverSettings):
        if settings.answers == "hlr" and (settings.cache or 0) > LONGEST_HLR_CACHE_S:
            raise InvalidField("cache", f"what an HLR says is good for {LONGEST_HLR_CACHE_S} seconds at most.")
        if settings.api_key and settings.user:
            raise InvalidField("api_key", "give it or a login, not both.")
        if settings.api == "v3" and not (settings.user and settings.password):
            raise InvalidField("user", "the v3 API needs it, with password.")


def check_application(settings: ApplicationSettings) -> None:
    """That what FCM or APNs need is there as a whole."""
    if isinstance(settings, SimulatedApplicationSettings):
        return
    apns = {name: getattr(settings, name) for name in ("apns_key", "apns_key_id", "apns_team", "apns_topic")}
    if not settings.fcm_account and not any(apns.values()):
        raise InvalidField("fcm_account", "give it, or what APNs needs: it reaches no device.")
    missing = [name for name, value in apns.items() if not value]
    if missing and len(missing) < len(apns):
        raise InvalidField(missing[0], "APNs needs it beside the others.")
    if settings.fcm_account and settings.fcm_account != KEPT:
        _check_service_account(settings.fcm_account)
    if settings.apns_key and settings.apns_key != KEPT and "PRIVATE KEY" not in settings.apns_key:
        raise InvalidField("apns_key", "it is not the text of a .p8 file.")


class _ServiceAccount(msgspec.Struct):
    project_id: str
    client_email: str
    private_key: str
    private_key_id: str = ""
    token_uri: str = ""


def _check_service_account(text: str) -> None:
    try:
        known = msgspec.json.decode(text, type=_ServiceAccount)
    except msgspec.DecodeError as error:
        raise InvalidField("fcm_account", f"it is not the JSON of a service account's key: {error}.") from None
    missing = [name for name in ("project_id", "client_email", "private_key") if not getattr(known, name)]
    if missing:
        raise InvalidField("fcm_account", f"it has no {missing[0]}.")


def _check_chained(settings: LinkSettings) -> None:
    if not isinstance(settings, HttpLinkSettings):
        return
    if bool(settings.api_key) == bool(settings.user):
        raise InvalidField("user", "give a login (user and password) or api_key, and not both.")
    if settings.reports == "notify" and settings.public_url is None:
        raise InvalidField("public_url", "reports by notify need it: where that platform reaches this one.")


def exported(book: Book, *, secrets: bool) -> str:
    """The file that defines what there is. Without `secrets`, `<kept>` stands for each; importing that changes none."""
    sections = [_table("connectors", _shown(link, secrets=secrets), tag=link.type) for link in _all(book, "connector")]
    sections += [
        _table("resolvers", _shown_source(source, secrets=secrets), tag=source.type)
        for source in sorted(_all(book, "resolver"), key=lambda one: (one.options.get("order", 0), one.name))
    ]
    sections += [
        _table("applications", _shown_application(one, secrets=secrets), tag=one.type)
        for one in _all(book, "application")
    ]
    sections += [_table("accounts", _account(book, account, secrets=secrets)) for account in _all(book, "account")]
    sections += [_table("prices", _price(price)) for price in _all(book, "price")]
    sections += [
        _table("routes", _route(rule)) for rule in sorted(_all(book, "rule"), key=lambda rule: (rule.order, rule.name))
    ]
    sections += [_table("numbers", NumberSettings(**_fields(number))) for number in _all(book, "number")]
    sections += [_table("blocked", BlockedSettings(number=b.number, account=b.account)) for b in _all(book, "blocked")]
    sections += [
        _table("operators", OperatorSettings(name=o.name, token=DIGEST + o.digest)) for o in _all(book, "operator")
    ]
    return "\n".join([_EXPORT_HEAD, *sections])


def _all(book: Book, kind: str) -> list[Any]:
    return [record for _, record in sorted(book.of(kind).items())]


def _table(name: str, settings: msgspec.Struct, tag: str | None = None) -> str:
    """Only what differs from the defaults."""
    lines = [f"[[{name}]]"]
    if tag is not None:
        lines.append(assignment("type", tag))
    for column, default in _columns(type(settings)):
        value = getattr(settings, column)
        if value != default:
            lines.append(assignment(column, msgspec.to_builtins(value)))
    return "\n".join([*lines, ""])


@cache
def _columns(kind: type[msgspec.Struct]) -> tuple[tuple[str, Any], ...]:
    """The names of a table's settings with their defaults."""
    return tuple(
        (field.name, field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory())
        for field in msgspec.structs.fields(kind)
    )


def _shown(link: Link, *, secrets: bool) -> LinkSettings:
    return settings_of(link if secrets else link.without_secrets())


def _shown_source(source: Source, *, secrets: bool) -> ResolverSettings:
    return resolver_settings_of(source if secrets else source.without_secrets())


def _shown_application(application: Application, *, secrets: bool) -> ApplicationSettings:
    shown = application if secrets else application.without_secrets()
    assert isinstance(shown, Application)
    return application_settings_of(shown)


def _account(book: Book, account: Account, *, secrets: bool) -> AccountSettings:
    terms = {name: value for name, value in _fields(account).items() if name != "id"}
    users = {u.name: u.password_hash if secrets else KEPT for u in _all(book, "user") if u.account == account.name}
    keys = tuple(_key(key) for key in _all(book, "key") if key.account == account.name)
    return AccountSettings(**terms, users=users, keys=keys)


def _key(key: ApiKey) -> str | KeySettings:
    digest = DIGEST + key.digest
    return KeySettings(key=digest, name=key.name) if key.name else digest


def _price(price: Price) -> PriceSettings:
    plain = money.plain(price.micros)
    if price.list.startswith(OWN):
        return PriceSettings(price=plain, account=price.list.removeprefix(OWN), where=price.where)
    return PriceSettings(price=plain, plan=price.list, where=price.where)


def _route(rule: Rule) -> RouteSettings:
    fields = {name: value for name, value in _fields(rule).items() if name != "targets"}
    if rule.targets == (Target(rule.targets[0].connector),):
        return RouteSettings(connector=rule.targets[0].connector, **fields)
    return RouteSettings(targets=rule.targets, **fields)


def _rule(route: RouteSettings, number: int) -> Rule:
    fields = {name: value for name, value in _fields(route).items() if name != "connector"}
    fields["name"] = route.name or f"route-{number}"
    fields["order"] = number * _STEP if route.order is None else route.order
    if route.connector is not None:
        fields["targets"] = (Target(route.connector),)
    return Rule(**fields)


def _digest(key: str) -> str:
    return key.removeprefix(DIGEST) if key.startswith(DIGEST) else digest_of(key)


def _fields(record: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def kept(entry: Entry, book: Book) -> Iterable[str]:
    """What the file leaves as it is and nobody has: such a file cannot be applied here."""
    record = entry.record
    if entry.password == KEPT and isinstance(record, User) and book.get("user", record.name) is None:
        yield f"the password of user {record.name!r}"
    if isinstance(record, Link):
        kind = kind_of(record).name
        known = book.get(kind, record.name)
        for name, value in record.options.items():
            if value == KEPT and name in SECRET_OPTIONS and (known is None or not known.options.get(name)):
                yield f"{name} of {kind} {record.name!r}"
