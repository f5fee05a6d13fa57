"""Letters for the journeys, and what a second mail client sees of them."""

import asyncio
from collections.abc import Sequence

from tests.servers.dovecot import Dovecot

DAY = 86_400
LONG_AGO = 1_720_000_000


def letter(subject: str, text: str = "", *, age: int = 0) -> bytes:
    """A small message; its text names its subject."""
    name = subject.lower().replace(" ", "-")
    return (
        f"From: Anna Keller <anna@example.org>\r\nTo: me@example.com\r\nSubject: {subject}\r\n"
        f"Message-ID: <{name}@example.org>\r\nDate: Wed, 03 Jul 2024 09:{59 - age:02d}:00 +0000\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text or f'This is about: {subject}.'}\r\n"
    ).encode()


def send(dovecot: Dovecot, user: str, *subjects: str, folder: str = "INBOX") -> None:
    """Deliver letters, the first one the newest."""
    for age, subject in reversed(list(enumerate(subjects))):
        dovecot.deliver(user, letter(subject, age=age), folder, when=LONG_AGO - age * DAY)


def arrive(dovecot: Dovecot, user: str, subject: str) -> None:
    """Deliver one letter now: it is newer than all others."""
    dovecot.deliver(user, letter(subject))


async def seen_elsewhere(dovecot: Dovecot, user: str, folder: str = "INBOX") -> dict[str, frozenset[str]]:
    """Subject -> flags, as a second client reads them on the server; the same subject twice fails."""
    found = await asyncio.to_thread(dovecot.messages, user, folder)
    answer = {message.subject: message.flags for message in found}
    assert len(answer) == len(found), f"doubled in {folder}: {sorted(message.subject for message in found)}"
    return answer


def numbered(count: int) -> Sequence[str]:
    """Subjects of many letters."""
    return [f"Letter {number}" for number in range(1, count + 1)]
