"""The log file: rotated, private, one wall more between what a server said and the terminal that shows the log."""

import logging
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path

from protocols.mime.safe import block
from store.paths import make_private_file

SIZE = 1_000_000
KEPT = 3
ROOMS = ("store", "protocols", "tui")
"""Only our own loggers: the libraries below would write down commands, passwords among them."""


class _Handler(RotatingFileHandler):
    """Makes each new file private, whatever the umask."""

    def _open(self):  # type: ignore[no-untyped-def]
        make_private_file(Path(self.baseFilename))
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:
        """Let a line go that cannot be written: a full disk is told elsewhere, and a traceback would hide the mail."""


class _Formatter(logging.Formatter):
    """One record as safe text; of an exception the places alone, since its text may hold mail or a password."""

    def formatException(self, ei) -> str:  # type: ignore[no-untyped-def]
        return "".join(traceback.format_tb(ei[2])) + (ei[0].__name__ if ei[0] else "")

    def format(self, record: logging.LogRecord) -> str:
        """What follows a line break stands back: no text of a server begins a record of its own."""
        return block(super().format(record)).replace("\n", "\n    ")


def start_log(file: Path) -> None:
    """Write what our own code says, from INFO on, into `file` (0600); doing it twice changes nothing."""
    handler = _Handler(file, maxBytes=SIZE, backupCount=KEPT, encoding="utf-8", delay=True)
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for room in ROOMS:
        logger = logging.getLogger(room)
        if not any(isinstance(known, _Handler) for known in logger.handlers):
            logger.setLevel(logging.INFO)
            logger.propagate = False
            logger.addHandler(handler)
