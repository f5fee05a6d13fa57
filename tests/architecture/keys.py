"""The key table of the README, from the same command table that feeds the screen."""

from tui.commands import COMMANDS

WHERE = {"global": "", "list": "list", "reader": "message", "folders": "folders"}


def render() -> str:
    """A Markdown table: keys, what they do, and where when they do not work everywhere."""
    lines = ["| keys | what they do | where |", "|---|---|---|"]
    for command in COMMANDS:
        if command.keys:
            keys = " ".join(f"`{key}`".replace("|", "\\|") for key in command.keys)
            lines.append(f"| {keys} | **{command.title}**: {command.help} | {WHERE[command.context]} |")
    return "\n".join(lines)
