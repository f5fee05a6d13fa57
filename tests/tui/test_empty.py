"""What a list without messages says: never that mail shows at once while nobody can be asked for it."""

import time
from dataclasses import replace

from protocols.mime.safe import line
from store.mailstore import MailStore
from store.model import Account, AccountId, Folder, FolderId, Protocol, Role
from store.status import AccountStatus, Activity
from tests.tui.conftest import Run
from tests.tui.screen_text import screen_text, until
from tui.catalog import Catalog
from tui.empty import sentences
from tui.place import everywhere, of_folder, of_search

WORK = Account(AccountId(1), "work", Protocol.IMAP, True)
OLD = Account(AccountId(2), "old", Protocol.POP3, True)
WORKS_INBOX = Folder(FolderId(1), WORK.id, "INBOX", Role.INBOX, True, 0, 0, 1)
OLDS_INBOX = Folder(FolderId(2), OLD.id, "INBOX", Role.INBOX, True, 0, 0, None)
FRESH = Catalog((WORK,))
USED = Catalog((WORK,), (WORKS_INBOX,))
TWELVE = time.mktime((2026, 11, 12, 12, 5, 0, 0, 0, -1))
DEAD = AccountStatus(Activity.WAITING, error="imap.example.com refused the \x1b[31mconnection.", retry_at=TWELVE)


def told(catalog: Catalog, **statuses: AccountStatus) -> list[str]:
    return list(sentences(catalog, catalog.start(), statuses))


def test_an_account_that_connects_for_the_first_time_says_so():
    assert told(FRESH, work=AccountStatus(Activity.CONNECTING)) == ["work: connecting for the first time …"]
    assert told(FRESH, work=AccountStatus(Activity.SYNCING)) == ["work: the first mail is on its way …"]
    assert told(FRESH) == ["Nothing here. Mail that arrives shows at once."]  # another process may fetch


def test_an_empty_search_says_whether_escape_leaves_it():
    assert list(sentences(USED, of_search("zeppelin"), {})) == ["Nothing found. Esc goes back."]
    assert "Esc" not in sentences(USED, of_search("zeppelin", "Airships"), {})[0]


def test_a_dead_server_is_named_with_its_reason_and_the_next_try():
    reason = f"work: {line(DEAD.error)} Next try at 12:05; $ tries now."
    assert "\x1b" not in reason
    assert told(FRESH, work=DEAD) == [reason]
    assert told(USED, work=DEAD) == ["Nothing here.", reason]


def test_a_refusal_says_what_to_do():
    refused = AccountStatus(Activity.REFUSED, error="The server refused the password.", hint="Check it.")
    assert told(FRESH, work=refused) == ["work: The server refused the password. Check it. $ tries now."]


def test_an_inbox_that_was_fetched_and_is_empty_says_that_mail_shows_at_once():
    assert told(USED, work=AccountStatus(Activity.ONLINE)) == ["Nothing here. Mail that arrives shows at once."]
    assert told(USED, work=AccountStatus(Activity.CONNECTING)) == ["Nothing here. Mail that arrives shows at once."]


def test_of_several_accounts_only_those_that_have_something_to_say_are_named():
    both = Catalog((WORK, OLD), (WORKS_INBOX, OLDS_INBOX))
    syncing = {"work": AccountStatus(Activity.ONLINE), "old": AccountStatus(Activity.CONNECTING)}
    assert told(both, **syncing) == ["old: connecting for the first time …"]
    own = of_folder(WORKS_INBOX, WORK)
    assert sentences(both, own, syncing) == ["Nothing here. Mail that arrives shows at once."]


def test_an_account_whose_folders_are_not_known_yet_is_awaited():
    both = Catalog((WORK, OLD), (replace(OLDS_INBOX, synced_at=1),))
    assert both.is_filling(everywhere(Role.INBOX, (OLDS_INBOX.id,)))
    assert not both.is_filling(of_folder(OLDS_INBOX, OLD))
    assert not both.is_filling(of_search("lunch"))


async def test_a_long_reason_is_folded_into_the_width_of_the_list(run: Run, store: MailStore):
    store.status.set("work", replace(DEAD, error=f"{DEAD.error} {'It is down. ' * 8}"))
    async with run((60, 20)) as pilot:
        await pilot.press("h", *"jjjjjjj", "enter")
        await until(pilot, lambda: "tries now." in screen_text(pilot.app))
        told = screen_text(pilot.app).splitlines()[2:-1]
        assert " ".join(" ".join(told).split()).endswith(f"{'It is down. ' * 8}Next try at 12:05; $ tries now.")
