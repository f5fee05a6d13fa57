"""`list` joins accounts: one row for what several received, for the inbox, every role, and what has a star."""

import asyncio
from pathlib import Path

import pytest

from store import accounts, folder_list, folders, messages
from store.mailstore import MailStore
from store.model import Flag, Protocol, Role
from tests.store.mail import LISTED, NOON, arrival
from tests.tui.commandline.conftest import Call, Result

ACCOUNT = """[accounts.{name}]
protocol = "imap"
address = "{name}@example.com"
host = "127.0.0.1"
port = 1
security = "none"
password_command = "echo x"
inbox = "{inbox}"
"""


def configure(folder: Path, **inboxes: str) -> None:
    text = "".join(ACCOUNT.format(name=name, inbox=inbox) for name, inbox in inboxes.items())
    (folder / "config.toml").write_text(text)


@pytest.fixture
def ids(tmp_path: Path) -> dict[str, int]:
    """Two accounts that received one letter each and one both; the ids by account and letter."""
    configure(tmp_path, anna="unified", binh="unified")
    return asyncio.run(fill(tmp_path / "data"))


async def fill(data: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    async with await MailStore.open(data) as store:
        wanted = [(name, Protocol.IMAP, True) for name in ("anna", "binh")]
        for name, account in (await store.write(lambda tx: accounts.reconcile(tx, wanted))).items():
            await store.write(lambda tx, account=account: folder_list.reconcile(tx, account, LISTED))
            for role, letter, flags in (
                (Role.INBOX, "both", Flag.NONE),
                (Role.INBOX, name, Flag.FLAGGED),
                (Role.SENT, f"from-{name}", Flag.SEEN),
                (Role.TRASH, f"trash-{name}", Flag.FLAGGED),
            ):
                folder = await store.read(lambda c, account=account, role=role: folders.by_role(c, account, role))
                assert folder is not None
                one = arrival(len(found) + 1, letter, subject=letter, received=NOON + len(found), flags=flags)
                [id] = await store.write(
                    lambda tx, account=account, folder=folder, one=one: messages.add(tx, account, folder.id, [one])
                )
                found[f"{name}:{letter}"] = id
    return found


def subjects(done: Result) -> list[object]:
    return [one["subject"] for one in done.objects]


def test_what_two_accounts_received_is_listed_once_and_names_the_other(call: Call, ids: dict[str, int]):
    done = call("list", "--json")
    assert subjects(done) == ["binh", "anna", "both"]
    both = done.objects[-1]
    assert (both["id"], both["account"]) == (ids["anna:both"], "anna")
    assert both["also"] == [{"id": ids["binh:both"], "account": "binh", "folder": "INBOX"}]
    assert call("list", "--unified", "--role", "inbox", "--json").objects == done.objects
    assert "anna+binh" in call("list").out
    assert subjects(call("list", "--account", "binh", "--json")) == ["binh", "both"]


def test_an_act_is_for_all_that_the_list_draws_as_one(call: Call, ids: dict[str, int]):
    assert call("archive", ids["anna:both"]).out == "Archived 1 (in 2 accounts).\n"
    assert subjects(call("list", "--json")) == ["binh", "anna"]
    assert call("undo").code == 0
    assert subjects(call("list", "--json")) == ["binh", "anna", "both"]


def test_an_act_is_for_the_messages_that_are_named_alone_when_that_is_wanted(call: Call, ids: dict[str, int]):
    assert call("archive", ids["anna:both"], "--only").code == 0
    (both,) = [one for one in call("list", "--json").objects if one["subject"] == "both"]
    assert (both["id"], both["account"], both["also"]) == (ids["binh:both"], "binh", [])


def test_roles_and_stars_are_joined_too(call: Call, ids: dict[str, int]):
    assert subjects(call("list", "--unified", "--role", "sent", "--json")) == ["from-binh", "from-anna"]
    assert subjects(call("list", "--role", "trash", "--json")) == ["trash-binh", "trash-anna"]
    assert subjects(call("list", "--starred", "--json")) == ["binh", "anna"]
    assert subjects(call("list", "--starred", "--account", "anna", "--json")) == ["anna"]
    assert subjects(call("list", "--starred", "--folder", "trash", "--json")) == ["trash-binh", "trash-anna"]
    assert subjects(call("list", "--starred", "--limit", "1", "--before", ids["binh:binh"], "--json")) == ["anna"]


def test_an_account_whose_inbox_is_its_own_is_left_out(call: Call, ids: dict[str, int], tmp_path: Path):
    configure(tmp_path, anna="unified", binh="own")
    done = call("list", "--json")
    assert subjects(done) == ["anna", "both"]
    assert done.objects[-1]["also"] == []
    assert subjects(call("list", "--starred", "--json")) == ["anna"]
    assert subjects(call("list", "--account", "binh", "--json")) == ["binh", "both"]
    configure(tmp_path, anna="own", binh="own")
    done = call("list", "--json")
    assert (done.out, done.code) == ("", 0)
    assert "No account takes part in the unified inbox" in done.err


@pytest.mark.parametrize("options", [("--role", "sent", "--account", "anna"), ("--unified", "--folder", "Work")])
def test_joining_and_naming_a_folder_exclude_each_other(call: Call, ids: dict[str, int], options: tuple[str, ...]):
    assert call("list", *options).code == 2
