"""THE table of HTTP routes: method, path, handler, and the document that describes it."""

from __future__ import annotations

import msgspec

from stentor.api.messages import Handler
from stentor.api.v1.account import AccountApi
from stentor.api.v1.logs import LogsApi
from stentor.api.v1.reports import ReportsApi
from stentor.api.v1.send import SendApi


class Route(msgspec.Struct, frozen=True):
    method: str
    path: str
    handler: Handler
    section: str


def table(send: SendApi, reports: ReportsApi, logs: LogsApi, account: AccountApi) -> tuple[Route, ...]:
    return (
        Route("POST", "/sms/1/text/single", send.single, "004 Sending SMS"),
        Route("POST", "/sms/1/text/multi", send.multi, "004 Personalised SMS"),
        Route("POST", "/sms/1/text/advanced", send.advanced, "004 Text message with parameters; 000 Send SMS"),
        Route("POST", "/sms/2/text/single", send.single, "wire.md A1, alias"),
        Route("POST", "/sms/2/text/multi", send.multi, "wire.md A1, alias"),
        Route("POST", "/sms/2/text/advanced", send.advanced, "wire.md A1, alias"),
        Route("GET", "/sms/1/reports", reports.pull, "004 Delivery reports"),
        Route("GET", "/sms/2/reports", reports.pull, "wire.md A1, alias"),
        Route("GET", "/sms/1/logs", logs.query, "004 SMS logs"),
        Route("POST", "/sms/1/logs", logs.query, "xml.md 2: samples call POST with a query string"),
        Route("GET", "/sms/2/logs", logs.query, "wire.md A1, alias"),
        Route("GET", "/account/1/balance", account.balance, "wire.md A1"),
    )


class Router:
    """Paths to handlers. A trailing slash and the prefix `/restapi` make no difference (`spec/wire.md` (b)14)."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.routes = routes
        self._paths: dict[str, dict[str, Handler]] = {}
        for route in routes:
            self._paths.setdefault(route.path, {})[route.method] = route.handler

    def find(self, path: str) -> dict[str, Handler] | None:
        """The handlers of a path by method; None for an unknown path."""
        return self._paths.get(path) or self._paths.get(_plain(path))


def _plain(path: str) -> str:
    return path.removeprefix("/restapi").rstrip("/")
