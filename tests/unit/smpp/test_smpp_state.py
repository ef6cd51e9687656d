"""Table 2-1 of SMPP 3.4, written down once more, and every (side, state, PDU) held against it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pair import Pair
from smpp_strategies import pdus

from stentor.smpp import Framer, LocalProtocolError, Pdu, Session, Side, State, decode, encode
from stentor.smpp import events as e
from stentor.smpp import pdu as p
from stentor.smpp.pdu import is_response
from stentor.smpp.state import BOUND, MOVES, OVER, TABLE, after, may_send

TX, RX, TRX = State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX
SUBMITTING, RECEIVING, ANY_BOUND = {TX, TRX}, {RX, TRX}, {TX, RX, TRX}

# PDU: who may send it in which bound state. The specification's rows, replace_sm widened to TRX and data_sm read as
# "towards the SMSC from who transmits, towards the ESME to who receives".
BY_ESME: dict[type[Pdu], set[State]] = {
    p.SubmitSm: SUBMITTING,
    p.SubmitMulti: SUBMITTING,
    p.DataSm: SUBMITTING,
    p.QuerySm: SUBMITTING,
    p.CancelSm: SUBMITTING,
    p.ReplaceSm: SUBMITTING,
    p.DeliverSmResp: RECEIVING,
    p.DataSmResp: RECEIVING,
    **dict.fromkeys((p.Unbind, p.EnquireLink, p.EnquireLinkResp, p.GenericNack), ANY_BOUND),
}
BY_SMSC: dict[type[Pdu], set[State]] = {
    p.DeliverSm: RECEIVING,
    p.DataSm: RECEIVING,
    p.AlertNotification: RECEIVING,
    p.SubmitSmResp: SUBMITTING,
    p.SubmitMultiResp: SUBMITTING,
    p.DataSmResp: SUBMITTING,
    p.QuerySmResp: SUBMITTING,
    p.CancelSmResp: SUBMITTING,
    p.ReplaceSmResp: SUBMITTING,
    **dict.fromkeys((p.Unbind, p.EnquireLink, p.EnquireLinkResp, p.GenericNack), ANY_BOUND),
}
SIDES = st.sampled_from(Side)
STATES = st.sampled_from(State)
KINDS = st.sampled_from(p.PDUS)


@pytest.mark.parametrize("kind", p.PDUS, ids=lambda kind: kind.__name__)
def test_bound_states_are_the_specifications(kind: type[Pdu]) -> None:
    for state in BOUND:
        assert may_send(Side.ESME, state, kind.command_id) == (state in BY_ESME.get(kind, set()))
        assert may_send(Side.SMSC, state, kind.command_id) == (state in BY_SMSC.get(kind, set()))


def test_open_is_for_binding_and_the_link() -> None:
    def allowed(side: Side, state: State) -> set[type[Pdu]]:
        return {kind for kind in p.PDUS if may_send(side, state, kind.command_id)}

    link = {p.EnquireLink, p.EnquireLinkResp, p.GenericNack}
    binds = {p.BindTransmitter, p.BindReceiver, p.BindTransceiver}
    answers = {p.BindTransmitterResp, p.BindReceiverResp, p.BindTransceiverResp}
    assert allowed(Side.ESME, State.OPEN) == allowed(Side.ESME, State.OUTBOUND) == binds | link
    assert allowed(Side.SMSC, State.OUTBOUND) == answers | link
    assert allowed(Side.SMSC, State.OPEN) == answers | link | {p.Outbind}


def test_the_table_knows_every_pdu() -> None:
    assert set(TABLE) == {pdu.command_id for pdu in p.PDUS}


@given(SIDES, STATES, KINDS)
def test_nothing_is_sent_when_it_is_over(side: Side, state: State, kind: type[Pdu]) -> None:
    if state in OVER:
        assert not may_send(side, state, kind.command_id)


@given(SIDES, STATES, KINDS)
def test_only_what_may_be_sent_moves(side: Side, state: State, kind: type[Pdu]) -> None:
    moved = after(state, kind.command_id)
    if moved is not state:
        assert (state, kind.command_id) in MOVES
        assert any(may_send(one, state, kind.command_id) for one in Side)
    assert state not in OVER or moved is state


@given(SIDES, STATES, KINDS)
def test_a_request_that_may_be_sent_may_be_answered(side: Side, state: State, kind: type[Pdu]) -> None:
    if kind.response is not None and kind is not p.Unbind and may_send(side, state, kind.command_id):
        assert may_send(side.other, state, kind.response.command_id)


def in_state(side: Side, state: State) -> Session:
    """A session brought there by its own protocol."""
    by_state = {TX: p.BindTransmitter(), RX: p.BindReceiver()}
    pair = Pair() if state in (State.OPEN, State.OUTBOUND) else Pair.bound(by_state.get(state, p.BindTransceiver()))
    if state is State.OUTBOUND:
        pair.smsc.send(p.Outbind(), 0.0)
        pair.to_esme()
    session = pair.smsc if side is Side.SMSC else pair.esme
    if state in (State.UNBINDING, State.UNBOUND):
        session.unbind(0.0)
    if state is State.UNBOUND:
        unbind = decode(session.outgoing())
        session.receive(encode(p.UnbindResp(sequence=unbind.sequence)), 0.0)
    if state is State.CLOSED:
        session.closed(0.0)
    session.outgoing()
    assert session.state is state
    return session


@given(SIDES, STATES, KINDS.flatmap(pdus))
def test_send_allows_what_the_table_allows(side: Side, state: State, pdu: Pdu) -> None:
    session = in_state(side, state)
    allowed = may_send(side, state, pdu.command_id) and not is_response(pdu.command_id)
    try:
        sequence = session.send(pdu, 0.0)
    except LocalProtocolError:
        assert not allowed
        assert session.outgoing() == b""
        assert session.state is state
    else:
        assert allowed
        assert session.outgoing() == encode(pdu, sequence)
        assert session.state is after(state, pdu.command_id)


@given(SIDES, STATES, KINDS.flatmap(pdus))
def test_receive_takes_what_the_table_allows(side: Side, state: State, pdu: Pdu) -> None:
    """...and answers the rest with the operation's own response, 0x4 or 0x5; a response is never answered."""
    session = in_state(side, state)
    events = session.receive(encode(pdu), 0.0)
    answers = [decode(frame) for frame in Framer().feed(session.outgoing())]
    if state in OVER:
        assert (events, answers) == ([], [])
    elif is_response(pdu.command_id):
        assert answers == []
        assert any(isinstance(event, e.UnexpectedResponse) for event in events) or state is State.UNBINDING
    elif may_send(side.other, state, pdu.command_id):
        assert not any(isinstance(event, e.PduRejected) for event in events)
        assert isinstance(pdu, p.EnquireLink) == (events == [])
        assert all(answer.status == 0 for answer in answers)
    else:
        status = 5 if isinstance(pdu, p.Bind) and side is Side.SMSC and state in BOUND else 4
        assert [type(event) for event in events] == [e.PduRejected]
        expected = [] if pdu.response is None else [pdu.response(sequence=pdu.sequence, status=status)]
        assert answers == expected
        assert session.state is state
