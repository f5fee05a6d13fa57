"""`account add`: by options without a question, or by a dialogue that explains what it asks."""

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import click

from protocols.errors import ProtocolError
from store import config, credentials
from store.errors import ConfigurationError, CredentialsError
from store.model import Protocol
from store.settings import AccountSettings, AfterDownload, Keep, Security, Settings, byte_count
from store.validation import default_port, is_loopback
from tui.account_form import AFTER, CHOICE, guessed_host, guessed_name
from tui.commandline import failures, output
from tui.commandline.checking import check_account
from tui.commandline.session import Session, run, session

Values = dict[str, object]
SECURITY = click.Choice(["tls", "starttls", "none"])


def _parsed(parse: Callable[[str], object], allowed: str) -> Callable[..., str | None]:
    """A callback that refuses what the configuration would refuse."""

    def check(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
        try:
            if value is not None:
                parse(value)
        except ValueError:
            raise click.BadParameter(f"{value!r}; allowed: {allowed}.") from None
        return value

    return check


@click.command("add")
@click.option("--name", metavar="N", help="What the account is called here; default: from the address.")
@click.option("--protocol", type=click.Choice(["imap", "pop3"]))
@click.option("--address", metavar="A", help="Your mail address.")
@click.option("--full-name", metavar="NAME", help="Your name, for letters you write.")
@click.option("--host", metavar="H", help="The server.")
@click.option("--port", metavar="P", type=click.IntRange(1, 65535), help="Default: by protocol and security.")
@click.option("--security", type=SECURITY, help="Default: tls.")
@click.option("--allow-insecure", is_flag=True, help="Let the password cross a network unencrypted.")
@click.option("--ca-file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, resolve_path=True))
@click.option("--user", metavar="U", help="Default: the address.")
@click.option("--auth", type=click.Choice(["password", "oauth2", "apop"]), help="Default: password; apop: POP3 only.")
@click.option("--password-command", metavar="C", help="A command that prints the password; default: the keyring.")
@click.option("--keep", metavar="K", callback=_parsed(Keep.parse, Keep.ALLOWED), help=f"IMAP: {Keep.ALLOWED}.")
@click.option("--folders", metavar="F", multiple=True, help="IMAP: patterns to synchronise; may be repeated.")
@click.option(
    "--after-download", metavar="D", callback=_parsed(AfterDownload.parse, AfterDownload.ALLOWED),
    help=f"POP3, required: what becomes of the server's copy: {AfterDownload.ALLOWED}.",
)  # fmt: skip
@click.option(
    "--size-limit", metavar="S", callback=_parsed(byte_count, 'a size such as "20 MB"'),
    help="POP3: larger messages come by their headers, and whole when opened; default: all come whole.",
)  # fmt: skip
@click.option("--inbox", type=click.Choice(["unified", "own"]), help="own: stays out of All inboxes.")
@click.option("--smtp-host", metavar="H", help="The server that sends.")
@click.option("--smtp-port", metavar="P", type=click.IntRange(1, 65535))
@click.option("--smtp-security", type=SECURITY)
@click.option("--smtp-user", metavar="U")
@click.option("--no-test", is_flag=True, help="Do not try to connect first.")
def add(no_test: bool, **options: object) -> None:
    """Add an account.  Without options a dialogue; with them no question is asked.

    Without --password-command the password belongs into the system keyring: on a terminal it is asked for, hidden.
    """
    here = session()
    given = {key: value for key, value in options.items() if value not in (None, (), False)}
    if given:
        name, values = _from_options(given, here.settings())
        _add_checked(here, name, values, asked=False, test=not no_test)
    else:
        _by_dialogue(here, test=not no_test)


def _by_dialogue(here: Session, *, test: bool) -> None:
    """Ask until an account works, or somebody has had enough: what was answered before is offered again."""
    before: tuple[str, Values] = ("", {})
    while True:
        before = _from_dialogue(here.settings(), *before)
        try:
            _add_checked(here, *before, asked=True, test=test)
            return
        except (click.UsageError, ProtocolError, CredentialsError) as error:
            if not sys.stdin.isatty():
                raise
            code = failures.tell(error) if not isinstance(error, click.UsageError) else error.exit_code
            if isinstance(error, click.UsageError):
                output.note(error.format_message())
        if not click.confirm("Go through the answers again?", default=True, err=True):
            raise click.exceptions.Exit(code)


def _add_checked(here: Session, name: str, values: Values, *, asked: bool, test: bool) -> None:
    account = _checked(here, name, values)
    run(_add(here, account, values, _password(account, asked=asked), test=test))


async def _add(here: Session, account: AccountSettings, values: Values, secret: str | None, *, test: bool) -> None:
    if test:
        try:
            await check_account(account, secret or await credentials.password(account))
        except (ProtocolError, CredentialsError) as error:
            error.hint = f"{error.hint} Nothing was written; --no-test adds the account all the same.".strip()
            raise
    if secret is not None:
        await credentials.store_password(account, secret)
    settings = config.add_account(here.paths.config, account.name, values)
    async with here.telling(settings):  # makes it known to the store
        output.text(f"Added {account.name}.")
    output.note("`bocau sync` fetches its mail, `bocau` opens the reader.")


def _from_options(given: Values, settings: Settings) -> tuple[str, Values]:
    """Name and values from options alone.  Raises UsageError for what is missing or does not fit."""
    for key in ("protocol", "host"):
        if key not in given:
            raise click.UsageError(f"--{key} is missing.")
    if "address" not in given and "user" not in given:
        raise click.UsageError("--address is missing (or at least --user).")
    if given["protocol"] == "pop3" and "after_download" not in given:
        raise click.UsageError(
            "--after-download is missing: nobody's mail is deleted from a server by an oversight. "
            f"Allowed: {AfterDownload.ALLOWED}."
        )
    security = cast(Security, given.get("security", "tls"))
    if security == "none" and not is_loopback(str(given["host"])) and "allow_insecure" not in given:
        raise click.UsageError("--security none would send the password readable; it needs --allow-insecure.")
    taken = [account.name for account in settings.accounts]
    values = {key: value for key, value in given.items() if not key.startswith("smtp_")}
    name = str(values.pop("name", "") or guessed_name(str(given.get("address") or given.get("user")), taken))
    values["name"] = values.pop("full_name", None)
    if "folders" in values:
        values["folders"] = list(cast(tuple[str, ...], values["folders"]))
    smtp = {key.removeprefix("smtp_"): value for key, value in given.items() if key.startswith("smtp_")}
    return name, {**values, "smtp": smtp or None}


def _checked(here: Session, name: str, values: Values) -> AccountSettings:
    """The account as the configuration will read it.  Raises UsageError, also when the name is taken."""
    if any(account.name == name for account in here.settings().accounts):
        raise click.UsageError(f"There is an account called {name} already; choose another --name.")
    with TemporaryDirectory() as folder:
        try:
            return config.add_account(Path(folder) / "config.toml", name, values).account(name)
        except ConfigurationError as error:
            _, _, problem = error.title.partition(f"accounts.{name}.")
            raise click.UsageError(f"{problem or error.title} {error.hint}") from None


def _password(account: AccountSettings, *, asked: bool) -> str | None:
    """What is to be kept in the keyring, None when a command or the keyring has it already."""
    if account.password_command is not None:
        return None
    if not (asked or sys.stdin.isatty()):
        return None  # a script: the password is in the keyring, or the test says that it is not
    secret: str = click.prompt(f"Password of {account.user}", hide_input=True, err=True)
    return secret


def _from_dialogue(settings: Settings, before: str, known: Values) -> tuple[str, Values]:
    """Ask for everything; `before` and `known` are the name and the values of the answers that did not work."""

    def usual_of(key: str, default: object) -> Any:
        return known.get(key) or default

    output.text(f"\n{output.wrapped(CHOICE, sys.stdout, indent=6)}\n")
    protocol = Protocol(
        click.prompt(
            "IMAP or POP3",
            type=click.Choice(["imap", "pop3"], case_sensitive=False),
            default=usual_of("protocol", None),
        )
    )
    address: str = click.prompt("Mail address", value_proc=_address, default=usual_of("address", None))
    host: str = click.prompt("Server", default=usual_of("host", guessed_host(protocol, address)))
    security = cast(Security, click.prompt("Encryption", type=SECURITY, default=usual_of("security", "tls")))
    usual = default_port(protocol.value, security)
    port: int = click.prompt("Port", type=click.IntRange(1, 65535), default=usual_of("port", usual))
    user: str = click.prompt("User name", default=usual_of("user", address))
    values: Values = {"protocol": protocol.value, "address": address, "host": host}
    values |= {"port": port if port != usual else None, "security": security if security != "tls" else None}
    values |= {"user": user if user != address else None}
    if protocol is Protocol.POP3:
        output.text("\nOnce a message is safely here, what becomes of the server's copy?")
        for word, sentence in AFTER.items():
            output.text(f"  {word:8} {sentence}")
        values["after_download"] = click.prompt(
            "Choose", value_proc=_after_download, default=usual_of("after_download", None)
        )
    command = click.prompt(
        "A command that prints the password (empty: the system keyring)",
        default=usual_of("password_command", ""),
        show_default="password_command" in known,
    )
    values["password_command"] = command or None
    taken = [account.name for account in settings.accounts]
    name: str = click.prompt("Name of the account", default=before or guessed_name(address, taken))
    return name, values


def _address(text: str) -> str:
    if "@" not in text.strip("@") or any(character.isspace() for character in text):
        raise click.UsageError("This is not a mail address; it looks like me@example.com.")
    return text


def _after_download(text: str) -> str:
    try:
        return str(AfterDownload.parse(text))
    except ValueError:
        raise click.UsageError(f"Allowed: {AfterDownload.ALLOWED}.") from None
