"""When to try again: customers' URLs, upstreams, and accounts that are too fast."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stentor.core.account import Account
from stentor.core.errors import Throttled
from stentor.core.notify import MINUTE_MS, RETRIES, RETRY_AFTER_MS, host_of, next_try
from stentor.core.retry import next_offer
from stentor.core.throttle import Buckets
from support.making import ACME, OTHER, START


def test_the_schedule_of_notify() -> None:
    waits = [wait // MINUTE_MS for wait in RETRY_AFTER_MS]
    assert waits[:7] == [1, 2, 5, 10, 17, 26, 37]
    assert len(waits) == RETRIES == 20
    assert waits[-1] == 362
    assert sum(waits) == 41 * 60 + 30


def test_after_the_last_retry_nothing_is_tried() -> None:
    waits = [next_try(attempts) for attempts in range(1, 23)]
    assert waits[:20] == list(RETRY_AFTER_MS)
    assert waits[20:] == [None, None]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://a.example/x?y=1", "http://a.example"),
        ("https://A.Example:8443/", "https://a.example:8443"),
        ("HTTP://user:pass@a.example/x", "http://a.example"),
        ("http://[::1]:80/x", "http://[::1]:80"),
    ],
)
def test_host_of(url: str, host: str) -> None:
    assert host_of(url) == host


def test_offers_to_an_upstream() -> None:
    seconds = [next_offer(attempts) / 1000 for attempts in range(9)]
    assert seconds == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert next_offer(10_000) == 600_000


FAST = replace(ACME, rate=10.0)


def test_no_rate_no_limit() -> None:
    buckets = Buckets()
    for _ in range(100):
        buckets.spend(ACME, 10_000, START)


def test_a_burst_of_one_second() -> None:
    buckets = Buckets()
    for _ in range(10):
        buckets.spend(FAST, 1, START)
    with pytest.raises(Throttled):
        buckets.spend(FAST, 1, START)


def test_a_large_request_leaves_a_debt() -> None:
    buckets = Buckets()
    buckets.spend(FAST, 110, START)
    with pytest.raises(Throttled) as refusal:
        buckets.spend(FAST, 1, START)
    assert refusal.value.retry_after == pytest.approx(10)
    with pytest.raises(Throttled):
        buckets.spend(FAST, 1, START + 10_000)
    buckets.spend(FAST, 1, START + 10_100)


def test_accounts_do_not_share() -> None:
    buckets = Buckets()
    buckets.spend(FAST, 100, START)
    buckets.spend(replace(OTHER, rate=10.0), 1, START)


def test_a_slow_account_may_send_at_all() -> None:
    buckets = Buckets()
    slow = replace(ACME, rate=0.1)
    buckets.spend(slow, 1, START)
    with pytest.raises(Throttled):
        buckets.spend(slow, 1, START + 1)
    buckets.spend(slow, 1, START + 60_000)


@given(st.floats(0.5, 50), st.lists(st.tuples(st.integers(0, 400), st.integers(1, 20)), max_size=40))
def test_never_more_than_the_rate(rate: float, requests: list[tuple[int, int]]) -> None:
    """What passes is at most a burst, the rate times the time, and the last request's debt."""
    buckets, account = Buckets(), replace(ACME, rate=rate)
    now, passed = START, 0
    for pause, count in requests:
        now += pause
        most = max(rate, 1) + rate * (now - START) / 1000
        if let_in(buckets, account, count, now):
            assert passed <= most + 1e-6
            passed += count
        else:
            assert passed >= rate * (now - START) / 1000 - 1


def let_in(buckets: Buckets, account: Account, count: int, now: int) -> bool:
    try:
        buckets.spend(account, count, now)
    except Throttled:
        return False
    return True


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    buckets = Buckets()
    buckets.spend(FAST, 30, START)
    with pytest.raises(Throttled):
        buckets.spend(FAST, 1, START - 99_000)
