"""Random acts, sent step by step at random moments: the server ends where they meant it to, and hears less."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from store import acts, journal
from store.collapse import Step, next_step
from store.errors import NotFound, NotPossible
from store.model import Flag, FolderId, MessageId
from store.operations import Copy, Delete, Kind, Move, Operation, SetFlags, SetLabels
from tests.store.mail import add, arrival, assert_consistent, memory, row, seed

FLAGS = st.sampled_from([Flag.SEEN, Flag.FLAGGED, Flag.SEEN | Flag.FLAGGED, Flag.NONE])
LABELS = st.sampled_from([("x",), ("y",), ("x", "y"), ()])
ACTS = st.one_of(
    st.tuples(st.just("flags"), FLAGS, FLAGS),
    st.tuples(st.just("labels"), LABELS, LABELS),
    st.tuples(st.just("move"), st.integers(0, 3)),
    st.tuples(st.just("copy"), st.integers(0, 3)),
    st.tuples(st.just("delete")),
    st.tuples(st.just("undo")),
    st.tuples(st.just("send")),
    st.tuples(st.just("refuse")),
)


@dataclass
class Mail:
    """A message on the server."""

    flags: Flag
    labels: set[str]
    folder: FolderId


@dataclass
class Server:
    """What it holds, by our ids, and how much it had to hear."""

    mails: dict[MessageId, Mail] = field(default_factory=dict)
    heard: int = 0
    uid: int = 100


@settings(deadline=None, max_examples=150)
@given(st.lists(ACTS, max_size=25))
def test_what_is_sent_in_steps_ends_where_the_acts_meant(wanted):
    tx = memory()
    at = seed(tx)
    places = [at.inbox, at.archive, at.trash, at.work]
    [message] = add(tx, at, arrival(1, flags=Flag.SEEN, labels=("x",)))
    server = Server({message: Mail(Flag.SEEN, {"x"}, at.inbox)})
    for what, *arguments in wanted:
        if what in ("send", "refuse"):
            send(tx, at.account, server, refused=what == "refuse")
        elif what == "undo":
            undo(tx)
        elif row_or_none(tx, message) is not None:
            acts.perform(tx, operation(what, arguments, message, places))
    meant = effective(tx)
    operations = len(journal.waiting(tx.connection, at.account))
    heard = server.heard
    while send(tx, at.account, server):
        pass
    assert journal.waiting(tx.connection, at.account) == []
    assert server.heard - heard <= operations
    copies = effective(tx).keys() - meant.keys()
    assert {one: state for one, state in effective(tx).items() if one not in copies} == {
        one: state for one, state in meant.items() if state[2] is not None
    }
    assert effective(tx) == {
        one: (mail.flags, frozenset(mail.labels), mail.folder) for one, mail in server.mails.items()
    }
    assert_consistent(tx.connection)
    tx.connection.close()


def operation(what: str, arguments: list, message: MessageId, places: list[FolderId]) -> Operation:
    match what:
        case "flags":
            return SetFlags((message,), *arguments)
        case "labels":
            added, removed = arguments
            return SetLabels((message,), added, tuple(word for word in removed if word not in added))
        case "move":
            return Move((message,), places[arguments[0]])
        case "copy":
            return Copy((message,), places[arguments[0]])
        case _:
            return Delete((message,))


def undo(tx) -> None:
    """Take back the last act, when there is one that can be."""
    tx.execute("SAVEPOINT undoing")
    try:
        acts.undo(tx)
    except (NotPossible, NotFound):
        tx.execute("ROLLBACK TO undoing")
    finally:
        tx.execute("RELEASE undoing")


def row_or_none(tx, message):
    found = tx.execute("SELECT 1 FROM messages WHERE id = ? AND folder_id IS NOT NULL", (message,)).fetchone()
    return None if found is None else row(tx, message)


def effective(tx) -> dict:
    rows = tx.execute("SELECT id, flags, labels, folder_id FROM messages").fetchall()
    return {one: (Flag(flags), frozenset(labels.split()), folder) for one, flags, labels, folder in rows}


def send(tx, account, server: Server, *, refused: bool = False) -> bool:
    """One step of the first message that has one; whether there was one."""
    waiting = journal.waiting(tx.connection, account)
    if not waiting:
        return False
    message = waiting[0].message
    step = next_step([e for e in waiting if e.message == message], journal.truths(tx.connection, [message])[message])
    operations = [entry.id for entry in step.entries]
    if step.needless:
        journal.finish_needless(tx, operations)
        return True
    assert journal.start_together(tx, [operations]) == set(operations)
    server.heard += 1
    if refused:
        journal.refuse(tx, operations[-1:], "No.")
        journal.absent(tx, operations[:-1])
        return True
    carry_out(tx, server, message, step)
    return True


def carry_out(tx, server: Server, message: MessageId, step: Step) -> None:
    operations = [entry.id for entry in step.entries]
    mail = server.mails[message]
    server.uid += 1
    match step.kind:
        case Kind.FLAGS:
            mail.flags = (mail.flags | step.change.add) & ~step.change.remove
            mail.labels = (mail.labels | {*step.change.add_labels}) - {*step.change.remove_labels}
            journal.finish_flags(tx, operations, step.change)
        case Kind.MOVE:
            assert step.folder is not None and step.folder != mail.folder
            mail.folder = step.folder
            journal.finish_move(tx, [(operations[-1], server.uid)], step.folder, operations[:-1])
        case Kind.COPY:
            assert step.folder is not None
            journal.finish_copy(tx, [(operations[0], server.uid)], step.folder)
            (made,) = tx.execute("SELECT copy_id FROM journal WHERE id = ?", operations[:1]).fetchone()
            server.mails[made] = Mail(mail.flags, set(mail.labels), step.folder)
        case Kind.EXPUNGE:
            del server.mails[message]
            journal.finish_expunge(tx, operations)
