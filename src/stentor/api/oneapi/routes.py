"""The rows of OneAPI in THE table of routes (`api.routes`)."""

from __future__ import annotations

from typing import Any

import msgspec

from stentor.api.messages import Handler
from stentor.api.oneapi.inbound import InboundApi
from stentor.api.oneapi.models import (
    BalanceAnswer,
    DeliveryInfoList,
    DeliveryReportList,
    InboundMessageList,
    InboundSubscription,
    InboundSubscriptions,
    LoginAnswer,
    LoginRequest,
    Logs,
    OneApiRefused,
    Profile,
    RoamingAnswer,
    SendAnswer,
    SendRequest,
    Subscribed,
    SubscribedInbound,
    SubscribeRequest,
    SubscriptionList,
    SubscriptionOne,
)
from stentor.api.oneapi.outbound import OutboundApi
from stentor.api.oneapi.profile import ProfileApi
from stentor.api.oneapi.refusals import spelt
from stentor.api.oneapi.resources import MESSAGING
from stentor.api.oneapi.roaming import RoamingApi
from stentor.api.oneapi.subscriptions import SubscriptionsApi
from stentor.api.route import Parameter, Route

_OUT, _IN, _HLR = f"{MESSAGING}/outbound", f"{MESSAGING}/inbound", f"{MESSAGING}/hlr"
_SENDER = Parameter("sender", "Sender of the messages; where the request is named it does not matter.")
_CORRELATOR = Parameter("correlator", "The clientCorrelator of the request.")
_ID = Parameter("id", "Id of the subscription: the end of its resourceURL.")
_LIMIT = Parameter("limit", "At most so many, up to 1000; 50 by default.", int)
_PAGES = (
    Parameter("page", "Which page, from 1 on.", int),
    Parameter("pageSize", "How many there are on a page; all of them by default.", int),
)
_TIME = "a time such as 2015-02-22T17:42:05.390+0100"


class OneApi(msgspec.Struct, frozen=True):
    outbound: OutboundApi
    subscriptions: SubscriptionsApi
    inbound: InboundApi
    roaming: RoamingApi
    profile: ProfileApi


def _row(method: str, path: str, handler: Handler, summary: str, **more: Any) -> Route:
    section = more.pop("section", "wire.md A4")
    return Route(method, path, handler, section, summary, "OneAPI", refused=spelt, refusal=OneApiRefused, **more)


def rows(api: OneApi) -> tuple[Route, ...]:
    return (*_outbound(api.outbound), *_subscriptions(api.subscriptions), *_rest(api))


def _outbound(api: OutboundApi) -> tuple[Route, ...]:
    reports = "Take delivery reports{}: each one is given once"
    return (
        _row("POST", f"{_OUT}/{{sender}}/requests", api.send, "Send one text to one or more numbers",
             section="001 Send SMS messages that triggers a tracking process", at=(_SENDER,), body=SendRequest,
             answer=SendAnswer),
        _row("GET", f"{_OUT}/{{sender}}/requests/{{correlator}}/deliveryInfos", api.infos,
             "See how it stands with the messages of a request", also=(f"{_OUT}/{{sender}}/requests/{{correlator}}",),
             at=(_SENDER, _CORRELATOR), answer=DeliveryInfoList),
        _row("GET", f"{_OUT}/requests/{{correlator}}/deliveryInfos", api.infos,
             "See how it stands with the messages of a request, without their sender",
             also=(f"{_OUT}/requests/{{correlator}}",),
             at=(_CORRELATOR,), answer=DeliveryInfoList),
        _row("GET", f"{_OUT}/requests/deliveryReports", api.reports, reports.format(""),
             query=(_LIMIT,), answer=DeliveryReportList),
        _row("GET", f"{_OUT}/requests/{{correlator}}/deliveryReports", api.reports, reports.format(" of a request"),
             at=(_CORRELATOR,), query=(_LIMIT,), answer=DeliveryReportList),
        _row("GET", "/2/messaging/outbound/logs", api.logs, "Read what was sent in the last 48 hours",
             also=("/1/messaging/outbound/logs",),
             query=(
                 Parameter("from", f"From {_TIME} on."),
                 Parameter("to", f"Up to {_TIME}."),
                 Parameter("messageId", "Only messages with these ids.", list[str]),
             ), answer=Logs),
    )  # fmt: skip


def _subscriptions(api: SubscriptionsApi) -> tuple[Route, ...]:
    receipts, inbound, lookups = f"{_OUT}/subscriptions", f"{_IN}/subscriptions", f"{_HLR}/subscriptions"
    of_sender = f"{_OUT}/{{sender}}/subscriptions"
    made: dict[str, Any] = {"body": SubscribeRequest, "status": 201}
    one: dict[str, Any] = {"at": (_ID,)}
    return (
        _row("POST", receipts, api.to_receipts, "Be called with delivery receipts", answer=Subscribed, **made),
        _row("POST", of_sender, api.to_receipts, "Be called with the delivery receipts of a sender", at=(_SENDER,),
             answer=Subscribed, **made),
        _row("GET", receipts, api.receipts, "List subscriptions to receipts", answer=SubscriptionList),
        _row("GET", of_sender, api.receipts, "List subscriptions to the receipts of a sender", at=(_SENDER,),
             answer=SubscriptionList),
        _row("GET", f"{receipts}/{{id}}", api.receipt, "Show a subscription to receipts", answer=SubscriptionOne,
             **one),
        _row("DELETE", f"{receipts}/{{id}}", api.remove, "End a subscription", status=204, **one),
        _row("POST", inbound, api.to_inbound, "Be called with messages from phones", answer=SubscribedInbound, **made),
        _row("GET", inbound, api.inbound, "List subscriptions to messages from phones", query=_PAGES,
             answer=InboundSubscriptions),
        _row("GET", f"{inbound}/{{id}}", api.inbound_one, "Show a subscription to messages from phones",
             answer=InboundSubscription, **one),
        _row("DELETE", f"{inbound}/{{id}}", api.remove, "End a subscription to messages from phones", status=204,
             **one),
        _row("POST", lookups, api.to_lookups, "Be called with the results of roaming status queries",
             answer=Subscribed, **made),
        _row("GET", lookups, api.lookups, "List subscriptions to roaming statuses", answer=SubscriptionList),
        _row("GET", f"{lookups}/{{id}}", api.lookup, "Show a subscription to roaming statuses",
             answer=SubscriptionList, **one),
        _row("DELETE", f"{lookups}/{{id}}", api.remove, "End a subscription to roaming statuses", status=204, **one),
    )  # fmt: skip


def _rest(api: OneApi) -> tuple[Route, ...]:
    profile, path = api.profile, "/1/customerProfile"
    return (
        _row("GET", f"{_IN}/registrations/{{registration}}/messages", api.inbound.pull,
             "Take messages that phones sent to your numbers: each one is given once",
             at=(Parameter("registration", "Any word; `INBOUND` by custom."),),
             query=(Parameter("maxBatchSize", "At most so many, up to 1000; 100 by default.", int),),
             answer=InboundMessageList),
        _row("GET", "/1/terminalstatus/queries/roamingStatus", api.roaming.status,
             "See whether a phone is reachable, ported or roaming",
             query=(
                 Parameter("address", "The number.", required=True),
                 Parameter("includeExtendedData", "`true`: everything that is known of it.", bool),
                 Parameter("notifyURL", "URL that is called with the result, instead of an answer."),
                 Parameter("callbackData", "Comes with that call, as it is."),
                 Parameter("clientCorrelator", "Your own id of the query."),
             ), answer=RoamingAnswer),
        _row("POST", f"{path}/login", profile.login, "Get a token for `Authorization: IBSSO`", access="public",
             body=LoginRequest, answer=LoginAnswer, refusals=(401, 429)),
        _row("POST", f"{path}/logout", profile.logout, "End the token that the request is made with", status=204),
        _row("GET", path, profile.profile, "Read who is calling", answer=Profile),
        _row("GET", f"{path}/balance", profile.balance, "Read the credit that is left", answer=BalanceAnswer),
    )  # fmt: skip
