"""What administration stands on, whether messages flow or not: the store, what is defined, the ways to change it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from stentor.api.admin.api import AdminApi
from stentor.api.admin.status import Examine
from stentor.api.admin.trigger import Write
from stentor.app.clock import SystemClock
from stentor.app.defining import Defining, hashed, with_kept_secrets
from stentor.app.tracking import Tracking
from stentor.app.upstreams import wide
from stentor.config import (
    ApplicationSettings,
    HttpLinkSettings,
    ResolverSettings,
    Settings,
    SimulatedSettings,
    SmscSettings,
    application_settings_of,
    check_link,
    link_of,
    resolver_settings_of,
    settings_of,
)
from stentor.core.administration import Administration, Follow, Pace
from stentor.core.definitions import KEPT, SECRET_OPTIONS, Application, Link
from stentor.core.errors import InvalidField
from stentor.core.ids import Ids
from stentor.core.message import Event
from stentor.core.mobile import Mobile
from stentor.core.rulebook import Rulebook
from stentor.storage.sqlite import SqliteStore
from stentor.storage.sqlite.devices import DeviceRows
from stentor.storage.sqlite.inbox import InboundRows
from stentor.storage.sqlite.lookups import LookupRows
from stentor.storage.sqlite.omni import OmniRows
from stentor.storage.sqlite.portability import PortabilityRows
from stentor.storage.vault import Vault

_pause = partial(asyncio.sleep, 0.002)
"""Messages go first: with a pause of one turn of the loop, an import of 100,000 prices was in each of their ten."""


class ConfiguredLinks:
    """Implements `api.admin.kinds.Links`."""

    types: Any = SmscSettings | SimulatedSettings | HttpLinkSettings

    def shown(self, link: Link) -> Any:
        return settings_of(link.without_secrets())

    def link(self, settings: Any, known: Link | None) -> Link:
        link = link_of(settings)
        for name in sorted(SECRET_OPTIONS):
            if link.options.get(name) == KEPT and (known is None or not known.options.get(name)):
                raise InvalidField(name, "there is none yet.")
        return with_kept_secrets(link, known)


class ConfiguredResolvers(ConfiguredLinks):
    """The same for resolvers of number lookups."""

    types: Any = ResolverSettings

    def shown(self, link: Link) -> Any:
        return resolver_settings_of(link.without_secrets())


class ConfiguredApplications(ConfiguredLinks):
    """The same for push applications."""

    types: Any = ApplicationSettings

    def shown(self, link: Link) -> Any:
        shown = link.without_secrets()
        assert isinstance(shown, Application)
        return application_settings_of(shown)


class Foundation:
    def __init__(
        self, settings: Settings, follow: Follow, publish: Callable[[Sequence[Event]], None] | None = None
    ) -> None:
        self.clock = SystemClock()
        self.folder = Path(settings.storage.data)
        vault = Vault.of(self.folder, Path(settings.storage.key_file) if settings.storage.key_file else None)
        self.store = SqliteStore(self.folder, vault=vault, publish=publish)
        self.inbox = InboundRows(self.store.access)
        self.lookups = LookupRows(self.store.access)
        self.portability = PortabilityRows(self.store.access)
        self.omni, self.devices = OmniRows(self.store.access), DeviceRows(self.store.access)
        self.ids = Ids(self.store.secret(), last=self.store.largest_id())
        self.rulebook = Rulebook(self.store.records())
        self.rulebook.wide = wide(self.rulebook.book)
        self.mobile = Mobile(
            devices=self.devices,
            applications=self.rulebook.applications,
            store=self.omni,
            ids=self.ids,
            clock=self.clock,
        )
        self.tracking = Tracking(settings, self.store, self.ids, self.clock, self.rulebook.directory)
        self.administration = Administration(
            store=self.store,
            rulebook=self.rulebook,
            ids=self.ids,
            clock=self.clock,
            check_link=check_link,
            follow=follow,
            pace=Pace(asyncio.Lock(), _pause),
        )
        self.defining = Defining(self.administration, self.store, vault)

    def admin(self, examine: Examine | None = None, write: Write | None = None) -> AdminApi:
        """`examine` and `write` where messages flow."""
        return AdminApi(
            administration=self.administration,
            store=self.store,
            rulebook=self.rulebook,
            ids=self.ids,
            files=self.defining,
            links=ConfiguredLinks(),
            resolvers=ConfiguredResolvers(),
            applications=ConfiguredApplications(),
            hash_password=hashed,
            pause=_pause,
            inbox=self.inbox,
            lookups=self.lookups,
            portability=self.portability,
            omni=self.omni,
            devices=self.devices,
            mobile=self.mobile,
            short_links=self.tracking.links,
            examine=examine,
            write=write,
        )
