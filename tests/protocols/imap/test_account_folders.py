"""The folder list comes over in one round trip; what was renamed keeps its mail, what is missing is asked for."""

from pathlib import Path

import pytest

from protocols.errors import Refused
from protocols.imap.folder_list import Counts
from store.folder_list import MISSING
from store.model import Role
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import FULL, FakeImap, serving
from tests.servers.imap_folders import Folders, folders_of

LETTER = b"Subject: x\r\n\r\nHello.\r\n"
NAMES = [f"F{number}" for number in range(1, 10)]


def listing(fake: FakeImap, *names: str) -> None:
    """LIST of everything names these alone, from now on."""
    fake.on(r'LIST "" "\*"', *(f'* LIST () "/" "{name}"' for name in names), "$ OK done")


def answering(fake: FakeImap, name: str) -> None:
    """LIST for one folder names it."""
    fake.on(rf'LIST "" "?{name}"?$', f'* LIST () "/" "{name}"', "$ OK done")


def denying(fake: FakeImap, code: str = "") -> None:
    """Whoever asks for one folder is told that there is none."""
    fake.on(r'LIST "" "?[A-Z]', "$ OK done")
    fake.on("STATUS", f"$ NO {code} no such folder")


async def with_folders(here: Folders, fake: FakeImap) -> None:
    for name in NAMES:
        fake.folder(name)
    await here.bring()


async def test_one_round_trip_brings_list_roles_subscriptions_and_counts(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver_all(user, [LETTER] * 2, "Work/Đà Nẵng")
    dovecot.doveadm("mailbox", "create", "-u", user, "Quiet")
    async with folders_of(dovecot.imap, user, tmp_path) as here:
        assert await here.bring() == {}  # nothing is here that could be compared
        known = await here.known()
        for path in ("INBOX", "Quiet"):
            await here.fill(path, 0, await here.counts(path))
        counts = await here.bring()
        told = counts[known["Work/Đà Nẵng"].wire_name]
        assert (told.messages, told.unseen) == (2, 2)
        assert counts.keys() >= {known[path].wire_name for path in ("INBOX", "Quiet", "Trash")}
        assert (known["Trash"].subscribed, known["Quiet"].subscribed) == (True, False)
        assert (await here.roles())["Trash"] is Role.TRASH


async def test_without_list_status_nothing_is_counted(dovecot_plain: Dovecot, tmp_path: Path):
    async with folders_of(dovecot_plain.imap, dovecot_plain.user(), tmp_path) as here:
        assert await here.bring() == {}
        assert (await here.roles())["Trash"] is Role.TRASH


async def test_the_prefix_of_all_folders_is_not_shown(dovecot_prefixed: Dovecot, tmp_path: Path):
    user = dovecot_prefixed.user()
    dovecot_prefixed.deliver_all(user, [LETTER], "Work/2026")
    async with folders_of(dovecot_prefixed.imap, user, tmp_path) as here:
        await here.bring()
        assert (await here.known())["Work/2026"].wire_name == b"INBOX.Work.2026"
        assert (await here.counts("Work/2026")).messages == 1
        assert {"INBOX", "Trash", "Sent"} <= await here.paths()
        assert (await here.roles())["Sent"] is Role.SENT


async def test_a_folder_renamed_elsewhere_keeps_its_mail_and_so_do_those_inside_it(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver_all(user, [LETTER] * 2, "Old")
    dovecot.deliver_all(user, [LETTER], "Old/inside")
    async with folders_of(dovecot.imap, user, tmp_path) as here:
        await here.bring()
        kept = await here.fill("Old", 2, await here.counts("Old"))
        inside = await here.fill("Old/inside", 1, await here.counts("Old/inside"))
        ids = [(await here.folder(path)).id for path in ("Old", "Old/inside")]
        dovecot.doveadm("mailbox", "rename", "-u", user, "Old", "New")
        await here.bring()
        assert [(await here.folder(path)).id for path in ("New", "New/inside")] == ids
        assert [(await here.folder(path)).total for path in ("New", "New/inside")] == [len(kept), len(inside)]
        assert "Old" not in await here.paths()
        assert await here.wire_name(ids[1]) == b"New/inside"


async def test_a_folder_that_came_as_another_went_is_no_rename(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver_all(user, [LETTER], "Old")
    async with folders_of(dovecot.imap, user, tmp_path) as here:
        await here.bring()
        await here.fill("Old", 1, await here.counts("Old"))
        old = (await here.folder("Old")).id
        dovecot.doveadm("mailbox", "delete", "-u", user, "Old")
        dovecot.doveadm("mailbox", "create", "-u", user, "New")
        dovecot.deliver_all(user, [LETTER], "New")
        await here.bring()
        assert "Old" not in await here.paths()
        assert (await here.folder("New")).id != old
        assert (await here.folder("New")).total == 0


@pytest.mark.parametrize("bulk", [True, False])
async def test_a_mailbox_id_tells_folders_that_changed_places(tmp_path: Path, bulk: bool):
    fake = FakeImap(f"{FULL} OBJECTID{' LIST-STATUS' if bulk else ''}")
    ids = {"INBOX": "i", "A": "a", "B": "b"}

    def tell(_: str) -> list[str | bytes]:
        lines = [f'* LIST () "/" "{name}"' for name in ids]
        if bulk:
            lines += [f'* STATUS "{name}" (MESSAGES 1 UIDNEXT 2 MAILBOXID ({id}))' for name, id in ids.items()]
        return [*lines, "$ OK done"]

    fake.does(r'LIST "" "\*"', tell)
    fake.on(r'LIST "" "?[A-Z]', "$ OK done")
    fake.does("STATUS", lambda c: [f"* STATUS x (UIDVALIDITY 7 MAILBOXID ({ids[c.split()[1]]}))", "$ OK done"])
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        await here.bring()
        for path in ("A", "B"):
            await here.fill(path, 1, Counts(1, 2, 7, 0))
        await here.bring()  # where the list does not bring them, ids are asked for once there is something to keep
        first, second = [(await here.folder(path)).id for path in ("A", "B")]
        ids.clear()
        ids.update({"INBOX": "i", "B": "a", "C": "b"} if bulk else {"INBOX": "i", "C": "a", "D": "b"})
        await here.bring()
        names = ("B", "C") if bulk else ("C", "D")
        assert [(await here.folder(path)).id for path in names] == [first, second]
        assert (await here.folder(names[0])).total == 1


async def test_a_server_whose_ids_are_nonsense_is_not_asked_for_them(tmp_path: Path):
    fake = FakeImap(f"{FULL} OBJECTID LIST-STATUS NO_ATOMIC_RENAME")
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        await here.bring()
        await here.fill("INBOX", 1, Counts(1, 2, 7, 0))
        await here.bring()
        assert not [command for command in fake.log if "MAILBOXID" in command]


async def test_an_id_that_stands_at_another_uidvalidity_is_no_rename(tmp_path: Path):
    fake = FakeImap(f"{FULL} OBJECTID LIST-STATUS")
    names = ["INBOX", "A", "B"]

    def tell(_: str) -> list[str | bytes]:
        lines = [f'* LIST () "/" "{name}"' for name in names]
        items = f"MESSAGES 1 UIDNEXT 2 UIDVALIDITY {len(names[1])}"
        lines += [f'* STATUS "{name}" ({items} MAILBOXID (id-{name[0]}))' for name in names]
        return [*lines, "$ OK done"]

    fake.does(r'LIST "" "\*"', tell)
    fake.on(r'LIST "" "?[A-Z]', "$ OK done")
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        await here.bring()
        for path in ("A", "B"):
            await here.fill(path, 1, Counts(1, 2, 1, 0))
        await here.bring()
        before = (await here.folder("A")).id
        names[1] = "Ahoi"
        await here.bring()
        assert (await here.folder("Ahoi")).id != before


async def test_where_all_folders_share_a_uidvalidity_counts_prove_nothing(tmp_path: Path):
    fake = FakeImap()
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        fake.folder("A")
        fake.folder("B")
        await here.bring()
        for path in ("A", "B"):
            await here.fill(path, 0, Counts(0, 1, 7, 0))
        before = (await here.folder("A")).id
        del fake.boxes["A"]
        fake.folder("C")
        await here.bring()
        assert (await here.folder("C")).id != before
        assert await here.paths() == {"INBOX", "B", "C"}


async def test_a_folder_that_the_list_forgot_stays(tmp_path: Path):
    fake = FakeImap()
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        await with_folders(here, fake)
        listing(fake, "INBOX", *NAMES[1:])
        answering(fake, "F1")
        await here.bring()
        assert await here.paths() == {"INBOX", *NAMES}


async def test_a_folder_that_is_selected_and_was_deleted_elsewhere_goes(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver_all(user, [LETTER], "Old")
    async with folders_of(dovecot.imap, user, tmp_path) as here:
        await here.bring()
        async with here.session.folder(b"Old"):
            dovecot.doveadm("mailbox", "delete", "-u", user, "Old")
        await here.bring()
        assert "Old" not in await here.paths()


async def test_a_folder_that_only_status_knows_stays(tmp_path: Path):
    fake = FakeImap()
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        await with_folders(here, fake)
        listing(fake, "INBOX", *NAMES[1:])
        fake.on(r'LIST "" "?F1', "$ OK done")
        await here.bring()
        assert "F1" in await here.paths()


@pytest.mark.parametrize("code", ["[UNAVAILABLE]", "[NOPERM]", "[SERVERBUG]"])
async def test_a_no_that_does_not_say_that_the_folder_is_gone_removes_nothing(tmp_path: Path, code: str):
    fake = FakeImap()
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        await with_folders(here, fake)
        listing(fake, "INBOX", *NAMES[1:])
        denying(fake, code)
        await here.bring()
        assert "F1" in await here.paths()


async def test_one_folder_goes_at_the_first_word_and_many_at_the_second(tmp_path: Path):
    fake = FakeImap()
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        await with_folders(here, fake)
        denying(fake, "[NONEXISTENT]")
        listing(fake, "INBOX", *NAMES[1:])
        await here.bring()
        assert await here.paths() == {"INBOX", *NAMES[1:]}
        listing(fake, "INBOX", "F2")
        await here.bring()
        assert await here.paths() == {"INBOX", *NAMES[1:]}
        notices = await here.store.read(lambda c: [r[0] for r in c.execute("SELECT notice FROM folders")])
        assert notices.count(MISSING) == 7
        listing(fake, "INBOX", "F2", "F3")
        await here.bring()
        assert await here.paths() == {"INBOX", "F2", "F3"}
        assert set(await here.store.read(lambda c: [r[0] for r in c.execute("SELECT notice FROM folders")])) == {""}


async def test_a_list_that_breaks_off_changes_nothing(tmp_path: Path):
    fake = FakeImap()
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        fake.on("LIST", '* LIST () "/" "INBOX"', "$ NO out of order")
        with pytest.raises(Refused):  # at first there is nothing to fall back on
            await here.bring()
        fake.on("LIST", *(f'* LIST () "/" "{name}"' for name in ("INBOX", *NAMES)), "$ OK done")
        await here.bring()
        fake.on("LIST", '* LIST () "/" "INBOX"', "$ NO out of order")
        assert await here.bring() == {}
        assert await here.paths() == {"INBOX", *NAMES}


async def test_subscriptions_are_asked_for_once_where_the_list_does_not_tell_them(tmp_path: Path):
    fake = FakeImap("IMAP4rev1")
    fake.folder("A")
    fake.folder("B")
    fake.on("LSUB", '* LSUB () "/" "INBOX"', '* LSUB () "/" "A"', "$ OK done")
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        for _ in range(2):
            await here.bring()
        known = await here.known()
        assert (known["A"].subscribed, known["B"].subscribed) == (True, False)
        assert len(fake.said("LSUB")) == 1


async def test_a_thousand_folders_come_and_stay(tmp_path: Path):
    """I09."""
    fake = FakeImap()
    for number in range(1, 1500):
        fake.folder(f"Level/{number}")
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        await here.bring()
        await here.bring()
        assert len(await here.paths()) == 1500
        assert len(fake.said("LIST")) == 2
