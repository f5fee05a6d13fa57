"""The search line: a query in, a list of messages out; what is wrong with it is shown under it."""

import sqlite3
from datetime import date
from typing import ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from store.errors import StoreError
from store.model import MessageId
from store.search import query, sql
from store.search.errors import QueryError
from store.search.tree import Node
from tui.host import Host
from tui.place import Place, of_search
from tui.reading import sentence
from tui.screens.dialog import Dialog
from tui.window import MessageWindow

LIMIT = 5000
"""Messages of one result; the newest."""


class Search(Dialog[tuple[Place, MessageWindow] | None]):
    """Answers with a place and its messages, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", priority=True)]

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """One line, and a place for what is wrong with it."""
        with Vertical(classes="search-bar"):
            yield Static("", classes="dialog-error")
            yield Input(self._text, placeholder="words, from:anna, subject:rent, is:unread, after:2024-01", id="query")

    def on_mount(self) -> None:
        """Ready to type."""
        self._explain(Content(""))
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self) -> None:
        self._explain(Content(""))

    @on(Input.Submitted)
    async def _submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if not text:
            self.dismiss(None)
            return
        store = cast(Host, self.app).store
        try:
            tree = query.parse(text, date.today())
            ids = await store.read(lambda c: _find(c, tree))
        except QueryError as error:
            column = max(1, error.column)
            self._explain(Content(f"{' ' * (column - 1)}▾ {sentence(error)}"))
        except StoreError as error:
            self._explain(Content(sentence(error)))
        else:
            window = MessageWindow(store, ids=ids)
            await window.open()
            self.dismiss((of_search(text), window))

    def _explain(self, text: Content) -> None:
        error = self.query_one(".dialog-error", Static)
        error.update(text)
        error.display = bool(text.plain)

    def action_leave(self) -> None:
        """Search nothing."""
        self.dismiss(None)


def _find(connection: sqlite3.Connection, tree: Node) -> list[MessageId]:
    return [MessageId(found) for found in sql.find(connection, tree, LIMIT)]
