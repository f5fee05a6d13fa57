"""A process that has the store open is seen by others, and a mark that it leaves behind tells of an unclean end."""

import errno
import fcntl
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from store.presence import Presence

HOLD = """
import sys
from pathlib import Path
from store.presence import Presence
Presence(Path(sys.argv[1])).enter()
print("in", flush=True)
sys.stdin.read()
"""


def test_a_process_is_there_from_entering_to_leaving(tmp_path: Path):
    one, other = Presence(tmp_path), Presence(tmp_path)
    assert one.look() == (0, [])
    one.enter()
    assert other.look() == (1, [])
    other.enter()
    assert (one.look(), other.look()) == ((1, []), (1, []))
    one.leave()
    other.leave()
    other.leave()
    assert Presence(tmp_path).look() == (0, [])


def test_what_a_killed_process_leaves_is_seen_until_it_is_forgiven(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd()
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in\n"
        one = Presence(tmp_path)
        one.enter()
        assert one.look() == (1, [])
        process.send_signal(signal.SIGKILL)
        process.wait()
    others, [left] = one.look()
    assert others == 0
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    one.forgive()
    assert Presence(tmp_path).look() == (1, [])
    one.leave()
    assert Presence(tmp_path).look() == (0, [])


def test_a_doubt_is_left_to_the_next(tmp_path: Path):
    one = Presence(tmp_path)
    one.enter()
    one.doubt()
    one.doubt()
    one.leave()
    others, left = Presence(tmp_path).look()
    assert (others, len(left)) == (0, 1)
    Presence(tmp_path).forgive()
    assert Presence(tmp_path).look() == (0, [])


def test_a_folder_that_cannot_be_written_leaves_nobody_marked(tmp_path: Path):
    gone = Presence(tmp_path / "gone")
    gone.enter()
    gone.doubt()
    assert gone.look() == (0, [])
    gone.leave()


def test_where_nobody_can_lock_nobody_is_there_and_a_doubt_is_heard_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def unable(descriptor: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unable)
    one = Presence(tmp_path)
    one.enter()
    one.doubt()
    others, [left] = Presence(tmp_path).look()
    assert others == 0 and left.name == "open.doubt"
    one.forgive()
    one.leave()
    assert Presence(tmp_path).look() == (0, [])
