"""Where a message would go, at what price, and why: the decisions of sending, without sending."""

from __future__ import annotations

import copy
from decimal import Decimal

from stentor.api.admin.kinds import decimal
from stentor.api.admin.models import PassedOverView, RouteView, TargetView, encode
from stentor.api.messages import Request, Response
from stentor.catalogue import STATUSES
from stentor.core.account import Account
from stentor.core.choice import Choice
from stentor.core.content import Content
from stentor.core.errors import InvalidField, NotFound
from stentor.core.planning import Plan, Planner
from stentor.core.routing import Routing
from stentor.core.rulebook import Rulebook
from stentor.numbering import InvalidMsisdn, Network, lookup, normalise

_TEXT = "Test"


class RouteTestApi:
    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook

    async def test(self, request: Request) -> Response:
        given = {name: values[-1] for name, values in request.parameters().items()}
        to = given.get("to", "")
        if not to:
            raise InvalidField("to", "A number is needed.")
        account = self._account(given.get("account"))
        sender = given.get("from") or account.default_sender or ""
        text = given.get("text", _TEXT)
        return Response(200, encode(self._answer(account, sender, to, text)))

    def _account(self, name: str | None) -> Account:
        """The one that was named, or the only one there is."""
        accounts = self._rulebook.directory.named
        if name is None:
            if len(accounts) != 1:
                some = next(iter(accounts), None)
                raise InvalidField(
                    "account", f"Say which account sends, e.g. {some}." if some else "There is none yet."
                )
            return next(iter(accounts.values()))
        if name not in accounts:
            raise NotFound(f"no account is called {name[:64]!r}")
        return accounts[name]

    def _answer(self, account: Account, sender: str, to: str, text: str) -> RouteView:
        """The shares of the rule's targets stay as they are: a test takes nobody's turn."""
        trial = copy.copy(self._rulebook)
        trial.choice = Choice(self._rulebook.choice.trouble)
        plan = Planner(trial, account, sender, Content(text)).plan(to)
        network = _network(to)
        routing = self._routing(account, sender, plan.recipient, network)
        line = self._rulebook.prices.found(account.plan, network, account.name) if network else None
        targets = routing.rule.targets if routing.rule else ()
        return RouteView(
            to=plan.recipient,
            country=network.country_name if network else None,
            network=network.network_name or None if network else None,
            mcc_mnc=plan.mcc_mnc,
            status=STATUSES[plan.status].name,
            reason=plan.reason,
            rule=routing.rule.name if routing.rule else None,
            connector=plan.connector or None,
            targets=[TargetView(t.connector, t.weight, self._rulebook.choice.trouble(t.connector)) for t in targets],
            passed_over=[PassedOverView(passed.rule.name, passed.because) for passed in routing.before],
            parts=plan.parts,
            price=decimal(line.micros) if line else None,
            price_from=f"{line.list}/{line.where}" if line else None,
            total=_total(plan),
            currency=account.currency,
        )

    def _routing(self, account: Account, sender: str, recipient: str, network: Network | None) -> Routing:
        if network is None:
            return Routing(None, ())
        return self._rulebook.routing.explain(account.name, sender, recipient, network)


def _network(to: str) -> Network | None:
    try:
        return lookup(normalise(to))
    except InvalidMsisdn:
        return None


def _total(plan: Plan) -> Decimal | None:
    return decimal(plan.price * plan.parts) if plan.connector else None
