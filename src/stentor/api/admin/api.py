"""The management API as one object, for the table of routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from stentor.api.admin.accounts import CreditApi
from stentor.api.admin.configuration import ConfigurationApi, Files
from stentor.api.admin.devices import DevicesApi
from stentor.api.admin.kinds import Hash, Links, resources
from stentor.api.admin.messages import MessagesApi
from stentor.api.admin.portability import PortabilityApi
from stentor.api.admin.prices import PriceListApi
from stentor.api.admin.resources import Collection
from stentor.api.admin.revisions import RevisionsApi
from stentor.api.admin.route_test import RouteTestApi
from stentor.api.admin.short_links import ShortLinksApi
from stentor.api.admin.status import Examine, StatusApi
from stentor.api.admin.trigger import TriggerApi, Write
from stentor.api.admin.unowned import UnownedApi
from stentor.core.administration import Administration
from stentor.core.devices import DeviceStore
from stentor.core.ids import Ids
from stentor.core.inbox import InboxStore
from stentor.core.links import Links as ShortLinks
from stentor.core.lookup import LookupStore
from stentor.core.lookup.portability import PortabilityStore
from stentor.core.mobile import Mobile
from stentor.core.omni.ports import OmniStore
from stentor.core.ports import Store
from stentor.core.rulebook import Rulebook


class AdminApi:
    def __init__(
        self,
        *,
        administration: Administration,
        store: Store,
        rulebook: Rulebook,
        ids: Ids,
        files: Files,
        links: Links,
        resolvers: Links,
        applications: Links,
        hash_password: Hash,
        pause: Callable[[], Awaitable[None]],
        short_links: ShortLinks,
        inbox: InboxStore,
        lookups: LookupStore,
        portability: PortabilityStore,
        omni: OmniStore,
        devices: DeviceStore,
        mobile: Mobile,
        examine: Examine | None = None,
        write: Write | None = None,
    ) -> None:
        table = resources(
            links=links,
            resolvers=resolvers,
            applications=applications,
            hash_password=hash_password,
            balance=store.balance,
        )
        self.collections = tuple(Collection(resource, administration) for resource in table)
        self.credit = CreditApi(administration, store, ids)
        self.prices = PriceListApi(administration, pause)
        self.revisions = RevisionsApi(administration, store)
        self.configuration = ConfigurationApi(files)
        self.routes = RouteTestApi(rulebook)
        self.status = StatusApi(examine)
        self.messages = MessagesApi(administration, store, short_links, inbox, lookups, omni, devices)
        self.trigger = TriggerApi(write)
        self.unowned = UnownedApi(inbox)
        self.short_links = ShortLinksApi(administration, short_links, ids)
        self.portability = PortabilityApi(administration, portability, pause)
        self.devices = DevicesApi(
            administration=administration,
            mobile=mobile,
            devices=devices,
            applications=rulebook.applications,
            ids=ids,
        )
