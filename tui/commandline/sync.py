"""`sync`: one full round, beside a running app through its engine, else with one for this moment."""

from collections.abc import Mapping, Sequence

import click

from protocols.errors import ProtocolError
from store import accounts, folders
from store.errors import NotFound, StoreError
from store.mailstore import MailStore
from tui.commandline import output
from tui.commandline.failures import PARTLY, tell
from tui.commandline.progress import progress
from tui.commandline.session import run, session, worker

Outcome = Mapping[str, ProtocolError | StoreError | None]


@click.command("sync")
@click.option("--account", "names", metavar="A", multiple=True, help="Only this account; may be repeated.")
@click.option("--folder", "paths", metavar="F", multiple=True, help="Only this folder; may be repeated.")
@click.option("--summaries", is_flag=True, help="Only the lists, no contents.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an account.")
def sync(names: Sequence[str], paths: Sequence[str], summaries: bool, as_json: bool) -> None:
    """Send what waits in the journal, fetch what is new, then end.  A running app does it, when there is one."""
    here = session()

    async def work() -> Outcome:
        settings = here.settings()
        for name in names:
            settings.account(name)
        if not settings.accounts:
            output.note("There is no account yet: `bocau account add`.")
            return {}
        async with here.store(settings) as store, worker(store, settings) as online, progress(store):
            wanted = await _paths(store, names, paths)
            return await online.sync(names, wanted, summaries=summaries)

    outcome = run(work())
    code = exit_code(outcome)
    for name, error in outcome.items():
        if as_json:
            told = {"error": error.title, "hint": error.hint} if error is not None else {"error": None, "hint": None}
            output.json_line({"account": name, "ok": error is None, **told})
        elif error is None:
            output.note(f"{name}: up to date.")
    if code:
        raise click.exceptions.Exit(code)


def exit_code(outcome: Outcome) -> int:
    """Tell each failure; 0 when all went well, 6 when some did, else the code of the first failure."""
    codes = [tell(error) for error in outcome.values() if error is not None]
    if not codes:
        return 0
    return PARTLY if len(codes) < len(outcome) else codes[0]


async def _paths(store: MailStore, names: Sequence[str], paths: Sequence[str]) -> list[str]:
    """The folders as they are called in the store ("archive" is a role).  Raises NotFound for an unknown one.

    Before the first sync no folder is known: the server will say whether it exists.
    """
    known = await store.read(accounts.every)
    chosen = [account for account in known if not names or account.name in names]
    wanted: list[str] = []
    for path in paths:
        found: list[str] = []
        missing: NotFound | None = None
        for account in chosen:
            if not await store.read(lambda c, a=account.id: folders.every(c, a)):  # type: ignore[misc]
                found.append(path)
                continue
            try:
                found.append((await store.read(lambda c, a=account.id, p=path: folders.by_path(c, a, p))).path)  # type: ignore[misc]
            except NotFound as error:
                missing = error
        if not found and missing is not None:
            raise missing
        wanted += found
    return list(dict.fromkeys(wanted))
