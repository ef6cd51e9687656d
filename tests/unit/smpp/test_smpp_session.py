"""What a session does by itself, and what it leaves to its owner."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pair import Pair, requests
from smpp_cases import framed

from stentor.smpp import CommandStatus, Framer, LocalProtocolError, Pdu, Session, Side, State, decode, encode
from stentor.smpp import events as e
from stentor.smpp import pdu as p
from stentor.smpp.outstanding import MAX_SEQUENCE

BINDS = [
    (p.BindTransmitter, State.BOUND_TX),
    (p.BindReceiver, State.BOUND_RX),
    (p.BindTransceiver, State.BOUND_TRX),
]


def sent(session: Session) -> list[Pdu]:
    return [decode(frame) for frame in Framer().feed(session.outgoing())]


def shown(events: list[e.Event]) -> list[str]:
    """The events in words: errors have no equality."""
    return [str(event.error) if isinstance(event, e.PduRejected) else str(event) for event in events]


@pytest.mark.parametrize(("kind", "state"), BINDS)
def test_bind(kind: type[p.Bind], state: State) -> None:
    pair = Pair()
    events = pair.bind(kind(system_id="esme", password="secret"))
    assert events == [e.Bound(kind.response(sequence=1, system_id="smsc", tlvs=((0x0210, b"\x34"),)))]
    assert pair.smsc.state is pair.esme.state is state


def test_an_older_peer_is_sent_no_tlv() -> None:
    (event,) = Pair().bind(p.BindTransceiver(interface_version=0x33))
    assert event == e.Bound(p.BindTransceiverResp(sequence=1, system_id="smsc"))


def test_a_refused_bind_may_be_tried_again() -> None:
    pair = Pair()
    pair.esme.send(p.BindReceiver(), 0.0)
    (request,) = requests(pair.to_smsc())
    assert isinstance(request, p.Bind)
    pair.smsc.refuse_bind(request, CommandStatus.ESME_RINVPASWD, 0.0)
    assert pair.to_esme() == [e.BindRefused(p.BindReceiverResp(sequence=1, status=0x0E))]
    assert pair.smsc.state is pair.esme.state is State.OPEN
    assert isinstance(pair.bind(p.BindTransmitter())[0], e.Bound)


def test_a_bind_answered_with_a_nack_is_refused() -> None:
    pair = Pair()
    pair.esme.send(p.BindReceiver(), 0.0)
    pair.to_smsc()
    pair.smsc.respond(p.GenericNack(sequence=1, status=3), 0.0)
    assert pair.to_esme() == [e.BindRefused(p.GenericNack(sequence=1, status=3))]


def test_outbind() -> None:
    pair = Pair()
    pair.smsc.send(p.Outbind(system_id="smsc"), 0.0)
    assert requests(pair.to_esme()) == [p.Outbind(sequence=1, system_id="smsc")]
    assert pair.smsc.state is pair.esme.state is State.OUTBOUND
    assert isinstance(pair.bind(p.BindReceiver())[0], e.Bound)


def test_a_refusal_waits_for_the_answers_to_what_was_asked_before_it() -> None:
    """SMPP 3.4 §2.7.1; enquire_link waits for nothing."""
    pair = Pair.bound()
    octets = encode(p.SubmitSm(sequence=2)) + framed("00000077 00000000 00000003")
    octets += encode(p.SubmitSm(sequence=4)) + framed("00000077 00000000 00000005")
    octets += encode(p.BindReceiver(sequence=6)) + encode(p.EnquireLink(sequence=7))
    first, _, second, *_ = pair.smsc.receive(octets, 0.0)
    assert isinstance(first, e.RequestReceived)
    assert isinstance(second, e.RequestReceived)
    assert pair.smsc.owed == 5
    assert sent(pair.smsc) == [p.EnquireLinkResp(sequence=7)]
    pair.smsc.respond(p.SubmitSmResp(sequence=2), 0.0)
    assert sent(pair.smsc) == [p.SubmitSmResp(sequence=2), p.GenericNack(sequence=3, status=3)]
    pair.smsc.respond(p.SubmitSmResp(sequence=4), 0.0)
    assert sent(pair.smsc) == [
        p.SubmitSmResp(sequence=4),
        p.GenericNack(sequence=5, status=3),
        p.BindReceiverResp(sequence=6, status=5),
    ]
    assert pair.smsc.owed == 0


def test_submit_and_deliver() -> None:
    pair = Pair.bound()
    context = object()
    sequence = pair.esme.send(p.SubmitSm(short_message=b"Hello"), 1.0, context)
    assert pair.esme.outstanding == 1
    (request,) = requests(pair.to_smsc(1.5))
    assert pair.smsc.owed == 1
    pair.smsc.respond(p.SubmitSmResp(sequence=request.sequence, message_id="42"), 2.0)
    answer = p.SubmitSmResp(sequence=sequence, message_id="42")
    assert pair.to_esme(2.5) == [e.ResponseReceived(answer, context, 1.0)]
    assert (pair.esme.outstanding, pair.smsc.owed) == (0, 0)

    pair.smsc.send(p.DeliverSm(esm_class=4), 3.0, "receipt")
    (request,) = requests(pair.to_esme(3.5))
    pair.esme.respond(p.DeliverSmResp(sequence=request.sequence), 3.5)
    assert pair.to_smsc(4.0) == [e.ResponseReceived(p.DeliverSmResp(sequence=1), "receipt", 3.0)]


def test_alert_notification_has_no_answer() -> None:
    pair = Pair.bound()
    pair.smsc.send(p.AlertNotification(source_addr="1"), 0.0)
    assert requests(pair.to_esme()) == [p.AlertNotification(sequence=1, source_addr="1")]
    assert (pair.smsc.outstanding, pair.esme.owed) == (0, 0)


def test_enquire_link_is_answered_even_before_the_bind() -> None:
    for pair in (Pair(), Pair.bound()):
        assert pair.smsc.receive(encode(p.EnquireLink(sequence=77)), 0.0) == []
        assert sent(pair.smsc) == [p.EnquireLinkResp(sequence=77)]


def test_any_sequence_number_is_echoed() -> None:
    pair = Pair.bound()
    for sequence in (0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        (request,) = requests(pair.smsc.receive(encode(p.SubmitSm(sequence=sequence)), 0.0))
        pair.smsc.respond(p.SubmitSmResp(sequence=request.sequence), 0.0)
        assert sent(pair.smsc) == [p.SubmitSmResp(sequence=sequence)]


def test_our_sequence_numbers_wrap_to_1_past_those_in_use() -> None:
    session = Pair.bound().esme
    first = session.send(p.SubmitSm(), 0.0)
    session._outstanding._last = MAX_SEQUENCE - 1
    assert [session.send(p.SubmitSm(), 0.0) for _ in range(4)] == [MAX_SEQUENCE, 1, 3, 4]
    assert first == 2


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("00000999 00000000 00000007", p.GenericNack(sequence=7, status=0x03)),
        ("00000004 00000000 00000007", p.SubmitSmResp(sequence=7, status=0x02)),
        ("00000103 00000000 00000007", p.DataSmResp(sequence=7, status=0x02)),
        (
            "00000005 00000000 00000007 00 0000 00 0000 00 000000 00 00 00000000 00",
            p.DeliverSmResp(sequence=7, status=4),
        ),
        (f"00000009 00000000 00000007 {'00' * 7}", p.BindTransceiverResp(sequence=7, status=0x05)),
        (f"00000002 00000000 00000007 {'00' * 7}", p.BindTransmitterResp(sequence=7, status=0x05)),
        ("0000000B 00000000 00000007 00 00", None),
        ("80000999 00000000 00000007", None),
        (f"80000003 00000000 00000007 {'41' * 70}", None),
    ],
)
def test_what_is_refused(written: str, answer: Pdu | None) -> None:
    """...is answered by its own response, and the stream goes on."""
    session = Pair.bound().smsc
    events = session.receive(framed(written) + encode(p.SubmitSm(sequence=8)), 0.0)
    assert [type(event) for event in events] == [e.PduRejected, e.RequestReceived]
    assert sent(session) == ([] if answer is None else [answer])


def test_before_the_bind_all_else_is_refused_with_4() -> None:
    session = Session(Side.SMSC)
    (event,) = session.receive(encode(p.SubmitSm(sequence=5)), 0.0)
    assert isinstance(event, e.PduRejected)
    assert (event.error.status, event.error.command_id, event.error.sequence) == (4, 4, 5)
    assert sent(session) == [p.SubmitSmResp(sequence=5, status=4)]


BEHIND = encode(p.BindTransmitter(sequence=2)) + encode(p.SubmitSm(sequence=3)) + encode(p.Unbind(sequence=4))


def test_what_comes_behind_a_bind_waits_for_its_answer() -> None:
    smsc = Pair().smsc
    bind = p.BindTransmitter(sequence=1)
    assert requests(smsc.receive(encode(bind), 0.0)) == [bind]
    assert smsc.receive(BEHIND, 0.0) == []
    assert smsc.deciding
    assert sent(smsc) == []
    smsc.accept_bind(bind, "smsc", 0.0)
    assert [type(pdu) for pdu in sent(smsc)] == [p.BindTransmitterResp, p.BindTransmitterResp]
    assert smsc.deadline() == 0.0
    rejected, asked, left = smsc.tick(0.0)
    assert isinstance(rejected, e.PduRejected)
    assert rejected.error.status == CommandStatus.ESME_RALYBND
    assert (asked, left) == (e.RequestReceived(p.SubmitSm(sequence=3)), e.UnbindReceived())
    smsc.respond(p.SubmitSmResp(sequence=3), 0.0)
    assert sent(smsc) == [p.SubmitSmResp(sequence=3), p.UnbindResp(sequence=4)]


def test_what_comes_behind_a_refused_bind() -> None:
    smsc = Pair().smsc
    bind = p.BindTransmitter(sequence=1)
    assert requests(smsc.receive(encode(bind) + encode(p.SubmitSm(sequence=8)) + BEHIND, 0.0)) == [bind]
    smsc.refuse_bind(bind, CommandStatus.ESME_RINVPASWD, 0.0)
    assert sent(smsc) == [p.BindTransmitterResp(sequence=1, status=14), p.SubmitSmResp(sequence=8, status=4)]
    assert [type(event) for event in smsc.tick(0.0)] == [e.PduRejected, e.RequestReceived]
    assert smsc.deciding


@pytest.mark.parametrize("header", ["00000000", "0000000F", "00020000 00000004 00000000 00000009"])
def test_a_bad_length_is_nacked_and_the_end(header: str) -> None:
    """An SMSC answers first what came before it."""
    session = Pair.bound().smsc
    before = encode(p.SubmitSm(sequence=8))
    events = session.receive(before + bytes.fromhex(header), 0.0)
    assert [type(event) for event in events] == [e.RequestReceived, e.PduRejected]
    assert session.outgoing() == b""
    assert session.receive(before, 0.0) == []
    session.respond(p.SubmitSmResp(sequence=8), 0.0)
    nack = p.GenericNack(sequence=9 if len(header) > 8 else 0, status=2)
    assert sent(session) == [p.SubmitSmResp(sequence=8), nack]
    assert session.state is State.UNBOUND
    assert session.tick(0.0) == [e.MustClose("bad command_length")]
    assert session.deadline() is None


def test_a_bad_length_after_an_unbind() -> None:
    smsc = Pair.bound().smsc
    smsc.receive(encode(p.SubmitSm(sequence=8)) + encode(p.Unbind(sequence=9)) + bytes(4), 0.0)
    smsc.respond(p.SubmitSmResp(sequence=8), 0.0)
    assert sent(smsc) == [p.SubmitSmResp(sequence=8), p.UnbindResp(sequence=9)]
    assert smsc.tick(0.0) == [e.MustClose("the peer unbound")]


def test_a_bad_length_ends_an_esme_at_once() -> None:
    session = Pair.bound().esme
    events = session.receive(encode(p.DeliverSm(sequence=8)) + bytes(4), 0.0)
    assert [type(event) for event in events] == [e.RequestReceived, e.PduRejected, e.MustClose]
    assert sent(session) == [p.GenericNack(status=2)]
    session.respond(p.DeliverSmResp(sequence=8), 0.0)
    assert session.outgoing() == b""


def test_responses_to_nothing() -> None:
    session = Pair.bound().smsc
    session.send(p.DeliverSm(), 0.0)
    for stray in (p.DeliverSmResp(sequence=9), p.SubmitSmResp(sequence=1), p.GenericNack(status=3)):
        assert session.receive(encode(stray), 0.0) == [e.UnexpectedResponse(stray)]
    assert session.outstanding == 1
    assert [type(event) for event in session.receive(encode(p.DeliverSmResp(sequence=1)) * 2, 0.0)] == [
        e.ResponseReceived,
        e.UnexpectedResponse,
    ]


def test_a_nack_settles_a_request() -> None:
    session = Pair.bound().smsc
    session.send(p.DeliverSm(), 0.0, "receipt")
    nack = p.GenericNack(sequence=1, status=3)
    assert session.receive(encode(nack), 0.5) == [e.ResponseReceived(nack, "receipt", 0.0)]


def test_an_unreadable_response_settles_its_request() -> None:
    session = Pair.bound().esme
    sequence = session.send(p.QuerySm(message_id="m1"), 0.0, "query")
    octets = framed(f"80000003 00000000 {sequence:08x} {'41' * 70}")
    events = session.receive(octets, 0.0)
    assert [type(event) for event in events] == [e.PduRejected, e.Unanswered]
    assert events[1] == e.Unanswered(sequence, "query")


def test_closing_reports_what_is_open() -> None:
    pair = Pair.bound()
    first = pair.esme.send(p.SubmitSm(), 0.0, "one")
    pair.esme.send(p.EnquireLink(), 0.0, "link")
    pair.esme.unbind(0.0)
    assert pair.esme.closed(1.0) == [e.Unanswered(first, "one"), e.Unanswered(first + 1, "link")]
    assert pair.esme.state is State.CLOSED
    assert pair.esme.closed(1.0) == []
    assert pair.esme.outgoing() == b""
    assert pair.esme.deadline() is None
    assert pair.esme.tick(99.0) == []


def test_our_own_mistakes() -> None:
    pair = Pair()
    for session, pdu in [
        (pair.esme, p.SubmitSm()),
        (pair.smsc, p.BindReceiver()),
        (pair.smsc, p.DeliverSm()),
        (pair.esme, p.SubmitSmResp()),
        (pair.esme, p.Unbind()),
    ]:
        with pytest.raises(LocalProtocolError):
            session.send(pdu, 0.0)
    for pdu in (p.SubmitSmResp(), p.BindReceiverResp(), p.EnquireLinkResp(), p.UnbindResp(), p.SubmitSm()):
        with pytest.raises(LocalProtocolError):
            pair.smsc.respond(pdu, 0.0)
    pair.esme.send(p.BindReceiver(), 0.0)
    with pytest.raises(LocalProtocolError):
        pair.esme.send(p.BindReceiver(), 0.0)
    pair.to_smsc()
    with pytest.raises(LocalProtocolError):
        pair.smsc.respond(p.BindTransmitterResp(sequence=1), 0.0)
    assert pair.smsc.outgoing() == b""


def test_a_request_that_can_not_be_written_is_not_outstanding() -> None:
    pair = Pair()
    with pytest.raises(LocalProtocolError):
        pair.esme.send(p.BindReceiver(password="x" * 65), 0.0)
    assert isinstance(pair.bind(p.BindReceiver(password="x"))[0], e.Bound)
    with pytest.raises(LocalProtocolError):
        pair.smsc.send(p.DeliverSm(source_addr="x" * 21), 0.0)
    assert pair.smsc.outstanding == 0


SCRIPT: list[Pdu] = [
    p.EnquireLink(sequence=1),
    p.SubmitSm(sequence=2, short_message=b"one"),
    p.SubmitSm(sequence=3, tlvs=((0x0424, b"two"),)),
    p.DeliverSm(sequence=4),
    p.DeliverSmResp(sequence=1),
    p.DeliverSmResp(sequence=1),
    p.BindReceiver(sequence=5),
    p.QuerySm(sequence=6, message_id="x"),
    p.Unbind(sequence=7),
    p.SubmitSm(sequence=8),
]
STREAM = b"".join(map(encode, SCRIPT[:4])) + framed("00000777 00000000 00000001") + b"".join(map(encode, SCRIPT[4:]))


def play(chunks: list[bytes]) -> tuple[list[str], bytes]:
    session = Pair.bound().smsc
    session.send(p.DeliverSm(), 0.0, "receipt")
    events = [event for chunk in chunks for event in session.receive(chunk, 1.0)]
    return shown(events), session.outgoing()


@given(st.lists(st.integers(0, len(STREAM))))
def test_any_cut_gives_the_same_events(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[start:end] for start, end in pairwise(edges)]
    assert play(chunks) == play([STREAM])
