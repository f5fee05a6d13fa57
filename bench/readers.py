"""NeoMutt, mutt and aerc walk through the same INBOX: the peers of the reader's own figures."""

import re
import shutil
import sys

from bench import aerc, mailbox, neomutt
from bench.dovecot import Dovecot
from bench.terminal import Terminal
from bench.walk import Walk, walk, warm_start


def walks(server: Dovecot, user: str, count: int, newest: str) -> dict[str, Walk]:
    """The walks of those that are installed, by name; `newest` is the subject of the newest message."""
    found: dict[str, Walk] = {}
    for name, measured in (("neomutt", _mutt), ("mutt", _mutt), ("aerc", _aerc)):
        if shutil.which(name) is None:
            print(f"{name} is not installed, so it is left out", file=sys.stderr)
            continue
        found[name] = measured(name, server, user, count, newest)
    return found


def _mutt(name: str, server: Dovecot, user: str, count: int, newest: str) -> Walk:
    folder = mailbox.kept(name)
    command = neomutt.command(server, user, folder, program=name)
    return _walked(command, neomutt.painted(count), {"HOME": str(folder)}, leave="x")


def _aerc(name: str, server: Dovecot, user: str, count: int, newest: str) -> Walk:
    home = mailbox.kept(name)
    environment = aerc.configure(server, user, home)
    return _walked([name], re.escape(newest[:12]), environment, leave="q")


def _walked(command: list[str], painted: str, environment: dict[str, str], *, leave: str) -> Walk:
    with Terminal(command, environment=environment) as cold:  # fills the header cache
        cold.wait_for(painted, 600)
        cold.settle(0.5)
        cold.send(leave)
        cold.wait_for_end(60)
    start = warm_start(command, painted, environment, leave=leave)
    with Terminal(command, environment=environment) as terminal:
        terminal.wait_for(painted, 600)
        steps, pages = walk(terminal)
        resident = terminal.resident_mib()
        terminal.send(leave)
        terminal.wait_for_end(5)
    return Walk(start, resident, steps, pages)
