"""`account`: add, list, test and remove accounts."""

import sqlite3

import click

from store import accounts, config, credentials
from store.errors import NotFound, StoreError
from store.model import AccountId
from store.settings import AccountSettings
from tui.commandline import output
from tui.commandline.checking import check_account
from tui.commandline.new_account import add
from tui.commandline.session import run, session

Counted = dict[str, tuple[AccountId, int]]


@click.group("account")
def account() -> None:
    """Add, list, test and remove accounts."""


account.add_command(add)


@account.command("list", short_help="List the accounts, and those that left mail here.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_accounts(as_json: bool) -> None:
    """List the accounts of the configuration, and those that left mail behind."""
    here = session()

    async def work() -> tuple[tuple[AccountSettings, ...], Counted]:
        settings = here.settings()
        async with here.store(settings) as store:
            return settings.accounts, await store.read(_counted)

    configured, stored = run(work())
    rows: list[tuple[str, ...]] = [
        (one.name, one.protocol.value, one.address or one.user, f"{one.host}:{one.port}", one.security, one.name)
        for one in configured
    ]
    left = [name for name in stored if name not in {one.name for one in configured} and stored[name][1]]
    rows += [(name, "", "", "", "", name) for name in left]
    if as_json:
        for one in configured:
            output.json_line(_object(one, stored))
        for name in left:
            output.json_line({"name": name, "configured": False, "messages": stored[name][1]})
        return
    if not rows:
        output.note("There is no account yet: `bocau account add`.")
    output.table(
        [(*row[:5], str(stored[row[5]][1]) if row[5] in stored else "0") for row in rows],
        ("account", "protocol", "address", "server", "security", "messages"),
    )
    if left:
        output.note(f"Not configured any more, mail kept: {', '.join(left)}.")


@account.command("test", short_help="Connect and sign in; name the step that fails.")
@click.argument("name")
def test(name: str) -> None:
    """Connect and sign in, and name the step that fails: DNS, connect, TLS, greeting, login, capability."""
    settings = session().settings().account(name)

    async def work() -> None:
        await check_account(settings, await credentials.password(settings))

    run(work())


@account.command("remove", short_help="Take an account out of the configuration.")
@click.argument("name")
@click.option(
    "--with-mail", is_flag=True, help="Also remove its mail from this disk.  For POP3 it may be the only copy."
)
def remove(name: str, with_mail: bool) -> None:
    """Take an account out of the configuration; its mail stays on this disk unless --with-mail is given."""
    here = session()
    settings = here.settings()
    configured = next((one for one in settings.accounts if one.name == name), None)

    async def work() -> int:
        async with here.telling(settings) as store:
            stored = await store.read(_counted)
            if configured is None and not (with_mail and name in stored):
                settings.account(name)  # raises NotFound with the names there are
                raise NotFound(f"There is no account called {name}.")
            if configured is not None:
                config.remove_account(here.paths.config, name)
                await _forget_password(configured)
            if name not in stored or not (with_mail or stored[name][1] == 0):
                return stored[name][1] if name in stored else 0
            await store.write(lambda tx: accounts.remove(tx, stored[name][0]), durable=True)
            return 0

    kept = run(work())
    output.text(f"Removed {name}.")
    if kept:
        output.note(f"{kept} messages stay on this disk; `bocau account remove {name} --with-mail` removes them too.")


async def _forget_password(settings: AccountSettings) -> None:
    if settings.password_command is not None:
        return
    try:
        await credentials.delete_password(settings)
    except StoreError as error:
        output.note(f"The password stays where it is: {error.title}")


def _counted(connection: sqlite3.Connection) -> Counted:
    """Account -> its id and how many messages of it are here."""
    rows = connection.execute("SELECT account_id, sum(total) FROM folders GROUP BY account_id").fetchall()
    totals = {row[0]: row[1] for row in rows}
    return {one.name: (one.id, totals.get(one.id, 0)) for one in accounts.every(connection)}


def _object(one: AccountSettings, stored: Counted) -> dict[str, object]:
    return {
        "name": one.name,
        "configured": True,
        "protocol": one.protocol.value,
        "address": one.address,
        "host": one.host,
        "port": one.port,
        "security": one.security,
        "user": one.user,
        "messages": stored[one.name][1] if one.name in stored else 0,
    }
