"""What was done, newest first: what waits, what was refused and why; each act can be undone, or done again."""

import asyncio
import sqlite3
import time
from typing import ClassVar, Literal, cast

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from protocols.mime.safe import SafeText, line
from store import history, journal
from store.changes import ChangeSet
from store.database import Transaction
from store.errors import StoreError
from store.history import PastAct, Standing
from store.model import ActId
from store.operations import State
from tui import format, marks
from tui.acting import Acting
from tui.host import Host
from tui.reading import sentence
from tui.screens.dialog import Dialog
from tui.widgets.virtual_list import VirtualList, merged

SHOWN = 500
"""Acts that are looked at."""
_KEYS = "z undo it   Ctrl+R do it again   t try again   x give up   Esc close"
_STATE = 22
"""Cells of the last column."""
_WORDS = {Standing.DONE: "", Standing.UNDONE: "undone"}


def standing(act: PastAct) -> str:
    """What became of an act, in a few words; nothing when all is well."""
    if act.standing is Standing.WAITING:
        return f"waits ({act.waiting:,})"
    if act.standing is Standing.REFUSED:
        return f"refused ({act.refused:,})"
    return "taken back since" if act.undoes and act.standing is Standing.UNDONE else _WORDS[act.standing]


class ActList(VirtualList):
    """One act a row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "acts--title", "acts--faint", "acts--undone", "acts--refused", "acts--cursor",
    }  # fmt: skip
    DEFAULT_CSS = """
    ActList {
        & > .acts--title { color: $foreground; background: $surface; }
        & > .acts--faint { color: $faint; background: $surface; }
        & > .acts--undone { color: $faint; background: $surface; text-style: strike; }
        & > .acts--refused { color: $error; background: $surface; }
        & > .acts--cursor { background: $cursor; color: $cursor-text; }
        &:ansi > .acts--cursor { text-style: reverse; background: ansi_default; color: ansi_default; }
    }
    """

    can_focus = False
    clock = staticmethod(time.time)

    def __init__(self) -> None:
        super().__init__()
        self.acts: list[PastAct] = []

    @property
    def act(self) -> PastAct | None:
        """The act under the cursor."""
        return self.acts[self.cursor] if self.cursor < len(self.acts) else None

    def show(self, acts: list[PastAct]) -> None:
        """Show the acts of now; the cursor stays on its own, or at the top when it was there."""
        before, at_top = self.act, self.cursor == 0
        self.acts = acts
        row = next((row for row, act in enumerate(acts) if before is not None and act.act == before.act), 0)
        self.set_count(len(acts))
        self.move_to(0 if at_top else row)
        self.refresh()

    def row_segments(self, row: int, width: int, *, at_cursor: bool) -> list[Segment]:
        """When, what, and what became of it."""
        act = self.acts[row]
        when = f" {format.short_date(act.created, self.clock()):>10}  "
        state = format.fit(standing(act), _STATE)
        title = format.fit(line(act.title, 200), max(1, width - len(when) - _STATE - 1)) + " "
        if at_cursor:
            return [Segment(when + title + state, self.style_of("acts--cursor"))]
        look = "undone" if act.standing is Standing.UNDONE else "faint" if act.undoes or act.aside else "title"
        last = "refused" if act.standing is Standing.REFUSED else "faint"
        text = title.rstrip()
        parts = [(when, "faint"), (text, look), (" " * (len(title) - len(text)), "title"), (state, last)]
        return merged([(part, self.style_of(f"acts--{name}")) for part, name in parts])


class History(Dialog[None]):
    """Acts go through `acting`, in turn with those of the mail screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave"),
        Binding("z,u", "back"),
        Binding("ctrl+r,r", "again"),
        Binding("enter", "turn"),
        Binding("t", "settle('retry')"),
        Binding("x", "settle('drop')"),
        Binding("down,j", "step(1)"),
        Binding("up,k", "step(-1)"),
        Binding("pagedown,space", "step(10)"),
        Binding("pageup", "step(-10)"),
        Binding("home,g", "step(-10000)"),
        Binding("end,G", "step(10000)"),
    ]

    def __init__(self, acting: Acting) -> None:
        super().__init__()
        self._acting = acting
        self._list = ActList()
        self._reasons: dict[ActId, str] = {}
        self._news = asyncio.Event()

    def compose(self) -> ComposeResult:
        """The acts, a sentence on the one under the cursor, and the keys."""
        with Vertical(classes="dialog"):
            yield Static("What was done", classes="dialog-title")
            yield self._list
            yield Static("", id="about")
            yield Static(Content(_KEYS), id="keys", classes="dialog-keys")

    @property
    def _host(self) -> Host:
        return cast(Host, self.app)

    def on_mount(self) -> None:
        """Show what there is, and follow the store."""
        self._news.set()
        self._host.changed.subscribe(self, self._changed)
        self.run_worker(self._follow(), group="history")

    def _changed(self, changes: ChangeSet) -> None:
        if changes.durable:
            self._news.set()

    async def _follow(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                acts, self._reasons = await self._host.store.read(_read)
            except StoreError as error:
                self._say(sentence(error))
                return
            self._list.styles.height = max(1, min(len(acts), 16))
            self._list.show(acts)
            self._tell()

    def on_virtual_list_moved(self) -> None:
        """Another act is under the cursor."""
        self._tell()

    def _tell(self) -> None:
        act = self._list.act
        self.query_one("#keys", Static).update(Content(_KEYS if act is not None else "Esc close"))
        if act is None:
            self._say(SafeText("Nothing was done yet."))
            return
        said = [format.long_date(act.created), format.count(act.messages, "message")]
        if act.aside:
            said.append("done by the way")
        if act.standing is Standing.WAITING:
            said.append("waits for the server")
        if reason := self._reasons.get(act.act):
            said.append(line(f"refused: {reason}", 300))
        self._say(SafeText(f" {marks.now().dot} ".join(said)))

    def _say(self, text: SafeText) -> None:
        self.query_one("#about", Static).update(Content(text))

    def action_back(self) -> None:
        """Take the act back."""
        if (act := self._list.act) is not None:
            self._acting.undo(act.act)

    def action_again(self) -> None:
        """Do the act again that was taken back."""
        if (act := self._list.act) is not None:
            self._acting.redo(act.act)

    def action_turn(self) -> None:
        """Undo it, or do it again: whichever it can be."""
        act = self._list.act
        if act is not None and act.can_redo:
            self.action_again()
        elif act is not None and act.can_undo:
            self.action_back()

    def action_settle(self, how: Literal["retry", "drop"]) -> None:
        """Let what a server refused wait again, or give it up."""
        if (act := self._list.act) is not None:
            self.run_worker(self._settle(act, how), group="settle")

    async def _settle(self, act: PastAct, how: Literal["retry", "drop"]) -> None:
        if not act.refused:
            self.notify("No server refused that.", markup=False)
            return
        try:
            await self._host.store.write(lambda tx: _settle(tx, act.act, how), durable=True)
        except StoreError as error:
            self.notify(sentence(error), severity="error", markup=False)

    def action_step(self, rows: int) -> None:
        """Move the cursor."""
        self._list.move_by(rows)

    def action_leave(self) -> None:
        """Back to the mail."""
        self.dismiss(None)


def _read(connection: sqlite3.Connection) -> tuple[list[PastAct], dict[ActId, str]]:
    acts = history.steps(connection, limit=SHOWN)
    # that an act was undone stands with it, and what was read by the way is no news, unless a server does not agree
    told = [act for act in acts if act.waiting or act.refused or not (act.undoes or act.aside)]
    return told, {refusal.act: refusal.reason for refusal in history.refusals(connection)}


def _settle(tx: Transaction, act: ActId, how: Literal["retry", "drop"]) -> None:
    change = journal.retry if how == "retry" else journal.drop
    for entry in journal.unfinished(tx.connection):
        if entry.act == act and entry.state is State.REFUSED:
            change(tx, entry.id)
