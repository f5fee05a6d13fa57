"""The password comes from the command or the keyring, and never shows in an error."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.backends.null import Keyring as NullKeyring

from store import credentials
from store.credentials import delete_password, password, store_password
from store.errors import CredentialsError
from store.settings import AccountSettings
from store.toml_text import parse
from store.validation import read_settings

ACCOUNT = b'[accounts.work]\nprotocol = "imap"\naddress = "me@example.com"\nhost = "imap.example.com"\n'


def account(command: str | None) -> AccountSettings:
    settings = read_settings(parse(Path("/config.toml"), ACCOUNT)).account("work")
    return replace(settings, password_command=command)


async def refusal(command: str, seconds: float = 30.0) -> str:
    with pytest.raises(CredentialsError) as caught:
        await password(account(command), seconds=seconds)
    assert caught.value.exit_code == 5
    assert "work" in caught.value.title
    return caught.value.title


class MemoryKeyring(KeyringBackend):
    """A keyring in memory, which the library must not choose by itself in other tests."""

    priority = 1  # type: ignore[assignment]
    viable = False  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.secrets[service, username]


class StuckKeyring(MemoryKeyring):
    """A keyring whose daemon does not answer until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.let_go.wait()
        return None


class BrokenKeyring(MemoryKeyring):
    """A keyring that repeats what it was given in its error."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError(f"cannot store {password}")


@pytest.fixture(autouse=True)
def original_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.mark.parametrize(
    ("command", "secret"),
    [
        ("printf 'pa ss\\nurl: x\\n'", "pa ss"),
        ("printf 'p\\r\\n'", "p"),
        ("echo ' blank at both ends '", " blank at both ends "),
        ("echo one | tr o O", "One"),
        ("A=mật; echo $A", "mật"),
        ('"/bin/echo" quoted', "quoted"),
        ("echo fine; printf 'x%.0s' $(seq 70000) >&2", "fine"),
    ],
)
async def test_the_first_line_of_the_command_is_the_password(command: str, secret: str) -> None:
    """K02, K03."""
    assert await password(account(command)) == secret


async def test_a_failing_command_is_a_sentence_with_its_own_cleaned_words() -> None:
    """K02."""
    title = await refusal("printf 'no\\033[2J key\\n' >&2; exit 3")
    assert title == "The password command of work failed with exit status 3. It said: no [2J key"
    assert "signal 9" in await refusal("kill -9 $$")


@pytest.mark.parametrize("command", ["/nonexistent/pass show x", "nonexistent-program-of-bocau | cat; exit 127"])
async def test_a_program_that_is_not_there_is_named_as_the_reason(command: str) -> None:
    """K02."""
    title = await refusal(command)
    assert "not there" in title
    assert "nonexistent" not in title


async def test_nothing_too_much_and_nonsense_are_refused() -> None:
    """K02."""
    assert "no password" in await refusal("true")
    assert "no password" in await refusal("printf '\\nsecond line'")
    assert "64 KiB" in await refusal("head -c 10000000 /dev/zero")
    assert "64 KiB" in await refusal("yes")
    assert "UTF-8" in await refusal("printf '\\377'")
    assert "cannot be read" in await refusal("echo 'open")
    assert "empty" in await refusal(" ")
    assert "could not be started" in await refusal("/")


async def test_the_password_is_in_no_error_even_when_the_command_repeats_it() -> None:
    """K02, K05."""
    assert "geheim" not in await refusal("echo geheim; echo bad geheim >&2; exit 1")
    assert "geheim" not in await refusal("geheim$x")


async def test_a_command_that_never_ends_is_stopped_with_its_children() -> None:
    """K02."""
    title = await refusal("sleep 1000 & sleep 1000", seconds=0.2)
    assert "did not end within 0.2 seconds" in title


async def test_a_cancelled_question_stops_the_command(tmp_path: Path) -> None:
    task = asyncio.create_task(password(account("sleep 1000")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_keyring_keeps_gives_and_forgets() -> None:
    ring = MemoryKeyring()
    keyring.set_keyring(ring)
    await store_password(account(None), "geheim")
    assert ring.secrets == {("bocau:imap.example.com", "me@example.com"): "geheim"}
    assert await password(account(None)) == "geheim"
    await delete_password(account(None))
    await delete_password(account(None))
    with pytest.raises(CredentialsError, match="no password for work") as caught:
        await password(account(None))
    assert "keyring set bocau:imap.example.com me@example.com" in caught.value.hint


class PlainTextKeyring(MemoryKeyring):
    """Writes what anybody can read."""


PlainTextKeyring.__module__ = "keyrings.alt.file"


@pytest.mark.parametrize("ring", [NoKeyring(), NullKeyring(), PlainTextKeyring()])
async def test_no_keyring_and_the_one_that_forgets_are_refused(ring: KeyringBackend) -> None:
    """K01."""
    keyring.set_keyring(ring)
    with pytest.raises(CredentialsError, match="no safe keyring"):
        await store_password(account(None), "geheim")


async def test_a_keyring_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """K01."""
    ring = StuckKeyring()
    keyring.set_keyring(ring)
    monkeypatch.setattr(credentials, "KEYRING_SECONDS", 0.05)
    with pytest.raises(CredentialsError, match="did not answer"):
        await password(account(None))
    ring.let_go.set()


async def test_the_words_of_a_broken_keyring_are_not_repeated() -> None:
    """K01, K05."""
    keyring.set_keyring(BrokenKeyring())
    with pytest.raises(CredentialsError, match="refused: OSError") as caught:
        await store_password(account(None), "geheim")
    assert "geheim" not in caught.value.title + caught.value.hint
    assert caught.value.__cause__ is None


async def test_who_signs_in_has_to_be_named():
    with pytest.raises(CredentialsError) as caught:
        await password(replace(account("echo never"), user=""))
    assert "who signs in to work" in caught.value.title
    assert "[accounts.work]" in caught.value.hint
