"""`python -m tests.protocols.mime.detonation FAMILY` reads each bomb of a family in a process with limits."""

import json
import os
import resource
import sys
from pathlib import Path

from icalendar import Calendar
from icalendar.timezone import windows_to_olson

from protocols.mime import archives
from protocols.mime.digest import digest
from protocols.mime.page import page
from protocols.mime.parse import parse_message
from protocols.mime.read import document
from protocols.mime.unfold import unfolded
from tests.protocols.mime.bombs import FAMILIES

OCTETS = int(os.environ.get("BOMB_OCTETS", "120000"))
"""Of each bomb; what takes more than linear time shows at any size that is not small."""
SECONDS = 2
"""Of CPU time for all that is done with one bomb: several times what it takes."""
MEMORY = 100 * 1024 * 1024
"""Octets beyond what the process has when it begins."""
_LOADED = (Calendar, windows_to_olson)  # which is loaded when a calendar comes, and counts for nobody


def read(raw: bytes) -> None:
    """All that is ever done with a message without being asked twice."""
    for _ in document(raw).blocks:
        pass
    digest(raw)
    message = unfolded(parse_message(raw))
    page(message)
    for part in message.attachments[:3]:
        archives.listing(part.decoded())


def fate(raw: bytes) -> str:
    """How a process ended that reads this: `read`, or what stopped it."""
    child = os.fork()
    if not child:
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            read(raw)
        except BaseException as error:  # whatever it is: it is told to who started this
            os.write(2, repr(error)[:500].encode() + b"\n")
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"ended by signal {os.WTERMSIG(status)}"
    return "an exception" if os.WEXITSTATUS(status) else "read"


if __name__ == "__main__":
    json.dump({name: fate(made(OCTETS)) for name, made in FAMILIES[sys.argv[1]].items()}, sys.stdout)
