"""What waits for one message comes down to as little as the server has to hear."""

import pytest

from store.collapse import Step, Truth, next_step
from store.model import AccountId, ActId, Flag, FolderId, MessageId, OperationId
from store.operations import FlagChange, JournalEntry, Kind, State

INBOX, WORK, ARCHIVE, TRASH = map(FolderId, range(1, 5))
TRUTH = Truth(INBOX, 7, Flag.ANSWERED, frozenset({"work"}))


def entries(*wanted: tuple[Kind, object] | tuple[Kind, object, State]) -> list[JournalEntry]:
    """Rows of the journal, numbered from 1."""
    return [
        JournalEntry(
            id=OperationId(number),
            act=ActId(number),
            account=AccountId(1),
            message=MessageId(1),
            kind=kind,
            change=argument if isinstance(argument, FlagChange) else FlagChange(),
            folder=None if isinstance(argument, FlagChange) else argument,  # type: ignore[arg-type]
            state=state[0] if state else State.QUEUED,
            attempts=0,
            created=0,
            error="",
            probe_uidnext=None,
        )
        for number, (kind, argument, *state) in enumerate(wanted, 1)
    ]


def add(flag: Flag) -> tuple[Kind, FlagChange]:
    return Kind.FLAGS, FlagChange(add=flag)


def take(flag: Flag) -> tuple[Kind, FlagChange]:
    return Kind.FLAGS, FlagChange(remove=flag)


def label(*words: str, off: bool = False) -> tuple[Kind, FlagChange]:
    return Kind.FLAGS, FlagChange(remove_labels=words) if off else FlagChange(add_labels=words)


def move(folder: FolderId) -> tuple[Kind, FolderId]:
    return Kind.MOVE, folder


def copy(folder: FolderId) -> tuple[Kind, FolderId]:
    return Kind.COPY, folder


REMOVE = (Kind.EXPUNGE, None)
STAR = Flag.FLAGGED


def ids(step: Step) -> list[int]:
    return [entry.id for entry in step.entries]


@pytest.mark.parametrize(
    ("wanted", "change"),
    [
        ([add(STAR)], FlagChange(add=STAR)),
        ([add(STAR), take(STAR)], FlagChange()),
        ([add(STAR), take(STAR), add(STAR)], FlagChange(add=STAR)),
        ([take(Flag.ANSWERED), add(Flag.ANSWERED)], FlagChange()),
        ([add(STAR), add(Flag.SEEN), take(STAR)], FlagChange(add=Flag.SEEN)),
        ([label("x"), label("x", off=True)], FlagChange()),
        ([label("x", "y"), label("x", off=True)], FlagChange(add_labels=("y",))),
        ([label("work", off=True), label("work")], FlagChange()),
        ([add(STAR), label("b"), label("a")], FlagChange(add=STAR, add_labels=("a", "b"))),
    ],
)
def test_the_last_word_on_a_flag_or_label_counts(wanted, change):
    step = next_step(entries(*wanted), TRUTH)
    assert (step.kind, step.change, step.needless) == (Kind.FLAGS, change, not change)
    assert ids(step) == list(range(1, len(wanted) + 1))


def test_what_another_client_did_meanwhile_is_overridden_by_the_last_word():
    starred = Truth(INBOX, 7, STAR, frozenset())
    assert next_step(entries(add(STAR), take(STAR)), starred).change == FlagChange(remove=STAR)


def test_a_change_that_stands_alone_is_sent_though_the_server_seems_to_have_it():
    assert next_step(entries(add(Flag.ANSWERED)), TRUTH).change == FlagChange(add=Flag.ANSWERED)


@pytest.mark.parametrize(
    ("wanted", "folder", "needless"),
    [
        ([move(WORK)], WORK, False),
        ([move(WORK), move(ARCHIVE)], ARCHIVE, False),
        ([move(WORK), move(INBOX)], INBOX, True),
        ([move(WORK), move(ARCHIVE), move(WORK)], WORK, False),
    ],
)
def test_of_a_chain_of_moves_the_last_target_counts(wanted, folder, needless):
    step = next_step(entries(*wanted), TRUTH)
    assert (step.kind, step.folder, step.needless) == (Kind.MOVE, folder, needless)
    assert ids(step) == list(range(1, len(wanted) + 1))


def test_flags_go_before_moves_so_that_a_message_in_flight_keeps_nothing_waiting():
    step = next_step(entries(move(WORK), add(STAR), move(ARCHIVE), take(STAR), add(Flag.SEEN)), TRUTH)
    assert (ids(step), step.change) == ([2, 4, 5], FlagChange(add=Flag.SEEN))


def test_a_removal_takes_the_flags_with_it_but_goes_by_the_trash():
    step = next_step(entries(add(STAR), move(WORK), move(TRASH), REMOVE), TRUTH)
    assert (step.kind, step.folder, ids(step)) == (Kind.MOVE, TRASH, [2, 3])
    step = next_step(entries(add(STAR), REMOVE), TRUTH)
    assert (step.kind, ids(step)) == (Kind.EXPUNGE, [1, 2])


def test_moves_that_come_to_nothing_are_settled_before_a_removal():
    step = next_step(entries(move(WORK), move(INBOX), REMOVE), TRUTH)
    assert (step.kind, ids(step), step.needless) == (Kind.MOVE, [1, 2], True)


def test_a_copy_is_of_the_message_as_it_was_then():
    waiting = entries(add(STAR), copy(WORK), take(STAR), copy(ARCHIVE), move(TRASH))
    first = next_step(waiting, TRUTH)
    assert (first.kind, ids(first), first.change) == (Kind.FLAGS, [1], FlagChange(add=STAR))
    second = next_step(waiting[1:], TRUTH)
    assert (second.kind, second.folder, ids(second)) == (Kind.COPY, WORK, [2])
    third = next_step(waiting[2:], TRUTH)
    assert (third.kind, ids(third)) == (Kind.FLAGS, [3])


@pytest.mark.parametrize("state", [State.RUNNING, State.UNKNOWN])
def test_what_was_sent_comes_first_and_whole(state):
    moved = entries((*move(WORK), state), (*move(ARCHIVE), state), move(INBOX), add(STAR))
    step = next_step(moved, TRUTH)
    assert (step.kind, step.folder, ids(step), step.unknown) == (Kind.MOVE, ARCHIVE, [1, 2], True)
    marked = entries(move(WORK), (*add(STAR), state), (*take(Flag.SEEN), state))
    step = next_step(marked, TRUTH)
    assert (step.kind, ids(step), step.change) == (Kind.FLAGS, [2, 3], FlagChange(STAR, Flag.SEEN))
    removed = entries((*add(STAR), state), (*REMOVE, state))
    assert next_step(removed, TRUTH).kind is Kind.EXPUNGE
