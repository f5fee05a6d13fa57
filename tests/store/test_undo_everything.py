"""Random acts on random mail, servers that answer now and then: undoing all is the start, redoing all the end."""

import itertools
from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from store import accounts, acts, appending, folder_list, folders, journal, messages
from store.errors import NotFound, NotPossible, NotYet
from store.model import Flag, MessageId, Protocol, Role
from store.operations import (
    Archive,
    Copy,
    Delete,
    Junk,
    Keep,
    Kind,
    Move,
    Mute,
    SetFlags,
    SetLabels,
)
from tests.store.mail import LISTED, arrival, assert_consistent, memory, seed

PICK = st.integers(0, 50)
ACT = st.tuples(
    st.sampled_from(["read", "star", "label", "move", "move", "archive", "delete", "junk", "mute", "keep", "copy"]),
    PICK,
    PICK,
    PICK,
)
ANSWERS = st.integers(0, 6)


class Mailbox:
    """Two servers and a local account with mail, what is done to it, and the servers' answers."""

    def __init__(self, *, across: bool) -> None:
        """`across`: mail goes to other accounts, too."""
        self.across = across
        self.tx = memory()
        self.at = seed(self.tx)
        wanted = [("imap", Protocol.IMAP, True), ("pop3", Protocol.POP3, True), ("second", Protocol.IMAP, True)]
        second = accounts.reconcile(self.tx, wanted)["second"]
        folder_list.reconcile(self.tx, second, LISTED)
        inbox = folders.by_role(self.tx.connection, second, Role.INBOX)
        assert inbox is not None
        self.uid = 100
        inboxes = {self.at.account: self.at.inbox, second: inbox.id, self.at.pop3: self.at.pop3_inbox}
        for account, folder in inboxes.items():
            mail = [self.mail(f"{account}-{n}", local=account == self.at.pop3) for n in range(3)]
            messages.add(self.tx, account, folder, mail)
        every = folders.every(self.tx.connection)
        self.places = {folder.id: folder.account for folder in every if folder.role is not Role.TRASH}

    def mail(self, name, *, local):
        self.uid += 1
        flags = Flag.SEEN if self.uid % 2 else Flag.NONE
        of = {"uidl": name} if local else {"labels": ("old",), "references": ("root",) if self.uid % 3 else ()}
        return arrival(None if local else self.uid, name, flags=flags, raw=b"raw", text="text", received=self.uid, **of)

    def shown(self) -> list[tuple[MessageId, bool]]:
        rows = self.tx.execute(
            "SELECT m.id, f.role IS 'trash' FROM messages m JOIN folders f ON f.id = m.folder_id"
            " ORDER BY m.message_id, m.id"
        )
        return rows.fetchall()

    def do(self, what, first, second, third) -> bool:
        """One act; whether anything was done."""
        shown = self.shown()
        message, in_trash = shown[first % len(shown)]
        other = shown[second % len(shown)][0]
        both = tuple(dict.fromkeys((message, other)))
        (account,) = self.tx.execute("SELECT account_id FROM messages WHERE id = ?", (message,)).fetchone()
        near = [place for place, owner in self.places.items() if owner == account or self.across]
        target = near[third % len(near)]
        operation = {
            "read": SetFlags(both, *((Flag.SEEN, Flag.NONE) if third % 2 else (Flag.NONE, Flag.SEEN))),
            "star": SetFlags(both, Flag.FLAGGED),
            "label": SetLabels(both, ("new",), ("old",)),
            "move": Move(both if self.across else (message,), target),
            "archive": Archive(both),
            "delete": Delete((message,)),
            "junk": Junk(both),
            "mute": Mute((message,)),
            "keep": Keep(both, bool(third % 2)),
            "copy": Copy((message,), target),
        }[what]
        if what == "delete" and in_trash:
            return False
        self.tx.execute("SAVEPOINT trying")
        try:
            done = acts.perform(self.tx, operation)
        except NotPossible:
            self.tx.execute("ROLLBACK TO trying")
            return False
        finally:
            self.tx.execute("RELEASE trying")
        return bool(done.messages)

    def patiently(self, step) -> None:
        """Undo or redo; what is on its way to another account has to arrive there before it goes on."""
        try:
            step(self.tx)
        except NotYet:
            self.answer(10_000)
            step(self.tx)

    def answer(self, count) -> None:
        """The servers do so many of the operations that wait, in order."""
        for _ in range(count):
            waiting = [e for a in accounts.every(self.tx.connection) for e in journal.waiting(self.tx.connection, a.id)]
            if not waiting:
                return
            entry = waiting[0]
            self.uid += 1
            journal.start(self.tx, [entry.id])
            match entry.kind:
                case Kind.FLAGS:
                    journal.finish_flags(self.tx, [entry.id])
                case Kind.MOVE:
                    assert entry.folder is not None
                    journal.finish_move(self.tx, [(entry.id, self.uid)], entry.folder)
                case Kind.COPY:
                    assert entry.folder is not None
                    journal.finish_copy(self.tx, [(entry.id, self.uid)], entry.folder)
                case Kind.EXPUNGE:
                    journal.finish_expunge(self.tx, [entry.id])
                case Kind.APPEND:
                    appending.finish(self.tx, entry.id, self.uid)

    def state(self) -> Counter:
        """What somebody will see: each message by its name, where it is, how it is marked, whether it is muted.

        When the servers have done what waits: a copy shows no earlier.
        """
        self.tx.execute("SAVEPOINT looking")
        self.answer(10_000)
        rows = self.tx.execute(
            "SELECT m.message_id, f.account_id, f.path, m.flags, m.labels, m.kept,"
            " m.thread_id IN (SELECT thread_id FROM muted_threads)"
            " FROM messages m JOIN folders f ON f.id = m.folder_id"
        ).fetchall()
        self.tx.execute("ROLLBACK TO looking")
        self.tx.execute("RELEASE looking")
        return Counter(rows)


def assert_same(now: Counter, then: Counter) -> None:
    """Nothing is missing; what is more is in the trash: what a copy that was made becomes when it is undone."""
    assert not then - now
    assert all(row[2].startswith("Trash") for row in now - then)


def go_back_and_forth(box: Mailbox, deeds, pauses) -> None:
    start = box.state()
    done = 0
    for act, answers in deeds:
        done += box.do(*act)
        box.answer(answers)
    end = box.state()
    pause = itertools.cycle(pauses)
    for _ in range(done):
        box.patiently(acts.undo)
        box.answer(next(pause))
        assert_consistent(box.tx.connection)
    with pytest.raises(NotFound, match="nothing to undo"):
        acts.undo(box.tx)
    assert_same(box.state(), start)
    for _ in range(done):
        box.patiently(acts.redo)
        box.answer(next(pause))
        assert_consistent(box.tx.connection)
    with pytest.raises(NotFound, match="nothing to redo"):
        acts.redo(box.tx)
    assert_same(box.state(), end)
    for _ in range(done):
        box.patiently(acts.undo)
    assert_same(box.state(), start)
    box.tx.connection.close()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(ACT, ANSWERS), max_size=8), st.lists(ANSWERS, min_size=1, max_size=8))
def test_undoing_everything_is_the_start_and_redoing_everything_the_end(deeds, pauses):
    go_back_and_forth(Mailbox(across=False), deeds, pauses)


@settings(deadline=None, max_examples=40, derandomize=True, database=None)
@given(st.lists(st.tuples(ACT, ANSWERS), max_size=5), st.lists(ANSWERS, min_size=1, max_size=4))
# the sources of copies that were given up went on under other ids by an undoing of an earlier act
@example([(("move", 37, 42, 22), 0), (("star", 1, 46, 31), 2), (("move", 34, 19, 13), 3)], [0, 0, 5, 0])
@example([(("archive", 30, 46, 35), 0), (("move", 16, 40, 27), 3), (("move", 4, 48, 21), 0)], [1, 0])
@example([(("copy", 15, 5, 45), 0), (("move", 27, 44, 49), 0), (("move", 37, 0, 0), 2)], [0, 0, 3])
# what was marked left for another account before its server was told
@example([(("read", 0, 0, 0), 0), (("move", 0, 0, 4), 0)], [0, 1])
def test_so_it_is_with_mail_that_goes_to_other_accounts(deeds, pauses):
    go_back_and_forth(Mailbox(across=True), deeds, pauses)
