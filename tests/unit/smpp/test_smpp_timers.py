"""The timers of SMPP 3.4 §7.2 and the window of §2.7.1; `now` is a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pair import Pair, requests

from stentor.smpp import Limits, Pdu, State, WindowFull, encode
from stentor.smpp import events as e
from stentor.smpp import pdu as p


def test_session_init_runs_from_the_connect_whatever_comes_in() -> None:
    pair = Pair()
    assert pair.smsc.deadline() == 10.0
    pair.smsc.receive(encode(p.EnquireLink(sequence=1)) + b"\0\0", 9.0)
    assert pair.smsc.tick(9.99) == []
    assert pair.smsc.deadline() == 10.0
    (event,) = pair.smsc.tick(10.0)
    assert event == e.SessionInitTimeout()
    assert isinstance(event, e.MustClose)
    assert (pair.smsc.state, pair.smsc.deadline()) == (State.UNBOUND, None)


def test_session_init_covers_a_bind_that_nobody_answers() -> None:
    pair = Pair()
    requests(pair.smsc.receive(encode(p.BindReceiver(sequence=1)), 9.0))
    assert pair.smsc.tick(10.0) == [e.SessionInitTimeout()]


def test_session_init_may_be_off_and_is_the_smscs() -> None:
    assert Pair(Limits(session_init_timer=None)).smsc.deadline() is None
    assert Pair().esme.deadline() is None


def test_an_idle_link_is_checked() -> None:
    pair = Pair.bound(esme=Limits(enquire_link_timer=30.0, response_timer=5.0))
    assert pair.esme.deadline() == 30.0
    assert pair.esme.tick(29.9) == []
    assert pair.esme.outgoing() == b""
    assert pair.esme.tick(30.0) == []
    assert pair.esme.outgoing() == encode(p.EnquireLink(sequence=2))
    assert pair.esme.deadline() == 35.0
    assert pair.esme.receive(encode(p.EnquireLinkResp(sequence=2)), 31.0) == []
    assert pair.esme.deadline() == 61.0


def test_a_silent_peer_is_left() -> None:
    pair = Pair.bound(smsc=Limits(enquire_link_timer=30.0, response_timer=5.0))
    pair.smsc.tick(30.0)
    assert pair.smsc.tick(34.9) == []
    (event,) = pair.smsc.tick(35.0)
    assert event == e.PeerSilent()
    assert isinstance(event, e.MustClose)
    assert pair.smsc.state is State.UNBOUND


def test_a_nack_to_the_check_is_a_sign_of_life() -> None:
    pair = Pair.bound(smsc=Limits(enquire_link_timer=30.0, response_timer=5.0))
    pair.smsc.tick(30.0)
    assert pair.smsc.receive(encode(p.GenericNack(sequence=1, status=3)), 31.0) == []
    assert pair.smsc.deadline() == 61.0


def test_the_owners_own_link_check() -> None:
    pair = Pair.bound(esme=Limits(response_timer=5.0))
    pair.esme.send(p.EnquireLink(), 1.0, "mine")
    assert pair.esme.tick(6.0) == [e.Unanswered(2, "mine"), e.PeerSilent()]
    pair = Pair.bound()
    pair.esme.send(p.EnquireLink(), 1.0, "mine")
    pair.to_smsc(1.0)
    assert pair.to_esme(2.0) == [e.ResponseReceived(p.EnquireLinkResp(sequence=2), "mine", 1.0)]


def test_traffic_keeps_the_check_away_but_half_a_pdu_does_not() -> None:
    pair = Pair.bound()
    octets = encode(p.SubmitSm(sequence=1))
    pair.smsc.receive(octets, 20.0)
    assert pair.smsc.deadline() == 50.0
    pair.smsc.receive(octets[:10], 40.0)
    assert pair.smsc.deadline() == 50.0


def test_inactivity_ends_in_an_unbind() -> None:
    pair = Pair.bound(smsc=Limits(inactivity_timer=60.0, enquire_link_timer=None))
    pair.smsc.receive(encode(p.EnquireLink(sequence=1)), 50.0)
    pair.smsc.outgoing()
    assert pair.smsc.deadline() == 60.0
    assert pair.smsc.tick(60.0) == []
    assert pair.smsc.outgoing() == encode(p.Unbind(sequence=1))
    assert pair.smsc.state is State.UNBINDING


def test_messages_are_activity_in_both_directions() -> None:
    pair = Pair.bound(smsc=Limits(inactivity_timer=60.0, enquire_link_timer=None))
    pair.smsc.receive(encode(p.SubmitSm(sequence=1)), 50.0)
    assert pair.smsc.deadline() == 110.0
    pair.smsc.respond(p.SubmitSmResp(sequence=1), 55.0)
    assert pair.smsc.deadline() == 115.0
    pair.smsc.send(p.DeliverSm(), 90.0)
    assert pair.smsc.deadline() == 120.0  # the response's
    pair.smsc.receive(encode(p.DeliverSmResp(sequence=1)), 100.0)
    assert pair.smsc.deadline() == 160.0


def test_an_unanswered_request_is_reported_and_its_place_free() -> None:
    pair = Pair.bound(smsc=Limits(response_timer=5.0, window=2))
    pair.smsc.send(p.DeliverSm(), 1.0, "one")
    pair.smsc.send(p.DeliverSm(), 2.0, "two")
    assert (pair.smsc.window_room, pair.smsc.deadline()) == (0, 6.0)
    assert pair.smsc.tick(6.0) == [e.Unanswered(1, "one")]
    assert (pair.smsc.window_room, pair.smsc.deadline()) == (1, 7.0)
    late = p.DeliverSmResp(sequence=1)
    assert pair.smsc.receive(encode(late), 6.5) == [e.UnexpectedResponse(late)]


def test_an_unanswered_bind_is_the_end() -> None:
    pair = Pair(esme=Limits(response_timer=5.0))
    pair.esme.send(p.BindReceiver(), 1.0, "bind")
    assert pair.esme.deadline() == 6.0
    assert pair.esme.tick(6.0) == [e.Unanswered(1, "bind"), e.MustClose("bind unanswered")]


def test_the_window() -> None:
    pair = Pair.bound(esme=Limits(window=2))
    pair.esme.send(p.SubmitSm(), 0.0)
    pair.esme.send(p.SubmitSm(), 0.0)
    with pytest.raises(WindowFull):
        pair.esme.send(p.SubmitSm(), 0.0)
    pair.esme.send(p.EnquireLink(), 0.0)
    assert (pair.esme.outstanding, pair.esme.window_room) == (2, 0)
    for request in requests(pair.to_smsc()):
        pair.smsc.respond(p.SubmitSmResp(sequence=request.sequence), 0.0)
    pair.to_esme()
    assert (pair.esme.outstanding, pair.esme.window_room) == (0, 2)


def test_the_limits_may_change_once_the_account_is_known() -> None:
    pair = Pair.bound()
    pair.smsc.limits = Limits(window=1, enquire_link_timer=15.0)
    pair.smsc.send(p.DeliverSm(), 0.0)
    assert (pair.smsc.window_room, pair.smsc.deadline()) == (0, 15.0)


def test_a_full_window_still_lets_us_leave() -> None:
    pair = Pair.bound(esme=Limits(window=0))
    assert pair.esme.window_room == 0
    pair.esme.unbind(0.0)
    assert pair.esme.outgoing() == encode(p.Unbind(sequence=2))


@given(st.lists(st.tuples(st.sampled_from(["submit", "answer", "tick", "link"]), st.floats(0, 12)), max_size=60))
def test_the_deadline_is_never_missed_and_never_too_early(steps: list[tuple[str, float]]) -> None:
    """After a tick at the deadline nothing is due any more, and the counts add up."""
    pair = Pair.bound(esme=Limits(window=3, response_timer=10.0, enquire_link_timer=25.0))
    session, now, waiting = pair.esme, 0.0, 0
    pending: list[Pdu] = []
    for step, pause in steps:
        now += pause
        for event in session.tick(now):
            waiting -= isinstance(event, e.Unanswered)
        if session.state is not State.BOUND_TRX:
            return
        due = session.deadline()
        assert due is not None
        assert due > now
        if step == "submit" and session.window_room:
            session.send(p.SubmitSm(), now)
            waiting += 1
        elif step == "answer":
            asked = [event.pdu.sequence for event in pair.to_smsc(now) if isinstance(event, e.RequestReceived)]
            pending += [p.SubmitSmResp(sequence=sequence) for sequence in asked]
            for answer in pending[:2]:
                pair.smsc.respond(answer, now)
            del pending[:2]
            waiting -= sum(isinstance(event, e.ResponseReceived) for event in pair.to_esme(now))
        elif step == "link":
            session.receive(encode(p.EnquireLink(sequence=1)), now)
        assert session.outstanding == waiting
