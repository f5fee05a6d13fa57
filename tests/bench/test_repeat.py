"""The bench repeats what is short, says when it did not, and treats both sides alike."""

from functools import partial

from bench.repeat import Timing, bar, beside, growth, in_turn, timed


def test_the_median_of_three_runs_counts():
    figures = iter([3.0, 1.0, 2.0])
    assert timed(lambda: next(figures)) == Timing(2.0, 3)


def test_what_takes_long_is_measured_once_and_says_so():
    timing = timed(lambda: 21.0)
    assert timing == Timing(21.0, 1)
    assert str(timing) == "21.00 s (one run)"


def _run(order: list[str], name: str) -> float:
    order.append(name)
    return float(len(order))


def test_nobody_is_always_first():
    order: list[str] = []
    timings = in_turn({name: partial(_run, order, name) for name in ("ours", "peer")})
    assert order == ["ours", "peer", "peer", "ours", "ours", "peer"]
    assert timings == {"ours": Timing(4.0, 3), "peer": Timing(3.0, 3)}


def test_a_peer_that_is_not_installed_sets_no_bar():
    assert bar(0.4, None) is None
    assert bar(0.4, Timing(10.0, 3)) == 4.0
    assert beside(mbsync=None, bare_socket=0.0213) == "mbsync is not installed, bare socket 0.021 s"


def test_growth_is_a_row_with_a_linear_bar():
    row = growth(10, 100, Timing(0.5, 3), Timing(6.0, 3))
    assert (row.figure, row.verdict) == (12.0, "MISSED")
