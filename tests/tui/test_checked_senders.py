"""What the receiving server found out about a sender stands among the headers, when it is believed."""

from dataclasses import replace
from pathlib import Path

import pytest

from store.config import load
from store.mailstore import MailStore
from store.messages import Arrival
from store.settings import Settings
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.screen_text import screen_text, until

CONFIG = """\
[accounts.work]
protocol = "imap"
address = "me@example.com"
host = "imap.example.com"
authserv = ["mx.example.com"]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    return load(file)


async def put(store: MailStore, field: str) -> None:
    made = arrival("Bank", "Your account", "Hello.", 1, uid=900)
    raw = f"Authentication-Results: {field}\r\nFrom: bank@example.org\r\nSubject: x\r\n\r\nHello.\r\n".encode()
    inbox = await folder_of(store, "work", "INBOX")
    await deliver(store, inbox, Arrival(made.digest, made.received, len(raw), uid=900, raw=raw))


async def test_what_the_named_server_says_is_shown(run: Run, store: MailStore, settings: Settings):
    await put(store, "mx.example.com; spf=pass smtp.mailfrom=bank.example; dmarc=pass header.from=bank.example")
    async with run(settings=settings) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Checked  DMARC pass (bank.example), SPF pass" in screen_text(pilot.app))


async def test_a_sender_that_is_refuted_is_warned_of(run: Run, store: MailStore, settings: Settings):
    await put(store, "mx.example.com; dmarc=fail header.from=bank.example")
    async with run((110, 24), settings=settings) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Checked  DMARC fail (bank.example)" in screen_text(pilot.app))
        assert "! The server that received this says that it does not come" in screen_text(pilot.app)


@pytest.mark.parametrize("named", [("mx.example.net",), ()])
async def test_what_anybody_else_wrote_there_is_not_believed(
    run: Run, store: MailStore, settings: Settings, named: tuple[str, ...]
):
    await put(store, "mx.example.com; dmarc=pass header.from=bank.example")
    (account,) = settings.accounts
    async with run(settings=replace(settings, accounts=(replace(account, authserv=named),))) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Hello." in screen_text(pilot.app))
        assert "Checked" not in screen_text(pilot.app)
