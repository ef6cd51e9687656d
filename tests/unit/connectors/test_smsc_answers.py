from __future__ import annotations

import pytest

from stentor.catalogue import STATUSES, gsm_errors
from stentor.connectors.smsc import answers
from stentor.connectors.smsc.answers import FINAL_STATES, REFUSALS, THROTTLED, of_receipt, refusal_of
from stentor.connectors.smsc.rate import Rate
from stentor.core.lifecycle import is_final
from stentor.smpp import CommandStatus as S
from stentor.smpp.receipt import MessageState as M
from stentor.smpp.receipt import Receipt


@pytest.mark.parametrize(
    ("status", "retry", "error"),
    [
        (S.ESME_RSYSERR, True, 34),
        (S.ESME_RX_T_APPN, True, 34),
        (S.ESME_RSUBMITFAIL, True, 4102),
        (S.ESME_RINVBNDSTS, True, 4102),
        (S.ESME_RINVDSTADR, False, 1),
        (S.ESME_RINVSRCADR, False, 36),
        (S.ESME_RINVMSGLEN, False, 4096),
        (S.ESME_RX_P_APPN, False, 4102),
        (0x04FF, False, 4102),
    ],
)
def test_refusals(status: int, error: int, *, retry: bool) -> None:
    refusal = refusal_of(status)
    assert (refusal.retry, refusal.error, refusal.status) == (retry, error, 4)


@pytest.mark.parametrize("status", [*REFUSALS, 0x04FF])
def test_refusals_speak_our_catalogue(status: int) -> None:
    refusal = refusal_of(status)
    assert gsm_errors.error(refusal.error).id == refusal.error
    assert is_final(refusal.status)
    assert f"0x{status:08X}" in answers.refused_in_words(status)
    assert status not in THROTTLED


@pytest.mark.parametrize(
    ("state", "status", "error", "otherwise"),
    [
        (M.DELIVERED, 5, 0, 0),
        (M.EXPIRED, 15, 27, 4101),
        (M.DELETED, 9, 27, 4100),
        (M.UNDELIVERABLE, 9, 27, 255),
        (M.UNKNOWN, 22, 27, 255),
        (M.REJECTED, 4, 27, 255),
    ],
)
def test_final_receipts(state: M, status: int, error: int, otherwise: int) -> None:
    said = of_receipt("net", "u1", Receipt(message_id="U1", state=state, error=27), 7)
    assert (said.connector, said.upstream_id, said.at, said.final) == ("net", "u1", 7, True)
    assert (said.status, said.error) == (status, error)
    for nothing in (None, 0):
        silent = of_receipt("net", "u1", Receipt(message_id="u1", state=state, error=nothing), 7)
        assert silent.error == otherwise


@pytest.mark.parametrize("state", M)
def test_every_state(state: M) -> None:
    final = of_receipt("net", "u1", Receipt(message_id="u1", state=state), 7)
    assert final.final == (state not in (M.ENROUTE, M.ACCEPTED)) == (state in FINAL_STATES)
    assert final.final == is_final(final.status)
    assert final.status in STATUSES
    between = of_receipt("net", "u1", Receipt(message_id="u1", state=state, intermediate=True), 7)
    assert not between.final
    assert between.said.startswith("intermediate")


def test_no_rate_no_limit() -> None:
    rate = Rate(None)
    rate.spend()
    assert (rate.room(0.0), rate.wait()) == (None, 0.0)


@pytest.mark.parametrize(("per_second", "burst"), [(100.0, 10), (5.0, 1), (0.5, 1), (10.0, 1)])
def test_a_burst_of_a_tenth_of_a_second(per_second: float, burst: int) -> None:
    rate = Rate(per_second)
    assert rate.room(1_000.0) == burst
    for _ in range(burst):
        rate.spend()
    assert rate.room(1_000.0) == 0
    assert rate.wait() == pytest.approx(1 / per_second)
    assert rate.room(1_000.0 + 1.001 / per_second) == 1
    assert rate.room(9_000.0) == burst


def test_over_time_never_more_than_the_rate() -> None:
    rate, sent, now = Rate(50.0), 0, 100.0
    while now < 102.0:
        while rate.room(now):
            rate.spend()
            sent += 1
        now += max(rate.wait(), 0.001)
    assert 95 <= sent <= 50 * 2 + 5
