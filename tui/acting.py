"""Carries out what a person does to mail: one act after the other, each bound to the message that was drawn."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from protocols.mime.safe import SafeText, line
from store.errors import NotFound, StoreError
from store.mailstore import MailStore
from store.model import ActId, Flag, FolderId, MessageId, Summary
from store.operations import Act, Archive, Copy, Delete, Move, Operation, SetFlags
from tui.reading import sentence
from tui.widgets.message_list import MessageList

Work = Callable[[], Coroutine[Any, Any, None]]
Start = Callable[[Work], object]
"""Runs some work beside the screen."""


class Acting:
    """Acts on the message under the cursor of `list`; `say` tells the result, `fail` what went wrong."""

    def __init__(
        self,
        store: MailStore,
        messages: MessageList,
        start: Start,
        say: Callable[[SafeText], None],
        fail: Callable[[SafeText], None],
    ) -> None:
        self._store = store
        self._list = messages
        self._start = start
        self._say = say
        self._fail = fail
        self._turn = asyncio.Lock()
        self._done_here: list[ActId] = []
        """What `undo` takes back, in turn; opening a message is not among it."""

    @property
    def target(self) -> Summary | None:
        """The message an act would be for."""
        return self._list.window.summary(self._list.target) if self._list.window else None

    def archive(self) -> None:
        """Archive the message; the cursor goes to the next."""
        if (summary := self.target) is not None:
            self._send_away(summary.id, Archive(self.row(summary)))

    def row(self, summary: Summary) -> tuple[MessageId, ...]:
        """What the row of a message stands for: what was drawn as one goes as one, and nothing else does."""
        return self._list.stands_for(summary.id)

    def delete(self, messages: tuple[MessageId, ...]) -> None:
        """Delete what a row stands for (into the trash, or out of it); the cursor goes to the next."""
        self._send_away(messages[0], Delete(messages))

    def move(self, message: MessageId, folder: FolderId) -> None:
        """Move one message; the cursor goes to the next."""
        self._send_away(message, Move((message,), folder))

    def copy(self, message: MessageId, folder: FolderId) -> None:
        """Copy a message; the cursor stays."""
        self._start(partial(self._do, Copy((message,), folder)))

    def star(self) -> None:
        """Give the message a star, or take it off."""
        if (summary := self.target) is not None:
            starred = Flag.FLAGGED in summary.flags
            self._flag(summary, Flag.NONE if starred else Flag.FLAGGED, Flag.FLAGGED if starred else Flag.NONE)

    def mark(self, *, read: bool) -> None:
        """Mark the message read, or unread."""
        if (summary := self.target) is not None and (Flag.SEEN in summary.flags) is not read:
            self._flag(summary, Flag.SEEN if read else Flag.NONE, Flag.NONE if read else Flag.SEEN)

    def opened(self, summary: Summary) -> None:
        """The message was read: mark it so, without a word."""
        shown = self._list.window.summary(summary.id) if self._list.window else None
        if Flag.SEEN not in (shown or summary).flags:
            self._start(partial(self._do, SetFlags(self.row(summary), Flag.SEEN), quiet=True))

    def undo(self) -> None:
        """Take back the last act."""
        self._start(self._undo)

    def _flag(self, summary: Summary, add: Flag, remove: Flag) -> None:
        self._start(partial(self._do, SetFlags(self.row(summary), add, remove)))

    def _send_away(self, message: MessageId, operation: Operation) -> None:
        self._list.leave(message)
        self._start(partial(self._do, operation))

    async def _do(self, operation: Operation, *, quiet: bool = False) -> None:
        # in turn: the order on the disk is the order of the keys
        async with self._turn:
            try:
                act = await self._store.do(operation)
            except NotFound:
                self._stay(operation)
                self._fail(SafeText("That message is gone: it was removed on the server."))
            except StoreError as error:
                self._stay(operation)
                self._fail(sentence(error))
            else:
                self._done(operation, act, quiet)

    def _done(self, operation: Operation, act: Act, quiet: bool) -> None:
        fixed = self._list.window is not None and self._list.window.stays
        if fixed or not act.messages:  # it stays in the list, or was there already
            self._stay(operation)
        if not quiet:
            if act.messages:
                self._done_here.append(act.id)
            hint = "" if act.lasting else " · z undo"
            self._say(SafeText(f"{line(act.title)}{hint}" if act.messages else "It is there already."))

    def _stay(self, operation: Operation) -> None:
        for message in operation.messages:
            self._list.stay(message)

    async def _undo(self) -> None:
        async with self._turn:
            try:
                act = await self._store.undo(self._done_here.pop() if self._done_here else None)
            except StoreError as error:
                self._fail(sentence(error))
            else:
                for message in act.messages:
                    self._list.stay(message)
                self._say(line(act.title))
