"""The form for a new account: asks, tests the connection, and writes only what works."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Input, RadioSet, Static

from protocols.errors import ProtocolError
from protocols.mime.safe import line
from store.errors import StoreError
from store.model import Protocol
from store.settings import Security
from store.validation import default_port
from tui.account_form import AFTER, CHOICE, AccountForm, guessed_host, guessed_name
from tui.host import Host
from tui.ports import SetupLike
from tui.reading import sentence
from tui.widgets.choice import Choice, ChoiceRow

_SECURITIES: tuple[tuple[Security, str], ...] = (
    ("tls", "TLS (usual)"),
    ("starttls", "STARTTLS"),
    ("none", "none"),
)
_TEXTS = ("address", "full_name", "password", "password_command", "host", "port", "user", "name")


class Setup(Screen[None]):
    """Shown at the first start, and by the command `add-account`."""

    CSS_PATH = "setup.tcss"
    AUTO_FOCUS = "#address"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, setup: SetupLike, taken: Sequence[str]) -> None:
        super().__init__()
        self._setup = setup
        self._taken = tuple(taken)
        self._suggested: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """The fields in the order in which people know the answers."""
        with VerticalScroll(id="form", can_focus=False):
            yield Static(Content("A new mail account"), id="setup-title")
            yield from self._choice("protocol", "Kind", [("imap", "IMAP"), ("pop3", "POP3")], chosen="imap")
            yield Static(Content(CHOICE), id="setup-choice")
            yield from self._field("address", "Mail address", "me@example.com")
            if self._setup.keyring:
                yield from self._field("password", "Password", "kept in the system's keyring", password=True)
            else:
                yield from self._field("password_command", "Password command", "pass show mail/me")
                yield Static(Content("This system has no keyring: name a command that prints the password."))
            yield from self._field("host", "Server", "")
            yield from self._choice("security", "Encryption", _SECURITIES, chosen="tls")
            yield from self._field("port", "Port", "993")
            yield from self._field("user", "User name", "the mail address")
            yield from self._field("full_name", "Your name", "shown to those you write to")
            yield from self._field("name", "Name of the account", "home")
            yield from self._choice("after_download", "Server's copy", list(AFTER.items()))
            yield Static("", id="setup-result")
            with Horizontal(id="setup-buttons"):
                yield Button(Content("Test and add"), variant="primary", id="setup-add")
                yield Button(Content("Not now"), id="setup-leave")

    def on_mount(self) -> None:
        """Only what fits the kind is asked."""
        self._suit_kind()

    def _field(self, id: str, label: str, hint: str, *, password: bool = False) -> ComposeResult:
        with Horizontal(classes="setup-row", id=f"row-{id}"):
            yield Static(Content(label), classes="setup-label")
            yield Input(placeholder=hint, password=password, id=id)
        yield Static("", classes="setup-problem", id=f"problem-{id}")

    def _choice(
        self, id: str, label: str, options: Sequence[tuple[str, str]], chosen: str | None = None
    ) -> ComposeResult:
        with Horizontal(classes="setup-row", id=f"row-{id}"):
            yield Static(Content(label), classes="setup-label")
            # what nobody has chosen is chosen by the space bar alone, never in passing
            with (ChoiceRow if chosen else RadioSet)(id=id):
                for value, text in options:
                    yield Choice(Content(text), value=value == chosen, name=value)
        yield Static("", classes="setup-problem", id=f"problem-{id}")

    # what was entered

    def _text(self, id: str) -> str:
        found = self.query(f"#{id}").results(Input)
        return next((field.value if id == "password" else field.value.strip() for field in found), "")

    def _picked(self, id: str) -> str:
        button = self.query_one(f"#{id}", RadioSet).pressed_button
        return (button.name or "") if button is not None else ""

    def _form(self) -> AccountForm:
        texts = {id: self._text(id) for id in _TEXTS}
        return AccountForm(
            protocol=Protocol(self._picked("protocol") or "imap"),
            security=cast(Security, self._picked("security") or "tls"),
            after_download=self._picked("after_download"),
            **texts,
        )

    @on(RadioSet.Changed)
    def _suit_kind(self) -> None:
        form = self._form()
        pop3 = form.protocol is Protocol.POP3
        self.query_one("#row-after_download").display = pop3
        self.query_one("#problem-after_download").display &= pop3
        self.query_one("#port", Input).placeholder = str(default_port(form.protocol.value, form.security))
        self._suggest("host", guessed_host(form.protocol, form.address) if form.address else "")

    @on(Input.Blurred, "#address")
    def _address_given(self) -> None:
        form = self._form()
        if "@" in form.address:
            self._suggest("host", guessed_host(form.protocol, form.address))
            self._suggest("name", guessed_name(form.address, self._taken))

    def _suggest(self, id: str, value: str) -> None:
        """Fill in a guess; what the person typed stays."""
        field = self.query_one(f"#{id}", Input)
        if value and field.value in ("", self._suggested.get(id)):
            field.value = self._suggested[id] = value

    # trying it

    @on(Button.Pressed, "#setup-leave")
    def action_leave(self) -> None:
        """Close without an account."""
        self.dismiss(None)

    @on(Input.Submitted)
    def _next_field(self) -> None:
        self.focus_next()

    @on(Button.Pressed, "#setup-add")
    def _add(self) -> None:
        form = self._form()
        problems = form.problems(self._taken, keyring=self._setup.keyring)
        self._show_problems(problems)
        if not problems:
            attempt: Callable[[], Awaitable[None]] = partial(self._try, form)
            self.run_worker(attempt, group="setup", exclusive=True)

    def _show_problems(self, problems: dict[str, str]) -> None:
        focused = False
        for place in self.query(".setup-problem").results(Static):
            field = (place.id or "").removeprefix("problem-")
            text = problems.get(field, "")
            place.update(Content(text))
            place.display = bool(text)
            if text and not focused:
                self.query_one(f"#{field}").focus()
                focused = True

    async def _try(self, form: AccountForm) -> None:
        button = self.query_one("#setup-add", Button)
        button.disabled = True
        account = form.settings()
        self._tell(f"Connecting to {line(account.host)} …", "plain")
        try:
            steps = await self._setup.check(account, form.password)
            await self._setup.add(account, form.values(), form.password or None)
        except (ProtocolError, StoreError, OSError) as error:
            self._tell(sentence(error), "error")
            button.disabled = False
            button.focus()
            return
        said = " ".join(line(step) for step in steps)
        cast(Host, self.app).account_added(account, said)
        self.dismiss(None)

    def _tell(self, text: str, look: str) -> None:
        result = self.query_one("#setup-result", Static)
        result.set_class(look == "error", "error")
        result.update(Content(text))
        result.scroll_visible(animate=False)
