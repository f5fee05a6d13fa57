"""What every test gets: a home of its own, no network beyond this machine, and a Dovecot when it asks."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import network_guard
from tests.servers.dovecot import Dovecot, dovecot_for_tests, why_not

DOVECOT_FIXTURES = frozenset({"dovecot", "dovecot_plain", "dovecot_prefixed"})


def pytest_configure() -> None:
    """Nothing in this process may leave the machine; how busy that is decides no property test."""
    network_guard.install()
    settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    # one commit, one verdict: new examples are looked for by people, at their desks
    settings.register_profile("ci", settings.get_profile("busy"), derandomize=True, database=None)
    settings.load_profile("ci" if os.environ.get("CI") else "busy")


def pytest_xdist_auto_num_workers() -> int | None:
    """Most tests wait more than they compute: where processors are few, two processes share one."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(processors, min(2 * processors, 8))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses Dovecot, so that `-m "not dovecot"` leaves it out."""
    for item in items:
        if DOVECOT_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.dovecot)


@pytest.fixture(autouse=True)
def private_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder; configuration, data and keyring of the person who runs the tests stay out of reach."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    for variable, place in (
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_CACHE_HOME", ".cache"),
        ("XDG_RUNTIME_DIR", ".run"),
    ):
        monkeypatch.setenv(variable, str(home / place))
    for variable in ("BOCAU_CONFIG", "BOCAU_DATA", "NO_COLOR", "VISUAL", "EDITOR", "LC_ALL", "LC_CTYPE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    return home


@pytest.fixture(scope="session")
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    """A real IMAP and POP3 server with everything that Dovecot can do; take a fresh `.user()` in each test."""
    _require_dovecot()
    with dovecot_for_tests(tmp_path_factory.mktemp("certificate")) as server:
        yield server


@pytest.fixture(scope="session")
def dovecot_plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    """A second server that announces neither MOVE nor UIDPLUS, CONDSTORE or QRESYNC."""
    _require_dovecot()
    with dovecot_for_tests(tmp_path_factory.mktemp("certificate"), fallbacks=True) as server:
        yield server


@pytest.fixture(scope="session")
def dovecot_prefixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    """A third server whose folders are called `INBOX.Work.2026`, as Courier's are."""
    _require_dovecot()
    with dovecot_for_tests(tmp_path_factory.mktemp("certificate"), prefix="INBOX.") as server:
        yield server


def _require_dovecot() -> None:
    reason = why_not()
    if reason is None:
        return
    if os.environ.get("BOCAU_REQUIRE_DOVECOT") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
