"""What a walk through a list amounts to, and the words beside it."""

from bench.terminal import Answer
from bench.walk import Walk, said


def test_a_walk_counts_steps_that_scroll_with_those_that_do_not():
    steps = [Answer(5.0, 300)] * 18 + [Answer(20.0, 1900)] * 2
    walk = Walk(0.4, 60.0, steps, [Answer(10.0, 1700), Answer(12.0, 1900)])
    assert walk.step_bytes == 460
    assert walk.step_median_ms == 5.0
    assert walk.step_p95_ms == 20.0
    assert walk.page_bytes == 1800
    assert walk.page_p95_ms == 12.0


def test_peers_are_told_by_name():
    assert said([("neomutt", 1.534), ("aerc", 4718.0)], "bytes") == "neomutt 1.53 bytes, aerc 4,718 bytes"
    assert said([], "ms") == ""
