"""Links are followed on a key, never by themselves; those that lie show first where they lead."""

from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from protocols.errors import Refused
from protocols.unsubscribing import post
from store.mailstore import MailStore
from store.settings import General, Settings
from tests.tui.attached_mail import Programs, Written, letter, no_display, programs, put, terminal
from tests.tui.conftest import Run
from tests.tui.screen_text import screen_text, segments, until
from tests.tui.test_opening import says
from tui.screens.mail import MailScreen

__all__ = ["no_display", "programs", "terminal"]

HTML = """<p><a href="https://news.example/one?a=1&b='$(reboot)`">First</a>
<a href="https://evil.example/login">https://bank.example/</a>
<a href="https://bank.example@evil.example/x">Your bank</a>
<a href="https://xn--pple-43d.example/">apple.example</a>
<a href="javascript:alert(1)">js</a> <a href="data:text/html,x">data</a> <a href="file:///etc/passwd">file</a>
<a href="vbscript:x">vb</a> <a href="smb://x/y">smb</a> <a href="\\\\x\\y">unc</a> <a href="ms-word:x">ms</a>
<a href="tel:+1">tel</a> <a href="mailto:anna@example.org?attach=/etc/passwd&subject=x">write</a></p>"""


async def open_message(pilot: Pilot[None]) -> None:
    mail = pilot.app.screen
    assert isinstance(mail, MailScreen)
    await pilot.press("enter")
    await until(pilot, lambda: mail.view.reading is not None and mail.view.reading.document is not None)


async def links_of(pilot: Pilot[None], *keys: str) -> None:
    """Open the message, then the list of its links."""
    await open_message(pilot)
    await pilot.press("g", "x")
    await until(pilot, lambda: "a number goes there" in screen_text(pilot.app))
    await pilot.press(*keys)


def given_url(programs: Programs) -> str:
    return programs.started[1]


def given_page(programs: Programs) -> bytes:
    return Path(given_url(programs).removeprefix("file://")).read_bytes()


@pytest.fixture
async def mail(store: MailStore) -> None:
    await put(store, letter(text="\n", html=HTML))


async def test_links_are_listed_with_their_true_hosts(mail: None, run: Run, store: MailStore):
    """H06, H07: what must not be opened is no link; what lies is marked with the reason."""
    async with run((120, 40)) as pilot:
        await links_of(pilot)
        shown = screen_text(pilot.app)
        assert "5 links" in shown
        for scheme in ("javascript:", "data:", "file:", "vbscript:", "smb:", "ms-word:", "tel:", "attach"):
            assert scheme not in shown
        assert "2 ! evil.example" in shown and "3 ! evil.example" in shown and "4 ! xn--pple-43d.example" in shown
        await pilot.press("2")
        await until(pilot, lambda: says(pilot, "A link reads “https://bank.example/” but leads to evil.example."))
        await pilot.press("3")
        await until(pilot, lambda: says(pilot, "A link begins with bank.example@, but leads to evil.example."))
        await pilot.press("4")
        await until(pilot, lambda: says(pilot, "mixes"))


async def test_a_link_is_opened_as_one_argument(mail: None, run: Run, store: MailStore, programs: Programs):
    """H08: quotes, backquotes and $(…) are no business of any shell."""
    async with run((120, 40)) as pilot:
        await links_of(pilot, "1", "enter")
        await until(pilot, lambda: programs.started)
        assert len(programs.started) == 2
        assert given_url(programs).startswith("https://news.example/one?a=1&b=%27$(reboot)%60")


async def test_a_suspicious_link_asks_and_shows_its_whole_target(
    mail: None, run: Run, store: MailStore, programs: Programs
):
    """H07"""
    async with run((120, 40)) as pilot:
        await links_of(pilot, "2", "enter")
        await until(pilot, lambda: says(pilot, "Open evil.example?", "https://evil.example/login"))
        await pilot.press("enter")  # only y is a yes
        await until(pilot, lambda: "Open evil.example?" not in screen_text(pilot.app))
        await pilot.press("2", "g", "x")
        await until(pilot, lambda: says(pilot, "Open evil.example?"))
        assert not programs.started
        await pilot.press("y")
        await until(pilot, lambda: programs.started)
        assert given_url(programs) == "https://evil.example/login"


async def test_a_count_opens_the_link_of_that_number(mail: None, run: Run, store: MailStore, programs: Programs):
    async with run((120, 40)) as pilot:
        await pilot.press("1", "g", "x")
        await until(pilot, lambda: programs.started)
        assert given_url(programs).startswith("https://news.example/")
        await pilot.press("9", "g", "x")
        await until(pilot, lambda: says(pilot, "There is no link 9 in this message."))


async def test_an_address_to_write_to_is_copied(
    mail: None, run: Run, store: MailStore, programs: Programs, terminal: Written
):
    """A11, L06: nothing of a mailto attaches anything."""
    async with run((120, 40)) as pilot:
        await links_of(pilot, "5", "enter")
        await until(pilot, lambda: says(pilot, "Write to anna@example.org?"))
        await pilot.press("y")
        await until(pilot, lambda: says(pilot, "Sent to the terminal's clipboard", "anna@example.org"))
        assert not programs.started


async def test_without_a_display_links_are_copied(
    mail: None, run: Run, store: MailStore, no_display: Programs, terminal: Written
):
    async with run((120, 40)) as pilot:
        await links_of(pilot, "1", "enter")
        await until(pilot, lambda: says(pilot, "No browser can be shown here. Sent to the terminal's clipboard"))
        assert terminal.said and not no_display.started


async def test_y_copies_a_link(mail: None, run: Run, store: MailStore, programs: Programs, terminal: Written):
    async with run((120, 40)) as pilot:
        await links_of(pilot, "2", "y")
        await until(pilot, lambda: says(pilot, "Sent to the terminal's clipboard", "https://evil.example/login"))
        assert not programs.started


async def test_thousands_of_links_are_listed_as_far_as_documents_number_them(
    run: Run, store: MailStore, programs: Programs
):
    """H08"""
    many = "".join(f"<a href='https://x.example/{number}'>{number}</a> " for number in range(2050))
    await put(store, letter(text="\n", html=f"<p>First {many} <a href='https://x.example/{'y' * 5000}'>long</a></p>"))
    async with run((120, 40)) as pilot:
        await links_of(pilot)
        assert "2,000 links" in screen_text(pilot.app)
        await pilot.press(*"1999", "enter")
        await until(pilot, lambda: programs.started)
        assert given_url(programs) == "https://x.example/1998"


async def test_a_message_without_links_says_so(run: Run, store: MailStore):
    await put(store, letter(text="None.\n"))
    async with run((100, 30)) as pilot:
        await pilot.press("g", "x")
        await until(pilot, lambda: says(pilot, "There are no links in this message."))


async def test_a_page_for_the_browser_loads_nothing(run: Run, store: MailStore, programs: Programs):
    """A06: the sanitised page, in a private file; with pictures only after a question."""
    html = "<p>Hello</p><script>bad()</script><img src='https://track.example/x.png'>"
    await put(store, letter(text="\n", html=html))
    async with run((100, 30)) as pilot:
        await pilot.press("g", "b")
        await until(pilot, lambda: programs.started)
        assert given_url(programs).startswith("file:///") and given_url(programs).endswith("/message.html")
        page = given_page(programs)
        assert b"Hello" in page and b"track.example" not in page and b"bad()" not in page
        programs.log.unlink()
        await pilot.press("g", "B")
        await until(pilot, lambda: says(pilot, "Load the pictures of this message from the network?"))
        assert not programs.started
        await pilot.press("y")
        await until(pilot, lambda: programs.started)
        page = given_page(programs)
        assert b"track.example" in page and b"bad()" not in page


async def test_a_message_without_html_has_no_page(run: Run, store: MailStore, programs: Programs):
    await put(store, letter(text="Plain.\n"))
    async with run((100, 30)) as pilot:
        await pilot.press("g", "b")
        await until(pilot, lambda: says(pilot, "This message has no HTML"))
        assert not programs.started


LIST = {
    "List_Unsubscribe": "<https://lists.example/u/1>, <mailto:leave@lists.example?subject=x>",
    "List_Unsubscribe_Post": "List-Unsubscribe=One-Click",
}


async def ways_out(pilot: Pilot[None]) -> None:
    await pilot.press("D")
    await until(pilot, lambda: says(pilot, "Unsubscribe from anna@example.org?"))


async def test_leaving_a_list_asks_and_tells_how(
    run: Run, store: MailStore, programs: Programs, terminal: Written, monkeypatch: pytest.MonkeyPatch
):
    """L01: never by itself; each way is named with the host that it leads to."""
    asked: list[str] = []

    async def answer(target: str) -> None:
        asked.append(target)
        if len(asked) == 1:
            raise Refused("lists.example did not do it (500).", "Open the page instead, or try again later.")

    monkeypatch.setattr(post, "post", answer)
    await put(store, letter(**LIST))
    async with run((100, 30)) as pilot:
        await ways_out(pilot)
        assert says(pilot, "At once: bocau sends lists.example one request", "By a message to leave@lists.example")
        assert says(pilot, "On a page of lists.example", "https://lists.example/u/1")
        await pilot.press("escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        assert not asked
        await ways_out(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: says(pilot, "lists.example did not do it (500). Open the page instead"))
        await ways_out(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: says(pilot, "lists.example has taken you off the list, it says."))
        assert asked == ["https://lists.example/u/1"] * 2
        await ways_out(pilot)
        await pilot.press("j", "enter")
        await until(pilot, lambda: says(pilot, "Nothing can be written here yet. Sent to the terminal's clipboard"))
        assert not programs.started
        await ways_out(pilot)
        await pilot.press("j", "j", "enter")
        await until(pilot, lambda: programs.started)
        assert given_url(programs) == "https://lists.example/u/1"
        assert len(asked) == 2


@pytest.mark.parametrize("value", ["<file:///etc/passwd>", "<javascript:x>", "none", "<gopher://x>"])
async def test_ways_that_are_not_safe_are_none(run: Run, store: MailStore, value: str):
    """L01"""
    await put(store, letter(List_Unsubscribe=value))
    async with run((100, 30)) as pilot:
        await pilot.press("D")
        await until(pilot, lambda: says(pilot, "This message names no way to unsubscribe."))
        assert not any("\x1b" in text for text in segments(pilot.app))


async def test_a_request_into_a_private_network_is_refused(run: Run, store: MailStore):
    """L01: by the address itself, without a question to anybody."""
    await put(
        store, letter(List_Unsubscribe="<https://127.0.0.1/u>", List_Unsubscribe_Post=LIST["List_Unsubscribe_Post"])
    )
    async with run((100, 30)) as pilot:
        await ways_out(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: says(pilot, "127.0.0.1 is in a private network, where no mailing list is."))


async def test_links_open_with_the_program_of_the_configuration(
    mail: None, run: Run, store: MailStore, no_display: Programs
):
    no_display.add("mine")
    async with run((120, 40), settings=Settings(General(open_with={"links": ("mine", "-n")}))) as pilot:
        await links_of(pilot, "1", "enter")
        await until(pilot, lambda: no_display.started)
        assert no_display.started[1] == "-n"


async def click_on(pilot: Pilot[None], text: str) -> None:
    """Click on a text in the message."""
    rows = screen_text(pilot.app).splitlines()
    row = max(number for number, one in enumerate(rows) if text in one)  # the list may show it too
    await pilot.click(offset=(cell_len(rows[row][: rows[row].rindex(text)]) + 1, row))


async def test_a_click_on_a_link_opens_it_and_asks_when_it_lies(
    mail: None, run: Run, store: MailStore, programs: Programs
):
    """H07: never by a click alone."""
    async with run((120, 40)) as pilot:
        await open_message(pilot)
        await click_on(pilot, "Your bank")
        await until(pilot, lambda: says(pilot, "Open evil.example?"))
        assert not programs.started
        await pilot.press("escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        await click_on(pilot, "First")
        await until(pilot, lambda: programs.started)
        assert given_url(programs).startswith("https://news.example/one")
