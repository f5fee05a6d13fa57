"""`bocau keys`: the table in force, its origin, and what clashes."""

from pathlib import Path

import pytest

from tests.tui.commandline.conftest import Call
from tests.tui.commandline.test_start import fresh


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_the_keys_in_force_are_listed_with_where_they_come_from(call: Call, config: Path):
    config.write_text('[general]\nkeys = "gmail"\n[keys]\narchive = ["e", "Ctrl+E"]\n')
    done = call("keys", "--json", "--config", str(config))
    assert done.code == 0
    told = {str(one["command"]): one for one in done.objects}
    assert told["archive"]["keys"] == ["e", "Ctrl+E"]
    assert (told["archive"]["from"], told["back"]["from"], told["down"]["from"]) == ("own", "preset", "table")
    assert "archive" in call("keys", "--config", str(config)).out


def test_keys_that_clash_are_named_with_their_lines_all_at_once(call: Call, config: Path):
    config.write_text('[keys]\narchive = "d"\nstra = "Ctrl+X"\nmove = "Hyper+X"\n')
    done = call("keys", "--config", str(config))
    assert done.code == 3
    assert "line 2: keys.archive: the key d belongs to delete." in done.err
    assert "line 3: keys.stra: there is no such command." in done.err
    assert "Did you mean star?" in done.err
    assert 'line 4: keys.move: "Hyper+X" is not a key.' in done.err
    assert "go-inbox" in done.out


def test_listing_keys_imports_no_screen():
    code = (
        "import sys, atexit\n"
        "heavy = ('textual', 'aiosqlite', 'asyncio', 'keyring', 'aioimaplib')\n"
        "atexit.register(lambda: print([m for m in heavy if m in sys.modules], file=sys.stderr))\n"
        "from tui.cli import main\nmain()"
    )
    done = fresh(code, "keys", "--config", "/nowhere/config.toml")
    assert done.returncode == 0
    assert done.stderr.strip() == "[]"
