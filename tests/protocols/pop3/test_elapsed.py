"""By how much days count when somebody sets the clock."""

import pytest

from protocols.pop3.elapsed import DAY, Elapsed, elapsed, moment
from store.pop3_accounts import Moment

NOW = 1_760_000_000


def later(seconds: int, awake: int | None = None) -> Moment:
    return Moment(NOW + seconds, "one" if awake is not None else "two", awake)


BEFORE = Moment(NOW, "one", 1000)


def test_the_first_look_is_trusted():
    assert elapsed(None, BEFORE, 14) == Elapsed(True)


@pytest.mark.parametrize("days", [0, 14, 28])
def test_usual_absences_count_after_a_restart(days: int):
    assert elapsed(BEFORE, later(days * DAY), 14) == Elapsed(True)


@pytest.mark.parametrize("seconds", [29 * DAY, 400 * DAY, -1, -300 * DAY])
def test_a_time_that_is_too_long_or_runs_backwards_does_not_count(seconds: int):
    """O05."""
    assert elapsed(BEFORE, later(seconds), 14) == Elapsed(False, seconds)


def test_within_one_run_of_the_machine_the_clock_that_nobody_sets_tells():
    """R07."""
    assert elapsed(BEFORE, later(90 * DAY, 1000 + 90 * DAY), 14) == Elapsed(True)
    assert elapsed(BEFORE, later(10 * DAY, 1000 + 60), 14) == Elapsed(False, 10 * DAY - 60)
    assert elapsed(BEFORE, later(-DAY, 1000 + 60), 14) == Elapsed(False, -DAY - 60)


def test_a_clock_that_runs_badly_is_set_right_without_harm():
    assert elapsed(BEFORE, later(DAY + 90, 1000 + DAY), 14) == Elapsed(True)


def test_where_no_days_are_counted_two_months_are_no_jump():
    assert elapsed(BEFORE, later(59 * DAY), 0) == Elapsed(True)
    assert elapsed(BEFORE, later(61 * DAY), 0) == Elapsed(False, 61 * DAY)


def test_the_time_of_this_machine_runs_forwards():
    first, second = moment(), moment()
    assert first.boot == second.boot
    assert first.uptime is None or (second.uptime is not None and first.uptime <= second.uptime)
