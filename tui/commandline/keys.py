"""`keys`: which key runs which command, where that comes from, and what is wrong with the person's own keys."""

from pathlib import Path

import click

from store.config import key_fault, load
from store.errors import ConfigurationError
from store.paths import locate
from store.settings import KEY_PRESETS
from tui.bindings import Binding, Bindings, Origin
from tui.commandline import output
from tui.commands import GROUPS, Command

ORIGINS = {Origin.OWN: "your [keys]", Origin.PRESET: "preset", Origin.TABLE: ""}
WHERE = {
    "global": "",
    "mail": "list, message",
    "list": "list",
    "tree": "list with threads",
    "reader": "message",
    "conversation": "conversation",
    "folders": "folders",
    "selecting": "selecting text",
}
"""Context of a command -> where its keys work, for people."""


@click.command("keys")
@click.option("--preset", type=click.Choice(KEY_PRESETS), help="These keys, in place of those of the configuration.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def keys(preset: str | None, as_json: bool) -> None:
    """List the keys in force, and those of your own that clash."""
    meta = click.get_current_context().find_root().meta
    file = locate(meta.get("bocau.config"), meta.get("bocau.data")).config
    settings = load(file)
    wanted = preset or settings.general.keys
    bindings = Bindings(wanted, settings.keys, letters=settings.general.letters)
    if as_json:
        for group, commands in GROUPS.items():
            for one in commands:
                output.json_line(_object(one, group, bindings.of(one.id)))
    else:
        rows = [
            (_keys(found), one.id, one.title, WHERE[one.context], ORIGINS[found[0].origin] if found else "")
            for commands in GROUPS.values()
            for one in commands
            for found in [bindings.of(one.id)]
        ]
        output.table(rows, ("keys", "command", "what", "where", "from"))
    faults = [_located(file, fault) for fault in bindings.faults]
    for fault in faults[1:]:
        output.note(f"{fault.title}\n{fault.hint}")
    if faults:
        raise faults[0]


def _keys(found: list[Binding]) -> str:
    told = [" ".join(one.stroke) for one in found]
    return ", ".join(told) if len(told) <= 5 else f"{told[0]} … {told[-1]}"


def _object(one: Command, group: str, found: list[Binding]) -> dict[str, object]:
    return {
        "command": one.id,
        "title": one.title,
        "help": one.help,
        "group": group,
        "context": one.context,
        "keys": [" ".join(binding.stroke) for binding in found],
        "from": found[0].origin.name.lower() if found else "table",
    }


def _located(file: Path, error: ConfigurationError) -> ConfigurationError:
    """The same error with the file and the line: which commands there are, the configuration does not know."""
    key, colon, problem = error.title.partition(": ")
    return key_fault(file, tuple(key.split(".", 1)), problem, error.hint) if colon else error
