"""A wrong configuration never half-works, and an edit keeps all that a person wrote."""

import stat
from pathlib import Path

import pytest

from store.config import add_account, key_fault, load, remove_account
from store.errors import ConfigurationError, NotFound
from store.model import Protocol
from store.settings import AfterDownload, AfterKind, General, Keep, KeepKind, Settings
from store.validation import default_port, is_loopback

FULL = """\
[general]
editor = "builtin"
theme = "bocau-dark"
keys = "mutt"

[keys]
archive = "e"

# my work
[accounts.work]
protocol = "imap"
address = "me@example.com"
name = "Me Myself"
host = "imap.example.com"
ca_file = "ca.pem"
password_command = "pass show mail/work"
keep = "90 days"
folders = ["*", "!Spam"]

[accounts.work.smtp]
host = "smtp.example.com"
security = "starttls"

# the old one
[accounts.old]
protocol = "pop3"
address = "old@example.net"
user = "old"
host = "pop.example.net"
after_download = "14 days"
size_limit = "20 MB"
auth = "apop"
inbox = "own"
"""

IMAP = '[accounts.a]\nprotocol = "imap"\naddress = "a@b.example"\nhost = "b.example"\n'
POP3 = '[accounts.a]\nprotocol = "pop3"\naddress = "a@b.example"\nhost = "b.example"\nafter_download = "keep"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def fault(file: Path, text: str) -> ConfigurationError:
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert caught.value.title.startswith(f"{file}, line ")
    assert caught.value.exit_code == 3
    return caught.value


def test_the_servers_that_are_believed_about_senders_can_be_named(file: Path) -> None:
    file.write_text(IMAP + 'authserv = ["mx.example.com", "mx2.example.com"]')
    assert load(file).accounts[0].authserv == ("mx.example.com", "mx2.example.com")


def test_a_whole_file_becomes_settings_with_every_default_filled_in(file: Path) -> None:
    file.write_text(FULL)
    settings = load(file)
    assert settings.general == General(keys="mutt")
    assert settings.keys == {"archive": "e"}
    work, old = settings.accounts
    assert (work.name, work.protocol, work.full_name) == ("work", Protocol.IMAP, "Me Myself")
    assert (work.port, work.security, work.user, work.auth) == (993, "tls", "me@example.com", "password")
    assert work.ca_file == file.parent / "ca.pem"
    assert work.keep == Keep(KeepKind.DAYS, 90)
    assert work.folders == ("*", "!Spam")
    assert work.after_download == AfterDownload(AfterKind.KEEP)
    assert work.unified
    assert work.smtp is not None
    assert (work.smtp.port, work.smtp.user) == (587, "me@example.com")
    assert (old.port, old.user, old.unified, old.smtp) == (995, "old", False, None)
    assert old.after_download == AfterDownload(AfterKind.DAYS, 14)
    assert (old.size_limit, old.auth, work.size_limit) == (20_000_000, "apop", None)
    assert old.keep == Keep(KeepKind.FULL)


def test_an_absent_or_empty_file_is_an_empty_configuration(file: Path) -> None:
    assert load(file) == Settings()
    file.write_text("")
    assert load(file) == Settings()


def test_how_the_screen_looks_can_be_chosen(file: Path) -> None:
    file.write_text(
        '[general]\nlayout = "stacked"\ncolumns = ["date", "from", "subject"]\ndensity = "comfortable"\n'
        "threads = true\nascii = false\naccessible = true\n"
    )
    assert load(file).general == General(
        layout="stacked",
        columns=("date", "from", "subject"),
        density="comfortable",
        threads=True,
        ascii=False,
        accessible=True,
    )
    assert load(file).general.ascii is False  # None would be: find out


def test_the_password_command_is_not_in_the_repr(file: Path) -> None:
    file.write_text(IMAP + 'password_command = "echo geheim"\n')
    assert "geheim" not in repr(load(file))


@pytest.mark.parametrize(
    ("text", "line", "key", "hint"),
    [
        (IMAP + "port = 0", 5, "accounts.a.port", "1 to 65535"),
        (IMAP + 'port = "993"', 5, "accounts.a.port", "without quotes"),
        (IMAP + "port = true", 5, "accounts.a.port", "whole number"),
        (IMAP + 'security = "ssl"', 5, "accounts.a.security", "tls, starttls, none"),
        (IMAP + 'security = "starttsl"', 5, "accounts.a.security", 'Did you mean "starttls"?'),
        (IMAP + 'security = "none"', 5, "accounts.a.security", "allow_insecure = true"),
        (IMAP + 'sekurity = "tls"', 5, "accounts.a.sekurity", 'Did you mean "security"?'),
        (IMAP + 'keep = "some"', 5, "accounts.a.keep", '"90 days"'),
        (IMAP + 'keep = "0 days"', 5, "accounts.a.keep", "summaries"),
        (IMAP + 'after_download = "keep"', 5, "accounts.a.after_download", "POP3"),
        (IMAP + "folders = []", 5, "accounts.a.folders", "list of texts"),
        (IMAP + 'folders = [\n  "*",\n  3,\n]', 5, "accounts.a.folders", "list of texts"),
        (IMAP + 'name = "a\\u001bb"', 5, "accounts.a.name", "plain text"),
        (IMAP + 'user = ""', 5, "accounts.a.user", "remove the line"),
        (IMAP + "# note\n\n[accounts.a.smtp]\nport = 25", 7, "accounts.a.smtp.host", "SMTP server"),
        (IMAP + '[accounts.a.smtp]\nhost = "h"\nfoo = 1', 7, "accounts.a.smtp.foo", "Allowed here"),
        (IMAP + "smtp = 3", 5, "accounts.a.smtp", "[accounts.a.smtp]"),
        (POP3.replace('after_download = "keep"\n', ""), 1, "accounts.a.after_download", "delete, keep"),
        (IMAP + 'auth = "apop"', 5, "accounts.a.auth", "oauth2"),
        (IMAP + 'size_limit = "20 MB"', 5, "accounts.a.size_limit", "POP3"),
        (IMAP + 'authserv = "mx.example.com"', 5, "accounts.a.authserv", "list of texts"),
        (IMAP + 'authserv = ["mx example"]', 5, "accounts.a.authserv", "Authentication-Results"),
        (POP3 + 'size_limit = "many"', 6, "accounts.a.size_limit", "20 MB"),
        (POP3 + 'keep = "text"', 6, "accounts.a.keep", "full"),
        (POP3 + 'folders = ["A"]', 6, "accounts.a.folders", "imap"),
        ('[accounts.a]\nprotocol = "smtp"', 2, "accounts.a.protocol", "imap, pop3"),
        ('[accounts.a]\naddress = "x"', 1, "accounts.a.protocol", "imap"),
        ('[accounts.a]\nprotocol = "imap"\nhost = "h"\naddress = "x"', 4, "accounts.a.address", "bare"),
        ('[accounts.a]\nprotocol = "imap"\nhost = "imap://h"', 3, "accounts.a.host", "alone"),
        ('[accounts]\n" a" = {}', 2, "accounts. a", "printable"),
        ("accounts = 3", 1, "accounts", "table"),
        ('\n[general]\nkeys = "emacs"', 3, "general.keys", "default, mutt, gmail, thunderbird"),
        ("[genral]", 1, "genral", 'Did you mean "general"?'),
        ("[keys]\narchive = 1", 2, "keys.archive", "text"),
        ('s = """\n[general]\n"""\n[general]\nx = 1', 5, "general.x", "Allowed here"),
        ("\ufeff[general]\ntheme = 2026-11-23", 2, "general.theme", "text"),
        ("general = { theme = 3 }", 1, "general.theme", "text"),
        ("general.theme = 3", 1, "general.theme", "text"),
        ('general.layout = "tall"', 1, "general.layout", "auto, wide, stacked, list"),
        ('general.density = "compct"', 1, "general.density", 'Did you mean "compact"?'),
        ('general.columns = ["subject", "colour"]', 1, "general.columns", "marks, from, to, subject"),
        ('general.columns = ["subject", "subject"]', 1, "general.columns", "once"),
        ('general.columns = ["marks", "date"]', 1, "general.columns", "subject, from or to"),
        ('general.columns = "subject"', 1, "general.columns", "list of texts"),
        ('general.ascii = "yes"', 1, "general.ascii", "true, false"),
        ("general.accessible = 1", 1, "general.accessible", "true, false"),
    ],
)
def test_an_error_names_file_line_key_and_what_is_allowed(
    file: Path, text: str, line: int, key: str, hint: str
) -> None:
    error = fault(file, text)
    assert error.title.startswith(f"{file}, line {line}: {key}: ")
    assert hint in error.hint


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        (IMAP + "port = \n", 5, "port"),
        (IMAP + 'user = "x\n', 5, "user"),
        ("[general\n", 1, "line 1"),
        ("\n\nhello\n", 3, "expected"),
        ("a = 1\na = 2\n", 2, "overwrite"),
        ("x = [1,\n2\n", 2, "unclosed"),
        ("x = " + "[" * 100_000, 1, "TOML"),
    ],
)
def test_a_syntax_error_names_the_line(file: Path, text: str, line: int, word: str) -> None:
    error = fault(file, text)
    assert f"line {line}:" in error.title
    assert word in error.title.lower().replace("toml", "TOML")


def test_bytes_that_are_not_utf8_are_a_fault_of_their_line(file: Path) -> None:
    file.write_bytes(b"[general]\ntheme = '\xff'\n")
    with pytest.raises(ConfigurationError, match="line 2: this is not UTF-8"):
        load(file)


def test_a_folder_in_the_place_of_the_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Cannot read the configuration"):
        load(tmp_path)


def test_no_protection_is_accepted_on_this_machine_or_when_asked_for(file: Path) -> None:
    """S14: a tunnel ends on this machine, or is told by name; nothing else counts as secure."""
    for host in ("localhost", "127.0.0.1", "::1", "imap.localhost"):
        file.write_text(IMAP.replace('"b.example"', f'"{host}"') + 'security = "none"\n')
        assert load(file).accounts[0].port == 143
    file.write_text(IMAP + 'security = "none"\nallow_insecure = true\n')
    assert load(file).accounts[0].security == "none"
    assert not is_loopback("127.0.0.1.example.com")


def test_the_port_follows_protocol_and_security() -> None:
    assert default_port("imap", "starttls") == 143
    assert default_port("pop3", "starttls") == 110
    assert default_port("smtp", "tls") == 465


@pytest.mark.parametrize("text", ["full", "text", "summaries", "90 days", "2 GB", "1500 MB", "64 KiB", "1 days"])
def test_keep_reads_what_it_writes(text: str) -> None:
    assert Keep.parse(str(Keep.parse(text))) == Keep.parse(text)


def test_sizes_and_times_mean_what_they_say() -> None:
    assert Keep.parse("2 GB").amount == 2 * 10**9
    assert Keep.parse("1.5GiB").amount == 3 * 2**29
    assert Keep.parse("1 day") == Keep(KeepKind.DAYS, 1)
    assert str(AfterDownload.parse("14days")) == "14 days"


def test_an_added_account_leaves_every_line_and_makes_the_file_private(file: Path) -> None:
    file.write_text(FULL)
    values = {"protocol": Protocol.IMAP, "address": "n@x.example", "host": "x.example", "user": None, "port": 993}
    settings = add_account(file, "new one", {**values, "folders": ["*"], "smtp": {"host": "s.example", "port": 465}})
    assert file.read_text().startswith(FULL)
    assert '[accounts."new one"]' in file.read_text()
    assert settings == load(file)
    assert settings.accounts[-1].smtp is not None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_first_account_makes_file_and_folder(tmp_path: Path) -> None:
    values = {
        "protocol": "pop3",
        "address": 'q"\\@x.example',
        "host": "x",
        "after_download": AfterDownload.parse("keep"),
    }
    add_account(tmp_path / "new" / "config.toml", "a.b", values)
    account = load(tmp_path / "new" / "config.toml").account("a.b")
    assert (account.address, account.after_download.kind) == ('q"\\@x.example', AfterKind.KEEP)


@pytest.mark.parametrize(
    ("before", "name", "values"),
    [
        ("[general\n", "b", {"protocol": "imap", "address": "a@b", "host": "h"}),
        ("[general]\nfoo = 1\n", "b", {"protocol": "imap", "address": "a@b", "host": "h"}),
        (IMAP, "a", {"protocol": "imap", "address": "a@b", "host": "h"}),
        (IMAP, "b", {"protocol": "pop3", "address": "a@b", "host": "h"}),
        (IMAP, "b", {"protocol": "imap", "address": "a@b", "host": "h", "unknown": 1}),
        ("accounts = {}\n", "b", {"protocol": "imap", "address": "a@b", "host": "h"}),
    ],
)
def test_a_file_or_an_account_that_is_wrong_is_never_written(
    file: Path, before: str, name: str, values: dict[str, object]
) -> None:
    file.write_text(before)
    with pytest.raises(ConfigurationError):
        add_account(file, name, values)
    assert file.read_text() == before


def test_removing_an_account_keeps_the_rest_with_its_comments(file: Path) -> None:
    file.write_text(FULL)
    settings = remove_account(file, "work")
    assert [account.name for account in settings.accounts] == ["old"]
    start, end = FULL.index("[accounts.work]"), FULL.index("# the old one")
    assert file.read_text() == FULL[:start] + FULL[end:]
    assert remove_account(file, "old").accounts == ()
    assert "# the old one" in file.read_text()


@pytest.mark.parametrize(
    "text",
    [
        '[accounts]  # mine\na = { protocol = "imap", address = "a@b", host = "h" }\nb = { protocol = "imap", '
        'address = "a@b", host = "h" }\n',
        'accounts.a.protocol = "imap"\naccounts.a.address = "a@b"  # mine\naccounts.a.host = "h"\n'
        'accounts.b = { protocol = "imap", address = "a@b", host = "h" }  # mine\n',
    ],
)
def test_an_account_that_is_not_a_table_of_its_own_can_be_removed(file: Path, text: str) -> None:
    file.write_text(text)
    assert [account.name for account in remove_account(file, "a").accounts] == ["b"]
    assert "# mine" in file.read_text()


def test_removing_an_account_that_is_not_there_suggests_a_name(file: Path) -> None:
    file.write_text(FULL)
    with pytest.raises(NotFound) as caught:
        remove_account(file, "wrk")
    assert caught.value.hint == "Did you mean work?"
    assert file.read_text() == FULL


def test_a_higher_room_can_point_at_a_key(file: Path) -> None:
    file.write_text(FULL)
    error = key_fault(file, ("keys", "archive"), "there is no such command.", "See the help.")
    assert error.title == f"{file}, line 7: keys.archive: there is no such command."


def test_a_misspelt_key_is_named_rather_than_the_one_it_stands_for(tmp_path: Path):
    file = tmp_path / "config.toml"
    file.write_text('[accounts.work]\nprotocol = "imap"\naddress = "a@example.com"\nhosst = "imap.example.com"\n')
    with pytest.raises(ConfigurationError) as error:
        load(file)
    assert "line 4: accounts.work.hosst" in error.value.title
    assert '"host"' in error.value.hint


def test_an_account_that_names_neither_address_nor_user_can_be_read(tmp_path: Path):
    file = tmp_path / "config.toml"
    file.write_text(
        '[accounts.old]\nprotocol = "pop3"\nhost = "pop.example.net"\nafter_download = "delete"\ninbox = "unified"\n'
    )
    account = load(file).account("old")
    assert (account.user, account.address, account.port) == ("", "", 995)


def test_a_command_may_have_a_key_several_or_none(file: Path) -> None:
    file.write_text('[general]\nletters = false\n[keys]\narchive = ["e", "y"]\nstar = []\nundo = "z"\n')
    settings = load(file)
    assert settings.keys == {"archive": ("e", "y"), "star": (), "undo": "z"}
    assert settings.general.letters is False


def test_what_opens_attachments_is_read_by_type(tmp_path: Path):
    file = tmp_path / "config.toml"
    file.write_text(
        "[general]\n"
        'open_with = { "application/pdf" = "zathura --fork", "image/*" = ["feh", "a b"], "*" = "xdg-open" }\n'
    )
    assert load(file).general.open_with == {
        "application/pdf": ("zathura", "--fork"),
        "image/*": ("feh", "a b"),
        "*": ("xdg-open",),
    }


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ('{ "pdf" = "zathura" }', "no type of a file"),
        ('{ "application/pdf" = "zathura \'" }', "quotation mark"),
        ('{ "application/pdf" = [] }', "no command"),
        ('"zathura"', "must be a table|is not allowed"),
    ],
)
def test_what_opens_attachments_is_checked(tmp_path: Path, written: str, problem: str):
    file = tmp_path / "config.toml"
    file.write_text(f"[general]\nopen_with = {written}\n")
    with pytest.raises(ConfigurationError, match=problem):
        load(file)
