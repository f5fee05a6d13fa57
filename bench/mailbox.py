"""The long mailbox of the bench: made once, kept in .bench between runs."""

import sys
from pathlib import Path

from bench.corpus import letters
from bench.dovecot import Dovecot

HERE = Path(".bench")
"""Below the current folder; `make clean` removes it."""


def server() -> Dovecot:
    """The bench's own Dovecot without TLS (enter it); its mail and indexes stay for the next run."""
    return Dovecot(directory=HERE / "dovecot")


def user_with(dovecot: Dovecot, count: int, text_bytes: int) -> str:
    """A user whose INBOX holds `count` letters of the corpus; filled now when no earlier run did (0.5 ms a letter)."""
    user = f"letters{count}x{text_bytes}"
    filled = dovecot.directory / f"{user}.filled"
    if not filled.exists():
        print(f"making a mailbox of {count:,} messages (once) ...", file=sys.stderr, flush=True)
        dovecot.forget(user)  # what an interrupted run left
        for letter in letters(count, text_bytes=text_bytes):
            dovecot.deliver(user, letter.raw, flags=letter.flags, when=letter.when)
        filled.touch()
    return user
