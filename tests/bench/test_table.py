"""The bench's table says plainly which bars were missed."""

from bench.table import Row, median, percentile, render


def test_a_missed_bar_is_marked_and_counted():
    text = render([Row("start", 0.2, "s", bar=0.15), Row("step", 20, "ms", bar=25), Row("size", 12_345, "B")])
    start, step, size = text.splitlines()[2:5]
    assert "MISSED" in start and "reached" in step
    assert size.split() == ["size", "12,345", "B"]
    assert text.endswith("1 of 2 bars reached, 1 MISSED")


def test_percentiles_are_values_that_were_measured():
    assert percentile(range(100), 0.95) == 95
    assert percentile([7], 0.95) == 7
    assert median([3, 1, 2]) == 2
