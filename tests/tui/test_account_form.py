"""The form for a new account, without a screen."""

from dataclasses import replace

import pytest

from store import config
from store.model import Protocol
from store.settings import AfterKind
from tui.account_form import AccountForm, guessed_host, guessed_name

GOOD = AccountForm(
    protocol=Protocol.IMAP, address="me@example.com", full_name="", name="home", host="imap.example.com", port="",
    security="tls", user="", password="secret", password_command="", after_download="",
)  # fmt: skip


def test_a_good_form_has_no_problems():
    assert GOOD.problems((), keyring=True) == {}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": ""}, "address"),
        ({"address": "me"}, "address"),
        ({"host": ""}, "host"),
        ({"host": "imap://x"}, "host"),
        ({"port": "99999"}, "port"),
        ({"port": "²"}, "port"),
        ({"security": "none"}, "security"),
        ({"name": ""}, "name"),
        ({"name": "work"}, "name"),
        ({"password": ""}, "password"),
        ({"protocol": Protocol.POP3}, "after_download"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(change: dict[str, object], field: str):
    problems = replace(GOOD, **change).problems(("work",), keyring=True)  # type: ignore[arg-type]
    assert list(problems) == [field]
    assert problems[field].endswith((".", "me"))


def test_without_a_keyring_a_command_must_print_the_password():
    assert list(GOOD.problems((), keyring=False)) == ["password_command"]
    assert replace(GOOD, password_command="pass show me").problems((), keyring=False) == {}


@pytest.mark.parametrize(
    "form",
    [
        GOOD,
        replace(GOOD, port="1993", security="starttls", user="me", full_name="Me", password_command="pass x"),
        replace(GOOD, protocol=Protocol.POP3, host="pop.example.com", after_download="14 days"),
    ],
)
def test_the_file_says_what_was_tested(form: AccountForm, tmp_path):
    written = config.add_account(tmp_path / "config.toml", form.name, form.values())
    assert written.account("home") == form.settings()


def test_the_choice_for_the_servers_copy_is_kept():
    form = replace(GOOD, protocol=Protocol.POP3, after_download="delete")
    assert form.settings().after_download.kind is AfterKind.DELETE


def test_guesses_help():
    assert guessed_host(Protocol.POP3, "me@Example.com") == "pop.example.com"
    assert guessed_name("me@mail.example.com", ()) == "example"
    assert guessed_name("me@example.com", ("example",)) == "example2"
