"""The README says what the code is."""

import pytest

from tests.architecture import readme


@pytest.mark.parametrize("part", readme.PARTS)
def test_what_the_readme_generates_from_the_code_is_up_to_date(part):
    assert readme.current(part) == readme.PARTS[part](), "run: make docs"
