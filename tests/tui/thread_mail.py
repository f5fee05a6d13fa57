"""Mail in threads for tests: two talks and some single letters, in two accounts and several folders."""

from collections.abc import Mapping
from dataclasses import replace

from store.mailstore import MailStore
from store.messages import Arrival
from store.model import Address, Flag, Folder, MessageId
from tests.tui.conftest import DAY, arrival, deliver, folder_of

_UIDS = iter(range(5000, 100_000))


def letter(
    name: str,
    age: float,
    *references: str,
    sender: str = "Anna Keller",
    subject: str = "",
    text: str = "",
    flags: Flag = Flag.SEEN,
    address: str = "someone@example.org",
) -> Arrival:
    """A message called `name`, `age` days old, that mentions others by their names."""
    made = arrival(sender, subject or name, text or f"This is {name}.", round(age * DAY), flags, uid=next(_UIDS))
    digest = replace(
        made.digest,
        message_id=f"<{name}@example.org>",
        references=tuple(f"<{one}@example.org>" for one in references),
        sender=Address(sender, address),
    )
    raw = made.raw or b""
    return replace(made, digest=digest, raw=f"Message-ID: <{name}@example.org>\r\n".encode() + raw)


async def garden(store: MailStore) -> Mapping[str, MessageId]:
    """A talk of five messages over inbox, sent mail, an archive and another account; ids by name."""
    inbox, sent, archive = [await folder_of(store, "work", path) for path in ("INBOX", "Sent", "Archive")]
    home = await folder_of(store, "home", "Inbox")
    where: list[tuple[Folder, Arrival]] = [
        (inbox, letter("plan", 5, subject="The garden", text="Shall we dig on Sunday?")),
        (sent, letter("mine", 4, "plan", sender="Me", subject="Re: The garden", text="Yes, at ten.")),
        (inbox, letter("yes", 3, "plan", "mine", subject="Re: The garden", text="Good, bring a spade.")),
        (archive, letter("old", 2.5, "plan", sender="Carl", subject="Re: The garden", text="I am away.")),
        (home, letter("late", 2, "plan", "mine", sender="Mum", subject="Re: The garden", flags=Flag.NONE)),
        (inbox, letter("new", 0.5, "plan", "mine", "yes", subject="Re: The garden", flags=Flag.NONE)),
    ]
    found = {}
    for folder, one in where:
        [message] = await deliver(store, folder, one)
        found[one.digest.message_id[1:].split("@")[0]] = message
    return found
