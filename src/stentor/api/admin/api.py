"""The management API as one object, for the table of routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from stentor.api.admin.accounts import CreditApi
from stentor.api.admin.configuration import ConfigurationApi, Files
from stentor.api.admin.kinds import Hash, Links, resources
from stentor.api.admin.messages import MessagesApi
from stentor.api.admin.prices import PriceListApi
from stentor.api.admin.resources import Collection
from stentor.api.admin.revisions import RevisionsApi
from stentor.api.admin.route_test import RouteTestApi
from stentor.api.admin.status import Examine, StatusApi
from stentor.core.administration import Administration
from stentor.core.ids import Ids
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
        hash_password: Hash,
        pause: Callable[[], Awaitable[None]],
        examine: Examine | None = None,
    ) -> None:
        table = resources(links=links, hash_password=hash_password, balance=store.balance)
        self.collections = tuple(Collection(resource, administration) for resource in table)
        self.credit = CreditApi(administration, store, ids)
        self.prices = PriceListApi(administration, pause)
        self.revisions = RevisionsApi(administration, store)
        self.configuration = ConfigurationApi(files)
        self.routes = RouteTestApi(rulebook)
        self.status = StatusApi(examine)
        self.messages = MessagesApi(administration, store)
