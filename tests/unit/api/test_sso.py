"""Tokens of a login: how long they live, and how many there may be."""

from __future__ import annotations

from stentor.api.sso import IDLE_MS, Tickets
from stentor.core.account import User, digest_of

USER, OTHER = User("one", "acme", "hash"), User("two", "acme", "hash")


def test_a_token_lives_a_day_after_its_last_use() -> None:
    tickets = Tickets()
    digest = digest_of(tickets.issue(USER, 0))
    assert tickets.user(digest, IDLE_MS - 1) == USER
    assert tickets.user(digest, 2 * IDLE_MS - 2) == USER
    assert tickets.user(digest, 3 * IDLE_MS - 2) is None
    assert len(tickets) == 0


def test_only_digests_are_kept() -> None:
    tickets = Tickets()
    token = tickets.issue(USER, 0)
    assert len(token) >= 43
    assert tickets.user(token, 0) is None
    assert token not in repr(vars(tickets))


def test_a_revoked_token_is_gone_and_another_stays() -> None:
    tickets = Tickets()
    first, second = (digest_of(tickets.issue(USER, 0)) for _ in range(2))
    tickets.revoke(first)
    tickets.revoke(first)
    assert (tickets.user(first, 0), tickets.user(second, 0)) == (None, USER)


def test_the_oldest_tokens_make_room() -> None:
    tickets = Tickets(most=3, most_of_a_login=2)
    digests = [digest_of(tickets.issue(USER, 0)) for _ in range(3)]
    assert [tickets.user(digest, 0) for digest in digests] == [None, USER, USER]
    others = [digest_of(tickets.issue(OTHER, 0)) for _ in range(2)]
    assert len(tickets) == 3
    assert [tickets.user(digest, 0) for digest in (digests[1], *others)] == [None, OTHER, OTHER]


def test_a_token_in_use_stays_however_many_others_are_made() -> None:
    """A script that logs in at each run does not end the token of a service of the same login."""
    tickets = Tickets(most_of_a_login=2)
    service = digest_of(tickets.issue(USER, 0))
    runs = []
    for now in range(5):
        runs.append(digest_of(tickets.issue(USER, now)))
        assert tickets.user(service, now) == USER
    assert [tickets.user(run, 5) for run in runs] == [None, None, None, None, USER]
