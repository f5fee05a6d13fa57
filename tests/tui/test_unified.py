"""Several accounts as one on the mail screen: doubled messages, acts on them, stars, and accounts that stay out."""

import random
from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from store import accounts, listing, messages
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import Address, Digest, Flag, MessageId, Protocol, Role
from store.operations import Archive, SetFlags
from tests.tui.conftest import NOW, Run, deliver, folder_of
from tests.tui.mail_facts import flags, mail, role_of, subject
from tests.tui.screen_text import screen_text, until
from tests.tui.test_partial_reading import Asked
from tui.catalog import Catalog
from tui.folder_rows import entries
from tui.window import MessageWindow


def invitation(age: int, uid: int | None = None, *, size: int = 500, flags: Flag = Flag.NONE) -> Arrival:
    """A letter to everybody, as one account received it."""
    who = Address("Choir", "choir@example.org")
    digest = Digest("<choir-1@example.org>", (), who, (), (), "Concert", NOW - 60, 0, (), "Come.", "Come.")
    return Arrival(digest, NOW - age, size, flags, uid=uid, raw=b"Subject: Concert\r\n\r\nCome and sing.\r\n")


async def both(store: MailStore) -> tuple[MessageId, MessageId]:
    """Both accounts received it; the first is the older."""
    [work] = await deliver(store, await folder_of(store, "work", "INBOX"), invitation(50, 800, size=520))
    [home] = await deliver(store, await folder_of(store, "home", "Inbox"), invitation(20))
    return work, home


def row_of(text: str, words: str) -> str:
    [found] = [line for line in text.splitlines() if words in line]
    return found


async def test_a_doubled_message_is_one_row_that_names_both_accounts(
    run: Run, store: MailStore, snapshot: SnapshotAssertion
):
    await both(store)
    async with run((80, 24)) as pilot:
        assert mail(pilot).messages.count == 8
        assert row_of(screen_text(pilot.app), "Concert").split()[-2] == "work+home"
        assert screen_text(pilot.app) == snapshot
        await pilot.press("enter")
        await until(pilot, lambda: "Come and sing." in screen_text(pilot.app))
        assert "Accounts work, home" in screen_text(pilot.app)


async def test_of_a_doubled_message_the_one_that_is_here_is_read_and_nothing_is_fetched(run: Run, store: MailStore):
    whole = invitation(50, 800, size=520)
    [work] = await deliver(store, await folder_of(store, "work", "INBOX"), replace(whole, raw=None))
    await deliver(store, await folder_of(store, "home", "Inbox"), invitation(20))
    engine = Asked(store)
    async with run((80, 24), engine=engine) as pilot:
        assert mail(pilot).messages.message == work
        await pilot.press("enter")
        await until(pilot, lambda: "Come and sing." in screen_text(pilot.app))
        assert "Accounts work, home" in screen_text(pilot.app)
        await pilot.press("A")
        await until(pilot, lambda: "text/plain" in screen_text(pilot.app))
    assert not engine.wanted


async def test_an_act_is_for_every_message_of_the_row_and_one_undo_takes_it_back(run: Run, store: MailStore):
    work, home = await both(store)
    async with run((80, 24)) as pilot:
        assert subject(pilot) == "Concert"
        await pilot.press("e")
        await until(pilot, lambda: mail(pilot).messages.count == 7)
        assert [await role_of(store, one) for one in (work, home)] == [Role.ARCHIVE, Role.ARCHIVE]
        await until(pilot, lambda: "Archived 1 (in 2 accounts)" in screen_text(pilot.app))
        await pilot.press("g", "a")
        await until(pilot, lambda: mail(pilot).place.role is Role.ARCHIVE and mail(pilot).messages.count == 1)
        await pilot.press("z", "g", "0")
        await until(pilot, lambda: mail(pilot).place.role is Role.INBOX and mail(pilot).messages.count == 8)
        assert [await role_of(store, one) for one in (work, home)] == [Role.INBOX, Role.INBOX]


async def test_star_and_read_marks_of_a_row_go_to_all_of_it(run: Run, store: MailStore):
    work, home = await both(store)
    await store.do(SetFlags((home,), Flag.FLAGGED))
    async with run((80, 24)) as pilot:
        assert "★" in row_of(screen_text(pilot.app), "Concert")
        await pilot.press("s")
        await until(pilot, lambda: "★" not in row_of(screen_text(pilot.app), "Concert"))
        await pilot.press("s", "I")
        await until(pilot, lambda: "3 unread of 8" in mail(pilot).heading.text)
        assert await flags(store, work) == await flags(store, home) == Flag.FLAGGED | Flag.SEEN
        await store.do(SetFlags((home,), remove=Flag.SEEN))
        await until(pilot, lambda: "4 unread of 8" in mail(pilot).heading.text)
        await pilot.press("enter")
        await until(pilot, lambda: "3 unread of 8" in mail(pilot).heading.text)
        assert Flag.SEEN in await flags(store, home)


async def test_what_joined_the_row_since_it_was_drawn_is_not_touched(run: Run, store: MailStore):
    [work] = await deliver(store, await folder_of(store, "work", "INBOX"), invitation(50, 800))
    inbox = await folder_of(store, "home", "Inbox")
    async with run((80, 24)) as pilot:
        screen = mail(pilot)
        with pilot.app.batch_update():  # nothing is drawn in here
            [home] = await deliver(store, inbox, invitation(20))
            await until(pilot, lambda: screen.messages.window.at(0).ids == (work, home))
            assert screen.messages.stands_for(work) == (work,)
            await pilot.press("e")
            await until(pilot, lambda: screen.messages.window.row_of(work) is None)
        await until(pilot, lambda: "Concert" in screen_text(pilot.app))
        assert [await role_of(store, one) for one in (work, home)] == [Role.ARCHIVE, Role.INBOX]


async def test_the_cursor_stays_on_a_message_for_which_an_older_one_stands_now(run: Run, store: MailStore):
    [home] = await deliver(store, await folder_of(store, "home", "Inbox"), invitation(20))
    async with run((80, 24)) as pilot:
        assert subject(pilot) == "Concert"
        [work] = await deliver(store, await folder_of(store, "work", "INBOX"), invitation(700, 800))
        await until(pilot, lambda: mail(pilot).messages.message == work)
        await until(pilot, lambda: mail(pilot).messages.stands_for(work) == (work, home))
        assert mail(pilot).messages.cursor == 1


async def test_removing_for_good_says_from_how_many_accounts(run: Run, store: MailStore):
    work, home = await both(store)
    async with run((80, 24)) as pilot:
        await pilot.press("d")
        await until(pilot, lambda: "Deleted 1 (in 2 accounts)" in screen_text(pilot.app))
        await pilot.press("g", "t")
        await until(pilot, lambda: mail(pilot).place.role is Role.TRASH and mail(pilot).messages.count == 1)
        await pilot.press("d")
        await until(pilot, lambda: "2 accounts have it" in screen_text(pilot.app))
        await pilot.press("y")
        await until(pilot, lambda: mail(pilot).messages.count == 0)
        assert await store.read(lambda c: listing.summaries(c, [work, home])) == {}


async def test_a_folder_takes_the_message_of_its_own_account(run: Run, store: MailStore):
    work, home = await both(store)
    async with run((80, 24)) as pilot:
        await pilot.press("v")
        await until(pilot, lambda: "home: Junk" in screen_text(pilot.app) or "work: " in screen_text(pilot.app))
        await pilot.press(*"home", "space", *"junk")
        await until(pilot, lambda: "work: " not in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "Moved 1" in screen_text(pilot.app))
        assert [await role_of(store, one) for one in (work, home)] == [Role.INBOX, Role.JUNK]
        await until(pilot, lambda: row_of(screen_text(pilot.app), "Concert").split()[-2] == "work")


async def test_the_stars_of_all_accounts_are_one_list(run: Run, store: MailStore):
    work, home = await both(store)
    await store.do(SetFlags((home, work), Flag.FLAGGED))
    async with run((80, 24)) as pilot:
        await pilot.press("g", "*")
        await until(pilot, lambda: mail(pilot).place.starred and "2 messages" in mail(pilot).heading.text)
        assert mail(pilot).messages.count == 2
        await pilot.press("e")  # archived, it still has its star
        await until(pilot, lambda: "Archived 1 (in 2 accounts)" in screen_text(pilot.app))
        assert mail(pilot).messages.count == 2
        await pilot.press("g", "g", "s")
        await until(pilot, lambda: mail(pilot).messages.count == 1)
        await pilot.press("z")
        await until(pilot, lambda: mail(pilot).messages.count == 2)
        await store.do(SetFlags((home, work, *map(MessageId, range(1, 8))), remove=Flag.FLAGGED))
        await until(pilot, lambda: "Nothing has a star. s gives one." in screen_text(pilot.app))


async def test_what_was_sent_from_all_accounts_is_one_list(run: Run, store: MailStore):
    for account, age in (("work", 30), ("home", 40)):
        await deliver(store, await folder_of(store, account, "Sent"), invitation(age, 900 if age == 30 else None))
    async with run((80, 24)) as pilot:
        await pilot.press("g", "s")
        await until(pilot, lambda: mail(pilot).place.role is Role.SENT)
        assert (mail(pilot).place.account, mail(pilot).messages.count) == ("", 1)
        await until(pilot, lambda: "1 unread of 1" in mail(pilot).heading.text)
        await until(pilot, lambda: "To (no recipient)" in screen_text(pilot.app))


async def test_an_account_goes_its_own_way_and_comes_back_while_the_list_is_open(run: Run, store: MailStore):
    await both(store)

    async def take_part(**accounts_: bool) -> None:
        protocols = {"work": Protocol.IMAP, "home": Protocol.POP3, "third": Protocol.POP3}
        wanted = [(name, protocols[name], unified) for name, unified in accounts_.items()]
        await store.write(lambda tx: accounts.reconcile(tx, wanted))

    async with run((110, 23)) as pilot:
        screen = mail(pilot)
        await take_part(third=True)
        await until(pilot, lambda: len(screen.place.folders) == 3)
        await take_part(home=False)
        await until(pilot, lambda: screen.messages.count == 7)
        await until(pilot, lambda: row_of(screen_text(pilot.app), "Concert").split()[-2] == "work")
        await until(pilot, lambda: "3 unread of 7" in screen.heading.text)
        await take_part(third=False)
        await until(pilot, lambda: screen.place.account == "work")
        await until(pilot, lambda: "All inboxes" not in screen_text(pilot.app))
        await until(pilot, lambda: screen_text(pilot.app).count(" Starred") == 3)  # every account has its own now
        await take_part(work=False)
        await pilot.press("g", "0")
        await until(pilot, lambda: screen.place.title == "Inbox")
        await take_part(work=True, home=True)
        await until(pilot, lambda: screen.catalog.start().title == "All inboxes")
        await pilot.press("g", "0")
        await until(pilot, lambda: screen.place.title == "All inboxes" and screen.messages.count == 8)
        owner = await store.read(lambda c: accounts.by_name(c, "home"))
        await store.write(lambda tx: accounts.remove(tx, owner.id))
        await until(pilot, lambda: screen.place.account == "work" and screen.messages.count == 7)


async def test_the_next_unread_row_may_be_unread_in_the_other_account_only(store: MailStore):
    work, _ = await both(store)
    await store.do(SetFlags((work, *map(MessageId, range(1, 8))), Flag.SEEN))
    folders = (await store.read(Catalog.read)).start().folders
    window = MessageWindow(store, folders)
    await window.open()
    window._rows.clear()  # as far away as thousands of rows
    assert await window.next_unread(3, 1) == 0


@pytest.mark.parametrize("seed", range(4))
async def test_a_window_that_follows_changes_shows_what_a_new_one_would(store: MailStore, seed: int):
    dice = random.Random(seed)
    place = (await store.read(Catalog.read)).start()
    inboxes = [await folder_of(store, "work", "INBOX"), await folder_of(store, "home", "Inbox")]
    window = MessageWindow(store, place.folders)
    await window.open()
    known: list[MessageId] = []
    with store.changes.subscribe() as feed:
        for step in range(30):
            one = dice.choice(known) if known else None
            here = one is not None and await store.read(lambda c, one=one: listing.summaries(c, [one]))
            if not here or dice.random() < 0.5:
                letter = invitation(dice.randrange(100), 3000 + step, size=dice.choice((500, 500, 90_000)))
                known += await deliver(store, dice.choice(inboxes), letter)
            elif dice.random() < 0.3:
                await store.write(lambda tx, one=one: messages.remove(tx, [one], reason="gone"))
            else:
                acts = (SetFlags((one,), Flag.SEEN), SetFlags((one,), Flag.FLAGGED), Archive((one,)))
                if not (await store.do(dice.choice(acts))).messages:
                    continue
            await window.apply(await feed.next())
            await window.ensure(0, len(window))
            fresh = await store.read(lambda c: listing.page(c, place.folders, None, 100))
            assert [window.at(row) for row in range(len(window))] == fresh


async def test_many_changes_at_once_renew_what_rows_stand_for(store: MailStore):
    work, home = await both(store)
    inbox = await folder_of(store, "work", "INBOX")
    window = MessageWindow(store, (await store.read(Catalog.read)).start().folders)
    await window.open()
    with store.changes.subscribe() as feed:
        await store.do(Archive((home,)))
        new = [invitation(60 + n, 2000 + n, flags=Flag.SEEN) for n in range(30)]
        await store.write(lambda tx: messages.add(tx, inbox.account, inbox.id, new))
        assert await window.apply(await feed.next())
    await window.ensure(0, 5)
    assert window.at(0).ids == (work,)


async def test_one_account_alone_has_its_stars_below_its_inbox(store: MailStore):
    owner = await store.read(lambda c: accounts.by_name(c, "home"))
    await store.write(lambda tx: accounts.remove(tx, owner.id))
    catalog = await store.read(Catalog.read)
    rows = entries(catalog.accounts, catalog.nodes, unified=catalog.unified(), stars=catalog.stars())
    assert [row.text for row in rows[:4]] == ["work", "Inbox", "Starred", "Sent"]
    assert catalog.start().account == "work"


async def test_the_pane_counts_a_doubled_message_once(store: MailStore):
    work, home = await both(store)
    catalog = await store.read(Catalog.read)
    shown = {place.title: unread for place, unread in catalog.unified()}
    assert shown == {
        "All inboxes": 4, "Starred": 0, "All sent": 0, "All archives": 0, "All trash": 0,
    }  # fmt: skip
    await store.do(Archive((work, home)))
    catalog = await store.read(Catalog.read)
    assert {place.title: unread for place, unread in catalog.unified()}["All archives"] == 1
