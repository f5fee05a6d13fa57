"""The key table of the README, from the same command table that feeds the screen."""

from tui.bindings import Bindings
from tui.commandline.keys import WHERE
from tui.commands import GROUPS

MANY = 5
"""From so many keys on only the first and the last are told."""


def render() -> str:
    """A Markdown table for each group: keys, what they do, and where when they do not work everywhere."""
    lines: list[str] = []
    bindings = Bindings()
    for group, commands in GROUPS.items():
        lines += ["", f"**{group}**", "", "| keys | what they do | where |", "|---|---|---|"]
        for command in commands:
            keys = [f"`{' '.join(one.stroke)}`".replace("|", "\\|") for one in bindings.of(command.id)]
            if len(keys) > MANY:
                keys = [keys[0], "…", keys[-1]]
            if keys:
                told = f"**{command.title}**: {command.help}"
                lines.append(f"| {' '.join(keys)} | {told} | {WHERE[command.context]} |")
    return "\n".join(lines).strip()
