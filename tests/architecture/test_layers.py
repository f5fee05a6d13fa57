"""The arrows between the rooms, read from the imports and seen in fresh interpreters."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tui.later import LATER

ROOT = Path(__file__).parents[2]
LATE = {"textual", "rich", "keyring", "html2text", "selectolax", "aioimaplib", "aiosmtplib", "pymap", "aiosmtpd"}
"""What `--version` and `--help` must not wait for."""


def modules_after(statement: str) -> set[str]:
    """Top-level names and `store.*` style names that a fresh interpreter holds after running a statement."""
    code = f"import sys\n{statement}\nimport json; print(json.dumps(sorted(sys.modules)))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def module_names(room: str) -> list[str]:
    paths = sorted((ROOT / room).rglob("*.py"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths]


def test_every_import_contract_is_kept():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("statement", ["import store", "import store.model"])
def test_the_values_of_the_store_load_neither_screen_nor_network(statement: str):
    assert not {"textual", "rich", "ssl", "socket", "asyncio", "email"} & modules_after(statement)


def test_the_whole_store_loads_neither_screen_nor_protocol():
    loaded = modules_after("import " + ", ".join(module_names("store")))
    assert not {"textual", "rich", "aioimaplib", "aiosmtplib", "imapclient", "html2text", "selectolax"} & loaded
    assert not {"tui", "protocols"} & loaded


def test_the_protocols_load_no_screen():
    assert not {"textual", "rich", "tui"} & modules_after("import " + ", ".join(module_names("protocols")))


def test_the_command_line_starts_without_the_screen():
    assert not LATE & modules_after("import tui.cli")


def test_the_reader_paints_its_list_without_a_protocol_or_a_parser_of_mail():
    late = (LATE - {"textual", "rich"}) | {"imapclient", "email", "tomlkit", "protocols.mime.parse", "protocols.imap"}
    assert not (late | set(LATER)) & modules_after("import tui.commandline.reader")


def test_what_is_loaded_behind_the_first_list_is_there_to_be_loaded():
    assert set(LATER) <= modules_after("from tui import later; later.load()")
