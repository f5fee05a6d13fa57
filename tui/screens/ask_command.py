"""Asks for a command that gets something on its standard input: one line, Enter runs it, Escape leaves it."""

from protocols.mime.safe import SafeText
from tui.screens.ask_line import AskLine


class AskCommand(AskLine):
    """Answers with the command that was typed, None for nothing."""

    def __init__(self, title: SafeText) -> None:
        keys = "Enter run it   Esc cancel   no shell takes part"
        super().__init__(title, keys, placeholder="a program and its arguments: wc -l")
