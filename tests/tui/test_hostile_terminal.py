"""A whole store of hostile fields in a real terminal: beyond our own sequences nothing is sent that it obeys."""

import re
import sys
from pathlib import Path

from store.mailstore import MailStore
from tests.servers.pseudo_terminal import PseudoTerminal
from tests.tui.hostile_mail import PAYLOADS, UNSAFE, fill
from tests.tui.test_terminal_driver import ROOT
from tests.tui.test_terminal_output import OWN

CONFIG = (
    '[accounts.work]\nprotocol = "imap"\naddress = "a@b.example"\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\n'
    'password_command = "echo x"\n'
)
DIALOGS = ("A", "gf", "gz", "g!", "\x10", "?")
"""Parts, folders, history, status, palette, help: keys that change mail would wait for a moment."""


async def test_of_a_hostile_store_only_our_own_sequences_get_out(tmp_path: Path):
    """T01, T03, T04, T05, T06, T07, T08, T09, T10, T12, T22: the first wall and the second, to the last octet."""
    (tmp_path / "config.toml").write_text(CONFIG)
    async with await MailStore.open(tmp_path / "data") as store:
        await fill(store, list(PAYLOADS))
    places = ["--config", str(tmp_path / "config.toml"), "--data", str(tmp_path / "data")]
    code = "import sys; sys.argv[0] = 'bocau'; from tui.cli import main; main()"
    with PseudoTerminal([sys.executable, "-c", code, *places], {"PYTHONPATH": str(ROOT)}, 100, 40) as terminal:
        terminal.wait_for("invoice_fdp")
        terminal.send("\r")
        terminal.wait_for("Event: ")
        for keys in DIALOGS:
            terminal.send(keys)
            terminal.wait_for("╭")
            terminal.send("\x1b")
            terminal.wait_until(lambda: "╭" not in terminal.text, f"end of {keys!r}")
        terminal.send("\x11")
        assert terminal.wait_for_end() == 0
    rest = OWN.sub(b"", terminal.raw).replace(b"\r\n", b"").decode()
    assert not UNSAFE.search(rest), rest[:500]
    assert not re.search(rb"\x1b\](?!8;)|\x1b[P_^kX]", terminal.raw)
