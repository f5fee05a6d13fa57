"""`show` of a message whose attachments are not here: its text at once, one part alone, and all of it."""

import asyncio
import hashlib
import socket
from pathlib import Path

from store import parked
from store.mailstore import MailStore
from tests.servers.dovecot import Dovecot
from tests.servers.parcels import content, parcel
from tests.tui.commandline.conftest import Call

SIZE = 1_500_000


def configure(tmp_path: Path, user: str, port: int) -> None:
    (tmp_path / "config.toml").write_text(
        f'[accounts.box]\nprotocol = "imap"\naddress = "anna@example.com"\nhost = "127.0.0.1"\nport = {port}\n'
        f'security = "none"\nuser = "{user}"\npassword_command = "echo {Dovecot.password}"\nkeep = "text"\n'
    )


def closed_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_text_parts_and_all_of_a_large_message(call: Call, dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver(user, parcel(1, SIZE))
    configure(tmp_path, user, dovecot.imap)
    assert call("sync").code == 0
    (found,) = call("list", "--json").objects
    message = str(found["id"])
    assert (found["cached"], found["attachments"]) == ("text", 2)

    configure(tmp_path, user, closed_port())
    shown = call("show", message)
    assert shown.code == 0
    assert "Here it is. Hóa đơn 1." in shown.out
    assert "hóa đơn.pdf (part 2, application/pdf, 1.5 MB" in shown.out and "not here yet)" in shown.out
    assert "Subject: letter 1" in call("show", message, "--headers").out
    (told,) = call("show", message, "--json").objects
    known = {part["index"]: part for part in told["parts"]}  # type: ignore[attr-defined]
    assert {index: part["cached"] for index, part in known.items()} == {
        "1.1": True, "1.2": True, "2": False, "3": False,
    }  # fmt: skip
    assert known["2"]["name"] == "hóa đơn.pdf" and known["2"]["disposition"] == "attachment"
    file = tmp_path / "bill.pdf"
    assert call("show", message, "--part", "2", "-o", str(file)).code == 4
    assert not file.exists()
    assert call("show", message, "--part", "1.1", "-o", str(tmp_path / "text")).code == 0
    assert (tmp_path / "text").read_text() == "Here it is. Hóa đơn 1."
    assert call("show", message, "--part", "9").code == 2

    configure(tmp_path, user, dovecot.imap)
    assert call("show", message, "--part", "2", "-o", str(file)).code == 0
    assert hashlib.sha256(file.read_bytes()).digest() == hashlib.sha256(content(1, SIZE)).digest()
    (told,) = call("show", message, "--json").objects
    assert [part["cached"] for part in told["parts"]] == [True, True, True, False]  # type: ignore[attr-defined]
    assert call("show", message, "--raw", "-o", str(tmp_path / "raw")).code == 0
    assert hashlib.sha256((tmp_path / "raw").read_bytes()).digest() == hashlib.sha256(parcel(1, SIZE)).digest()
    assert call("list", "--json").objects[0]["cached"] == "full"


async def park(data: Path, message: int) -> None:
    async with await MailStore.open(data) as store:
        await store.write(lambda tx: parked.park(tx, {message: "Server \x1b[2Jerror"}, 0.0))  # type: ignore[dict-item]


def test_doctor_names_what_the_server_does_not_give_out(call: Call, dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver(user, parcel(1, 300_000))
    configure(tmp_path, user, dovecot.imap)
    assert call("sync").code == 0
    (found,) = call("list", "--json").objects
    asyncio.run(park(tmp_path / "data", int(str(found["id"]))))
    done = call("doctor")
    assert f"1 message that the server does not give out: {found['id']}: Server" in done.out
    assert "asks for one again" in done.out and "\x1b[2J" not in done.out
