"""`unsubscribe`: how the list of a message can be left, and doing it where one request is enough."""

import sys

import click

from protocols.unsubscribing.post import post
from protocols.unsubscribing.ways import Method, Way, ways
from store.errors import NotPossible
from store.model import MessageId
from tui.commandline import output
from tui.commandline.session import run, session
from tui.commandline.show import MessageSite

_TOLD = {
    Method.POST: "one request to {}, which this command can send",
    Method.MAIL: "a message to an address at {}",
    Method.PAGE: "a page of {}, in a browser",
}


@click.command("unsubscribe")
@click.argument("message", metavar="ID", type=int)
@click.option("--yes", is_flag=True, help="Send the request without a question.")
def unsubscribe(message: int, yes: bool) -> None:
    """Tell how to unsubscribe; where one request does it, send that after a question (RFC 8058)."""
    here = session()

    async def work() -> tuple[Way, ...]:
        settings = here.settings()
        async with here.store(settings) as store:
            return ways((await MessageSite(store, settings, MessageId(message)).read()).fields)

    found = run(work())
    if not found:
        raise NotPossible("This message names no way to unsubscribe.", "Nothing was done.")
    for way in found:
        output.text(f"{way.method.value:5} {way.target}")
        output.note(f"{way.method.value}: {_TOLD[way.method].format(way.host)}.")
    if found[0].method is not Method.POST:
        return
    if not yes and not (sys.stdin.isatty() and click.confirm(f"Tell {found[0].host} to send no more?", err=True)):
        output.note("Nothing was sent; --yes sends the request.")
        return
    run(post(found[0].target))
    output.note(f"{found[0].host} has taken you off the list, it says.")
