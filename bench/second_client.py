"""Another mail program on the same mailbox, with the standard library's client: what it does, and what it sees."""

import contextlib
import hashlib
import imaplib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from types import TracebackType
from typing import Self, TypeVar

from imapclient import imap_utf7

from bench.dovecot import HOST, PASSWORD

T = TypeVar("T")
TIMEOUT = 20.0
_QUOTED = re.compile(rb'^\(([^)]*)\) ("(?:[^"\\]|\\.)*"|NIL) (.+)$', re.S)


class RefusedError(RuntimeError):
    """The server said NO or BAD to the other program; the text is its answer."""


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """One message in a folder, as much of it as both ends can be compared by."""

    uid: int
    message_id: str
    """With its angle brackets; empty when it has none."""
    flags: tuple[str, ...]
    r"""System flags and keywords in lower case, sorted; without \Recent and \Deleted."""
    digest: str
    """SHA-256 of the bytes."""
    subject: str
    deleted: bool
    r"""Whether it carries \Deleted."""


def held(uid: int, flags: Iterable[str], raw: bytes) -> Held:
    """The value of a message from its UID, its flags in the server's spelling, and its bytes."""
    header: Message = message_from_bytes(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=compat32)
    names = {flag.lower() for flag in flags}
    return Held(
        uid=uid,
        message_id=str(header.get("Message-ID", "")).strip(),
        flags=tuple(sorted(names - {"\\recent", "\\deleted"})),
        digest=hashlib.sha256(raw).hexdigest(),
        subject=str(header.get("Subject", "")),
        deleted="\\deleted" in names,
    )


class SecondClient:
    """One user's mailbox over a connection that is made when it is needed, and made anew when the server ended it.

    Folder paths are decoded, with `/` between levels and without the prefix of the personal namespace.  Everything
    blocks: asyncio code calls it in a thread.  All methods raise RefusedError, or OSError when the server is gone.
    """

    def __init__(
        self, port: int, user: str, password: str = PASSWORD, *, host: str = HOST, unannounced: bool = False
    ) -> None:
        """Nothing is connected yet; `unannounced` uses MOVE and UID EXPUNGE whatever the server announces."""
        self._place = (host, port)
        self._unannounced = unannounced
        self._user, self._password = user, password
        self._client: imaplib.IMAP4 | None = None
        self._selected: tuple[str, bool] | None = None
        self._prefix, self._delimiter = "", "/"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Sign out; the next call connects again."""
        client, self._client, self._selected = self._client, None, None
        if client is not None:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                client.logout()
            with contextlib.suppress(OSError):
                client.shutdown()

    def folders(self) -> list[str]:
        """The paths of all folders that hold messages, sorted."""

        def ask(client: imaplib.IMAP4) -> list[str]:
            return sorted(path for path, attributes in self._listed(client) if "\\noselect" not in attributes)

        return self._with(ask)

    def messages(self, folder: str) -> list[Held]:
        """Everything in a folder, in UID order."""
        return sorted(held(uid, flags, raw) for uid, flags, _, raw in self._contents(folder))

    def message_ids(self, folder: str) -> dict[int, str]:
        """UID -> Message-ID of everything in a folder; cheaper than `messages`."""

        def fetch(client: imaplib.IMAP4) -> dict[int, str]:
            _, rows = client.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
            return {uid: held(uid, (), raw).message_id for uid, _, _, raw in _read(rows)}

        return self._in(folder, fetch)

    def deliver(self, raw: bytes, folder: str = "INBOX", flags: Iterable[str] = (), date: str | None = None) -> None:
        """APPEND a message; `date` is an INTERNALDATE with its quotes."""
        self._with(lambda client: _checked(client.append(self._wire(folder), f"({' '.join(flags)})", date or "", raw)))

    def mark(self, folder: str, uids: Iterable[int], *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Add and remove flags and keywords."""
        words = _words(uids)

        def store(client: imaplib.IMAP4) -> None:
            for sign, flags in (("+FLAGS.SILENT", add), ("-FLAGS.SILENT", remove)):
                if names := " ".join(flags):
                    _checked(client.uid("STORE", words, sign, f"({names})"))

        self._in(folder, store)

    def expunge(self, folder: str, uids: Iterable[int]) -> None:
        """Remove messages for good; where the server has no UID EXPUNGE, everything marked as deleted goes too."""
        uids = list(uids)
        self.mark(folder, uids, add=["\\Deleted"])

        def remove(client: imaplib.IMAP4) -> None:
            _checked(client.uid("EXPUNGE", _words(uids)) if self._can(client, "UIDPLUS") else client.expunge())

        self._in(folder, remove)

    def move(self, folder: str, uids: Iterable[int], target: str) -> None:
        """Move messages: with MOVE where the server announces it, else by copy and removal."""
        uids = list(uids)
        if self._with(lambda client: self._can(client, "MOVE")):
            self._in(folder, lambda client: _checked(client.uid("MOVE", _words(uids), self._wire(target))))
            return
        self.copy(folder, uids, target)
        self.expunge(folder, uids)

    def copy(self, folder: str, uids: Iterable[int], target: str) -> None:
        """Copy messages."""
        words = _words(uids)
        self._in(folder, lambda client: _checked(client.uid("COPY", words, self._wire(target))))

    def create(self, folder: str) -> None:
        """Make a folder and subscribe to it."""
        self._with(lambda client: _checked(client.create(self._wire(folder))))
        self._with(lambda client: _checked(client.subscribe(self._wire(folder))))

    def rename(self, folder: str, name: str) -> None:
        """Give a folder another path."""
        self._leave()
        self._with(lambda client: _checked(client.rename(self._wire(folder), self._wire(name))))

    def remove(self, folder: str) -> None:
        """Delete a folder with all that is in it."""
        self._leave()
        self._with(lambda client: _checked(client.delete(self._wire(folder))))

    def renumber(self, folder: str) -> None:
        """Give a folder (not INBOX) another UIDVALIDITY: delete it, make it again, put the same messages back."""
        contents = self._contents(folder)
        self.remove(folder)
        self.create(folder)
        for _, flags, date, raw in contents:
            self.deliver(raw, folder, [flag for flag in flags if flag.lower() != "\\recent"], date)

    def empty(self) -> None:
        """Remove every message, and every folder that may be removed."""
        for folder in reversed(self.folders()):  # those inside others first
            if uids := [one.uid for one in self.messages(folder)]:
                self.expunge(folder, uids)
            if folder.upper() != "INBOX":
                with contextlib.suppress(RefusedError):
                    self.remove(folder)

    def _contents(self, folder: str) -> list[tuple[int, list[str], str, bytes]]:
        def fetch(client: imaplib.IMAP4) -> list[tuple[int, list[str], str, bytes]]:
            _, rows = client.uid("FETCH", "1:*", "(UID FLAGS INTERNALDATE BODY.PEEK[])")
            return list(_read(rows))

        return self._in(folder, fetch, readonly=True)

    def _in(self, folder: str, ask: Callable[[imaplib.IMAP4], T], *, readonly: bool = False) -> T:
        """Ask something of a selected folder."""

        def select(client: imaplib.IMAP4) -> T:
            if self._selected != (folder, readonly):
                self._selected = None
                _checked(client.select(self._wire(folder), readonly))
                self._selected = folder, readonly
            client.noop()  # Courier shows what was appended only then
            return ask(client)

        return self._with(select)

    def _can(self, client: imaplib.IMAP4, capability: str) -> bool:
        return self._unannounced or capability in client.capabilities

    def _leave(self) -> None:
        """Let go of the selected folder: some servers do not remove one that is in use."""
        if self._selected is not None:
            self.close()

    def _with(self, ask: Callable[[imaplib.IMAP4], T]) -> T:
        """Ask; when the server ended the connection since the last time, ask once more over a new one."""
        for attempt in (1, 2):
            if self._client is None:
                self._connect()
            assert self._client is not None
            try:
                return ask(self._client)
            except imaplib.IMAP4.abort:
                self.close()
                if attempt == 2:
                    raise RefusedError("the server ended the connection") from None
            except imaplib.IMAP4.error as error:
                raise RefusedError(str(error)) from error
        raise AssertionError("two attempts always answer or raise")

    def _connect(self) -> None:
        client = imaplib.IMAP4(*self._place, timeout=TIMEOUT)
        client.login(self._user, self._password)
        client.capability()
        self._client = client
        if "NAMESPACE" in client.capabilities:
            _, rows = client.namespace()
            if isinstance(rows[0], bytes) and (found := re.match(rb'\(\("([^"]*)" "(.)"\)', rows[0])):
                self._prefix, self._delimiter = found[1].decode(), found[2].decode()

    def _listed(self, client: imaplib.IMAP4) -> Iterator[tuple[str, set[str]]]:
        _, rows = client.list()
        for row in rows:
            if isinstance(row, bytes) and (found := _QUOTED.match(row)):
                name = imap_utf7.decode(found[3].strip(b'"').replace(b"\\\\", b"\\").replace(b'\\"', b'"'))
                path = name.removeprefix(self._prefix).replace(self._delimiter, "/")
                yield path, set(found[1].decode().lower().split())

    def _wire(self, path: str) -> str:
        name = path.replace("/", self._delimiter)
        if path.upper() != "INBOX":
            name = self._prefix + name
        encoded: str = imap_utf7.encode(name).decode("ascii")
        return '"' + encoded.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _checked(answer: tuple[str, Sequence[object]]) -> None:
    status, data = answer
    if status != "OK":
        raise RefusedError(f"{status} {data!r}")


def _words(uids: Iterable[int]) -> str:
    return ",".join(map(str, uids))


def _read(rows: Sequence[object]) -> Iterator[tuple[int, list[str], str, bytes]]:
    """(UID, flags, INTERNALDATE in quotes, bytes) from imaplib's pairs; items may stand behind the literal too."""
    for place, row in enumerate(rows):
        if not isinstance(row, tuple):
            continue
        after = rows[place + 1] if place + 1 < len(rows) else b""
        head = row[0] + b" " + (after if isinstance(after, bytes) else b"")
        uid, flags = re.search(rb"UID (\d+)", head), re.search(rb"FLAGS \(([^)]*)\)", head)
        date = re.search(rb'INTERNALDATE ("[^"]*")', head)
        if uid is None or flags is None:
            raise ValueError(f"unexpected FETCH answer: {head!r}")
        yield int(uid[1]), flags[1].decode().split(), date[1].decode() if date else "", row[1]
