"""The long mailboxes of the bench: made once, kept in .bench between runs."""

import imaplib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from bench import bare_socket
from bench.corpus import letters
from bench.dovecot import Dovecot

HERE = Path(".bench")
"""Below the current folder; `make clean` removes it."""

LONG = 100_000
SHORT = 10_000
"""What growth is measured from."""
LETTER = 600
"""Mean bytes of a text in both: 100,000 letters are 270 MB."""

_PEERS_ASK = (
    "UID FETCH 1:* (ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (DATE FROM SENDER SUBJECT TO CC MESSAGE-ID "
    "REFERENCES CONTENT-TYPE CONTENT-DESCRIPTION IN-REPLY-TO REPLY-TO LINES LIST-POST LIST-SUBSCRIBE "
    "LIST-UNSUBSCRIBE X-LABEL X-ORIGINAL-TO)])"
)


@contextmanager
def server() -> Iterator[Dovecot]:
    """The bench's own Dovecot without TLS, running; its mail and indexes stay for the next run.

    Waits until no other bench uses them.
    """
    with (kept() / "lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            print("waiting for another bench to end ...", file=sys.stderr, flush=True)
            flock(lock, LOCK_EX)
        with Dovecot(directory=HERE / "dovecot") as dovecot:
            yield dovecot


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
    _warm(dovecot, user)
    return user


def kept(*names: str) -> Path:
    """A folder that stays for the next run, as an absolute path; made when missing."""
    folder = HERE.resolve().joinpath(*names)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def newest_subject(dovecot: Dovecot, user: str) -> str:
    """The subject of the last message of the INBOX, as a person reads it."""
    with imaplib.IMAP4(dovecot.host, dovecot.imap, timeout=60) as client:
        client.login(user, dovecot.password)
        client.select("INBOX", readonly=True)
        _, rows = client.fetch("*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    header = next(row[1] for row in rows if isinstance(row, tuple))
    return str(message_from_bytes(header, policy=policy.default)["Subject"])


def _warm(dovecot: Dovecot, user: str) -> None:
    """Let Dovecot index what any reader asks for, so that nobody pays for another one's cold cache."""
    warmed = dovecot.directory / f"{user}.warmed"
    if not warmed.exists():
        # Dovecot decides what it caches when it is asked, and remembers it from the second time on.
        for command in (bare_socket.SUMMARIES, _PEERS_ASK) * 2:
            bare_socket.fetch(dovecot, user, command)
        warmed.touch()
