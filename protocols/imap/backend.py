"""IMAP for one account: a session for the sync, one for what the user waits for, one that listens for push."""

import asyncio
import fnmatch
import logging
import time
from collections import Counter
from collections.abc import Callable

from protocols.auth.sasl import Credentials
from protocols.backend import Mailbox, Round
from protocols.endpoint import Endpoint, Security
from protocols.errors import ConnectionLost, Misbehaved, ProtocolError, Refused
from protocols.imap.connection import IdleEnd
from protocols.imap.contents import Contents, bring
from protocols.imap.folder_list import Counts, count, list_folders
from protocols.imap.folder_sync import Doubts, FolderSync, Touched
from protocols.imap.framing import Response
from protocols.imap.replay import Replay
from protocols.imap.session import Session
from store import folders, journal, locations
from store.errors import NotFound
from store.folders import Cursor
from store.locations import Wanted
from store.model import Folder, FolderId, MessageId, Role
from store.status import Activity

_log = logging.getLogger(__name__)

RENEW = 540.0
"""Seconds of one IDLE: NAT routers forget quiet connections after ten minutes."""
POLL = 300.0
"""Seconds between two looks at the folders that are not pushed (all of them where IDLE is missing)."""
FULL_EVERY = 900.0
"""Seconds between two comparisons of every flag: plain IMAP does not tell what changed in old mail."""
ALONE = 600.0
"""Seconds without another try, when the server did not allow a second connection."""


def _deaf(response: Response) -> None:
    """Nothing is to be learnt from what this connection hears between its own answers."""


class ImapBackend:
    """One account on an IMAP server; see protocols.backend.Backend."""

    def __init__(self, mailbox: Mailbox) -> None:
        """Nothing is connected before `open`."""
        settings = mailbox.settings
        self._mailbox = mailbox
        self._store = mailbox.store
        self._endpoint = Endpoint(settings.host, settings.port, Security(settings.security), settings.ca_file)
        self._sync: Session | None = None
        self._quick: Session | None = None
        self._listener: Session | None = None
        self._opening = asyncio.Lock()
        self._replaying = asyncio.Lock()
        self._touched = Touched()
        self._doubts = Doubts()
        self._failed: Counter[MessageId] = Counter()
        self._alone_until = 0.0
        self._pushed = False
        """Whether the server announced news of the inbox since its last sync."""
        self._flags_pushed = False
        self._full_at: dict[int, float] = {}

    async def open(self) -> None:
        """Connect and sign in.  Raises ProtocolError."""
        self._sync = await self._session()

    async def close(self) -> None:
        """Say good-bye on every connection."""
        sessions = [session for session in (self._quick, self._listener, self._sync) if session is not None]
        self._sync = self._quick = self._listener = None
        await asyncio.gather(*(session.close() for session in sessions))

    async def sync(self, what: Round) -> None:
        """One round: journal, folder list, each folder's summaries, then contents.  Raises ProtocolError."""
        session = self._worker()
        await self.send_journal()
        if self._pushed and not what.folders:
            await self._sync_pushed(session)
        async with session.turn() as connection:
            listed = await list_folders(connection)
        await self._store.write(lambda tx: folders.reconcile(tx, self._mailbox.account, listed))
        chosen = await self._chosen(what)
        for folder, name in chosen:
            await self._sync_folder(session, folder, name, asked=what.full)
        if not what.summaries:
            await self._sync_contents(session, chosen)
        self._status(activity=Activity.ONLINE, folder="", done=0, total=0)

    async def send_journal(self) -> None:
        """Send what waits, on its own connection: a long sync must not hold it up.  Raises ProtocolError."""
        waiting = await self._store.read(lambda c: journal.waiting(c, self._mailbox.account))
        if not waiting:
            return
        async with self._replaying:
            session = await self._quick_session()
            await Replay(self._store, self._mailbox.account, session, self._touched).run()

    async def fetch(self, message: MessageId) -> None:
        """Bring a message the user opened.  Raises ProtocolError; NotFound when the server no longer has it."""
        place = await self._store.read(lambda c: locations.location(c, message))
        if place is None or place[2] is None:
            raise NotFound("The message is not on the server any more, or its place there is not known yet.")
        session = await self._quick_session()
        if not await bring(self._store, session, place[1], Wanted(message, place[2], 0, 0)):
            raise NotFound("The server no longer has this message.", "It disappears with the next sync.")

    async def watch(self, notice: Callable[[], None]) -> None:
        """IDLE on the inbox, renewed; every POLL seconds a look at the rest.  Raises ProtocolError."""
        inbox = await self._store.read(lambda c: folders.by_role(c, self._mailbox.account, Role.INBOX))
        name = await self._store.read(lambda c: folders.wire_name(c, inbox.id)) if inbox else None
        polling = asyncio.create_task(self._poll(notice))
        try:
            if inbox is None or name is None or not self._worker().connection.capabilities.idle:
                await polling
            else:
                await self._listen(inbox.id, name, notice)
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)

    async def _poll(self, notice: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(POLL)
            notice()

    async def _listen(self, inbox: FolderId, name: bytes, notice: Callable[[], None]) -> None:
        try:
            self._listener = listener = await self._session(self._hear_push)
        except ProtocolError as error:
            self._worker()  # when that is gone as well the whole account starts anew
            _log.warning("no second connection for push, polling instead: %s", error.title)
            await asyncio.Event().wait()
            return
        async with listener.folder(name) as state:
            cursor = await self._store.read(lambda c: folders.cursor(c, inbox))
            total, _ = await self._store.read(lambda c: locations.server_counts(c, inbox))
            if cursor is None or (state.uidnext or cursor.uidnext, state.exists) != (cursor.uidnext, total):
                self._tell(notice)  # it came after the last sync and before we began to listen
            while True:
                end = await listener.connection.idle(renew=RENEW)
                if end is IdleEnd.NEWS:
                    self._tell(notice)

    def _tell(self, notice: Callable[[], None]) -> None:
        self._pushed = True
        notice()

    def _hear_push(self, response: Response) -> None:
        """What the listener hears; a FETCH means that flags changed."""
        if response.name == "FETCH":
            self._flags_pushed = True

    async def _sync_pushed(self, session: Session) -> None:
        """What push announced first: the inbox, before the round over all folders."""
        inbox = await self._store.read(lambda c: folders.by_role(c, self._mailbox.account, Role.INBOX))
        name = await self._store.read(lambda c: folders.wire_name(c, inbox.id)) if inbox else None
        if inbox is not None and name is not None:
            self._pushed = False
            full, self._flags_pushed = self._flags_pushed, False
            await self._run_folder(session, inbox, name, full=full)

    async def _chosen(self, what: Round) -> list[tuple[Folder, bytes]]:
        """The folders of a round with their wire names: the inbox first, then those with a role, then the rest."""
        every = await self._store.read(lambda c: folders.every(c, self._mailbox.account))
        order = list(Role)
        every.sort(key=lambda folder: (order.index(folder.role) if folder.role else len(order), folder.path))
        chosen = []
        for folder in every:
            name = await self._store.read(lambda c, f=folder.id: folders.wire_name(c, f))  # type: ignore[misc]
            if name is not None and folder.selectable and self._is_wanted(folder, what):
                chosen.append((folder, name))
        return chosen

    def _is_wanted(self, folder: Folder, what: Round) -> bool:
        if what.folders:
            return folder.path in what.folders or (folder.role is not None and folder.role.value in what.folders)
        patterns = self._mailbox.settings.folders
        includes = [pattern for pattern in patterns if not pattern.startswith("!")] or ["*"]
        excludes = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
        return _matches(folder.path, includes) and not _matches(folder.path, excludes)

    async def _sync_folder(self, session: Session, folder: Folder, name: bytes, *, asked: bool) -> None:
        """One folder, when STATUS says that it differs, or when it is time to compare all of it."""
        cursor = await self._store.read(lambda c: folders.cursor(c, folder.id))
        # where MODSEQ tells what changed in old mail, nothing has to be compared from time to time
        modseq = cursor is not None and cursor.highestmodseq is not None
        due = not modseq and time.monotonic() - self._full_at.get(folder.id, float("-inf")) > FULL_EVERY
        full = asked or (due and cursor is not None)
        if not full and cursor is not None and cursor.backfilled == 1:
            async with session.turn() as connection:
                if session.selected == name:  # Dovecot's STATUS of the selected folder knows no news before a NOOP
                    await connection.run("NOOP")
                counts = await count(connection, name)
            if counts is not None and await self._is_in_step(folder, cursor, counts):
                self._doubts.messages.pop(folder.id, None)
                now = int(time.time())
                await self._store.write(lambda tx: folders.set_synced(tx, folder.id, now))
                return
        await self._run_folder(session, folder, name, full=full, trust=asked)

    async def _is_in_step(self, folder: Folder, cursor: Cursor, counts: Counts) -> bool:
        if await self._store.read(lambda c: locations.orphans(c, folder.id)):
            return False  # a move whose UID is to be learnt
        total, unseen = await self._store.read(lambda c: locations.server_counts(c, folder.id))
        hidden, hidden_unseen = self._doubts.hidden.get(folder.id, (0, 0))
        return (counts.uidvalidity, counts.uidnext, counts.messages, counts.unseen, counts.highestmodseq) == (
            cursor.uidvalidity, cursor.uidnext, total + hidden, unseen + hidden_unseen, cursor.highestmodseq,
        )  # fmt: skip

    async def _run_folder(
        self, session: Session, folder: Folder, name: bytes, *, full: bool, trust: bool = False
    ) -> None:
        def progress(done: int, total: int) -> None:
            self._status(activity=Activity.SYNCING, folder=folder.path, done=done, total=total)

        account = self._mailbox.account
        first = folder.synced_at is None
        sync = FolderSync(self._store, account, folder.id, name, session, self._touched, self._doubts)
        try:
            await sync.run(full=full, progress=progress, trust=trust)
        except (Refused, Misbehaved) as error:
            if session.closed:
                raise
            # one folder that cannot be opened must not keep the others waiting
            _log.warning("folder %d cannot be synchronised: %s", folder.id, error.title)
            return
        if full or first:
            self._full_at[folder.id] = time.monotonic()

    async def _sync_contents(self, session: Session, chosen: list[tuple[Folder, bytes]]) -> None:
        account = self._mailbox.account
        contents = Contents(self._store, account, session, self._mailbox.settings.keep, self._failed)
        waiting = await self._store.read(lambda c: locations.count_to_fetch(c, self._mailbox.account))
        fetched = 0

        def progress(count: int) -> None:
            nonlocal fetched
            fetched += count
            self._status(activity=Activity.SYNCING, folder=path, done=fetched, total=max(waiting, fetched))

        for folder, name in chosen:
            path = folder.path
            try:
                await contents.run(folder.id, name, progress)
            except (Refused, Misbehaved) as error:
                if session.closed:
                    raise
                _log.warning("no contents of folder %d: %s", folder.id, error.title)

    def _worker(self) -> Session:
        if self._sync is None or self._sync.closed:
            raise ConnectionLost("The connection is closed.")
        return self._sync

    async def _session(self, hear: Callable[[Response], None] = _deaf) -> Session:
        settings = self._mailbox.settings
        return await Session.open(self._endpoint, Credentials(settings.user, self._mailbox.password), hear)

    async def _quick_session(self) -> Session:
        """The connection for what the user waits for; shared with the sync where the server allows no other."""
        async with self._opening:
            if self._quick is None or self._quick.closed:
                if time.monotonic() < self._alone_until:
                    return self._worker()
                try:
                    self._quick = await self._session()
                except ProtocolError as error:
                    _log.info("no connection beside the sync: %s", error.title)
                    self._alone_until = time.monotonic() + ALONE
                    return self._worker()
            return self._quick

    def _status(self, **fields: object) -> None:
        self._store.status.update(self._mailbox.settings.name, **fields)


def _matches(path: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(path.casefold(), pattern.casefold()) for pattern in patterns)
