"""What the configuration file may hold: turns its tables into settings, or says which line is wrong and why."""

import ipaddress
import re
import shlex
from collections.abc import Sequence
from typing import cast

from store.model import Protocol
from store.notice_settings import TERMINAL_NOTICES, Notices, Quiet, TerminalNotice
from store.settings import (
    COLUMNS,
    DENSITIES,
    KEY_PRESETS,
    LAYOUTS,
    PICTURES,
    AccountSettings,
    AfterDownload,
    AfterKind,
    AuthMethod,
    Column,
    Density,
    General,
    Keep,
    KeepKind,
    Layout,
    Pictures,
    Security,
    Settings,
    SmtpSettings,
    byte_count,
)
from store.toml_table import Table
from store.toml_text import TomlText

SECURITIES: tuple[Security, ...] = ("tls", "starttls", "none")
AUTH_METHODS: tuple[AuthMethod, ...] = ("password", "oauth2")
POP3_AUTH_METHODS: tuple[AuthMethod, ...] = (*AUTH_METHODS, "apop")
ACCOUNT_NAME_LIMIT = 64
_OPENED = re.compile(r"[a-z]+/[a-z0-9.+-]+|[a-z]+/\*|links|\*")
_SERVER = re.compile(r"[\w.:-]{1,253}", re.ASCII)

# RFC 8314 section 3 (implicit TLS), RFC 9051 section 2.1, RFC 1939 section 3, RFC 6409 section 3.1.
_PORTS: dict[tuple[str, Security], int] = {
    ("imap", "tls"): 993,
    ("imap", "starttls"): 143,
    ("imap", "none"): 143,
    ("pop3", "tls"): 995,
    ("pop3", "starttls"): 110,
    ("pop3", "none"): 110,
    ("smtp", "tls"): 465,
    ("smtp", "starttls"): 587,
    ("smtp", "none"): 25,
}


def default_port(protocol: str, security: Security) -> int:
    """The registered port for `protocol` (imap, pop3, smtp) and the kind of protection."""
    return _PORTS[protocol, security]


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine: localhost (RFC 6761 section 6.3), or an address of 127/8 or ::1."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_settings(source: TomlText) -> Settings:
    """Check the whole text.  Raises ConfigurationError for the first thing that is wrong."""
    root = Table(source, (), source.data)
    general = _read_general(root.table("general"))
    keys = _read_keys(root.table("keys"))
    notices = root.table("notices")
    accounts = _read_accounts(root.table("accounts"))
    root.finish()
    return Settings(general, keys, accounts, _read_notices(notices, [account.name for account in accounts]))


def _read_general(table: Table | None) -> General:
    if table is None:
        return General()
    defaults = General()
    general = General(
        editor=table.text("editor", defaults.editor),
        theme=table.text("theme", defaults.theme),
        keys=table.text("keys", defaults.keys, choices=KEY_PRESETS),
        letters=table.flag("letters", defaults.letters),
        layout=cast(Layout, table.text("layout", defaults.layout, choices=LAYOUTS)),
        columns=_read_columns(table, defaults.columns),
        density=cast(Density, table.text("density", defaults.density, choices=DENSITIES)),
        threads=table.flag("threads", defaults.threads),
        ascii=table.switch("ascii"),
        accessible=table.flag("accessible", defaults.accessible),
        mouse=table.flag("mouse", defaults.mouse),
        links=table.flag("links", defaults.links),
        pictures=cast(Pictures, table.text("pictures", defaults.pictures, choices=PICTURES)),
        open_with=_read_open_with(table.table("open_with")),
    )
    table.finish()
    return general


def _read_notices(table: Table | None, accounts: Sequence[str]) -> Notices:
    if table is None:
        return Notices()
    notices = Notices(
        bell=table.flag("bell", False),
        terminal=cast(TerminalNotice, table.text("terminal", "off", choices=TERMINAL_NOTICES)),
        title=table.flag("title", False),
        subject=table.flag("subject", False),
        quiet=table.parsed("quiet", Quiet.parse, Quiet.ALLOWED),
        accounts=table.texts("accounts", ()),
        folders=table.texts("folders", ()),
    )
    for name in notices.accounts:
        if name not in accounts:
            known = ", ".join(accounts) or "none yet"
            table.fail("accounts", f"there is no account called {name}.", f"Accounts: {known}.")
    table.finish()
    return notices


def _read_columns(table: Table, default: tuple[Column, ...]) -> tuple[Column, ...]:
    written = table.texts("columns", default)
    for name in written:
        if name not in COLUMNS:
            table.fail("columns", f'"{name}" is not a column.', f"Allowed: {', '.join(COLUMNS)}.")
    if len(set(written)) < len(written):
        table.fail("columns", "a column stands there twice.", "Name each column once.")
    if not {"subject", "from", "to"} & set(written):
        table.fail("columns", "nothing in it tells one message from another.", "Name at least subject, from or to.")
    return cast(tuple[Column, ...], written)


def _read_open_with(table: Table | None) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for kind in () if table is None else table.names:
        assert table is not None
        if not _OPENED.fullmatch(kind):
            table.fail(kind, "this is no type of a file.", 'Allowed: "application/pdf", "image/*", "links", "*".')
        written = table.text_or_texts(kind)
        try:
            command = tuple(shlex.split(written)) if isinstance(written, str) else written
        except ValueError:
            table.fail(kind, "a quotation mark in the command has no end.", "Close it, or leave it out.")
        if not command:
            table.fail(kind, "there is no command.", 'Give one, such as "zathura" or ["feh", "-F"].')
        found[kind] = command
    return found


def _read_keys(table: Table | None) -> dict[str, str | tuple[str, ...]]:
    return {} if table is None else {command: table.text_or_texts(command) for command in table.names}


def _read_accounts(table: Table | None) -> tuple[AccountSettings, ...]:
    if table is None:
        return ()
    accounts = []
    for name in table.names:
        if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > ACCOUNT_NAME_LIMIT:
            hint = f"A name has 1 to {ACCOUNT_NAME_LIMIT} printable characters, no blank at either end."
            table.fail(name, "an account cannot have this name.", hint)
        if (account := table.table(name)) is not None:
            accounts.append(_read_account(name, account))
    return tuple(accounts)


def _read_account(name: str, table: Table) -> AccountSettings:
    protocol = Protocol(table.required("protocol", 'Allowed: "imap", "pop3".', choices=tuple(Protocol)))
    host, port, security, allow_insecure = _read_server(table, protocol.value)
    ca_file = table.file("ca_file")
    address, user = _read_identity(table)
    methods = POP3_AUTH_METHODS if protocol is Protocol.POP3 else AUTH_METHODS
    auth = cast(AuthMethod, table.text("auth", "password", choices=methods))
    smtp = table.table("smtp")
    account = AccountSettings(
        name=name,
        protocol=protocol,
        address=address,
        full_name=table.text("name"),
        host=host,
        port=port,
        security=security,
        allow_insecure=allow_insecure,
        ca_file=ca_file,
        user=user,
        auth=auth,
        password_command=table.text("password_command") or None,
        keep=_read_keep(table, protocol),
        folders=_read_folders(table, protocol),
        after_download=_read_after_download(table, protocol),
        unified=table.text("inbox", "unified", choices=("unified", "own")) == "unified",
        smtp=_read_smtp(smtp, user) if smtp else None,
        size_limit=_read_size_limit(table, protocol),
        authserv=_read_authserv(table),
    )
    table.finish()
    return account


def _read_server(table: Table, protocol: str) -> tuple[str, int, Security, bool]:
    host = table.required("host", f'Write the name of the {protocol.upper()} server: host = "{protocol}.example.com".')
    if any(character.isspace() or character in "/@" for character in host):
        table.fail("host", f'"{host}" is not the name of a server.', 'A name or an address alone: "mail.example.com".')
    security = cast(Security, table.text("security", "tls", choices=SECURITIES))
    port = table.port("port", default_port(protocol, security))
    allow_insecure = table.flag("allow_insecure", False)
    if security == "none" and not allow_insecure and not is_loopback(host):
        problem = f'"none" would send the password to {host} for everybody on the way to read.'
        table.fail("security", problem, "Allowed: tls, starttls; none only with allow_insecure = true.")
    return host, port, security, allow_insecure


def _read_identity(table: Table) -> tuple[str, str]:
    address = table.text("address")
    if address and ("@" not in address.strip("@") or any(character.isspace() for character in address)):
        table.fail("address", f'"{address}" is not a mail address.', 'A bare address: "me@example.com".')
    # neither is no fault of the file: such an account can be read, and says what it lacks when it has to sign in
    user = table.text("user", address)
    return address or (user if "@" in user else ""), user


def _read_keep(table: Table, protocol: Protocol) -> Keep:
    if protocol is Protocol.IMAP:
        return table.parsed("keep", Keep.parse, Keep.ALLOWED) or Keep(KeepKind.TEXT)
    if table.text("keep", "full") != "full":
        table.fail("keep", "POP3 mail is always kept whole: this may be the only copy.", "Allowed: full.")
    return Keep(KeepKind.FULL)


def _read_folders(table: Table, protocol: Protocol) -> tuple[str, ...]:
    folders = table.texts("folders", ("*",))
    if protocol is Protocol.POP3 and folders != ("*",):
        table.fail("folders", "POP3 knows only the inbox.", 'Remove the line, or use protocol = "imap".')
    return folders


def _read_after_download(table: Table, protocol: Protocol) -> AfterDownload:
    after = table.parsed("after_download", AfterDownload.parse, AfterDownload.ALLOWED)
    if protocol is Protocol.IMAP:
        if after is not None:
            table.fail("after_download", "IMAP mail stays on the server.", "It is for POP3 accounts: remove the line.")
        return AfterDownload(AfterKind.KEEP)
    if after is None:
        problem = "it is missing, and nobody's mail is deleted from a server by an oversight."
        table.fail("after_download", problem, f"Allowed: {AfterDownload.ALLOWED}.")
    return after


def _read_authserv(table: Table) -> tuple[str, ...]:
    names = table.texts("authserv", ())
    for name in names:
        if not _SERVER.fullmatch(name):
            hint = "The name that stands first in Authentication-Results of mail that came there: mx.example.com."
            table.fail("authserv", f'"{name}" is not the name of a server.', hint)
    return names


def _read_size_limit(table: Table, protocol: Protocol) -> int | None:
    limit = table.parsed("size_limit", byte_count, 'a size such as "20 MB"')
    if protocol is Protocol.IMAP and limit is not None:
        table.fail("size_limit", "what comes of IMAP mail is said by keep.", "It is for POP3: remove the line.")
    return limit


def _read_smtp(table: Table, user: str) -> SmtpSettings:
    host, port, security, allow_insecure = _read_server(table, "smtp")
    smtp = SmtpSettings(host, port, security, allow_insecure, table.file("ca_file"), table.text("user", user))
    table.finish()
    return smtp
