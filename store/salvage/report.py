"""What a salvage saved and what it lost, in numbers and in sentences."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Report:
    """The outcome of one salvage."""

    saved: dict[str, int] = field(default_factory=dict)
    """Table -> rows."""
    strays: int = 0
    """Rows that stood on pages to which nothing led any more; they are among the saved ones."""
    doubtful: int = 0
    """Operations that may have been sent before: they wait for the person to decide."""
    bad: int = 0
    """Pages and rows that could not be read."""
    cut: int = 0
    """Messages of which only the beginning is left."""
    hollow: int = 0
    """Messages of POP3 accounts without their contents."""
    again: int = 0
    """Messages of IMAP accounts without their contents: those are fetched again."""
    homeless: int = 0
    """Contents whose summary is lost; it is made anew from them."""
    put_aside: Path | None = None
    """Where the damaged file is now."""

    def sentences(self) -> list[str]:
        """What a person should know, one sentence each."""
        saved = self.saved
        messages, wholes = saved.get("messages", 0), saved.get("bodies", 0)
        told = [
            f"Saved: {_count(messages, 'message')}, {_count(wholes, 'of them whole', 'of them whole')},"
            f" {_count(saved.get('folders', 0), 'folder')}, {_count(saved.get('journal', 0), 'act', 'acts')}"
            " with what waits for a server."
        ]
        if self.homeless:
            told.append(
                f"Of {_count(self.homeless, 'message')} only the contents were left: they are put into the inbox of"
                " their kind of account again."
            )
        if self.hollow:
            told.append(
                f"Lost: the contents of {_count(self.hollow, 'POP3 message')}; sender, subject and date are there."
                " Those that are still on the server are fetched again."
            )
        if self.doubtful:
            told.append(
                f"{_count(self.doubtful, 'change')} may have reached the server already: `bocau journal` names them;"
                " retry or drop them there."
            )
        if self.cut:
            told.append(f"Of {_count(self.cut, 'message')} only the beginning could be read.")
        if self.again:
            told.append(f"The contents of {_count(self.again, 'IMAP message')} are fetched again.")
        if self.bad:
            told.append(
                f"{_count(self.bad, 'place')} in the file could not be read; mail that stood there comes again from"
                " IMAP servers, and is lost if it was on no server."
            )
        else:
            told.append("Everything in the file could be read.")
        if self.put_aside is not None:
            told.append(f"The damaged file was kept: {self.put_aside}. Delete it when you miss nothing.")
        return told


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
