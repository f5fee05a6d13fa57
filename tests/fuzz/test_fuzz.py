"""Every reader of strangers' bytes survives what is made of their own words; `make fuzz` goes on for longer."""

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from tests.fuzz.targets import TARGETS
from tests.fuzz.words import WORDS

INPUTS = strategies.lists(
    strategies.one_of(strategies.sampled_from(WORDS), strategies.binary(max_size=30)), max_size=25
).map(b"".join)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=INPUTS)
def test_nothing_breaks_and_nothing_unsafe_comes_out(name: str, data: bytes):
    TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_at_all_is_survived(name: str):
    TARGETS[name](b"")
