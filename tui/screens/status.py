"""How every account is, in full and live; tries again, goes offline and online, signs in again, shows the log."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from protocols.errors import ProtocolError
from protocols.mime.safe import SafeText, line
from store import journal
from store.changes import ChangeSet
from store.database import Transaction
from store.errors import StoreError
from store.operations import State
from store.settings import AccountSettings
from tui import account_report
from tui.account_report import Held, Row
from tui.host import Host
from tui.reading import sentence
from tui.screens.dialog import Dialog

PAUSE = 0.25
"""Seconds between two drawings: over a slow line each of them costs."""
_LABEL = 11
"""Cells of the first column."""
_LOOKS = {"": "", "good": "$success", "warning": "$warning", "error": "$error"}


class Status(Dialog[None]):
    """Reads the store again when it changed, and draws again when anything became different: nothing ticks."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave"),
        Binding("down,j", "step(1)"),
        Binding("up,k", "step(-1)"),
        Binding("pagedown,space,ctrl+d", "scroll(1)"),
        Binding("pageup,ctrl+u", "scroll(-1)"),
        Binding("r,enter", "retry"),
        Binding("o", "line"),
        Binding("s", "sign_in"),
        Binding("l", "log"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._held: Mapping[str, Held] = {}
        self._at = 0
        """The account under the cursor."""
        self._top = 0
        """The line on which it begins."""
        self._stale = True
        self._news = asyncio.Event()
        self._drawn = Content("")
        self.clock: Callable[[], float] = time.time

    def compose(self) -> ComposeResult:
        """The accounts one below the other, and the keys."""
        with Vertical(classes="dialog"):
            yield Static("Status", classes="dialog-title")
            with VerticalScroll(can_focus=False):
                yield Static("", id="accounts")
            yield Static("", id="said")
            keys = "r try now   o offline or online   s sign in again   l log   Esc close"
            yield Static(Content(keys), classes="dialog-keys")

    @property
    def _host(self) -> Host:
        return cast(Host, self.app)

    @property
    def _accounts(self) -> tuple[AccountSettings, ...]:
        return self._host.settings.accounts

    @property
    def account(self) -> AccountSettings | None:
        """The account under the cursor."""
        return self._accounts[self._at] if self._at < len(self._accounts) else None

    def on_mount(self) -> None:
        """Show what there is, and follow the store."""
        self._host.changed.subscribe(self, self._changed)
        self._news.set()
        self.run_worker(self._follow(), group="status")

    def _changed(self, changes: ChangeSet) -> None:
        self._stale = self._stale or changes.durable
        self._news.set()

    async def _follow(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            if self._stale:
                self._stale = False
                try:
                    self._held = await self._host.store.study(account_report.read)
                except StoreError as error:
                    self.say(sentence(error))
            self._draw()
            await asyncio.sleep(PAUSE)

    def _draw(self) -> None:
        board = self._host.store.status
        told = account_report.reports(self._accounts, board.accounts, self._held, self.clock())
        pieces: list[Content] = [self._section(number, *one) for number, one in enumerate(told)]
        if not pieces:
            pieces.append(Content("There is no account yet: Ctrl+P, then “Add an account”.\n"))
        if board.store.error or board.store.work:
            pieces.append(self._store())
        self._top = sum(one.plain.count("\n") + 1 for one in pieces[: self._at])
        drawn = Content("\n").join(pieces)
        if drawn != self._drawn:
            self._drawn = drawn
            self.query_one("#accounts", Static).update(drawn)
            self.call_after_refresh(self._show_cursor)

    def _show_cursor(self) -> None:
        scroll = self.query_one(VerticalScroll)
        top, height = scroll.scroll_offset.y, scroll.size.height
        if not top <= self._top <= top + height - 4:
            scroll.scroll_to(y=self._top, animate=False)

    def _section(self, number: int, name: str, rows: Sequence[Row]) -> Content:
        here = number == self._at
        head = (f"{'>' if here else ' '} {line(name, 60)}\n", "bold $cursor-text on $cursor" if here else "bold")
        return Content.assemble(head, *(piece for row in rows for piece in self._row(row)))

    def _row(self, row: Row) -> list[tuple[str, str]]:
        label, text, look = row
        width = max(20, self.query_one("#accounts", Static).size.width - _LABEL - 3)
        folded = _folded(text, width)
        told = [(f"  {label:<{_LABEL}}", "$faint"), (f"{folded[0]}\n", _LOOKS[look])]
        return [*told, *((f"{' ' * (_LABEL + 2)}{more}\n", _LOOKS[look]) for more in folded[1:])]

    def _store(self) -> Content:
        store = self._host.store.status.store
        far = f" {store.done:,} of {store.total:,}" if store.total else ""
        words = line(" ".join(one for one in (store.error, store.hint, store.work + far) if one), 400)
        return Content.assemble(("\n  Store\n", "bold"), *self._row(("", words, "error" if store.error else "")))

    def on_resize(self) -> None:
        """Fold the lines anew, and leave the keys in sight."""
        self.query_one(VerticalScroll).styles.max_height = max(3, self.size.height - 13)
        self._news.set()

    def say(self, text: SafeText) -> None:
        """Tell what a key did."""
        self.query_one("#said", Static).update(Content(text))

    # keys

    def action_step(self, rows: int) -> None:
        """Another account."""
        self._at = max(0, min(self._at + rows, len(self._accounts) - 1))
        self.say(SafeText(""))
        self._news.set()

    def action_scroll(self, pages: int) -> None:
        """More of it."""
        scroll = self.query_one(VerticalScroll)
        scroll.scroll_relative(y=pages * max(1, scroll.size.height - 1), animate=False)

    def action_retry(self) -> None:
        """Try now: connect, fetch, and send what was refused once more."""
        account = self.account
        if account is None:
            return

        async def again() -> None:
            paused = self._host.store.status[account.name].paused
            await self._host.store.write(lambda tx: _wait_again(tx, account.name), durable=True)
            if self._host.engine is not None:
                if paused:
                    await self._host.engine.pause(account.name, False)
                self._host.engine.refresh(account.name)

        self._do(again, line(f"{account.name}: trying now."))

    def action_line(self) -> None:
        """Offline until told otherwise, or online again."""
        account, engine = self.account, self._host.engine
        if account is None:
            return
        if engine is None:
            self.say(SafeText("Nothing here fetches mail now."))
            return
        offline = not self._host.store.status[account.name].paused
        words = "stays offline; what you do to its mail waits." if offline else "goes online again."
        self._do(lambda: engine.pause(account.name, offline), line(f"{account.name} {words}"))

    def action_sign_in(self) -> None:
        """Ask for the password anew: its command, or the person."""
        account, setup = self.account, self._host.setup
        if account is None:
            return
        if account.password_command is not None and setup is not None and self._host.terminal is not None:
            from tui.terminal_loan import lent

            ask = partial(setup.ask_at_terminal, account)
            self._do(partial(lent, self.app, ask), line(f"{account.name}: signing in."))
            return
        if account.password_command is not None or setup is None or not setup.keyring:
            self.action_retry()
            asked = account.password_command is not None
            words = "its password command is asked again." if asked else "the system keeps no passwords here."
            self.say(line(f"{account.name}: {words}"))
            return
        from tui.screens.ask_password import AskPassword

        def typed(password: str | None) -> None:
            if password:
                self._do(lambda: setup.renew_password(account, password), line(f"{account.name}: signing in."))

        self._host.ask(AskPassword(line(f"Password of {account.user} at {account.host}", 200)), typed)

    def action_log(self) -> None:
        """The last lines of the log."""
        from tui.screens.log_lines import LogLines

        self._host.ask(LogLines(self._host.store.data / "bocau.log"))

    def action_leave(self) -> None:
        """Back to the mail."""
        self.dismiss(None)

    def _do(self, work: Callable[[], Awaitable[None]], words: SafeText) -> None:
        async def run() -> None:
            try:
                await work()
            except (ProtocolError, StoreError, OSError) as error:
                self.say(sentence(error))

        self.say(words)
        self.run_worker(run(), group="acts")


def _wait_again(tx: Transaction, account: str) -> None:
    """Let everything that a server of this account refused wait again."""
    from store import accounts

    owner = accounts.by_name(tx.connection, account)
    for entry in journal.unfinished(tx.connection):
        if entry.account == owner.id and entry.state is State.REFUSED:
            journal.retry(tx, entry.id)


def _folded(text: str, width: int) -> list[str]:
    from tui.wrap import folded

    return folded(SafeText(text), width) or [""]
