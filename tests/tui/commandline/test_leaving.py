"""Out of one account of a real server, by way of a backup, into another: the same bytes, the same flags, once."""

from pathlib import Path

import pytest

from protocols.backup.saved import Saved
from protocols.backup.sources import Source
from tests.servers.dovecot import Dovecot
from tests.servers.parcels import parcel
from tests.tui.commandline.conftest import Call
from tests.tui.commandline.test_large_messages import closed_port

LETTER = b"Message-ID: <%d@x>\r\nSubject: number %d\r\n\r\nFrom here\r\n\r\nFrom a@b Mon Nov 23 14:41:47 2026\r\n"


def configure(tmp_path: Path, port: int, **users: str) -> None:
    (tmp_path / "config.toml").write_text(
        "".join(
            f'[accounts.{name}]\nprotocol = "imap"\naddress = "anna@example.com"\nhost = "127.0.0.1"\nport = {port}\n'
            f'security = "none"\nuser = "{user}"\npassword_command = "echo {Dovecot.password}"\nkeep = "text"\n'
            for name, user in users.items()
        )
    )


def saved(place: Path) -> list[tuple[str, bytes, int]]:
    found = [one for one in Source(place).messages() if isinstance(one, Saved)]
    return sorted((one.folder, one.raw, int(one.flags)) for one in found)


@pytest.mark.parametrize("form", ["--mbox", "--maildir"])
def test_mail_moves_from_one_server_to_another(call: Call, dovecot: Dovecot, tmp_path: Path, form: str):
    old, new = dovecot.user(), dovecot.user()
    for number in range(3):
        dovecot.deliver(old, LETTER % (number, number), flags="FS" if number else "")
    dovecot.deliver(old, LETTER % (9, 9), folder="Archive", flags="S")
    dovecot.deliver(old, parcel(1, 400_000))
    configure(tmp_path, dovecot.imap, old=old, new=new)
    assert call("sync").code == 0
    assert call("export", "account:old", form, tmp_path / "first").code == 0
    assert {folder for folder, _, _ in saved(tmp_path / "first")} == {"INBOX", "Archive"}
    for _ in range(2):
        assert call("import", tmp_path / "first", "--account", "new").code == 0
        assert call("sync", "--account", "new").code == 0
    assert len(dovecot.messages(new)) == 4
    assert call("export", "account:new", form, tmp_path / "second").code == 0
    assert saved(tmp_path / "second") == saved(tmp_path / "first")


def test_offline_the_large_message_alone_is_missing(call: Call, dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver(user, LETTER % (1, 1))
    dovecot.deliver(user, parcel(1, 400_000))
    configure(tmp_path, dovecot.imap, old=user)
    assert call("sync").code == 0
    configure(tmp_path, closed_port(), old=user)
    result = call("export", "--eml", tmp_path / "letters")
    assert result.code == 6
    assert "old: not on this disk, and left out: " in result.err
    assert [raw for _, raw, _ in saved(tmp_path / "letters")] == [LETTER % (1, 1)]
    configure(tmp_path, dovecot.imap, old=user)
    again = call("export", "--eml", tmp_path / "letters")
    assert (again.code, again.err) == (0, f"1 message written into {tmp_path / 'letters'}; 1 was there already.\n")
    assert {raw for _, raw, _ in saved(tmp_path / "letters")} == {LETTER % (1, 1), parcel(1, 400_000)}
