"""The entry point: finds the command, imports only what it needs, and ends with the exit code of the contract."""

import gc
import sys
from importlib import import_module

import click

from tui.version import VERSION

COMMANDS = {
    "demo": ("tui.commandline.demo:demo", "Try bocau on a throw-away mailbox; nothing of yours is touched."),
    "account": ("tui.commandline.accounts:account", "Add, list, test and remove accounts."),
    "sync": ("tui.commandline.sync:sync", "Send what waits, fetch what is new, then end."),
    "folders": ("tui.commandline.reading:list_folders", "List the folders with their counters."),
    "folder": ("tui.commandline.folder:folder", "Create, rename, delete and subscribe folders."),
    "list": ("tui.commandline.reading:list_messages", "List messages, newest first."),
    "show": ("tui.commandline.show:show", "Show one message."),
    "search": ("tui.commandline.searching:search", "Find messages."),
    "searches": ("tui.commandline.searching:searches", "List, add and remove saved searches."),
    "mark": ("tui.commandline.triage:mark", "Mark messages as read, unread, starred or not."),
    "label": ("tui.commandline.triage:label", "Add labels to messages, or take them off."),
    "archive": ("tui.commandline.triage:archive", "Move messages to the archive."),
    "delete": ("tui.commandline.triage:delete", "Move messages to the trash."),
    "junk": ("tui.commandline.triage:junk", "Move messages to the junk folder, or out of it."),
    "mute": ("tui.commandline.triage:mute", "Mute threads: nothing new of them in the inbox."),
    "move": ("tui.commandline.moving:move", "Move messages to another folder, or to another account."),
    "copy": ("tui.commandline.moving:copy", "Copy messages into another folder, or to another account."),
    "export": ("tui.commandline.export:export_mail", "Write mail into an mbox, a Maildir or eml files."),
    "import": ("tui.commandline.import_mail:import_messages", "Bring mail in from mbox, Maildir or eml files."),
    "keep": ("tui.commandline.keep:keep", "Keep messages on this disk, whatever their account keeps."),
    "undo": ("tui.commandline.acts:undo", "Take back the last act."),
    "redo": ("tui.commandline.acts:redo", "Do again what was undone."),
    "journal": ("tui.commandline.journal:journal", "What was done, what waits, what was refused and why."),
    "unsubscribe": ("tui.commandline.unsubscribe:unsubscribe", "Leave the mailing list of a message."),
    "keys": ("tui.commandline.keys:keys", "List the keys in force, and those of your own that clash."),
    "doctor": ("tui.commandline.doctor:doctor", "Look for problems and say what to do."),
}


class LazyGroup(click.Group):
    """Commands by name, imported when called: `--help` and `--version` load neither screen, store nor protocols."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        _accept_places(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands' sentences without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


def _set_place(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        places = ctx.find_root().meta
        places[f"bocau.{param.name}"] = value
    return value


def _set_accessible(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    ctx.find_root().meta["bocau.accessible"] = value


def _places() -> list[click.Option]:
    return [
        click.Option(
            ["--config"], metavar="FILE", expose_value=False, callback=_set_place, is_eager=True,
            help="The configuration file.",
        ),
        click.Option(
            ["--data"], metavar="DIR", expose_value=False, callback=_set_place, is_eager=True,
            help="The folder with the mail.",
        ),
    ]  # fmt: skip


def _accept_places(command: click.Command) -> None:
    """Let `--config` and `--data` stand behind a command too, where people type them."""
    if not any(parameter.name == "config" for parameter in command.params):
        for option in _places():
            option.hidden = True
            command.params.append(option)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _accept_places(inner)


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"bocau {VERSION}")
        ctx.exit()


@click.command(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`bocau COMMAND --help` says more.  Without a command the mail reader opens.",
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="The version.")
@click.option(
    "--accessible", is_flag=True, expose_value=False, callback=_set_accessible,
    help="Words instead of signs and lines, for screen readers and braille.",
)  # fmt: skip
@click.pass_context
def bocau(context: click.Context) -> None:
    """Read and sort your mail in the terminal: IMAP and POP3, in a local store."""
    if context.invoked_subcommand is None:
        gc.disable()  # looking for garbage among what is being imported takes a tenth of the start
        from tui.commandline.reader import open_reader

        gc.freeze()  # it stays: none of it is garbage
        gc.enable()
        open_reader()


bocau.params[:0] = _places()


def main() -> None:
    """Run one command; this is `bocau`."""
    from tui.commandline.failures import guarded

    # What we write may meet a terminal in an old locale: better a question mark than a traceback.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(guarded(lambda: bocau.main(prog_name="bocau", standalone_mode=False)))


if __name__ == "__main__":
    main()
