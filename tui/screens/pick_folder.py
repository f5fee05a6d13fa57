"""The folder picker: type a few letters, Enter moves."""

from protocols.mime.safe import SafeText
from store.model import FolderId
from tui.fuzzy import Choice, Finder
from tui.screens.pick import Pick


class PickFolder(Pick[FolderId]):
    """Answers with a folder, or None."""

    def __init__(self, title: str, choices: list[tuple[SafeText, FolderId]]) -> None:
        """`choices`: names for people, and their folders; the nearest ones first."""
        found = Finder([Choice(name, folder) for name, folder in choices])
        super().__init__(title, found, "a few letters of the folder's name")
