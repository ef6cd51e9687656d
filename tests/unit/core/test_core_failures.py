"""Wrong logins: so many a minute for a name from a client, more for a client, more still for a name."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stentor.core.errors import Throttled
from stentor.core.failures import Failures

LIMIT = 10
MINUTE = 60_000


def _let_in(failures: Failures, attempts: Sequence[tuple[str, str | None]], now: int) -> int:
    """How many attempts are let in before the first that is not."""
    for number, (address, login) in enumerate(attempts):
        try:
            failures.spend(address, login, now)
        except Throttled:
            return number
    return len(attempts)


def _refused(failures: Failures, address: str, login: str | None, now: int) -> float:
    with pytest.raises(Throttled) as refusal:
        failures.spend(address, login, now)
    return refusal.value.retry_after


def test_one_name_from_one_client() -> None:
    assert _let_in(Failures(LIMIT), [("192.0.2.1", "shop")] * 100, 0) == LIMIT


def test_many_names_from_one_client() -> None:
    assert _let_in(Failures(LIMIT), [("192.0.2.1", f"shop{n}") for n in range(1000)], 0) == 5 * LIMIT


def test_keys_from_one_client() -> None:
    assert _let_in(Failures(LIMIT), [("192.0.2.1", None)] * 1000, 0) == 5 * LIMIT


def test_one_name_from_everywhere() -> None:
    everywhere = [(f"192.0.{n // 250}.{n % 250}", "shop") for n in range(1000)]
    assert _let_in(Failures(LIMIT), everywhere, 0) == 50 * LIMIT


def test_addresses_of_one_64_are_one_client() -> None:
    assert _let_in(Failures(LIMIT), [(f"2001:db8::{n:x}", "shop") for n in range(100)], 0) == LIMIT
    assert _let_in(Failures(LIMIT), [(f"2001:db8:0:{n:x}::1", "shop") for n in range(100)], 0) == 100


def test_a_guesser_does_not_lock_out_others() -> None:
    failures = Failures(LIMIT)
    _let_in(failures, [("192.0.2.1", "shop")] * 100, 0)
    failures.spend("192.0.2.2", "shop", 0)
    failures.spend("192.0.2.1", "other", 0)


def test_the_wait_is_as_long_as_it_says() -> None:
    failures = Failures(LIMIT)
    _let_in(failures, [("192.0.2.1", "shop")] * LIMIT, 0)
    assert _refused(failures, "192.0.2.1", "shop", 0) == 6.0
    assert _refused(failures, "192.0.2.1", "shop", 5_999) == pytest.approx(0.001)
    failures.spend("192.0.2.1", "shop", 6_000)
    assert _refused(failures, "192.0.2.1", "shop", 6_000) == 6.0
    assert _let_in(failures, [("192.0.2.1", "shop")] * 100, 6_000 + MINUTE) == LIMIT


def test_a_refused_attempt_is_not_counted() -> None:
    failures = Failures(LIMIT)
    _let_in(failures, [("192.0.2.1", "shop")] * LIMIT, 0)
    for _ in range(1000):
        _refused(failures, "192.0.2.1", "shop", 0)
    failures.spend("192.0.2.1", "shop", 6_000)


def test_what_was_right_is_forgiven() -> None:
    failures = Failures(LIMIT)
    for _ in range(1000):
        failures.spend("192.0.2.1", "shop", 0)
        failures.forgive("192.0.2.1", "shop")
    assert _let_in(failures, [("192.0.2.1", "shop")] * 100, 0) == LIMIT


def test_the_local_socket_is_not_limited() -> None:
    failures = Failures(1)
    assert _let_in(failures, [("", "shop"), ("", None)] * 100, 0) == 200
    failures.forgive("", "shop")
    assert len(failures) == 0


def test_memory_is_bounded_and_the_latest_stay() -> None:
    failures = Failures(1, counts=100)
    for n in range(1000):
        failures.spend(f"192.0.{n // 250}.{n % 250}", f"{n}" + "x" * 10_000, 0)
    assert len(failures) == 100
    assert _refused(failures, "192.0.3.249", "999" + "x" * 10_000, 0) == 60.0
