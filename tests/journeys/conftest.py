"""What every journey starts from: a home without accounts."""

from pathlib import Path

import pytest

from tests.journeys.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    folder = tmp_path / "person"
    folder.mkdir(mode=0o700)
    return Home(folder)
