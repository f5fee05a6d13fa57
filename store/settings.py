"""The settings of the configuration file as values: general, keys, accounts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from store.errors import NotFound
from store.model import Protocol
from store.notice_settings import Notices

Security = Literal["tls", "starttls", "none"]
"""The words of the file; the same as the values of the wire's own enumeration."""
AuthMethod = Literal["password", "oauth2", "apop"]
KEY_PRESETS = ("default", "mutt", "gmail", "thunderbird")
Layout = Literal["auto", "wide", "stacked", "list"]
"""Three panes beside each other, the message below the list, or one pane at a time; auto: what the terminal fits."""
LAYOUTS: tuple[Layout, ...] = ("auto", "wide", "stacked", "list")
Density = Literal["compact", "comfortable"]
"""One line a message, or two: who and when above, what below."""
DENSITIES: tuple[Density, ...] = ("compact", "comfortable")
Pictures = Literal["auto", "kitty", "sixel", "blocks", "none"]
"""By which protocol pictures are drawn, when somebody asks for one; auto: what the terminal says it understands."""
PICTURES: tuple[Pictures, ...] = ("auto", "kitty", "sixel", "blocks", "none")
Column = Literal["marks", "from", "to", "subject", "size", "labels", "folder", "account", "date"]
COLUMNS: tuple[Column, ...] = ("marks", "from", "to", "subject", "size", "labels", "folder", "account", "date")

_DAYS = re.compile(r"(\d{1,6})\s*days?", re.IGNORECASE)
_BYTES = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*([kmgt])(i?)b", re.IGNORECASE)
_POWER = {"k": 1, "m": 2, "g": 3, "t": 4}


def byte_count(text: str) -> int:
    """Read a size such as `20 MB`; kB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024.  Raises ValueError."""
    if size := _BYTES.fullmatch(text):
        amount: int = round(float(size[1]) * (1024 if size[3] else 1000) ** _POWER[size[2].lower()])
        if amount:
            return amount
    raise ValueError(text)


class KeepKind(StrEnum):
    """What the amount of a `keep` counts, or that it has none."""

    FULL = "full"
    TEXT = "text"
    SUMMARIES = "summaries"
    DAYS = "days"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Keep:
    """What stays on this disk of an IMAP account: everything, text, only summaries, N days, or N bytes."""

    kind: KeepKind
    amount: int = 0
    """Days or bytes; 0 for the others."""

    ALLOWED = 'full, text, summaries, a time such as "90 days", or a size such as "2 GB"'

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the file's words; kB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024.  Raises ValueError."""
        if text in ("full", "text", "summaries"):
            return cls(KeepKind(text))
        if (days := _DAYS.fullmatch(text)) and int(days[1]):
            return cls(KeepKind.DAYS, int(days[1]))
        return cls(KeepKind.BYTES, byte_count(text))

    def __str__(self) -> str:
        if self.kind is KeepKind.DAYS:
            return f"{self.amount} days"
        if self.kind is KeepKind.BYTES:
            for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3), ("KiB", 1024)):
                if self.amount % size == 0:
                    return f"{self.amount // size} {unit}"
            return f"{self.amount / 1000:.3f} kB"
        return self.kind.value


class AfterKind(StrEnum):
    """What becomes of the server's copy."""

    DELETE = "delete"
    KEEP = "keep"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class AfterDownload:
    """What a POP3 account does with the server's copy of a message that is safely stored here."""

    kind: AfterKind
    days: int = 0
    """Days after which it is deleted; 0 for the others."""

    ALLOWED = 'delete, keep, or a time after which to delete, such as "14 days"'

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the file's words.  Raises ValueError."""
        if text in ("delete", "keep"):
            return cls(AfterKind(text))
        if (days := _DAYS.fullmatch(text)) and int(days[1]):
            return cls(AfterKind.DAYS, int(days[1]))
        raise ValueError(text)

    def __str__(self) -> str:
        return f"{self.days} days" if self.kind is AfterKind.DAYS else self.kind.value


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The server that sends an account's mail; it signs in with the account's password."""

    host: str
    port: int
    security: Security
    allow_insecure: bool
    ca_file: Path | None
    user: str


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One account of the file, every default filled in."""

    name: str
    """The account's name: the key of its table."""
    protocol: Protocol
    address: str
    """The mail address; empty when the file has none and the user name is not an address."""
    full_name: str
    """The person's name (`name` in the file), may be empty."""
    host: str
    port: int
    security: Security
    allow_insecure: bool
    ca_file: Path | None
    user: str
    """Who signs in; empty when the file names neither user nor address: nobody can, then."""
    auth: AuthMethod
    password_command: str | None = field(repr=False)
    """Kept out of repr: people write `echo secret`."""
    keep: Keep
    """Always full for POP3: this disk may hold the only copy."""
    folders: tuple[str, ...]
    """Patterns of paths to synchronise; one that starts with `!` excludes."""
    after_download: AfterDownload
    """Always keep for IMAP."""
    unified: bool
    smtp: SmtpSettings | None
    size_limit: int | None = None
    """POP3: larger messages, in bytes, come by their headers, and whole when they are opened; None: all come whole."""
    authserv: tuple[str, ...] = ()
    """The names under which the receiving server reports what it found out about senders (RFC 8601)."""


@dataclass(frozen=True, slots=True)
class General:
    """How the program looks and behaves, for all accounts."""

    editor: str = "builtin"
    theme: str = "bocau-dark"
    keys: str = "default"
    letters: bool = True
    """Whether a single letter may change mail; False: a comma stands before it."""
    layout: Layout = "auto"
    columns: tuple[Column, ...] = ("marks", "from", "subject", "date")
    """What a row of the list shows, in this order; the account is added where several are mixed."""
    density: Density = "compact"
    threads: bool = False
    """Whether the list shows threads at first; what is chosen by key is remembered."""
    ascii: bool | None = None
    """Whether only ASCII is drawn; None: where the locale is not UTF-8, or the terminal lacks the signs."""
    accessible: bool = False
    """Whether the screen is for a reader or a braille line: words, no lines, one pane, the cursor on its row."""
    mouse: bool = True
    """Whether clicks come to the program; False: they are the terminal's, to select text."""
    links: bool = True
    """Whether links in a message can be clicked where the terminal knows how (OSC 8)."""
    pictures: Pictures = "auto"
    """How pictures are drawn when somebody asks for one: in pixels, in half blocks, or not at all."""
    open_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The real type of an attachment, `image/*`, `links` or `*` -> the command that opens it, without a shell."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration file; an absent or empty one gives this with no argument."""

    general: General = General()
    keys: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Command id -> its key or keys, over the preset of `general.keys`; which ids there are only the glass knows."""
    accounts: tuple[AccountSettings, ...] = ()
    """In the order of the file."""
    notices: Notices = Notices()  # noqa: RUF009 (frozen)

    def account(self, name: str) -> AccountSettings:
        """The account called `name`.  Raises NotFound, with the names there are."""
        names = [account.name for account in self.accounts]
        for account in self.accounts:
            if account.name == name:
                return account
        near = get_close_matches(name, names, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(names) or 'no accounts yet'}."
        raise NotFound(f"There is no account called {name}.", hint)
