"""Accounts are added, tested, listed and removed; sync ends with the code of what went wrong; doctor names it."""

import re
import sys
from pathlib import Path

import pytest

from store.config import load
from tests.servers.pseudo_terminal import PseudoTerminal
from tests.tui.commandline.conftest import Call, ServedDemo, Site


def options(served: ServedDemo, protocol: str, password: str = "pigeon") -> list[str]:
    running = served.running
    port = running.imap.port if protocol == "imap" else running.pop3.port
    address = "mai@pigeon.example" if protocol == "imap" else "mai@letterbox.example"
    return [
        "account", "add", "--name", protocol, "--protocol", protocol, "--address", address, "--host", "127.0.0.1",
        "--port", str(port), "--security", "none", "--password-command", f"echo {password}",
    ]  # fmt: skip


def test_an_account_is_added_by_options_without_a_question(call: Call, served: ServedDemo, tmp_path: Path):
    done = call(*options(served, "imap"), "--keep", "90 days", "--folders", "*", "--folders", "!Junk")
    assert done.code == 0
    (account,) = load(tmp_path / "config.toml").accounts
    assert (account.name, str(account.keep), account.folders) == ("imap", "90 days", ("*", "!Junk"))
    assert (tmp_path / "config.toml").stat().st_mode & 0o777 == 0o600
    assert "pigeon" not in done.out.replace("mai@pigeon.example", "") + done.err
    assert call(*options(served, "imap")).code == 2  # the name is taken


def test_a_pop3_account_must_say_what_becomes_of_the_servers_copy(call: Call, served: ServedDemo, tmp_path: Path):
    done = call(*options(served, "pop3"))
    assert done.code == 2
    assert "--after-download" in done.err
    assert not (tmp_path / "config.toml").exists()
    assert call(*options(served, "pop3"), "--after-download", "14 days").code == 0


def test_nothing_is_written_when_the_test_fails_unless_it_is_left_out(call: Call, served: ServedDemo, tmp_path: Path):
    wrong = options(served, "imap", password="wrong")
    done = call(*wrong)
    assert done.code == 5
    assert "login:      FAILED" in done.out
    assert not (tmp_path / "config.toml").exists()
    assert call(*wrong, "--no-test").code == 0


@pytest.mark.parametrize(
    "change",
    [("--keep", "nonsense"), ("--host", "mail.example.com"), ("--protocol", "nntp"), ("--after-download", "keep")],
)
def test_a_wrong_option_is_exit_2(call: Call, served: ServedDemo, change: tuple[str, str]):
    assert call(*options(served, "imap"), *change).code == 2


def test_test_names_each_step_and_the_one_that_fails(site: Site):
    done = site("account", "test", "work")
    assert done.code == 0
    assert re.findall(r"^(\w+):", done.out, re.M) == ["DNS", "connect", "greeting", "login", "capability"]
    site.unplug()
    done = site("account", "test", "old")
    assert done.code == 4
    assert "connect:    FAILED" in done.out
    assert site("account", "test", "nobody").code == 7


def test_an_account_is_removed_with_or_without_its_mail(site: Site):
    assert site("account", "remove", "old").code == 0
    assert [one["name"] for one in site("account", "list", "--json").objects if one["configured"]] == ["work"]
    assert site("search", "account:old", "--count").out != "0\n"
    assert site("account", "remove", "old").code == 7
    assert site("account", "remove", "old", "--with-mail").code == 0
    assert site("search", "account:old", "--count").out == "0\n"


def test_sync_tells_each_account_and_ends_with_the_code_of_the_failure(site: Site):
    assert site("sync", "--json").objects == [
        {"account": name, "ok": True, "error": None, "hint": None} for name in ("work", "old")
    ]
    assert site("sync", "--account", "nobody").code == 7
    assert site("sync", "--folder", "nowhere").code == 7
    text = site.config.read_text()
    site.config.write_text(re.sub(r"port = \d+", "port = 1", text, count=1))
    partly = site("sync")
    assert partly.code == 6
    assert "work: 127.0.0.1 refused the connection" in partly.err and "old: up to date" in partly.err
    site.config.write_text(text.replace("echo pigeon", "echo wrong"))
    assert site("sync").code == 5
    site.unplug()
    assert site("sync").code == 4


def test_doctor_looks_at_everything_and_says_what_to_do(site: Site):
    found = site("doctor", "--json").objects
    assert all(set(one) == {"check", "ok", "detail", "advice"} and one["ok"] for one in found)
    checks = [one["check"] for one in found]
    assert checks == [
        "terminal", "configuration", "store", "counters", "search", "disk", "account work", "account old", "kept work",
        "kept old", "free", "queue",
    ]  # fmt: skip
    site.config.write_text(site.config.read_text().replace("echo pigeon", "false", 1))
    done = site("doctor")
    assert done.code == 5
    assert "problem" in done.out and "password command" in done.out


def test_doctor_names_a_wrong_configuration(call: Call, tmp_path: Path):
    (tmp_path / "config.toml").write_text("x = 1\n")
    done = call("doctor")
    assert done.code == 3
    assert "line 1" in done.out


def test_the_dialogue_breaks_its_lines_between_words_and_offers_again_what_did_not_work(
    served: ServedDemo, tmp_path: Path
):
    command = [sys.executable, "-m", "tui.cli", "--config", str(tmp_path / "c.toml"), "--data", str(tmp_path / "d")]
    with PseudoTerminal([*command, "account", "add"], columns=60) as terminal:
        terminal.wait_for(r"IMAP or POP3 \(imap, pop3\):")
        assert "shows on your phone too" in " ".join(terminal.text.split())
        assert all(len(row) < 60 for row in terminal.text.splitlines())
        first = ("imap", "mai@pigeon.example", "127.0.0.1", "none", str(served.running.imap.port), "", "echo wrong", "")
        terminal.send("".join(f"{answer}\r" for answer in first))
        terminal.wait_for("Go through the answers again")
        assert not (tmp_path / "c.toml").exists()
        terminal.send("\r\r\r\r\r\r\recho pigeon\r\r")
        terminal.wait_for("Added pigeon.")
    (account,) = load(tmp_path / "c.toml").accounts
    assert (account.host, account.port, account.security) == ("127.0.0.1", served.running.imap.port, "none")
