"""Leaving: SMPP 3.4 §4.2, from either side and from both at once."""

from __future__ import annotations

import pytest
from pair import Pair, requests

from stentor.smpp import Limits, LocalProtocolError, State, encode
from stentor.smpp import events as e
from stentor.smpp import pdu as p


def kinds(events: list[e.Event]) -> list[type]:
    return [type(event) for event in events]


def test_the_esme_leaves() -> None:
    pair = Pair.bound()
    pair.esme.unbind(1.0)
    assert pair.to_smsc(1.0) == [e.UnbindReceived(), e.MustClose("the peer unbound")]
    assert pair.to_esme(1.0) == [e.Unbound(), e.MustClose("unbound")]
    assert pair.smsc.state is pair.esme.state is State.UNBOUND


def test_an_unbind_of_the_owners_own() -> None:
    pair = Pair.bound()
    pair.smsc.send(p.Unbind(), 1.0)
    assert kinds(pair.to_esme(1.0)) == [e.UnbindReceived, e.MustClose]
    assert kinds(pair.to_smsc(1.0)) == [e.Unbound, e.MustClose]


def test_answers_still_come_after_we_sent_unbind() -> None:
    pair = Pair.bound()
    pair.smsc.send(p.DeliverSm(), 0.0, "receipt")
    pair.smsc.unbind(0.0)
    assert pair.smsc.state is State.UNBINDING
    assert pair.smsc.receive(encode(p.DeliverSmResp(sequence=1)), 1.0) == [
        e.ResponseReceived(p.DeliverSmResp(sequence=1), "receipt", 0.0)
    ]
    assert kinds(pair.smsc.receive(encode(p.UnbindResp(sequence=2)), 1.0)) == [e.Unbound, e.MustClose]


def test_what_crosses_our_unbind_is_refused_and_what_came_before_it_answered() -> None:
    pair = Pair.bound()
    requests(pair.smsc.receive(encode(p.SubmitSm(sequence=1)), 0.0))
    pair.smsc.unbind(0.0)
    pair.smsc.respond(p.SubmitSmResp(sequence=1, message_id="m"), 0.0)
    assert kinds(pair.smsc.receive(encode(p.SubmitSm(sequence=2)), 0.0)) == [e.PduRejected]
    assert pair.smsc.outgoing() == (
        encode(p.Unbind(sequence=1))
        + encode(p.SubmitSmResp(sequence=1, message_id="m"))
        + encode(p.SubmitSmResp(sequence=2, status=4))
    )
    with pytest.raises(LocalProtocolError):
        pair.smsc.send(p.DeliverSm(), 0.0)


def test_the_peers_unbind_waits_for_the_answers_to_what_came_before_it() -> None:
    """A batch of submits and the unbind in one chunk: their message ids are not lost."""
    pair = Pair.bound()
    chunk = encode(p.SubmitSm(sequence=1)) + encode(p.SubmitSm(sequence=2)) + encode(p.Unbind(sequence=3))
    assert kinds(pair.smsc.receive(chunk, 1.0)) == [e.RequestReceived, e.RequestReceived, e.UnbindReceived]
    assert (pair.smsc.state, pair.smsc.owed, pair.smsc.outgoing()) == (State.UNBINDING, 2, b"")
    pair.smsc.respond(p.SubmitSmResp(sequence=1, message_id="a"), 2.0)
    assert pair.smsc.tick(2.0) == []
    pair.smsc.respond(p.SubmitSmResp(sequence=2, message_id="b"), 3.0)
    assert pair.smsc.deadline() == 3.0
    assert pair.smsc.tick(3.0) == [e.MustClose("the peer unbound")]
    assert pair.smsc.outgoing() == (
        encode(p.SubmitSmResp(sequence=1, message_id="a"))
        + encode(p.SubmitSmResp(sequence=2, message_id="b"))
        + encode(p.UnbindResp(sequence=3))
    )


def test_the_peers_unbind_does_not_wait_for_ever() -> None:
    pair = Pair.bound(smsc=Limits(response_timer=5.0))
    pair.smsc.receive(encode(p.SubmitSm(sequence=1)) + encode(p.Unbind(sequence=3)), 1.0)
    assert pair.smsc.deadline() == 6.0
    assert pair.smsc.tick(6.0) == [e.MustClose("the peer unbound")]
    assert pair.smsc.outgoing() == encode(p.UnbindResp(sequence=3))


def test_both_leave_at_once() -> None:
    pair = Pair.bound()
    pair.esme.unbind(0.0)
    pair.smsc.unbind(0.0)
    from_esme, from_smsc = pair.esme.outgoing(), pair.smsc.outgoing()
    assert kinds(pair.smsc.receive(from_esme, 0.0)) == [e.UnbindReceived, e.MustClose]
    assert kinds(pair.esme.receive(from_smsc, 0.0)) == [e.UnbindReceived, e.MustClose]
    assert pair.smsc.outgoing() == encode(p.UnbindResp(sequence=2))
    assert pair.esme.outgoing() == encode(p.UnbindResp(sequence=1))


def test_an_unbind_that_is_not_answered() -> None:
    pair = Pair.bound(smsc=Limits(response_timer=5.0))
    pair.smsc.send(p.DeliverSm(), 0.5, "receipt")
    pair.smsc.unbind(1.0)
    assert pair.smsc.deadline() == 5.5
    assert pair.smsc.tick(5.5) == [e.Unanswered(1, "receipt")]
    assert pair.smsc.deadline() == 6.0
    assert pair.smsc.tick(6.0) == [e.MustClose("unbind unanswered")]
    pair.smsc.unbind(7.0)
    assert pair.smsc.tick(7.0) == []


def test_leaving_twice_is_leaving_once() -> None:
    pair = Pair.bound()
    pair.esme.unbind(0.0)
    pair.esme.unbind(0.0)
    assert pair.esme.outgoing() == encode(p.Unbind(sequence=2))


def test_leaving_unbound_is_closing() -> None:
    pair = Pair()
    pair.smsc.unbind(2.0)
    assert pair.smsc.deadline() == 2.0
    assert pair.smsc.receive(b"", 2.0) == [e.MustClose("not bound")]
    assert pair.smsc.outgoing() == b""


def test_unbind_before_the_bind_is_out_of_place() -> None:
    pair = Pair()
    assert kinds(pair.smsc.receive(encode(p.Unbind(sequence=1)), 0.0)) == [e.PduRejected]
    assert pair.smsc.outgoing() == encode(p.UnbindResp(sequence=1, status=4))
