"""`keep`: messages that stay on this disk whole, whatever their account keeps."""

from collections.abc import Sequence

import click

from protocols.errors import ProtocolError
from store import listing as lists
from store.errors import NotFound, StoreError
from store.mailstore import MailStore
from store.model import Cached, MessageId
from store.operations import Keep
from store.settings import Settings
from tui import format
from tui.commandline import output
from tui.commandline.failures import PARTLY, tell
from tui.commandline.session import run, session, worker


@click.command("keep")
@click.argument("ids", metavar="ID...", type=int, nargs=-1, required=True)
@click.option("--off", is_flag=True, help="Keep them no longer than other mail.")
@click.option("--now", is_flag=True, help="Fetch at once what is not here whole.")
def keep(ids: Sequence[int], off: bool, now: bool) -> None:
    """Keep messages on this disk, whole, whatever their account keeps.  `bocau folder keep` does it for a folder."""
    here = session()
    wanted = list(dict.fromkeys(MessageId(number) for number in ids))

    async def work() -> int:
        settings = here.settings()
        async with here.telling(settings) as store:
            partial = await _partial(store, wanted)
            act = await store.do(Keep(tuple(wanted), not off))
            output.text(_said(len(act.messages), off=off))
            if off or not partial:
                return 0
            if now:
                return await _fetch(store, settings, partial)
            output.note(f"{format.count(len(partial), 'message')} of these will come whole with the next sync.")
            return 0

    if code := run(work()):
        raise click.exceptions.Exit(code)


def _said(changed: int, *, off: bool) -> str:
    if not changed:
        return "Nothing to do: it is so already."
    count = format.count(changed, "message")
    return f"{count} no longer kept by hand." if off else f"{count} kept on this disk."


async def _partial(store: MailStore, wanted: Sequence[MessageId]) -> list[MessageId]:
    """Those that are not here whole.  Raises NotFound that names each one that is not there: nothing is done then."""
    found = await store.read(lambda c: lists.summaries(c, wanted))
    if missing := [message for message in wanted if message not in found]:
        names = ", ".join(map(str, missing))
        raise NotFound(f"There is no message {names}.", "`bocau list` and `bocau search` name those that are here.")
    return [message for message in wanted if found[message].cached is not Cached.FULL]


async def _fetch(store: MailStore, settings: Settings, partial: Sequence[MessageId]) -> int:
    """Bring messages whole; the exit code: of what stopped the first one, or that only some came."""
    came, code = 0, 0
    async with worker(store, settings) as online:
        for message in partial:
            try:
                await online.fetch(message)
                came += 1
            except (ProtocolError, StoreError) as error:
                code = tell(error)
    return PARTLY if code and came else code
