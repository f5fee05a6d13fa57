"""Tells of new mail beyond the screen, as far as somebody asked for it: bell, notice of the terminal, title."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from fnmatch import fnmatchcase

from protocols.clock import Clock
from protocols.mime.safe import SafeText, line
from store import accounts, folders, newcomers
from store.errors import StoreError
from store.mailstore import MailStore
from store.model import Folder, MessageId, Role
from store.newcomers import Newcomers
from store.notice_settings import Notices
from tui import format

_log = logging.getLogger(__name__)

GATHER = 2.0
"""Seconds for which what comes is gathered into one notice: a flood of mail is one."""
PAUSE = 20.0
"""Seconds from one notice to the next."""
RECENT = 600
"""Seconds before the start: what was received earlier is no news, also when it is fetched only now."""

Bell = Callable[[], None]
Tell = Callable[[SafeText], None]


class Herald:
    """`run` it beside the screen.  It hears from the store, and says everything through `ring`, `show` and `name`."""

    def __init__(
        self,
        store: MailStore,
        notices: Notices,
        *,
        ring: Bell,
        show: Tell,
        name: Tell,
        watched: Callable[[], bool],
        clock: Clock | None = None,
    ) -> None:
        """`watched`: whether the terminal is known to be looked at: then nothing but the title has to be told."""
        self._store = store
        self._notices = notices
        self._ring, self._show, self._name = ring, show, name
        self._watched = watched
        self._clock = clock or Clock()
        self._seen = MessageId(0)
        self._since = 0
        self.listening = asyncio.Event()
        """Set when what comes from now on is news."""

    @property
    def is_wanted(self) -> bool:
        """Whether there is anything that it may tell."""
        return self._notices.bell or self._notices.title or self._notices.terminal != "off"

    async def run(self) -> None:
        """Tell of what comes, until cancelled."""
        if not self.is_wanted:
            return
        self._since = int(self._clock.now()) - RECENT
        with self._store.changes.subscribe() as feed:
            try:
                self._seen = await self._store.read(newcomers.latest)
                await self._entitle()
            except StoreError as error:  # the screen says so, loud enough
                _log.warning("New mail will not be told of: %s", error.title)
                return
            self.listening.set()
            while True:
                changes = await feed.next()
                if not changes.durable:
                    continue
                try:
                    came = await self._look()
                    await self._entitle()
                    if not came.count:
                        continue
                    await self._clock.sleep(GATHER)
                    came += await self._look()
                    await self._entitle()
                except StoreError as error:
                    _log.warning("New mail could not be looked for: %s", error.title)
                    continue
                if self._tell(came):
                    await self._clock.sleep(PAUSE)

    async def _look(self) -> Newcomers:
        """What came in since the last look."""
        wanted = [folder.id for folder in await self._folders() if folder.synced_at is not None]
        seen, since = self._seen, self._since
        self._seen, came = await self._store.read(lambda c: newcomers.since(c, seen, wanted, since))
        return came

    async def _entitle(self) -> None:
        if self._notices.title:
            unread = sum(folder.unread for folder in await self._folders())
            self._name(line(f"bocau ({unread:,})" if unread else "bocau"))

    async def _folders(self) -> Sequence[Folder]:
        """The folders whose mail is told of."""
        chosen = set(self._notices.accounts)
        named = {one.id for one in await self._store.read(accounts.every) if not chosen or one.name in chosen}
        return [one for one in await self._store.read(folders.every) if one.account in named and self._matches(one)]

    def _matches(self, folder: Folder) -> bool:
        patterns = self._notices.folders
        if not patterns:
            return folder.role is Role.INBOX
        includes = [one for one in patterns if not one.startswith("!")] or ["*"]
        excludes = [one[1:] for one in patterns if one.startswith("!")]
        path = folder.path.casefold()
        return any(fnmatchcase(path, one.casefold()) for one in includes) and not any(
            fnmatchcase(path, one.casefold()) for one in excludes
        )

    def _tell(self, came: Newcomers) -> bool:
        """Tell of it, unless somebody looks, or sleeps; whether it was told."""
        quiet = self._notices.quiet
        if self._watched() or (quiet is not None and quiet.holds(datetime.fromtimestamp(self._clock.now()).time())):
            return False
        if self._notices.bell:
            self._ring()
        if self._notices.terminal != "off":
            self._show(self._words(came))
        return True

    def _words(self, came: Newcomers) -> SafeText:
        count = format.count(came.count, "new message")
        if not self._notices.subject:
            return SafeText(count)
        newest = f"{format.name(came.sender)}: {line(came.subject, 100) or '(no subject)'}"
        return line(newest if came.count == 1 else f"{count}, the last from {newest}", 200)
