"""A monkey at the keys, while mail comes and goes: nothing breaks, and nothing happens to mail not shown."""

import asyncio
import contextlib
import os
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from rich.segment import Segment
from textual import events
from textual.errors import NoWidget
from textual.pilot import Pilot

from store import mending, messages
from store.errors import StoreError
from store.mailstore import MailStore
from store.model import ActId, Flag, MessageId
from store.settings import Settings
from tests.tui.at_rest import AtRest
from tests.tui.conftest import NOW, arrival, deliver, fill, folder_of
from tests.tui.screen_text import until
from tui.app import BocauApp
from tui.commands import COMMANDS
from tui.screens.mail import MailScreen
from tui.screens.pick_folder import PickFolder
from tui.strokes import parse_stroke
from tui.widgets.message_list import MessageList

T = TypeVar("T")
Ids = frozenset[MessageId]

STEPS, RUNS = (60, 3) if os.environ.get("CI") else (100, 20)
"""Steps of one run, and runs: `MONKEY_RUNS=500` lets it go on."""
LEAVES = frozenset({"quit", "quit-or-back"})
"""Commands that end the program."""
ELSEWHERE = frozenset(
    {"add-account", "picture", "export-folder", "import-mail", "parts", "palette", "pipe", "links", "open-in-browser",
     "open-with-images", "unsubscribe"}
)  # fmt: skip
"""Commands that write files or start programs, or whose dialogs have journeys of their own."""
SIZES = ((80, 24), (120, 40), (60, 12), (170, 45))
FOLDERS = (("work", "INBOX"), ("work", "Archive"), ("home", "Inbox"))
SEQUENCES = (
    ("*", "a", "s"), ("*", "u", "e"), ("*", "r", "M"), ("*", "s", "s"), ("V", "j", "j", "d"), ("3", "e"),
    ("9", "9", "x"), ("5", "j", "d"), ("x", "j", "x", "z"), ("e", "z", "e", "."), ("d", "ctrl+r", "z", "z"),
    ("slash", *"garden", "enter"), ("backslash", *"a", "enter"), ("backslash", *"is", "colon", *"unread", "enter", "M"),
    ("escape", "escape"), ("l", *"later", "enter"), ("T", "o", "e"), ("enter", "e"), ("g", "a", "e"), ("g", "0", "s"),
)  # fmt: skip
"""Keys that are typed in one go, as people do who know them."""

_IDS = sorted(one.id for one in COMMANDS if one.keys and one.id not in LEAVES | ELSEWHERE)
_ON_ONE = frozenset({"archive", "delete", "junk", "star", "mark-read", "mark-unread", "toggle-read"})
"""Commands that act on what is picked, else on the rows from the cursor on, or on the message in the reader."""


class Monkey(RuleBasedStateMachine):
    """The app over a store that no server ever hears of: what is taken back has to be as the server last said.

    To undo everything is to press `z` until there is nothing left.  That goes past what was done by the way: a message
    that was opened is read, and stays so.  So each of those is then taken back by its name, as the history screen does.
    """

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = contextlib.AsyncExitStack()
        self.patch = pytest.MonkeyPatch()
        self.rest = AtRest(self.patch)
        self.glass: dict[int, Ids] = {}
        """What each row stood for when it was drawn last."""
        self.drawn: Ids = frozenset()
        """What the row under the cursor stood for when it was drawn last."""
        self.under: int = 0
        """The row under the cursor when it was drawn last."""
        self.aimed: Ids = frozenset()
        """What the person saw as the messages that a key is for, when the last command ran."""
        self.number = 1000
        self.pilot: Pilot[None]
        self.store: MailStore

    def run_to_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the loop of the app, which goes on between two calls."""
        return self.runner.run(work)

    @property
    def mail(self) -> MailScreen:
        assert isinstance(self.pilot.app, BocauApp)
        assert self.pilot.app.mail is not None
        return self.pilot.app.mail

    # the beginning and the end

    @initialize(size=strategies.sampled_from(SIZES))
    def begin(self, size: tuple[int, int]) -> None:
        self._watch_the_glass()
        self.run_to_end(self._begin(size))

    async def _begin(self, size: tuple[int, int]) -> None:
        directory = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.store = await self.stack.enter_async_context(await MailStore.open(Path(directory) / "data"))
        await fill(self.store)
        app = BocauApp(self.store, Settings())
        self.pilot = await self.stack.enter_async_context(app.run_test(size=size, notifications=True))
        await until(self.pilot, lambda: app.mail is not None and app.mail.messages.count)
        await self.rest.wait(self.pilot)

    def teardown(self) -> None:
        try:
            if hasattr(self, "pilot"):
                self.run_to_end(self._end())
        finally:
            self.patch.undo()
            self.runner.close()

    async def _end(self) -> None:
        async with self.stack:
            await self.rest.wait(self.pilot)
            await self._to_the_end(self.store.redo)
            end = await self.store.read(_shown)
            await self._to_the_end(self.store.undo)
            await self._take_back_what_was_read()
            wrong = await self.store.read(_different)
            assert not wrong, f"after taking everything back: {wrong}"
            await self._to_the_end(self.store.redo)
            again = await self.store.read(_shown)
            assert again == end, f"done again: {again - end}, and not: {end - again}"

    def _watch_the_glass(self) -> None:
        """Remember what was drawn: the only thing that a key may act on."""
        draw, run = MessageList.row_lines, MailScreen.command

        def drawn(this: MessageList, row: int, width: int, *, at_cursor: bool) -> list[list[Segment]]:
            lines = draw(this, row, width, at_cursor=at_cursor)
            summary = this.window.at(row) if this.window is not None else None
            self.glass[row] = frozenset(summary.ids) if summary is not None else frozenset()
            if at_cursor:
                self.under, self.drawn = row, self.glass[row]
            return lines

        def aimed(this: MailScreen, id: str) -> None:
            self.aimed = self._seen(this)
            run(this, id)

        self.patch.setattr(MessageList, "row_lines", drawn)
        self.patch.setattr(MailScreen, "command", aimed)
        self.patch.setattr(MessageList, "clock", staticmethod(lambda: float(NOW)))

    def _seen(self, mail: MailScreen) -> Ids:
        """What a person sees as that which the next act is for."""
        if mail.pane == "reader":
            reading = mail.view.reading
            return frozenset(reading.summary.ids) if reading is not None else frozenset()
        if picked := mail.messages.selection.messages:
            return frozenset(picked)
        return self.drawn.union(*(self._row(mail.messages, self.under + more) for more in range(1, mail.count)))

    def _row(self, rows: MessageList, row: int) -> Ids:
        """What a row that a number reaches was drawn as; of those below the screen nobody has seen any."""
        if row < rows.top_row + rows.rows_seen:
            return self.glass.get(row, frozenset())
        message = rows.window.id_at(row) if rows.window is not None else None
        return frozenset() if message is None else frozenset(rows.stands_for(message))

    # what happens

    @rule(id=strategies.sampled_from(_IDS), which=strategies.integers(0, 5), count=strategies.sampled_from("---235"))
    def press(self, id: str, which: int, count: str) -> None:
        """One command by one of its keys, wherever the focus is; at times with a number before it."""
        keymap = self.mail.bocau.keymap
        leaving = {key for one in LEAVES for key in keymap.keys(one)}
        if keys := [key for key in keymap.keys(id) if key not in leaving]:  # elsewhere they may end the program
            stroke = parse_stroke(keys[which % len(keys)])
            self.run_to_end(self._press(id, [*count.strip("-"), *map(_named, stroke)]))

    async def _press(self, id: str, keys: list[str]) -> None:
        before = await self.store.read(_last_act)
        self.aimed = frozenset()
        await self.pilot.press(*keys)
        await self.rest.wait(self.pilot)
        if id in _ON_ONE:
            touched = await self.store.read(lambda c: _touched_since(c, before))
            assert touched <= self.aimed, f"{id} acted on {set(touched)}, and {set(self.aimed)} was shown"
        await self._answer()

    async def _answer(self) -> None:
        """Dialogs are answered by Enter where that can be taken back, and by Escape elsewhere."""
        if isinstance(self.pilot.app.screen, PickFolder):
            await self.pilot.press("down", "enter")
            await self.rest.wait(self.pilot)
        for _ in range(5):
            if len(self.pilot.app.screen_stack) > 1 or self.mail.bar.is_open:
                await self.pilot.press("escape")
                await self.rest.wait(self.pilot)

    @rule(keys=strategies.lists(strategies.sampled_from("jkxeszdvIU.V5"), min_size=2, max_size=6))
    def hammer(self, keys: list[str]) -> None:
        """Many keys at once, before anything is drawn."""
        self.run_to_end(self._hammer(keys))

    @rule(keys=strategies.sampled_from(SEQUENCES))
    def type_quickly(self, keys: tuple[str, ...]) -> None:
        """Keys that belong together: a selection and an act, a count, a query, a label."""
        self.run_to_end(self._hammer(list(keys)))

    async def _hammer(self, keys: list[str]) -> None:
        await self.pilot.press(*keys)
        await self.rest.wait(self.pilot)
        await self._answer()

    @rule(x=strategies.integers(0, 100), y=strategies.integers(0, 100), times=strategies.integers(1, 2))
    def click(self, x: int, y: int, times: int) -> None:
        """Anywhere on the screen, also twice: changes no mail."""
        self.run_to_end(self._click(x, y, times))

    async def _click(self, x: int, y: int, times: int) -> None:
        before = await self.store.read(_last_act)
        width, height = self.pilot.app.size
        self.pilot.app.clear_notifications()
        await self.rest.wait(self.pilot)
        with contextlib.suppress(NoWidget):  # the first click has brought another screen, which is still being built
            await self.pilot.click(offset=(x * (width - 1) // 100, y * (height - 1) // 100), times=times)
        await self.rest.wait(self.pilot)
        assert not await self.store.read(lambda c: _touched_since(c, before))
        await self._answer()

    @rule(text=strategies.sampled_from(("dddd", "*ad", "e\ne\n", "/from:anna\n#")))
    def paste(self, text: str) -> None:
        """What is pasted changes no mail, also when it looks like keys."""
        self.run_to_end(self._paste(text))

    async def _paste(self, text: str) -> None:
        before = await self.store.read(_last_act)
        self.pilot.app.post_message(events.Paste(text))
        await self.rest.wait(self.pilot)
        assert not await self.store.read(lambda c: _touched_since(c, before))
        await self._answer()

    @rule(where=strategies.sampled_from(FOLDERS), count=strategies.integers(1, 4), answers=strategies.booleans())
    def mail_comes(self, where: tuple[str, str], count: int, answers: bool) -> None:
        self.run_to_end(self._mail_comes(where, count, answers))

    async def _mail_comes(self, where: tuple[str, str], count: int, answers: bool) -> None:
        folder = await folder_of(self.store, *where)
        news = []
        for _ in range(count):
            self.number += 1
            subject = "Re: Garden" if answers else f"m{self.number}"
            uid = self.number if where[0] == "work" else None
            news.append(arrival("Monkey", subject, "text", self.number % 90, uid=uid))
        await deliver(self.store, folder, *news)

    @rule(uid=strategies.integers(1, 6))
    def mail_goes(self, uid: int) -> None:
        """Another program removes a message on the server."""
        self.run_to_end(self._mail_goes(uid))

    async def _mail_goes(self, uid: int) -> None:
        inbox = await folder_of(self.store, "work", "INBOX")
        await self.store.write(lambda tx: messages.remove_uids(tx, inbox.id, [uid]))

    @rule(uid=strategies.integers(1, 6), flags=strategies.sampled_from((Flag.NONE, Flag.SEEN, Flag.FLAGGED)))
    def flags_change(self, uid: int, flags: Flag) -> None:
        """Another program reads or stars a message."""
        self.run_to_end(self._flags_change(uid, flags))

    async def _flags_change(self, uid: int, flags: Flag) -> None:
        inbox = await folder_of(self.store, "work", "INBOX")
        await self.store.write(lambda tx: messages.set_server_flags(tx, inbox.id, [(uid, flags, None)]))

    @rule(size=strategies.sampled_from(SIZES))
    def resize(self, size: tuple[int, int]) -> None:
        self.run_to_end(self._resize(size))

    async def _resize(self, size: tuple[int, int]) -> None:
        await self.pilot.resize_terminal(*size)
        await self.rest.wait(self.pilot)

    # what always holds

    @invariant()
    @precondition(lambda self: hasattr(self, "pilot"))
    def nothing_broke(self) -> None:
        assert self.pilot.app._exception is None
        assert self.pilot.app.is_running

    @invariant()
    @precondition(lambda self: hasattr(self, "pilot"))
    def journal_and_store_agree(self) -> None:
        found = self.run_to_end(self.store.read(mending.disagreements))
        assert not found, str(found)

    async def _to_the_end(self, step: Callable[[], Awaitable[object]]) -> None:
        """Take everything back, or do it all again."""
        with contextlib.suppress(StoreError):  # nothing is left
            while True:
                await step()

    async def _take_back_what_was_read(self) -> None:
        for act in await self.store.read(_by_the_way):
            with contextlib.suppress(StoreError):  # the message is gone, or something else decided since
                await self.store.undo(act)


def _named(key: str) -> str:
    """A key as Textual's pilot names it."""
    names = {"PgDn": "pagedown", "PgUp": "pageup", "Del": "delete", "Ins": "insert"}
    modifiers, plus, last = key.rpartition("+") if len(key) > 1 else ("", "", key)
    name = names.get(last, last.lower() if len(last) > 1 or plus else last)
    return f"{modifiers.lower()}{plus}{name}"


def _last_act(connection: Any) -> int:
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM acts").fetchone()[0])


def _touched_since(connection: Any, act: int) -> Ids:
    """What was done something to since an act, on purpose."""
    rows = connection.execute(
        "SELECT message_id FROM journal WHERE act_id IN (SELECT id FROM acts WHERE id > ? AND NOT aside)", (act,)
    )
    return frozenset(MessageId(row[0]) for row in rows)


def _by_the_way(connection: Any) -> list[ActId]:
    rows = connection.execute("SELECT id FROM acts WHERE aside AND NOT undone ORDER BY id DESC")
    return [ActId(row[0]) for row in rows]


def _shown(connection: Any) -> Counter[tuple[Any, ...]]:
    """Where the messages are, and how they are marked; whether they are read is decided by opening them, too."""
    rows = connection.execute("SELECT subject, folder_id, flags & ~1, labels FROM messages WHERE folder_id IS NOT NULL")
    return Counter(rows.fetchall())


def _different(connection: Any) -> list[tuple[Any, ...]]:
    """Messages that are not where, or not as, the server last said; nothing was ever sent.

    But for what went to the other account and was removed on its server then: that is to be put back there.  And flags
    that are set and taken off again may still wait to be sent: what was done there comes back with the message.
    """
    rows = connection.execute(
        "SELECT id, subject, folder_id, server_folder_id, flags, server_flags, labels, server_labels FROM messages"
        " WHERE (folder_id IS NOT server_folder_id OR flags <> server_flags OR labels <> server_labels"
        " OR id IN (SELECT message_id FROM journal WHERE state = 'queued' AND kind <> 'flags'))"
        " AND id NOT IN (SELECT message_id FROM journal WHERE kind IN ('append', 'transfer') AND state = 'queued')"
    )
    return list(rows)


TestMonkey = pytest.mark.timeout(600)(Monkey.TestCase)
TestMonkey.settings = settings(
    max_examples=int(os.environ.get("MONKEY_RUNS", RUNS)), stateful_step_count=STEPS, deadline=None
)
