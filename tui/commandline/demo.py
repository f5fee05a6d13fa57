"""`demo`: the reader on a throw-away mailbox, with real servers in this process."""

import sys

import click

from tui.commandline.session import Session, run


@click.command("demo")
@click.option("--messages", metavar="N", type=click.IntRange(0, 100_000), default=300, show_default=True)
def demo(messages: int) -> None:
    """Try bocau on a throw-away mailbox: one IMAP and one POP3 account; nothing of yours is touched."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("The demo opens the reader, which needs a terminal.")
    run(_demo(messages))


async def _demo(messages: int) -> None:
    from protocols.demo.scenario import demo as servers
    from tui.commandline.reader import read_mail

    async with servers(messages) as running:
        here = Session(str(running.config), str(running.data))
        settings = here.settings()
        async with here.store(settings) as store:
            await read_mail(here, store, settings)
