"""Where things are, and that nobody else can read them."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.errors import StoreError
from store.paths import (
    config_file,
    data_folder,
    locate,
    make_private_file,
    make_private_folder,
    open_private,
    write_private,
)


@pytest.fixture(params=[0o000, 0o022, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_option_comes_before_the_environment_and_that_before_xdg() -> None:
    environment = {
        "BOCAU_CONFIG": "/env/c.toml",
        "BOCAU_DATA": "/env/d",
        "XDG_CONFIG_HOME": "/x",
        "XDG_DATA_HOME": "/y",
    }
    assert locate("/opt/c.toml", "/opt/d", environment).config == Path("/opt/c.toml")
    assert data_folder("/opt/d", environment) == Path("/opt/d")
    assert config_file(None, environment) == Path("/env/c.toml")
    assert data_folder(None, environment) == Path("/env/d")
    del environment["BOCAU_CONFIG"], environment["BOCAU_DATA"]
    assert config_file("", environment) == Path("/x/bocau/config.toml")
    assert data_folder(None, environment) == Path("/y/bocau")


def test_a_relative_xdg_folder_is_ignored_as_its_specification_asks() -> None:
    """D02."""
    assert config_file(None, {"XDG_CONFIG_HOME": "here"}) == config_file(None, {})
    assert config_file(None, {}).is_absolute()
    assert config_file(None, {}).name == "config.toml"


def test_a_relative_option_and_a_tilde_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert config_file("c.toml", {}) == tmp_path / "c.toml"
    assert data_folder("~/mail", {}) == Path("/home/somebody/mail")


def test_log_and_lock_are_in_the_data_folder() -> None:
    paths = locate("/c", "/d", {})
    assert (paths.log, paths.engine_lock) == (Path("/d/bocau.log"), Path("/d/engine.lock"))


def test_a_folder_is_0700_and_a_file_0600_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    """D01."""
    folder = tmp_path / "data"
    make_private_folder(folder)
    make_private_file(folder / "store")
    write_private(folder / "config.toml", b"x")
    assert mode(folder) == 0o700
    assert mode(folder / "store") == 0o600
    assert mode(folder / "config.toml") == 0o600


def test_loose_modes_are_repaired(tmp_path: Path) -> None:
    """D01."""
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path)
    (tmp_path / "store").write_bytes(b"kept")
    (tmp_path / "store").chmod(0o644)
    make_private_file(tmp_path / "store")
    assert (mode(tmp_path), mode(tmp_path / "store")) == (0o700, 0o600)
    assert (tmp_path / "store").read_bytes() == b"kept"


def test_a_private_file_is_not_opened_through_a_symbolic_link(tmp_path: Path) -> None:
    """D01, D02."""
    (tmp_path / "elsewhere").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="link"):
        open_private(tmp_path / "link")


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    """D02."""
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(StoreError, match="Cannot make the folder"):
        make_private_folder(tmp_path / "data")


def test_writing_replaces_the_target_of_a_link_and_leaves_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_private(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
    assert not list(tmp_path.glob(".real*"))


def test_a_failed_write_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    with pytest.raises(StoreError, match="Cannot write"):
        write_private(tmp_path / "target", b"new")
    assert not list(tmp_path.glob(".target*"))


def test_a_home_that_is_not_named_and_paths_that_are_no_text_are_places_like_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D02: no $HOME, bytes that are no UTF-8, and a path that no file system takes."""
    monkeypatch.delenv("HOME")
    assert data_folder(None, {}).is_absolute()
    odd = tmp_path / os.fsdecode(b"caf\xe9")
    make_private_folder(odd)
    make_private_file(odd / "store")
    assert mode(odd / "store") == 0o600
    with pytest.raises(StoreError):
        make_private_folder(tmp_path / ("x" * 300))
