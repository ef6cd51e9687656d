from __future__ import annotations

import pytest

from stentor.connectors.simulated.behaviour import TABLE, Behaviour, Step, behaviour
from stentor.connectors.simulated.network import Agenda, SimulatedNetwork
from stentor.smpp import CommandStatus
from stentor.smpp.receipt import MessageState as M

DELAY = 0.5
DELIVERED = (Step(DELAY, M.DELIVERED),)

ROWS = {
    "9900027": Behaviour((Step(DELAY, M.UNDELIVERABLE, 27),)),
    "9910021": Behaviour((Step(DELAY, M.REJECTED, 21),)),
    "9920004": Behaviour((Step(DELAY, M.EXPIRED, 4),)),
    "9930000": Behaviour((Step(DELAY, M.ENROUTE, 27, intermediate=True), Step(10 * DELAY, M.DELIVERED))),
    "9930006": Behaviour((Step(DELAY, M.ENROUTE, 6, intermediate=True), Step(10 * DELAY, M.DELIVERED))),
    "9940025": Behaviour((Step(2.5, M.DELIVERED),)),
    "9950000": Behaviour(),
    "9960003": Behaviour(DELIVERED, CommandStatus.ESME_RTHROTTLED, 3),
    "9960000": Behaviour(DELIVERED, CommandStatus.ESME_RTHROTTLED, 1),
    "9970011": Behaviour((), 11, None),
    "9970000": Behaviour((), CommandStatus.ESME_RSUBMITFAIL, None),
    "9980000": Behaviour((Step(0.0, M.DELIVERED),), overtakes=True),
    "9990002": Behaviour(DELIVERED, CommandStatus.ESME_RX_T_APPN, 2),
    "3026727": Behaviour(DELIVERED),
    "9826727": Behaviour(DELIVERED),
}


@pytest.mark.parametrize("ending", ROWS)
def test_each_row(ending: str) -> None:
    assert behaviour("4179" + ending, DELAY) == ROWS[ending]


def test_every_row_is_tested() -> None:
    assert (
        {row.digit for row in TABLE} == {ending[2] for ending in ROWS if ending.startswith("99")} == set("0123456789")
    )


def test_only_the_end_of_a_number_is_magic() -> None:
    assert behaviour("417999000270", DELAY) == Behaviour(DELIVERED)
    assert behaviour("", DELAY) == Behaviour(DELIVERED)


@pytest.mark.parametrize(("ending", "refusals"), [("9960003", 3), ("9990001", 1), ("3026727", 0)])
def test_the_network_refuses_so_often(ending: str, refusals: int) -> None:
    network = SimulatedNetwork(DELAY, 100)
    answers = [network.submit("4179" + ending).status != 0 for _ in range(refusals + 1)]
    assert answers == [True] * refusals + [False]
    if refusals:
        assert network.submit("4179" + ending).status != 0


def test_the_network_refuses_for_ever() -> None:
    network = SimulatedNetwork(DELAY, 100)
    assert {network.submit("41799970011").status for _ in range(10)} == {11}


def test_ids_are_counted() -> None:
    network = SimulatedNetwork(DELAY, 100)
    assert [network.submit("41793026727").upstream_id for _ in range(3)] == ["101", "102", "103"]


@pytest.mark.parametrize("ending", ROWS)
def test_the_network_does_what_the_table_says(ending: str) -> None:
    network, does = SimulatedNetwork(DELAY, 0), ROWS[ending]
    for _ in range(does.refusals or 0):
        assert network.submit("4179" + ending).status == does.status
    reaction = network.submit("4179" + ending)
    if does.refusals is None:
        assert (reaction.status, reaction.steps) == (does.status, ())
    else:
        assert (reaction.status, reaction.steps, reaction.overtakes) == (0, does.steps, does.overtakes)
    assert network.resume("4179" + ending) == does.steps


def test_the_agenda_keeps_time_and_order() -> None:
    agenda: Agenda[str] = Agenda()
    for at, thing in ((3.0, "d"), (1.0, "a"), (2.0, "b"), (2.0, "c")):
        agenda.add(at, thing)
    assert agenda.next() == 1.0
    assert agenda.due(0.5) == []
    assert agenda.due(2.0) == ["a", "b", "c"]
    assert (len(agenda), agenda.next(), agenda.due(9), agenda.next()) == (1, 3.0, ["d"], None)
