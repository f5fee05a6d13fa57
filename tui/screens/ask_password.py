"""Asks for a password; nobody sees it, and nothing keeps it but whoever asked."""

from protocols.mime.safe import SafeText
from tui.screens.ask_line import AskLine


class AskPassword(AskLine):
    """Answers with what was typed, None for nothing."""

    def __init__(self, title: SafeText) -> None:
        super().__init__(title, "It goes into the system's keyring.   Enter keep it   Esc cancel", password=True)

    def answer(self, typed: str) -> str:
        """As it was typed: a password may begin or end with a blank."""
        return typed
