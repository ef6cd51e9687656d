from __future__ import annotations

from stentor.connectors.smsc.lateness import Lateness

AFTER = 0.7


def late(lateness: Lateness) -> bool:
    return lateness.late


def stalled(now: float = 10.0) -> Lateness:
    """One that was found late at this time: nothing was answered for a while."""
    lateness = Lateness(AFTER)
    lateness.look(now - 0.75, now)
    assert late(lateness)
    return lateness


def test_in_time() -> None:
    lateness = Lateness(AFTER)
    for tick in range(100):
        lateness.answered(0.5, tick * 0.1)
        lateness.look(tick * 0.1 - 0.5, tick * 0.1)
    assert not late(lateness)


def test_nothing_waits() -> None:
    lateness = Lateness(AFTER)
    lateness.answered(0.02, 1.0)
    lateness.look(None, 1_000.0)
    assert not late(lateness)


def test_a_stall() -> None:
    lateness = Lateness(AFTER)
    lateness.answered(0.02, 1.0)
    lateness.look(0.99, 1.69)
    assert not late(lateness)
    lateness.look(0.99, 1.71)
    assert late(lateness)
    assert round(lateness.seconds, 2) == 0.71


def test_one_lost_answer_among_many_is_no_stall() -> None:
    lateness = Lateness(AFTER)
    for tick in range(100):
        lateness.answered(0.02, tick * 0.1)
        lateness.look(0.0, tick * 0.1 + 0.05)
    assert not late(lateness)


def test_answers_that_all_come_late() -> None:
    lateness = Lateness(AFTER)
    for tick in range(20):
        lateness.answered(0.9, tick * 0.1)
    assert late(lateness)


def test_a_few_late_answers_do_not_count() -> None:
    lateness = Lateness(AFTER)
    for tick in range(100):
        lateness.answered(0.9 if tick % 10 == 0 else 0.05, tick * 0.1)
        assert not late(lateness)


def test_well_again_with_an_answer_in_time_to_what_was_sent_since() -> None:
    lateness = stalled(10.0)
    lateness.answered(0.5, 10.1)
    assert late(lateness)
    lateness.answered(0.05, 10.1)
    assert not late(lateness)


def test_on_trial_after_a_pause() -> None:
    lateness = stalled(10.0)
    lateness.look(None, 10.9)
    assert late(lateness)
    lateness.look(None, 11.0)
    assert lateness.on_trial
    assert not late(lateness)
    lateness.submitted(11.1)
    assert late(lateness)
    lateness.answered(0.1, 11.2)
    assert not late(lateness)


def test_no_trial_while_the_window_is_full() -> None:
    lateness = stalled(10.0)
    lateness.look(9.0, 12.0, room=False)
    assert late(lateness)
    lateness.look(9.0, 12.0)
    assert not late(lateness)
    lateness.look(9.0, 12.1, room=False)
    assert late(lateness)


def test_a_new_session_is_tried_at_once() -> None:
    lateness = stalled(10.0)
    lateness.again(10.1)
    lateness.look(None, 10.1)
    assert lateness.on_trial


def test_trials_that_fail_come_less_often() -> None:
    lateness = stalled(0.0)
    tried, now = [], 0.0
    while now < 200:
        now += 0.25
        lateness.look(None, now)
        if lateness.on_trial:
            lateness.submitted(now)
            lateness.answered(5.0, now)
            tried.append(now)
    assert tried == [1.0, 3.0, 7.0, 15.0, 31.0, 61.0, 91.0, 121.0, 151.0, 181.0]


def test_a_trial_that_is_won_forgets_the_long_answers() -> None:
    lateness = stalled(10.0)
    for tick in range(10):
        lateness.answered(5.0, 10.0 + tick * 0.01)
    lateness.answered(0.02, 12.0)
    lateness.answered(0.02, 12.1)
    assert not late(lateness)
