"""Starting is fast because little is imported, and everything wrong ends with a sentence and its code."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.tui.commandline.conftest import Call
from tui.cli import bocau
from tui.version import VERSION

ROOT = Path(__file__).parents[3]
HEAVY = ("textual", "rich", "aiosqlite", "sqlite3", "asyncio", "email", "keyring", "tomlkit", "aioimaplib")


def fresh(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_import_neither_screen_nor_store(option: str):
    code = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr))\n"
        "from tui.cli import main\nmain()"
    )
    done = fresh(code, option)
    assert done.returncode == 0
    assert done.stderr.strip() == "[]"
    assert "bocau" in done.stdout


def test_the_version_is_that_of_the_project():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_help_names_every_command(call: Call):
    from tui.cli import COMMANDS

    shown = call("--help").out
    assert all(name in shown for name in COMMANDS)
    assert all(call(name, "--help").code == 0 for name in COMMANDS)


@pytest.mark.parametrize("arguments", [("nonsense",), ("list", "--nonsense"), ("mark", "1"), ("list", "--limit", "0")])
def test_wrong_usage_is_exit_2(call: Call, arguments: tuple[str, ...]):
    done = call(*arguments)
    assert done.code == 2
    assert done.err


@pytest.mark.parametrize("command", ["list", "folders", "sync", "journal", "search x", "account list"])
def test_a_wrong_configuration_is_named_with_file_line_and_key_and_left_alone(call: Call, tmp_path: Path, command: str):
    file = tmp_path / "config.toml"
    file.write_text('[general]\ntheme = "bocau-dark"\nkeys = "emacs"\n')
    done = call(*command.split())
    assert done.code == 3
    assert f"{file}, line 3: general.keys" in done.err
    assert "default, mutt, gmail, thunderbird" in done.err
    assert file.read_text().endswith('"emacs"\n')


def test_the_reader_and_the_demo_want_a_terminal(call: Call):
    assert call().code == 2
    assert call("demo").code == 2


def test_the_places_may_stand_behind_the_command(call: Call, tmp_path: Path):
    assert call("list", "--data", str(tmp_path / "elsewhere")).code == 0
    assert (tmp_path / "elsewhere" / "mail.sqlite3").exists()


def test_a_fault_of_ours_is_one_sentence_and_its_place_in_the_log(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object) -> None:
        secret = "pigeon-secret"
        raise RuntimeError(f"lost {secret}")

    monkeypatch.setattr("store.folders.unified", broken)
    done = call("list")
    log = (tmp_path / "data" / "bocau.log").read_text()
    assert done.code == 1
    assert "RuntimeError" in done.err and "Traceback" not in done.err
    assert "test_start.py" in log
    assert "pigeon-secret" not in done.err + log
    assert (tmp_path / "data" / "bocau.log").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("lines", [0, 4])
def test_a_reader_that_has_seen_enough_ends_us_quietly(tmp_path: Path, lines: int):
    (tmp_path / "config.toml").write_text(
        '[accounts.old]\nprotocol = "pop3"\naddress = "a@b.example"\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\n'
        'password_command = "echo x"\nafter_download = "keep"\n'
    )
    code = "from tui.cli import main\nmain()"
    environment = {**os.environ, "BOCAU_DATA": str(tmp_path / "data"), "BOCAU_CONFIG": str(tmp_path / "config.toml")}
    writer = subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.argv = ['bocau', 'doctor']\n{code}"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert writer.stdout is not None and writer.stderr is not None
    for _ in range(lines):
        writer.stdout.readline()
    writer.stdout.close()
    said = writer.stderr.read()
    writer.stderr.close()
    assert (writer.wait(60), said) == (0, b"")


def groups(group: click.Group) -> Iterator[click.Group]:
    """Every group of commands below one, whose help click itself writes."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield found
            yield from groups(found)


@pytest.mark.parametrize("group", list(groups(bocau)), ids=lambda group: group.name)
def test_no_sentence_about_a_command_is_cut_at_80_columns(group: click.Group):
    context = click.Context(group)
    names = group.list_commands(context)
    for name in names:
        command = group.get_command(context, name)
        assert command is not None
        said = command.get_short_help_str(80 - 6 - max(map(len, names)))
        assert said and not said.endswith("..."), f"{name}: {said}"
