"""The rows of OMNI, push and mobile in THE table of routes (002, `spec/wire.md` A2)."""

from __future__ import annotations

from typing import Any

import msgspec

from stentor.api.messages import Handler
from stentor.api.mobile import api as mobile
from stentor.api.mobile.api import MobileApi
from stentor.api.omni import reports as results
from stentor.api.omni import scenarios
from stentor.api.omni.models import (
    OmniAdvancedRequest,
    OmniLogsResponse,
    OmniReportsResponse,
    OmniResponse,
    OmniTextRequest,
    ScenarioModel,
    ScenarioRequest,
    ScenariosResponse,
)
from stentor.api.omni.reports import OmniReportsApi
from stentor.api.omni.scenarios import ScenariosApi
from stentor.api.omni.send import OmniSendApi
from stentor.api.push.api import ApplicationModel, PushApi, PushRequest, PushResponse
from stentor.api.route import Parameter, Route

_SCENARIOS = "OMNI scenarios"
_SEND = "OMNI messages"
_PUSH = "Push messages"
_MOBILE = "Mobile applications"
_A2 = "wire.md A2"
_KEY = (Parameter("scenarioKey", "Key of the scenario.", required=True),)
_CODE = (Parameter("applicationCode", "Code of the application.", required=True),)


class OmniDoors(msgspec.Struct, frozen=True):
    scenarios: ScenariosApi
    send: OmniSendApi
    reports: OmniReportsApi
    push: PushApi
    mobile: MobileApi


def rows(doors: OmniDoors) -> tuple[Route, ...]:
    return (*_scenarios(doors.scenarios), *_messages(doors), *_pushes(doors), *_phones(doors.mobile))


def _row(method: str, path: str, handler: Handler, section: str, summary: str, tag: str, **more: Any) -> Route:
    return Route(method, path, handler, section, summary, tag, **more)


def _scenarios(api: ScenariosApi) -> tuple[Route, ...]:
    one, known = "/omni/1/scenarios/{scenarioKey}", {"at": _KEY, "answer": ScenarioModel, "refusals": (404,)}
    return (
        _row("POST", "/omni/1/scenarios", api.make, "002 Create OMNI scenario", "Make a scenario: steps in their order",
             _SCENARIOS, body=ScenarioRequest, answer=ScenarioModel),
        _row("GET", "/omni/1/scenarios", api.list, _A2, "List scenarios", _SCENARIOS, query=scenarios.LIST,
             answer=ScenariosResponse),
        _row("GET", one, api.show, _A2, "Show a scenario", _SCENARIOS, **known),
        _row("PUT", one, api.change, _A2, "Change a scenario; what is left out stays", _SCENARIOS,
             body=ScenarioRequest, **known),
    )  # fmt: skip


def _messages(doors: OmniDoors) -> tuple[Route, ...]:
    send, reports = doors.send, doors.reports
    return (
        _row("POST", "/omni/1/advanced", send.advanced, "002 Send OMNI message",
             "Send over a scenario, with a text for each channel", _SEND, body=OmniAdvancedRequest,
             answer=OmniResponse),
        _row("POST", "/omni/1/text", send.text, _A2, "Send one text over a scenario", _SEND, body=OmniTextRequest,
             answer=OmniResponse),
        _row("GET", "/omni/1/reports", reports.pull, "002 Get Delivery Reports",
             "Take reports of steps: each one is given once", _SEND, query=results.REPORTS, answer=OmniReportsResponse),
        _row("GET", "/omni/1/logs", reports.logs, _A2, "Read the steps of the last 48 hours", _SEND,
             query=results.LOGS, answer=OmniLogsResponse),
    )  # fmt: skip


def _pushes(doors: OmniDoors) -> tuple[Route, ...]:
    push = doors.push
    return (
        _row("GET", "/push/1/applications", push.applications, _A2, "List your push applications", _PUSH,
             answer=list[ApplicationModel], json_only=True),
        _row("GET", "/push/1/applications/{applicationCode}", push.application, _A2, "Show a push application", _PUSH,
             at=_CODE, answer=ApplicationModel, refusals=(404,), json_only=True),
        _row("POST", "/push/2/message/single", push.single, _A2, "Send a message to the devices of one person", _PUSH,
             body=PushRequest, answer=PushResponse),
        _row("GET", "/push/1/reports", doors.reports.pull_pushed, _A2,
             "Take reports of push messages: each one is given once", _PUSH, query=results.REPORTS,
             answer=OmniReportsResponse),
    )  # fmt: skip


def _phones(api: MobileApi) -> tuple[Route, ...]:
    """Their login is the application code, which the handlers know."""
    common = {"access": "public", "refusals": (400, 401, 429)}
    return (
        _row("POST", "/mobile/2/registration", api.register, _A2, "Register a device", _MOBILE,
             query=mobile.REGISTRATION, answer=mobile.RegistrationModel, **common),
        _row("POST", "/mobile/1/msisdn", api.bind, _A2, "Tie a device to its phone number", _MOBILE,
             query=mobile.MSISDN, answer=mobile.MsisdnModel, **{**common, "refusals": (400, 401, 404, 429)}),
        _row("POST", "/mobile/1/deliveryreports", api.delivered, _A2, "Say which messages a device has", _MOBILE,
             query=mobile.MESSAGES, answer=mobile.Done, **common),
        _row("POST", "/mobile/1/seenMessages", api.seen, _A2, "Say which messages were read", _MOBILE,
             query=mobile.MESSAGES, body=mobile.SeenRequest, answer=mobile.Done, **common),
    )  # fmt: skip
