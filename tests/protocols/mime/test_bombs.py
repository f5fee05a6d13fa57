"""Messages that are built to exhaust their reader are read within limits of time and memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.protocols.mime.bombs import FAMILIES

ROOT = Path(__file__).parents[3]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("family", FAMILIES)
def test_no_message_takes_more_than_its_size_allows(family: str):
    """P01 to P08, P14 to P18, P20, P21, P24, H01 to H04, H08, H09, T15, T16: see `bombs` for what each is."""
    command = [sys.executable, "-m", "tests.protocols.mime.detonation", family]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(ended.stdout)
    assert set(told) == set(FAMILIES[family])
    assert {name: how for name, how in told.items() if how != "read"} == {}, ended.stderr
