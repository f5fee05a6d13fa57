"""What a server says is shown as its words, and nothing of it is obeyed: by the commands and by the screen."""

import re
from pathlib import Path

import pytest

from tests.journeys.home import Home
from tests.servers.fake_imap import FakeImap, serving
from tests.servers.pop3 import Faults, PopServer
from tests.tui.hostile_mail import UNSAFE
from tests.tui.screen_text import segments

SAID = "\x1b]0;pwned\x07\x1b[31;1;4mgo\x1b[0m [@click=app.quit]away[/] \x9b2J\u202e now"


def shown(words: str) -> bool:
    """Whether the words are there, and only as words."""
    return "away[/]" in words and not UNSAFE.search(words.replace("\n", ""))


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
async def test_words_of_a_refusal_are_only_words(tmp_path: Path, protocol: str):
    """T22, M07: NO and -ERR at the sign-in, on standard error and in the status line."""
    home, fake = Home(tmp_path), FakeImap()
    fake.on("LOGIN", f"* OK [ALERT] {SAID}", f"$ NO [AUTHENTICATIONFAILED] {SAID}")
    faults = Faults(sign_in=b"-ERR [AUTH] " + SAID.encode())
    async with serving(fake), PopServer(faults=faults) as pop:
        if protocol == "imap":
            home.account("a", "imap", fake.port, "anna")
        else:
            home.account("a", "pop3", pop.port, "anna", after_download="keep", password_command="echo right")
        done = await home.run("sync")
        assert done.code == 5 and shown(done.said), done.said
        async with home.reading() as person:
            await person.until(lambda: "sign in again" in person.screen)
            await person.press("g", "!")
            await person.until(lambda: re.search(r"away\[/\]", person.screen))
            assert not [text for text in segments(person.app) if UNSAFE.search(text)]
