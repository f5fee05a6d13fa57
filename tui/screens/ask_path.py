"""Asks where to save something: one line, Enter does it, Escape leaves it."""

from protocols.mime.safe import SafeText
from tui.screens.ask_line import AskLine


class AskPath(AskLine):
    """Answers with the path that was typed, None for nothing."""

    def __init__(self, title: SafeText, path: SafeText) -> None:
        keys = "Enter save   Esc cancel   no file is ever overwritten"
        super().__init__(title, keys, value=path, placeholder="a file, or a folder")
