"""/omni/1/scenarios (002 "Create OMNI scenario", `spec/wire.md` A2)."""

from __future__ import annotations

from stentor.api.messages import Request, Response
from stentor.api.omni.models import ScenarioModel, ScenarioRequest, ScenariosResponse, StepModel, StepView
from stentor.api.route import Parameter
from stentor.api.v1.reading import BodyReader, scalar
from stentor.api.v1.xml import SCENARIO, SCENARIOS, answer
from stentor.core.errors import InvalidField
from stentor.core.omni.records import Scenario, Step
from stentor.core.omni.scenarios import Scenarios, Wanted

LIST = (
    Parameter("isDefault", "`true`: only the default one; `false`: only the others.", bool),
    Parameter("limit", "Most results; 100 by default, at most 1000.", int),
    Parameter("page", "Which page of so many; 0 is the first.", int),
)
_MOST, _USUAL = 1_000, 100
_FLAGS = {"true": True, "false": False, "1": True, "0": False}
"""PHP writes a truth value of a query string as a number."""
_read = BodyReader(ScenarioRequest)


class ScenariosApi:
    def __init__(self, scenarios: Scenarios) -> None:
        self._scenarios = scenarios

    async def make(self, request: Request) -> Response:
        made = await self._scenarios.make(request.account, _wanted(_read.read(request)))
        return answer(request, SCENARIO, _model(made))

    async def change(self, request: Request) -> Response:
        """What is left out stays as it is."""
        key, wanted = request.at["scenarioKey"], _wanted(_read.read(request))
        return answer(request, SCENARIO, _model(await self._scenarios.change(request.account, key, wanted)))

    async def show(self, request: Request) -> Response:
        return answer(request, SCENARIO, _model(self._scenarios.get(request.account, request.at["scenarioKey"])))

    async def list(self, request: Request) -> Response:
        default = _flag(_one(request, "isDefault"))
        limit, page = _number(request, "limit", _USUAL, 1), _number(request, "page", 0, 0)
        found = self._scenarios.all(request.account, default=default)
        size = min(limit, _MOST)
        shown = found[page * size : (page + 1) * size]
        return answer(request, SCENARIOS, ScenariosResponse(scenarios=[_model(one) for one in shown]))


def _wanted(body: ScenarioRequest) -> Wanted:
    flow = body.flow
    steps = [flow] if isinstance(flow, StepModel) else flow
    default = body.default if body.default is not None else body.default_scenario
    return Wanted(name=scalar(body.name), flow=None if steps is None else tuple(map(_step, steps)), default=default)


def _step(given: StepModel) -> Step:
    return Step((given.channel or "").upper(), scalar(given.from_) or "")


def _model(scenario: Scenario) -> ScenarioModel:
    return ScenarioModel(
        key=scenario.key,
        name=scenario.name,
        flow=[StepView(from_=step.sender, channel=step.channel) for step in scenario.flow],
        default=scenario.default,
        default_scenario=scenario.default,
    )


def _one(request: Request, name: str) -> str | None:
    values = request.parameters().get(name)
    return values[-1].strip() if values else None


def _flag(text: str | None) -> bool | None:
    if not text:
        return None
    if text.lower() not in _FLAGS:
        raise InvalidField("isDefault", f"{text[:40]!r} is not true or false.")
    return _FLAGS[text.lower()]


def _number(request: Request, name: str, default: int, least: int) -> int:
    text = _one(request, name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text[:9]) >= least):
        raise InvalidField(name, f"{text[:40]!r} is not a whole number from {least} on.")
    return int(text[:9])
