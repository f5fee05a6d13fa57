"""One engine a store: the lock is exclusive, and dies with its process."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

from store.lock import EngineLock

HOLD = """
import sys
from pathlib import Path
from store.lock import EngineLock
lock = EngineLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


def test_a_second_holder_is_refused_until_the_first_releases(tmp_path: Path) -> None:
    """D04."""
    first, second = EngineLock(tmp_path / "engine.lock"), EngineLock(tmp_path / "engine.lock")
    assert first.acquire()
    assert first.acquire()
    assert not second.acquire()
    assert second.holder() == os.getpid()
    first.release()
    first.release()
    assert second.holder() is None
    assert second.acquire()
    assert (first.held, second.held) == (False, True)
    second.release()


def test_the_lock_is_free_after_its_process_is_killed(tmp_path: Path) -> None:
    """D04."""
    file = tmp_path / "engine.lock"
    lock = EngineLock(file)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd()
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"True\n"
        assert not lock.acquire()
        assert lock.holder() == process.pid
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert lock.acquire()
    lock.release()


def test_the_lock_file_is_private_and_stays(tmp_path: Path) -> None:
    """D01."""
    lock = EngineLock(tmp_path / "engine.lock")
    lock.acquire()
    lock.release()
    assert stat.S_IMODE((tmp_path / "engine.lock").stat().st_mode) == 0o600


def test_nonsense_in_the_file_is_no_holder(tmp_path: Path) -> None:
    (tmp_path / "engine.lock").write_text("²x")
    assert EngineLock(tmp_path / "engine.lock").holder() is None
    assert EngineLock(tmp_path / "absent").holder() is None
